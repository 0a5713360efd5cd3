//! What is said first on a connection, and what the peer's first message means.

use crate::error::ErrorCode;
use crate::handshake::start::{self, Hello};
use crate::handshake::{Refusal, crossed, resume};
use crate::identity::{SessionId, public_id, session_id};
use crate::syrup::Writer;
use crate::wire::{Dialect, Location, Operation};

use super::Client;
use super::attempts::Mode;
use super::connection::{Greeting, Stage, Then};
use super::shared::Env;

impl Client {
    /// Says the first word on a connection that we dialled (reference 4.1, rule 2: at once).
    pub(super) fn greet(&mut self, env: Env<'_>, number: u32, peer: &str) {
        let Some(attempt) = self.attempts.get_mut(peer) else {
            self.discard_connection(number);
            return;
        };
        attempt.connection = Some(number);
        attempt.dial = None;
        match attempt.mode {
            Mode::Start => self.send_start(number),
            Mode::Resume { session } => self.send_resume(env, number, session),
        }
    }

    fn send_start(&mut self, number: u32) {
        let key = self.make_key();
        self.write_start(number, &key);
        self.set_stage(number, Stage::StartSent { key });
    }

    pub(super) fn write_start(&mut self, number: u32, key: &crate::identity::KeyPair) {
        let Some(location) = self.own_location(number) else {
            return;
        };
        let bytes = self.location_bytes(&location);
        let (out, start) = self.shared.outbox.begin();
        start::write_hello(out, &self.shared.config.captp_version, key, &bytes);
        self.shared.outbox.push(number, start);
    }

    pub(super) fn own_location(&self, connection: u32) -> Option<Location> {
        let netlayer = self.connections.get(&connection)?.netlayer;
        Some(self.netlayer(netlayer)?.location.clone())
    }

    pub(super) fn location_bytes(&self, location: &Location) -> Vec<u8> {
        let mut bytes = Vec::new();
        location.write(
            &mut Writer::new(&mut bytes),
            self.shared.config.dialect.key_order(),
        );
        bytes
    }

    /// A message on a connection that has no session yet.
    pub(super) fn on_handshake(&mut self, env: Env<'_>, number: u32, operation: Operation<'_>) {
        match operation {
            Operation::StartSession(hello) => {
                let checked = start::check(&self.shared.config.captp_version, *hello);
                self.on_start(env, number, checked);
            }
            Operation::ResumeSession(resume) => {
                let Ok(id) = <[u8; 32]>::try_from(resume.session_id) else {
                    self.refuse_hello(env, number, Refusal::InvalidSessionId);
                    return;
                };
                let (count, signature) = (resume.count, &resume.signature);
                self.on_resume(env, number, SessionId(id), count, signature);
            }
            Operation::Abort { reason } => {
                self.tell_reason(reason);
                self.on_handshake_abort(env, number, reason);
            }
            _ => self.misbehaved(env, number, ErrorCode::PeerMisbehaved),
        }
    }

    /// Refuses a peer's first message, and lets our attempt on this connection know.
    pub(super) fn refuse_hello(&mut self, env: Env<'_>, number: u32, refusal: Refusal) {
        let connection = self.connections.get(&number);
        let dialled = connection.and_then(|connection| connection.dialled.clone());
        self.refuse(number, refusal.text());
        if let Some(peer) = dialled {
            let code = match refusal {
                Refusal::InvalidVersion => ErrorCode::VersionMismatch,
                Refusal::InvalidLocationSignature => ErrorCode::PeerChanged,
                Refusal::InvalidSessionAuth => ErrorCode::AuthRefused,
                _ => ErrorCode::PeerMisbehaved,
            };
            self.attempt_failed(env, &peer, code, true);
        }
    }

    fn on_start(&mut self, env: Env<'_>, number: u32, checked: Result<Hello, Refusal>) {
        match self.stage(number) {
            Some(Stage::StartSent { key }) => {
                let key = key.clone();
                match checked {
                    Ok(hello) => self.on_start_answered(env, number, key, hello),
                    Err(refusal) => self.refuse_hello(env, number, refusal),
                }
            }
            Some(Stage::AwaitHello) => match checked {
                Ok(hello) => self.on_start_received(env, number, hello),
                Err(refusal) => self.refuse_hello(env, number, refusal),
            },
            // A start answers only a start, and there is one hello a connection.
            Some(_) => self.misbehaved(env, number, ErrorCode::PeerMisbehaved),
            None => {}
        }
    }

    /// The peer that we dialled answered our hello.
    fn on_start_answered(
        &mut self,
        env: Env<'_>,
        number: u32,
        key: crate::identity::KeyPair,
        hello: Hello,
    ) {
        let peer = self
            .connections
            .get(&number)
            .and_then(|c| c.dialled.clone());
        let as_dialled = peer.as_ref() == Some(&hello.location.id());
        if !as_dialled || hello.key == key.public() {
            self.refuse(number, Refusal::InternalError.text());
            if let Some(peer) = peer {
                self.attempt_failed(env, &peer, ErrorCode::PeerChanged, true);
            }
            return;
        }
        let id = session_id(&public_id(&key.public()), &public_id(&hello.key));
        let (peer_key, location) = (hello.key, hello.location.clone());
        let hello = Box::new(hello);
        let then = Then::FinishStart { key, hello };
        self.judge(env, number, false, id, peer_key, location, then);
    }

