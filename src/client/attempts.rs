//! Our attempts to have a session with a peer: at most one for each peer at a time.

use crate::error::ErrorCode;
use crate::handshake::Refusal;
use crate::wire::Location;

use super::config::Reconnect;
use super::connection::{Greeting, Stage};
use super::output::{Event, Output};
use super::shared::Env;
use super::{Client, Wanted};
use crate::session::State;

/// How an attempt wants to get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mode {
    /// With a fresh session.
    Start,
    /// By going on with one that exists.
    Resume {
        /// The session's key in the client.
        session: u32,
    },
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    pub(super) location: Location,
    pub(super) mode: Mode,
    /// The number of its dial: who asked for the peer before it began has a lower one.
    pub(super) begun: u32,
    /// The dial that the host was asked for.
    pub(super) dial: Option<u32>,
    /// The connection that came of it.
    pub(super) connection: Option<u32>,
    pub(super) deadline: u64,
    /// How often the peer said that it has a session with us already.
    pub(super) refusals: u32,
    /// When to dial again, after it said so.
    pub(super) retry_at: Option<u64>,
}

impl Client {
    /// Asks for a session with a peer. `Event::Provided` or `Event::NotProvided` follows, naming
    /// the number that this gives.
    pub fn provide_session(&mut self, env: Env<'_>, location: &Location) -> u32 {
        self.begin();
        let request = self.number();
        if let Err(code) = self.want(env, request, location) {
            self.shared
                .events
                .push_back(Event::NotProvided { request, code });
        }
        self.end();
        request
    }

    pub(super) fn want(
        &mut self,
        env: Env<'_>,
        request: u32,
        location: &Location,
    ) -> Result<(), ErrorCode> {
        if let Some(code) = self.ended {
            return Err(code);
        }
        let netlayer = self
            .netlayer_for(&location.transport)
            .ok_or(ErrorCode::NoNetlayer)?;
        let own = self.netlayer(netlayer).map(|n| n.location.clone());
        let own = own.ok_or(ErrorCode::NoNetlayer)?;
        if own.same_peer(location) {
            return Err(ErrorCode::SelfConnect);
        }
        let peer = location.id();
        let current = self.session_for(env, &own, location)?;
        if let Some(session) = current
            && self.is_active(session)
        {
            self.shared
                .events
                .push_back(Event::Provided { request, session });
            return Ok(());
        }
        let times = self.shared.config.times;
        let patience = if current.is_some() {
            times.queue.max(times.handshake)
        } else {
            times.handshake
        };
        let deadline = env.now + patience;
        self.shared.arm(deadline);
        let wanted = Wanted {
            peer: peer.clone(),
            location: location.clone(),
            deadline,
        };
        self.wanted.insert(request, wanted);
        let session = current.or_else(|| self.provable(&own, location));
        // A caller may know a newer way to the peer than the one that it told us of.
        self.attempt(env, &peer, Some(location), session);
        Ok(())
    }

    /// The session with a peer, in memory or in the store. A parked one does not count.
    fn session_for(
        &mut self,
        env: Env<'_>,
        own: &Location,
        peer: &Location,
    ) -> Result<Option<u32>, ErrorCode> {
        let known = self.current.get(&peer.id()).copied();
        if let Some(session) = known {
            return Ok(self
                .sessions
                .get(&session)
                .is_some_and(|session| !session.is_parked())
                .then_some(session));
        }
        if let Some(session) = self.load_for(env, own, peer)? {
            return Ok(Some(session));
        }
        // The session that the store has is parked, or there is none: one that the peer began
        // meanwhile will do, where its claim is trusted.
        let claimed = self.claimed(&peer.id());
        if let Some(session) = claimed {
            self.current.insert(peer.id(), session);
            self.persist_location_entry(session);
        }
        Ok(claimed)
    }

    pub(super) fn is_active(&self, session: u32) -> bool {
        self.sessions
            .get(&session)
            .is_some_and(|session| session.connection().is_some())
    }

