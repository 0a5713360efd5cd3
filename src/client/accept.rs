//! Fresh sessions: how they begin, once the host agreed.

use crate::handshake::start::Hello;
use crate::identity::{KeyPair, public_id, session_id};
use crate::session::{Parties, Session, State};
use crate::wire::Dialects;

use super::Client;
use super::attempts::Mode;
use super::connection::Stage;
use super::output::Status;
use super::shared::Env;

impl Client {
    /// The host agreed to a session that the peer asked for: answer, and begin.
    pub(super) fn accept_judged(&mut self, env: Env<'_>, number: u32, key: KeyPair, hello: Hello) {
        // Others may have begun while this one waited.
        if !self.has_room_for(env, number) {
            return;
        }
        // Stored first: the answer leaves after the record is durable.
        let Some(session) = self.begin_session(env, number, &key, hello, false) else {
            return;
        };
        self.write_start(number, &key);
        self.session_begins(env, session);
        self.resume_input(number);
    }

    /// The host agreed to a session that we asked for.
    pub(super) fn finish_judged(&mut self, env: Env<'_>, number: u32, key: KeyPair, hello: Hello) {
        let peer = hello.location.id();
        let Some(session) = self.begin_session(env, number, &key, hello, true) else {
            return;
        };
        if let Some(attempt) = self.attempts.remove(&peer)
            && let Some(begun) = self.sessions.get_mut(&session)
        {
            begun.address = Some(attempt.location);
        }
        self.session_begins(env, session);
        self.dismiss_held(&peer);
        self.resume_input(number);
    }

    fn begin_session(
        &mut self,
        env: Env<'_>,
        connection: u32,
        own: &KeyPair,
        hello: Hello,
        outgoing: bool,
    ) -> Option<u32> {
        use super::Authenticates;
        let own_location = self.own_location(connection)?;
        let own_id = public_id(&own.public());
        let peer_id = public_id(&hello.key);
        let parties = Parties {
            id: session_id(&own_id, &peer_id),
            own: own.clone(),
            own_id,
            own_location,
            peer_key: hello.key,
            peer_id,
            peer: hello.location,
            peer_bytes: hello.location_bytes,
            peer_signature: hello.signature,
        };
        let netlayer = self
            .connections
            .get(&connection)
            .and_then(|connection| self.netlayer(connection.netlayer));
        let proven = netlayer.is_some_and(|netlayer| match netlayer.authenticates {
            Authenticates::Nothing => false,
            Authenticates::Dialled => outgoing,
            Authenticates::Both => true,
        });
        let key = self.number();
        let id = parties.id;
        let state = State::Active { connection };
        let dialect = self.shared.config.dialect;
        let mut session = Session::new(key, parties, dialect, state, env.now);
        if self.shared.config.auto_dialect {
            session.open_dialects(Dialects::ALL);
        }
        session.outgoing = outgoing;
        session.dialled = outgoing;
        session.proven = proven;
        session.stored = self.shared.config.resume;
        session.resumption.shared.count = 0;
        session.recall_positions(&mut Client::context(&mut self.shared, env));
        session.exports.reserve();
        session.persist_record(&mut self.shared);
        self.sessions.insert(key, Box::new(session));
        self.by_id.insert(id, key);
        self.set_stage(connection, Stage::Active { session: key });
        Some(key)
    }

    /// A fresh session is there: it becomes the session with its peer, where it may.
    fn session_begins(&mut self, env: Env<'_>, session: u32) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        let peer = state.parties.peer.clone();
        let (outgoing, stored) = (state.outgoing, state.stored);
        let trusted = state
            .connection()
            .is_some_and(|connection| self.trusts_claims(connection));
        let own = state.parties.own_location.clone();
        let taken = self.current_is_taken(env, &own, &peer);
        let becomes = outgoing || (trusted && !taken);
        let asked_for = self
            .attempts
            .get(&peer.id())
            .is_some_and(|attempt| attempt.mode == Mode::Start);
        if becomes {
            self.current.insert(peer.id(), session);
            // A claim alone does not take the entry of a parked session.
            let free = outgoing || asked_for || !self.has_location_entry(env, &own, &peer);
            if stored && free {
                self.persist_location_entry(session);
            }
        }
        self.with_session(env, session, |session, context| {
            session.plan_note(context);
            session.announce(context, Status::Fresh, None);
        });
        self.bound_sessions(env);
        if becomes {
            self.satisfied(&peer.id(), session);
            if !outgoing && asked_for {
                self.withdraw_attempt(env, &peer.id());
            }
        }
    }

    /// Whether a session exists that an incoming claim may not take the place of.
    fn current_is_taken(
        &mut self,
        env: Env<'_>,
        own: &crate::wire::Location,
        peer: &crate::wire::Location,
    ) -> bool {
        match self.current.get(&peer.id()) {
            Some(session) => self.sessions.contains_key(session),
            None => match self.location_entry(env, own, peer) {
                Ok(Some(entry)) => {
                    let loaded = self.by_id.get(&entry.sid);
                    let loaded = loaded.and_then(|session| self.sessions.get(session));
                    !loaded.is_some_and(|session| session.is_parked())
                }
                Ok(None) => false,
                Err(_) => true,
            },
        }
    }

    /// A hello that was held is judged again, now that what it waited for is over.
    pub(super) fn on_start_again(&mut self, env: Env<'_>, number: u32, hello: Hello) {
        self.accept_start(env, number, hello);
    }
}