    /// Somebody who dialled us wants a fresh session.
    fn on_start_received(&mut self, env: Env<'_>, number: u32, hello: Hello) {
        let Some(own) = self.own_location(number) else {
            return;
        };
        if hello.location.transport != own.transport || hello.location.same_peer(&own) {
            self.refuse_hello(env, number, Refusal::InternalError);
            return;
        }
        if !self.has_room_for(env, number) {
            return;
        }
        if !self.trusts_claims(number) {
            self.accept_start(env, number, hello);
            return;
        }
        let peer = hello.location.id();
        if let Some(attempt) = self.attempts.get(&peer) {
            match (attempt.mode, attempt.connection) {
                // A resume of ours may win: this hello waits for its outcome.
                (Mode::Resume { .. }, _) => {
                    self.set_stage(number, Stage::Held(Greeting::Start(Box::new(hello))));
                    return;
                }
                (Mode::Start, Some(ours)) => {
                    if !self.cross(env, number, ours, &hello) {
                        return;
                    }
                }
                (Mode::Start, None) => {}
            }
        }
        let active = self.current.get(&peer).copied().filter(|session| {
            self.sessions
                .get(session)
                .is_some_and(|s| s.connection().is_some())
        });
        match active {
            // The peer may have lost the connection that we think alive: the answer to a probe
            // tells.
            Some(session) => {
                self.set_stage(number, Stage::Held(Greeting::Start(Box::new(hello))));
                self.probe(env, session);
            }
            None => self.accept_start(env, number, hello),
        }
    }

    /// Whether an incoming claim may stand for the peer that it names.
    pub(super) fn trusts_claims(&self, connection: u32) -> bool {
        use super::Authenticates;
        self.connections
            .get(&connection)
            .and_then(|connection| self.netlayer(connection.netlayer))
            .is_some_and(|netlayer| match netlayer.authenticates {
                Authenticates::Nothing => netlayer.trust_claims,
                Authenticates::Dialled => false,
                Authenticates::Both => true,
            })
    }

    /// Two connections cross. True when the peer's, `theirs`, goes on.
    fn cross(&mut self, env: Env<'_>, theirs: u32, ours: u32, hello: &Hello) -> bool {
        let Some(Stage::StartSent { key }) = self.stage(ours) else {
            // Ours has its answer already and waits for the host's judgement.
            self.refuse_hello(env, theirs, Refusal::CrossedHellos);
            return false;
        };
        match crossed::keep(&public_id(&key.public()), &public_id(&hello.key)) {
            Some(crossed::Keep::Ours) => {
                self.refuse_hello(env, theirs, Refusal::CrossedHellos);
                false
            }
            Some(crossed::Keep::Theirs) => {
                if let Some(attempt) = self.attempts.get_mut(&hello.location.id()) {
                    attempt.connection = None;
                }
                self.refuse(ours, Refusal::CrossedHellos.text());
                true
            }
            None => {
                self.refuse_hello(env, theirs, Refusal::InternalError);
                false
            }
        }
    }

    pub(super) fn accept_start(&mut self, env: Env<'_>, number: u32, hello: Hello) {
        let key = self.make_key();
        let id = session_id(&public_id(&key.public()), &public_id(&hello.key));
        let (peer_key, location) = (hello.key, hello.location.clone());
        let hello = Box::new(hello);
        let then = Then::AcceptStart { key, hello };
        self.judge(env, number, false, id, peer_key, location, then);
    }

    /// op:resume-session, as a dial, an answer or a confirmation.
    fn on_resume(
        &mut self,
        env: Env<'_>,
        number: u32,
        id: SessionId,
        count: u128,
        signature: &crate::wire::Signature,
    ) {
        match self.stage(number) {
            Some(Stage::AwaitHello) => self.on_resume_dial(env, number, id, count, signature),
            Some(Stage::ResumeSent { session, number: n }) => {
                let (session, n) = (*session, *n);
                self.on_resume_answer(env, number, session, n, id, count, signature);
            }
            Some(Stage::ResumeAnswered {
                session,
                number: n,
                count: answered,
            }) => {
                let (session, n, answered) = (*session, *n, *answered);
                let confirmed = count == answered
                    && self.sessions.get(&session).is_some_and(|s| {
                        s.parties.id == id
                            && resume::signed_by(&s.parties.peer_key, &id, count, signature)
                    });
                if confirmed {
                    self.on_resume_confirmed(env, number, session, n);
                } else {
                    self.drop_connection(env, number, ErrorCode::PeerMisbehaved);
                }
            }
            // A resume answers only a resume.
            Some(_) => self.misbehaved(env, number, ErrorCode::PeerMisbehaved),
            None => {}
        }
    }

    pub(super) fn speaks_2026_01(&self) -> bool {
        self.shared.config.dialect == Dialect::V2026_01
    }
}