    /// Begins an attempt, unless one is on its way.
    pub(super) fn attempt(
        &mut self,
        env: Env<'_>,
        peer: &str,
        location: Option<&Location>,
        session: Option<u32>,
    ) {
        if self.attempts.contains_key(peer) || self.ended.is_some() {
            return;
        }
        let stored = session
            .and_then(|session| self.sessions.get(&session))
            .map(|session| {
                session
                    .address
                    .as_ref()
                    .unwrap_or(&session.parties.peer)
                    .clone()
            });
        // An attempt that was on its way when they asked may have gone where the peer was before.
        let asked = self.wanted.values().filter(|wanted| wanted.peer == peer);
        let asked = asked.map(|wanted| wanted.location.clone()).next_back();
        let Some(location) = location.cloned().or(asked).or(stored) else {
            return;
        };
        let Some(netlayer) = self.netlayer_for(&location.transport) else {
            return;
        };
        let mode = match session {
            Some(session) => Mode::Resume { session },
            None => Mode::Start,
        };
        let dial = self.number();
        let deadline = env.now + self.shared.config.times.handshake;
        self.shared.arm(deadline);
        self.dials.push_back(Output::Dial {
            dial,
            netlayer,
            location: location.clone(),
        });
        self.attempts.insert(
            peer.to_string(),
            Attempt {
                begun: dial,
                location,
                mode,
                dial: Some(dial),
                connection: None,
                deadline,
                refusals: 0,
                retry_at: None,
            },
        );
    }

    /// There is a session with this peer: whoever waited for it has it.
    pub(super) fn satisfied(&mut self, peer: &str, session: u32) {
        let requests: Vec<u32> = self
            .wanted
            .iter()
            .filter(|(_, wanted)| wanted.peer == peer)
            .map(|(request, _)| *request)
            .collect();
        for request in requests {
            self.wanted.remove(&request);
            self.shared
                .events
                .push_back(Event::Provided { request, session });
        }
    }

    /// Whoever waited for a session with this peer waits no longer.
    pub(super) fn disappoint(&mut self, peer: &str, code: ErrorCode) {
        self.disappoint_before(peer, u32::MAX, code);
    }

    /// The same, of those who asked before a number was given.
    fn disappoint_before(&mut self, peer: &str, number: u32, code: ErrorCode) {
        let requests: Vec<u32> = self
            .wanted
            .iter()
            .filter(|(request, wanted)| wanted.peer == peer && **request < number)
            .map(|(request, _)| *request)
            .collect();
        for request in requests {
            self.wanted.remove(&request);
            self.shared
                .events
                .push_back(Event::NotProvided { request, code });
        }
    }

    /// Our attempt with this peer came to nothing, and nobody said no. `reached` says whether the
    /// other side was there.
    pub(super) fn attempt_failed(
        &mut self,
        env: Env<'_>,
        peer: &str,
        code: ErrorCode,
        reached: bool,
    ) {
        let Some(attempt) = self.attempts.remove(peer) else {
            return;
        };
        match attempt.mode {
            Mode::Start => self.disappoint_before(peer, attempt.begun, code),
            Mode::Resume { session } if self.is_active(session) => {
                let refused = [ErrorCode::AuthRefused, ErrorCode::PeerChanged].contains(&code);
                if reached && !refused {
                    self.attempt(env, peer, Some(&attempt.location), None);
                } else {
                    self.disappoint(peer, code);
                }
            }
            Mode::Resume { session } => {
                if code == ErrorCode::AuthRefused || code == ErrorCode::PeerChanged {
                    self.disappoint(peer, code);
                }
                self.not_now(env, session, reached);
            }
        }
        self.answer_held(env, peer);
        // Who asked while it was failing already deserves an attempt of their own.
        if attempt.mode == Mode::Start && self.wanted.values().any(|wanted| wanted.peer == peer) {
            self.attempt(env, peer, Some(&attempt.location), None);
        }
    }

    /// Ends our attempt with this peer quietly: it is not needed any more, unless what it makes way
    /// for comes to nothing.
    pub(super) fn withdraw_attempt(&mut self, env: Env<'_>, peer: &str) {
        let Some(attempt) = self.attempts.remove(peer) else {
            return;
        };
        if let Some(connection) = attempt.connection {
            self.discard_connection(connection);
        }
        if let Mode::Resume { session } = attempt.mode {
            self.plan_reconnect(env, session, false);
        }
    }

    /// Our own attempt came to nothing: hellos of this peer that waited for it are answered now.
    pub(super) fn answer_held(&mut self, env: Env<'_>, peer: &str) {
        for (number, greeting) in self.held_by(peer) {
            if self.stage(number).is_none() {
                continue;
            }
            match greeting {
                Greeting::Resume { session, number: n } => {
                    self.set_stage(number, Stage::AwaitHello);
                    self.answer_resume(env, number, session, n);
                }
                Greeting::Start(hello) => {
                    self.set_stage(number, Stage::AwaitHello);
                    self.on_start_again(env, number, *hello);
                }
            }
        }
    }

    /// A session with this peer goes on: hellos that waited are not needed any more.
    pub(super) fn dismiss_held(&mut self, peer: &str) {
        for (number, greeting) in self.held_by(peer) {
            match greeting {
                Greeting::Resume { .. } => self.discard_connection(number),
                // Whoever waits there for a session waits for the one that goes on.
                Greeting::Start(_) => self.refuse(number, Refusal::CrossedHellos.text()),
            }
        }
    }

