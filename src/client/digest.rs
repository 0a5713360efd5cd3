//! What decides how a client goes on, for model checkers.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use super::Client;
use super::random::Random;
use super::resuming::COUNT_RETRIES;
use crate::session::State;

impl Client {
    /// Random numbers come from this seed from now on.
    #[doc(hidden)]
    pub fn reseed(&mut self, seed: [u8; 32]) {
        self.random = Random::new(seed);
    }

    /// Brings clients that go on alike into one form: numbers of connections, dials and requests become
    /// the lowest that keep their order, and what is only compared with times after `horizon`, which
    /// never come, is left out. To be asked when all outputs were polled. Gives each number before
    /// and after.
    #[doc(hidden)]
    pub fn normalise(&mut self, horizon: u64) -> BTreeMap<u32, u32> {
        let numbers = self.renumbered();
        let renamed = |number: u32| numbers.get(&number).copied().unwrap_or(number);
        self.connections.rename(|number| renamed(*number));
        self.wanted.rename(|number| renamed(*number));
        for attempt in self.attempts.values_mut() {
            attempt.begun = renamed(attempt.begun);
            attempt.dial = attempt.dial.map(renamed);
            attempt.connection = attempt.connection.map(renamed);
        }
        let times = self.shared.config.times;
        let quiet = self.shared.waits.is_empty();
        for session in self.sessions.values_mut() {
            if let State::Active { connection } = &mut session.state {
                *connection = renamed(*connection);
            }
            if quiet {
                session.epoch = 0;
            }
            if session.address.as_ref() == Some(&session.parties.peer) {
                session.address = None;
            }
            let resumption = &mut session.resumption;
            resumption.times = 0;
            resumption.failures = resumption.failures.min(COUNT_RETRIES + 1);
            if times.resume_grace > horizon {
                resumption.refusing_since = None;
            }
            let outbox = &self.shared.outbox;
            session.questions.renumber(|frame| outbox.rank(frame));
        }
        self.shared.outbox.renumber(renamed);
        self.shared.normalise(horizon);
        self.keeping.normalise(horizon);
        if self.rounds.next > horizon {
            self.rounds.next = u64::MAX;
        }
        let last = numbers.values().max().copied();
        self.next_number = last.unwrap_or_else(|| self.last_session()) + 1;
        numbers
    }

    /// Positions of resolvers and answers begin anew in sessions that have no connection, where nothing
    /// else was ever exported: no connection that is still listened to knows of them.
    #[doc(hidden)]
    pub fn forget_resolvers(&mut self) {
        let sessions = self.sessions.values_mut();
        for session in sessions.filter(|session| session.connection().is_none()) {
            session.questions.forget_earlier();
            session.exports.forget_earlier();
        }
    }

    fn last_session(&self) -> u32 {
        self.sessions.keys().max().copied().unwrap_or_default()
    }

    fn renumbered(&self) -> BTreeMap<u32, u32> {
        let mut numbers: BTreeSet<u32> = self.connections.keys().copied().collect();
        numbers.extend(self.wanted.keys());
        numbers.extend(self.shared.outbox.connections());
        for attempt in self.attempts.values() {
            numbers.insert(attempt.begun);
            numbers.extend(attempt.dial.into_iter().chain(attempt.connection));
        }
        let first = self.last_session() + 1;
        numbers.into_iter().zip(first..).collect()
    }

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
        self.keeping.hash(state);
        self.rounds.hash(state);
        self.shared.hash_state(state);
    }
}
