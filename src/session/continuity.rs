//! Positions over fresh sessions: an object that a peer had in an earlier session gets the same
//! position in the next, where that can be done. It allocates numbers, and never authorises: what
//! the peer may name is what this session gave it.

use sha2::{Digest, Sha256};

use crate::baggage::{PositionRow, Record, schema};
use crate::client::shared::{Context, Shared};
use crate::tables::SortedMap;

use super::Session;

/// Objects of one peer whose positions are known in a session, and that one session notes.
const MOST: usize = 256;

/// Beyond this no position is given again: there is always room above.
const HIGHEST: u64 = 1 << 48;

/// Where nobody proves anything, and the specification's tests expect this all the same.
const UNPROVEN: &str = "tcp-testing-only";

/// What is known of the positions of earlier sessions with this peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Continuity {
    /// By the SHA-256 of the object's description.
    known: SortedMap<Vec<u8>, u64>,
    noted: usize,
}

impl Continuity {
    /// The position that an object had.
    pub(super) fn position(&self, description: &[u8]) -> Option<u64> {
        if self.known.is_empty() {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(description).into();
        self.known.get(hash.as_slice()).copied()
    }
}

impl Session {
    /// Whether the peer is who it says, as far as anybody can tell.
    fn is_continuous(&self) -> bool {
        self.stored && (self.proven || self.parties.peer.transport == UNPROVEN)
    }

    /// Learns the positions of earlier sessions, before any is given in this one.
    pub(crate) fn recall_positions(&mut self, context: &mut Context<'_>) {
        if !self.is_continuous() {
            return;
        }
        let parties = &self.parties;
        let prefix = schema::positions_of(&parties.own_location, &parties.peer);
        let keys = context.env.store.keys(&prefix).unwrap_or_else(|error| {
            context.shared.report(&error);
            Vec::new()
        });
        let now = context.env.now;
        let stale = context.shared.config.times.expiry / 8;
        for key in keys.into_iter().take(MOST) {
            let Some(hash) = schema::parse_position(&key) else {
                continue;
            };
            let row = match context.env.store.get(&key) {
                Ok(Some(bytes)) => PositionRow::decode(&key, &bytes),
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            match row {
                Ok(row) if row.position > 0 && row.position < HIGHEST => {
                    self.continuity.known.insert(hash.to_vec(), row.position);
                    if now.saturating_sub(row.last) > stale {
                        let last = now;
                        let value = PositionRow { last, ..row }.encode(&key);
                        context.shared.persist_lazily(key, Some(value));
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    context.shared.report(&error);
                }
            }
        }
        if let Some(highest) = self.continuity.known.values().max() {
            self.exports.keep_below(highest + 1);
        }
    }

    /// Notes where an object is, for later sessions. Nothing waits for it.
    pub(super) fn note_position(&mut self, shared: &mut Shared, description: &[u8], position: u64) {
        if !self.is_continuous() || position >= HIGHEST || self.continuity.noted >= MOST {
            return;
        }
        let hash: [u8; 32] = Sha256::digest(description).into();
        let known = self.continuity.known.get(hash.as_slice()).copied();
        if known == Some(position) {
            return;
        }
        self.continuity.noted += 1;
        let parties = &self.parties;
        let key = schema::position(&parties.own_location, &parties.peer, &hash);
        let last = self.last_heard;
        let value = PositionRow { position, last }.encode(&key);
        shared.persist_lazily(key, Some(value));
        if known.is_none() {
            shared.count_position();
        }
    }
}