    fn held_by(&self, peer: &str) -> Vec<(u32, Greeting)> {
        self.connections
            .iter()
            .filter_map(|(number, connection)| match &connection.stage {
                Stage::Held(greeting) => Some((*number, greeting.clone())),
                _ => None,
            })
            .filter(|(_, greeting)| match greeting {
                Greeting::Start(hello) => hello.location.id() == peer,
                Greeting::Resume { session, .. } => self
                    .sessions
                    .get(session)
                    .is_some_and(|session| session.parties.peer.id() == peer),
            })
            .collect()
    }

    /// Whether a session is to be dialled though nobody asks for it again.
    pub(super) fn is_needed(&self, session: u32) -> bool {
        let on_demand = self.shared.config.reconnect == Reconnect::OnDemand;
        self.sessions.get(&session).is_some_and(|session| {
            let peer = session.parties.peer.id();
            !on_demand
                || !session.queue.is_empty()
                || !session.deposits.is_empty()
                || self.wanted.values().any(|wanted| wanted.peer == peer)
        })
    }

    /// The suspended session that an attempt was for stays as it is; it is tried again later.
    fn not_now(&mut self, env: Env<'_>, session: u32, reached: bool) {
        let times = self.shared.config.times;
        let jitter = self.random();
        let needed = self.is_needed(session);
        let Some(session_state) = self.sessions.get_mut(&session) else {
            return;
        };
        if !matches!(session_state.state, State::Suspended { .. }) {
            return;
        }
        let resumption = &mut session_state.resumption;
        resumption.failures = resumption.failures.saturating_add(1);
        let wait = backoff(
            resumption.failures,
            times.retry_least,
            times.retry_most,
            jitter,
        );
        resumption.retry_at = needed.then_some(env.now + wait);
        if reached {
            let since = *resumption.refusing_since.get_or_insert(env.now);
            if env.now - since >= times.resume_grace {
                self.refused(env, session);
                return;
            }
        } else {
            resumption.refusing_since = None;
        }
        self.shared.arm(env.now + wait);
    }
}

/// How long to wait before the next attempt: doubling, with jitter between half and all of it.
pub(super) fn backoff(failures: u32, least: u64, most: u64, random: u64) -> u64 {
    let doubled = least.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let wait = doubled.clamp(least, most.max(least));
    wait / 2 + random % (wait / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::super::config::Config;
    use super::super::{Authenticates, Netlayer};
    use super::*;
    use crate::baggage::MemoryStore;

    fn location(designator: &str) -> Location {
        Location {
            transport: "test".into(),
            designator: designator.into(),
            hints: Default::default(),
            hints_absent: true,
        }
    }

    #[test]
    fn who_asks_while_an_attempt_fails_gets_one_of_their_own() {
        let mut client = Client::new(Config::default(), [7; 32]);
        let handshake = client.config().times.handshake;
        let store = MemoryStore::new();
        let at = |now| Env { now, store: &store };
        let netlayer = Netlayer {
            location: location("us"),
            authenticates: Authenticates::Nothing,
            framed: true,
            trust_claims: true,
        };
        let netlayer = client.add_netlayer(netlayer).expect("the first one");
        let happened = |client: &mut Client| {
            let (mut dials, mut failed) = (Vec::new(), Vec::new());
            while let Some(output) = client.poll_output() {
                match output {
                    Output::Dial { dial, .. } => dials.push(dial),
                    Output::Event(Event::NotProvided { request, .. }) => failed.push(request),
                    _ => {}
                }
            }
            (dials, failed)
        };
        let first = client.provide_session(at(0), &location("them"));
        let (dials, _) = happened(&mut client);
        client.handle_opened(at(1), netlayer, dials.first().copied());
        client.handle_timeout(at(handshake));
        assert_eq!(happened(&mut client), (vec![], vec![first]));
        let second = client.provide_session(at(handshake), &location("them"));
        client.handle_timeout(at(handshake + 1));
        let (dials, failed) = happened(&mut client);
        assert_eq!((dials.len(), failed), (1, vec![]));
        client.handle_dial_failed(at(handshake + 2), dials[0]);
        assert_eq!(happened(&mut client), (vec![], vec![second]));
    }

    #[test]
    fn waits_grow_to_their_limit_and_differ() {
        assert!((100..=200).contains(&backoff(1, 200, 30_000, 7)));
        assert!((15_000..=30_000).contains(&backoff(60, 200, 30_000, u64::MAX)));
        assert_ne!(backoff(5, 200, 30_000, 1), backoff(5, 200, 30_000, 2));
        assert_eq!(backoff(3, 0, 0, 9), 0);
    }
}
