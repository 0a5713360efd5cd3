//! Positions of ended sessions, in the store: those that nobody used for long go, and of too many
//! the oldest.

use crate::baggage::{PositionRow, Record, schema};
use crate::tables::in_order;

use super::Client;
use super::shared::Env;

/// Rows that are read in one go.
const BATCH: usize = 64;

/// From one go to the next, in ms.
const PAUSE: u64 = 5;

/// From one round to the next, in ms, at least.
const LEAST_REST: u64 = 60_000;

/// Rounds through the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Rounds {
    /// When the next round begins, or goes on.
    pub(super) next: u64,
    unread: Option<Vec<String>>,
    /// What stays, by when it was used.
    read: Vec<(u64, String)>,
}

impl Client {
    /// Goes on with a round, when one is due.
    pub(super) fn look_after_positions(&mut self, env: Env<'_>) {
        let most = self.shared.config.limits.positions;
        if !self.shared.config.resume
            || (env.now < self.rounds.next && self.shared.positions <= most)
        {
            return;
        }
        let expiry = self.shared.config.times.expiry;
        let mut unread = match self.rounds.unread.take() {
            Some(unread) => unread,
            None => env.store.keys(schema::POSITIONS).unwrap_or_else(|error| {
                self.shared.report(&error);
                Vec::new()
            }),
        };
        for key in unread.split_off(unread.len().saturating_sub(BATCH)) {
            let row = env.store.get(&key).and_then(|bytes| {
                let row = bytes.map(|bytes| PositionRow::decode(&key, &bytes));
                row.transpose()
            });
            match row {
                Ok(Some(row)) if env.now.saturating_sub(row.last) >= expiry => {
                    self.shared.persist_lazily(key, None);
                }
                Ok(Some(row)) => self.rounds.read.push((row.last, key)),
                Ok(None) => {}
                Err(error) => {
                    self.shared.report(&error);
                }
            }
        }
        if !unread.is_empty() {
            self.rounds.unread = Some(unread);
            self.rounds.next = env.now + PAUSE;
            // Until the round is over, it is not known how many there are.
            self.shared.positions = 0;
            return;
        }
        let read = std::mem::take(&mut self.rounds.read);
        self.shared.positions = read.len();
        if read.len() > most {
            // Some room, so that not each new one asks for a round.
            let surplus = read.len() - (most - most / 4);
            let order = in_order(read.len(), &mut |a, b| read.get(a).cmp(&read.get(b)));
            for (_, key) in order.iter().take(surplus).filter_map(|at| read.get(*at)) {
                self.shared.persist_lazily(key.clone(), None);
            }
            self.shared.positions -= surplus;
        }
        self.rounds.next = env.now + (expiry / 8).max(LEAST_REST);
    }
}
