//! What decides how a client goes on, for model checkers.

use std::hash::{Hash, Hasher};

use super::Client;

impl Client {
    /// Hashes what decides how this client goes on. Left out are random numbers to come, and buffers
    /// whose contents are spent. To be asked when all outputs were polled.
    pub fn hash_state(&self, state: &mut impl Hasher) {
        self.sessions.hash(state);
        self.current.hash(state);
        self.by_id.hash(state);
        self.stored.hash(state);
        self.attempts.hash(state);
        for (number, connection) in &self.connections {
            (number, connection.netlayer, &connection.dialled).hash(state);
            (&connection.stage, connection.established).hash(state);
            (&connection.backlog.bytes, &connection.backlog.ends).hash(state);
        }
        for (request, wanted) in &self.wanted {
            (request, &wanted.peer).hash(state);
        }
        self.hooks.hash(state);
        self.no_resume.hash(state);
        self.tombstones.hash(state);
        self.next_number.hash(state);
        self.ended.hash(state);
        self.shared.hash_state(state);
    }
}
