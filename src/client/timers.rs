//! What happens when nothing happens: deadlines, probes, retries, expiry.

use crate::error::ErrorCode;
use crate::handshake::Refusal;
use crate::session::{Ask, Probe, Session, State};

use super::Client;
use super::connection::{Greeting, Stage};
use super::output::Event;
use super::shared::Env;

impl Client {
    /// The time that `Output::Timeout` asked for has come.
    pub fn handle_timeout(&mut self, env: Env<'_>) {
        self.begin();
        self.shared.disarm();
        self.expire_connections(env);
        self.expire_attempts(env);
        self.expire_wanted(env);
        self.expire_claims(env);
        let sessions: Vec<u32> = self.sessions.keys().copied().collect();
        for session in sessions {
            self.session_timeout(env, session);
        }
        self.look_after_stored(env);
        self.look_after_positions(env);
        self.process(env);
        self.arm_all(env);
        self.end();
    }

    /// The network may be there again, or this host have slept: what waits for its time to dial
    /// dials now, and the peers of active sessions are asked for a sign of life, since a
    /// connection may have died unheard.
    pub fn handle_wake(&mut self, env: Env<'_>) {
        self.begin();
        for attempt in self.attempts.values_mut() {
            attempt.retry_at = attempt.retry_at.map(|at| at.min(env.now));
        }
        self.retry_attempts(env);
        let sessions: Vec<u32> = self.sessions.keys().copied().collect();
        for key in sessions {
            let Some(session) = self.sessions.get_mut(&key) else {
                continue;
            };
            session.resumption.failures = 0;
            if session.connection().is_some() {
                self.probe(env, key);
            } else if session.resumption.retry_at.is_some() {
                self.reconnect(env, key);
            }
        }
        self.process(env);
        self.arm_all(env);
        self.end();
    }

    fn expire_connections(&mut self, env: Env<'_>) {
        let late: Vec<u32> = self
            .connections
            .iter()
            .filter(|(_, c)| c.session().is_none() && c.deadline <= env.now)
            .map(|(number, _)| *number)
            .collect();
        for number in late {
            match self.stage(number) {
                Some(Stage::Judged { .. }) => self.not_agreed(env, number),
                Some(_) => self.drop_connection(env, number, ErrorCode::HandshakeTimeout),
                None => {}
            }
        }
    }

    fn expire_attempts(&mut self, env: Env<'_>) {
        self.retry_attempts(env);
        let late: Vec<String> = self
            .attempts
            .iter()
            .filter(|(_, attempt)| attempt.connection.is_none() && attempt.deadline <= env.now)
            .map(|(peer, _)| peer.clone())
            .collect();
        for peer in late {
            self.attempt_failed(env, &peer, ErrorCode::HandshakeTimeout, false);
        }
    }

    fn expire_wanted(&mut self, env: Env<'_>) {
        let late: Vec<u32> = self
            .wanted
            .iter()
            .filter(|(_, wanted)| wanted.deadline <= env.now)
            .map(|(request, _)| *request)
            .collect();
        for request in late {
            self.wanted.remove(&request);
            let code = ErrorCode::HandshakeTimeout;
            self.shared
                .events
                .push_back(Event::NotProvided { request, code });
        }
    }

    fn session_timeout(&mut self, env: Env<'_>, key: u32) {
        let times = self.shared.config.times;
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        let since = match session.state {
            State::Active { connection } => {
                if let Some(probe) = session.probe.filter(|probe| probe.deadline <= env.now) {
                    // Part of a long message is a sign of life too.
                    if session.last_heard <= probe.sent {
                        self.drop_connection(env, connection, ErrorCode::ConnectionClosed);
                        return;
                    }
                    self.heard_from(env, key);
                }
                let Some(session) = self.sessions.get(&key) else {
                    return;
                };
                let quiet_since = session.quiet_since();
                if session.is_owed()
                    && quiet_since.is_some_and(|since| env.now >= since + times.idle)
                {
                    self.probe(env, key);
                }
                self.active_timeout(env, key);
                return;
            }
            State::Suspended { since } | State::Parked { since } => since,
        };
        if env.now.saturating_sub(since) >= times.expiry {
            self.end_session(env, key, None, ErrorCode::Expired);
            return;
        }
        let retry = session.resumption.retry_at.is_some_and(|at| at <= env.now);
        self.with_session(env, key, |session, context| {
            if let Some(before) = env.now.checked_sub(times.queue) {
                session.expire_queue(context, before, ErrorCode::QueueTimeout);
                if since <= before {
                    session.fail_promises(context, ErrorCode::QueueTimeout);
                }
            }
        });
        if retry {
            self.reconnect(env, key);
        }
    }

