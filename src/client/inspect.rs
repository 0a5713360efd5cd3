//! A look inside, without secrets.

use crate::identity::SessionId;
use crate::session::State;
use crate::slots::Export;
use crate::wire::{Dialect, Dialects, Location, PublicKey};

use super::Client;

/// All of a client that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its sessions.
    pub sessions: Vec<SessionInspection>,
    /// Sessions in the store that were not needed yet.
    pub stored: usize,
    /// Connections without a session.
    pub handshakes: usize,
    /// Handles of our objects in use.
    pub locals: usize,
    /// Handles of peers' objects in use.
    pub remotes: usize,
    /// Gifts that wait for their receivers.
    pub gifts: usize,
    /// Withdrawals that wait for their gifts.
    pub claims: usize,
    /// Writes made, to compare with commits.
    pub written: u64,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInspection {
    /// Its key in the client.
    pub session: u32,
    /// Its id.
    pub id: SessionId,
    /// The peer, as it said.
    pub peer: Location,
    /// `active`, `suspended` or `parked`.
    pub status: &'static str,
    /// Its connection, while it has one.
    pub connection: Option<u32>,
    /// Whether we dialled its connection.
    pub outgoing: bool,
    /// Whether the netlayer vouches for the peer.
    pub proven: bool,
    /// What is written where dialects differ.
    pub dialect: Dialect,
    /// What the peer may speak, as far as it is known.
    pub dialects: Dialects,
    /// How often it was resumed in this process.
    pub resumes: u64,
    /// Our next number of an attempt to resume.
    pub sent: u64,
    /// The peer's numbers below this are spent.
    pub seen: u64,
    /// The position that the next export gets.
    pub next_export: u64,
    /// Exports: position, local handle, whether a promise, count, whether it has a row.
    pub exports: Vec<(u64, u32, bool, u64, bool)>,
    /// Imports: position, handle, whether a promise, count.
    pub imports: Vec<(u64, u32, bool, u64)>,
    /// Calls that wait for an answer.
    pub questions: usize,
    /// Answers that the peer holds.
    pub answers: usize,
    /// The same: position, local handle.
    pub answer_handles: Vec<(u64, u32)>,
    /// The handoff count that our next withdrawal of a gift takes.
    pub handoff_count: u64,
    /// Calls that wait for the session.
    pub queued: usize,
    /// Gifts that the peer has not acknowledged.
    pub deposits: usize,
}

impl Client {
    /// A look inside.
    pub fn inspect(&self) -> Inspection {
        let handshakes = self.connections.values();
        let handshakes = handshakes.filter(|c| c.session().is_none()).count();
        Inspection {
            sessions: self
                .sessions
                .values()
                .map(|it| inspect_session(it))
                .collect(),
            stored: self.stored.len(),
            handshakes,
            locals: self.shared.locals.len(),
            remotes: self.shared.remotes.len(),
            gifts: self.shared.gifts.len(),
            claims: self.shared.gifts.claims(),
            written: self.written(),
        }
    }
}

fn inspect_session(session: &crate::session::Session) -> SessionInspection {
    let exports = session.exports.iter().filter_map(|(position, export)| {
        let Export::Value(value) = export else {
            return None;
        };
        Some((
            position,
            value.local,
            value.promise,
            value.count,
            value.stored,
        ))
    });
    let imports = session
        .imports
        .iter()
        .map(|(position, promise, import)| (position, import.handle, promise, import.count));
    SessionInspection {
        session: session.key,
        id: session.parties.id,
        peer: session.parties.peer.clone(),
        status: match session.state {
            State::Active { .. } => "active",
            State::Suspended { .. } => "suspended",
            State::Parked { .. } => "parked",
        },
        connection: session.connection(),
        outgoing: session.outgoing,
        proven: session.proven,
        dialect: session.dialect,
        dialects: session.dialects,
        resumes: session.resumption.times,
        sent: session.resumption.counts.sent,
        seen: session.resumption.counts.seen,
        next_export: session.exports.next(),
        exports: exports.collect(),
        imports: imports.collect(),
        questions: session.questions.len(),
        answers: session.answers.len(),
        answer_handles: session.answers.iter().collect(),
        handoff_count: session.handoffs.given,
        queued: session.queue.len(),
        deposits: session.deposits.len(),
    }
}

impl Client {
    /// Who a session is between: the peer's location as it said it, our key, the peer's.
    pub fn parties(&self, session: u32) -> Option<(&Location, PublicKey, PublicKey)> {
        let parties = &self.sessions.get(&session)?.parties;
        Some((&parties.peer, parties.own.public(), parties.peer_key))
    }

    /// How often a session was resumed in this process.
    pub fn resumes(&self, session: u32) -> Option<u64> {
        Some(self.sessions.get(&session)?.resumption.times)
    }
}