    fn active_timeout(&mut self, env: Env<'_>, key: u32) {
        let times = self.shared.config.times;
        self.with_session(env, key, |session, context| {
            if session.gather_at.is_some_and(|at| at <= env.now) {
                session.flush_releases(context);
            }
            if session.note_at <= env.now && session.probe.is_none() {
                session.note_life(context);
            }
            if let Some(before) = env.now.checked_sub(times.call).filter(|_| times.call > 0) {
                session.expire_calls(context, before);
            }
            if session.recount.at.is_some_and(|at| at <= env.now) {
                session.recount(context);
            }
            if session.unclaimed_at.is_some_and(|at| at <= env.now) {
                session.unclaimed_at = Some(u64::MAX);
                session.release_unclaimed(context);
                session.gather(context);
            }
        });
    }

    /// Asks an active session's peer for a sign of life, unless one is asked for already.
    pub(super) fn probe(&mut self, env: Env<'_>, key: u32) {
        let deadline = env.now + self.shared.config.times.probe;
        let swissnum = self.random.bytes();
        self.with_session(env, key, |session, context| {
            if session.probe.is_some() || session.connection().is_none() {
                return;
            }
            let sent = env.now;
            session.probe = Some(Probe { sent, deadline });
            context.shared.arm(deadline);
            // Any peer breaks the fetch of a swissnum that nobody has.
            let bootstrap = session.bootstrap(context);
            let tape = probe_tape(&swissnum);
            let asked = session.ask(context, bootstrap, Ask::Deliver { answer: true }, &tape);
            if let Ok(Some(question)) = asked {
                session.probes.insert(question, ());
            }
        });
    }

    /// A probe was answered: the peer's old connection lives, so hellos that waited to hear that
    /// are refused.
    pub(super) fn refuse_held_starts(&mut self, peer: &str) {
        let held: Vec<u32> = self
            .connections
            .iter()
            .filter(|(_, connection)| {
                matches!(&connection.stage, Stage::Held(Greeting::Start(hello))
                    if hello.location.id() == peer)
            })
            .map(|(number, _)| *number)
            .collect();
        if self.attempts.contains_key(peer) {
            return;
        }
        for number in held {
            self.refuse(number, Refusal::InternalError.text());
        }
    }

    /// Asks to be woken for whatever comes next.
    fn arm_all(&mut self, env: Env<'_>) {
        let times = self.shared.config.times;
        let connections = self.connections.values();
        let connections = connections
            .filter(|connection| connection.session().is_none())
            .map(|connection| connection.deadline);
        let attempts = self.attempts.values();
        let attempts = attempts.map(|attempt| attempt.retry_at.unwrap_or(attempt.deadline));
        let wanted = self.wanted.values().map(|wanted| wanted.deadline);
        let sessions = self
            .sessions
            .values()
            .filter_map(|session| session.next_time(&times));
        let next = connections
            .chain(attempts)
            .chain(wanted)
            .chain(sessions)
            .chain(self.next_claim())
            .chain(self.keeping.next())
            .chain(self.shared.config.resume.then_some(self.rounds.next))
            .min();
        if let Some(next) = next {
            // Never at once again for something that this call could not do.
            self.shared.arm(next.max(env.now + 1));
        }
    }
}

/// `['fetch swissnum]` as a value of the application's.
fn probe_tape(swissnum: &[u8; 32]) -> Vec<u8> {
    let mut tape = Vec::with_capacity(72);
    let mut word = |word: u32| tape.extend_from_slice(&word.to_le_bytes());
    word(11);
    word(2);
    word(9);
    word(5);
    tape.extend_from_slice(b"fetch\0\0\0");
    let mut word = |word: u32| tape.extend_from_slice(&word.to_le_bytes());
    word(10);
    word(32);
    tape.extend_from_slice(swissnum);
    tape
}

impl Session {
    /// Since when the peer has been silent while it owed something.
    fn quiet_since(&self) -> Option<u64> {
        let asked = self.questions.oldest().unwrap_or(self.last_heard);
        Some(self.last_heard.max(asked)).filter(|_| self.probe.is_none())
    }

    /// When this session next needs the timer.
    fn next_time(&self, times: &super::config::Times) -> Option<u64> {
        let mut next: Option<u64> = None;
        let mut at = |time: u64| next = Some(next.map_or(time, |next| next.min(time)));
        match self.state {
            State::Active { .. } => {
                if self.stored {
                    at(self.note_at);
                }
                if let Some(gather) = self.gather_at {
                    at(gather);
                }
                if let Some(recount) = self.recount.at {
                    at(recount);
                }
                if let Some(probe) = self.probe {
                    at(probe.deadline);
                }
                if let Some(quiet) = self.quiet_since().filter(|_| self.is_owed()) {
                    at(quiet + times.idle);
                }
                if let Some(oldest) = self.questions.oldest().filter(|_| times.call > 0) {
                    at(oldest + times.call);
                }
                if let Some(unclaimed) = self.unclaimed_at.filter(|at| *at < u64::MAX) {
                    at(unclaimed);
                }
            }
            State::Suspended { since } | State::Parked { since } => {
                at(since.saturating_add(times.expiry));
                if let Some(retry) = self.resumption.retry_at {
                    at(retry);
                }
                if let Some(first) = self.queue.front() {
                    at(first.since + times.queue);
                }
                if self.imports.promises() > 0 {
                    at(since + times.queue);
                }
            }
        }
        next
    }
}
