//! Resuming sessions: our attempts, and the peers' (design, section 5).

use crate::error::ErrorCode;
use crate::handshake::{Refusal, resume};
use crate::identity::SessionId;
use crate::session::Session;
use crate::wire::Signature;

use super::attempts::Mode;
use super::connection::{Greeting, Stage, Then};
use super::shared::Env;
use super::{Authenticates, Client, Context};

/// Refusals of the count in a row that are answered with another dial at once.
pub(super) const COUNT_RETRIES: u32 = 3;

/// Peers remembered as not speaking op:resume-session.
const MOST_STRANGERS_TO_RESUME: usize = 256;

impl Client {
    /// Dials with our next number, which is stored before it leaves.
    pub(super) fn send_resume(&mut self, env: Env<'_>, number: u32, key: u32) {
        let shared_count = self.speaks_2026_01();
        let Some(session) = self.sessions.get_mut(&key) else {
            self.drop_connection(env, number, ErrorCode::SessionSevered);
            return;
        };
        let parity = session.own_parity();
        let resumption = &mut session.resumption;
        let taken = if shared_count {
            resumption.shared.attempt(resumption.tries)
        } else {
            resumption.counts.take_attempt(parity)
        };
        let Some(count) = taken else {
            self.drop_connection(env, number, ErrorCode::InternalError);
            return;
        };
        session.persist_record(&mut self.shared);
        let (out, start) = self.shared.outbox.begin();
        let parties = &session.parties;
        resume::write_resume(out, &parties.own, &parties.id, u128::from(count));
        self.shared.outbox.push(number, start);
        self.set_stage(
            number,
            Stage::ResumeSent {
                session: key,
                number: count,
            },
        );
    }

    /// A peer dials to resume a session.
    pub(super) fn on_resume_dial(
        &mut self,
        env: Env<'_>,
        number: u32,
        id: SessionId,
        count: u128,
        signature: &Signature,
    ) {
        let Some(key) = self.resumable(env, number, id) else {
            self.refuse(number, Refusal::UnknownSession.text());
            self.dial_back(env, id);
            return;
        };
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        if !resume::signed_by(&session.parties.peer_key, &id, count, signature) {
            self.refuse(number, Refusal::InvalidSessionSignature.text());
            return;
        }
        let n = match self.judge_count(key, count) {
            Ok(n) => n,
            Err(refusal) => {
                self.refuse(number, refusal.text());
                return;
            }
        };
        // A newer dial of the same peer replaces one that it did not confirm.
        for (other, earlier) in self.unconfirmed(key, number) {
            if earlier >= n && !self.speaks_2026_01() {
                self.refuse(number, Refusal::InvalidResumeCount.text());
                return;
            }
            self.discard_connection(other);
        }
        self.probe(env, key);
        if self.yields_to(env, key) {
            self.answer_resume(env, number, key, n);
        } else {
            self.set_stage(
                number,
                Stage::Held(Greeting::Resume {
                    session: key,
                    number: n,
                }),
            );
        }
    }

    /// The session that a peer means, if it may resume it on this connection.
    fn resumable(&mut self, env: Env<'_>, number: u32, id: SessionId) -> Option<u32> {
        if !self.shared.config.resume {
            return None;
        }
        let key = match self.by_id.get(&id) {
            Some(key) => *key,
            None => self.load_by_id(env, id)?,
        };
        let own = self.own_location(number)?;
        let session = self.sessions.get(&key)?;
        session.parties.own_location.same_peer(&own).then_some(key)
    }

    fn judge_count(&self, key: u32, count: u128) -> Result<u64, Refusal> {
        let session = self.sessions.get(&key).ok_or(Refusal::UnknownSession)?;
        if self.speaks_2026_01() {
            session.resumption.shared.judge(count)
        } else {
            let peer = session.own_parity().other();
            session.resumption.counts.judge(peer, count)
        }
    }

    /// Connections on which this peer's earlier dial waits, with their numbers.
    fn unconfirmed(&self, key: u32, except: u32) -> Vec<(u32, u64)> {
        self.connections
            .iter()
            .filter(|(number, _)| **number != except)
            .filter_map(|(number, connection)| match &connection.stage {
                Stage::ResumeAnswered {
                    session, number: n, ..
                }
                | Stage::Held(Greeting::Resume { session, number: n })
                | Stage::Judged {
                    then: Then::AnswerResume { session, number: n },
                    ..
                } if *session == key => Some((*number, *n)),
                _ => None,
            })
            .collect()
    }

    /// Both sides dial: the one with the lower id drops its own dial. True when the peer's may be
    /// answered now.
    fn yields_to(&mut self, env: Env<'_>, key: u32) -> bool {
        let Some(session) = self.sessions.get(&key) else {
            return false;
        };
        let peer = session.parties.peer.id();
        let lower = session.parties.own_id < session.parties.peer_id;
        let dialling = self
            .attempts
            .get(&peer)
            .is_some_and(|attempt| attempt.mode == Mode::Resume { session: key });
        if dialling && lower {
            self.withdraw_attempt(env, &peer);
        }
        !dialling || lower
    }

    /// Answers a dial that was found good, unless it is not any more.
    pub(super) fn answer_resume(&mut self, env: Env<'_>, number: u32, key: u32, n: u64) {
        if let Err(refusal) = self.judge_count(key, u128::from(n)) {
            self.refuse(number, refusal.text());
            return;
        }
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        let parties = &session.parties;
        let (id, peer_key, peer) = (parties.id, parties.peer_key, parties.peer.clone());
        let then = Then::AnswerResume {
            session: key,
            number: n,
        };
        self.judge(env, number, true, id, peer_key, peer, then);
    }

    /// The host agreed: answer. Between two of ours nothing changes yet.
    pub(super) fn answer_judged(&mut self, env: Env<'_>, number: u32, key: u32, n: u64) {
        if let Err(refusal) = self.judge_count(key, u128::from(n)) {
            self.refuse(number, refusal.text());
            return;
        }
        if self.speaks_2026_01() {
            self.go_on(env, number, key, false, |session, context| {
                session.resumption.shared.accepted(n);
                session.pin_imports();
                session.persist_record(context.shared);
                write_count(session, context, number, u128::from(n));
            });
            return;
        }
        let count = resume::answer_count(n, self.random());
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        let (out, start) = self.shared.outbox.begin();
        resume::write_resume(out, &session.parties.own, &session.parties.id, count);
        self.shared.outbox.push(number, start);
        let stage = Stage::ResumeAnswered {
            session: key,
            number: n,
            count,
        };
        self.set_stage(number, stage);
        self.resume_input(number);
    }

    /// The peer confirmed our answer: only now does anything of ours change.
    pub(super) fn on_resume_confirmed(&mut self, env: Env<'_>, number: u32, key: u32, n: u64) {
        if self.judge_count(key, u128::from(n)).is_err() {
            self.drop_connection(env, number, ErrorCode::PeerMisbehaved);
            return;
        }
        if let Some(session) = self.sessions.get_mut(&key) {
            session.resumption.counts.complete(n);
        }
        self.go_on(env, number, key, false, |_, _| {});
    }

    /// The peer that we dialled answered.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn on_resume_answer(
        &mut self,
        env: Env<'_>,
        number: u32,
        key: u32,
        n: u64,
        id: SessionId,
        count: u128,
        signature: &Signature,
    ) {
        let Some(session) = self.sessions.get(&key) else {
            self.drop_connection(env, number, ErrorCode::SessionSevered);
            return;
        };
        let parties = &session.parties;
        if parties.id != id || !resume::signed_by(&parties.peer_key, &id, count, signature) {
            self.drop_connection(env, number, ErrorCode::PeerChanged);
            return;
        }
        let ours = if self.speaks_2026_01() {
            count == u128::from(n)
        } else {
            resume::answers(count, n)
        };
        if !ours {
            self.drop_connection(env, number, ErrorCode::PeerMisbehaved);
            return;
        }
        let (peer_key, peer) = (parties.peer_key, parties.peer.clone());
        let then = Then::ConfirmResume {
            session: key,
            count,
        };
        self.judge(env, number, true, id, peer_key, peer, then);
    }

    /// The host agreed: confirm, and go on.
    pub(super) fn confirm_judged(&mut self, env: Env<'_>, number: u32, key: u32, count: u128) {
        let shared_count = self.speaks_2026_01();
        self.go_on(env, number, key, true, |session, context| {
            if shared_count {
                session.resumption.shared.answered(count as u64);
                session.pin_imports();
                session.persist_record(context.shared);
                return;
            }
            write_count(session, context, number, count);
        });
    }

    /// The session goes on over this connection, and whatever it had before is closed.
    fn go_on(
        &mut self,
        env: Env<'_>,
        number: u32,
        key: u32,
        outgoing: bool,
        first: impl FnOnce(&mut Session, &mut Context<'_>),
    ) {
        let Some(session) = self.sessions.get(&key) else {
            self.drop_connection(env, number, ErrorCode::SessionSevered);
            return;
        };
        let before = session.connection();
        let peer = session.parties.peer.id();
        // That the peer is who it said at the start of an incoming session, a resume of it does not
        // prove.
        let stands = outgoing || session.proven || self.trusts_claims(number);
        let proven = session.proven || (outgoing && self.authenticates_dialled(number));
        if stands {
            self.no_resume.retain(|other| *other != peer);
        }
        self.with_session(env, key, |session, context| {
            session.proven = proven;
            session.resume(context, number, outgoing, first);
        });
        if let Some(before) = before {
            self.discard_connection(before);
        }
        self.set_stage(number, Stage::Active { session: key });
        match self.attempts.get(&peer) {
            Some(attempt) if attempt.connection == Some(number) => {
                let address = attempt.location.clone();
                self.attempts.remove(&peer);
                if let Some(session) = self.sessions.get_mut(&key) {
                    session.address = Some(address);
                }
            }
            // Whoever waits for that peer waits for one that is dialled.
            Some(attempt) if !stands => {
                let location = attempt.location.clone();
                if attempt.mode == (Mode::Resume { session: key }) {
                    self.withdraw_attempt(env, &peer);
                    if self.wanted.values().any(|wanted| wanted.peer == peer) {
                        self.attempt(env, &peer, Some(&location), None);
                    }
                }
            }
            _ => self.withdraw_attempt(env, &peer),
        }
        for (other, _) in self.unconfirmed(key, number) {
            self.discard_connection(other);
        }
        let current = self.current.get(&peer).copied();
        if stands && current.is_none_or(|current| !self.sessions.contains_key(&current)) {
            self.current.insert(peer.clone(), key);
            self.persist_location_entry(key);
        }
        if let Some(current) = self.current.get(&peer).copied()
            && self.is_active(current)
        {
            self.satisfied(&peer, current);
        }
        self.dismiss_held(&peer);
        self.resume_input(number);
    }

    /// op:abort as the answer to what we said first.
    pub(super) fn on_handshake_abort(&mut self, env: Env<'_>, number: u32, reason: &str) {
        let refusal = Refusal::from_text(reason);
        match self.stage(number) {
            Some(Stage::ResumeSent { session, .. }) => {
                let session = *session;
                self.on_resume_refused(env, number, session, refusal);
            }
            Some(Stage::StartSent { .. }) => {
                let peer = self
                    .connections
                    .get(&number)
                    .and_then(|c| c.dialled.clone());
                let Some(peer) = peer else { return };
                if refusal == Some(Refusal::CrossedHellos) {
                    // The peer's own connection may follow: whoever waits, waits for that.
                    if let Some(attempt) = self.attempts.get_mut(&peer) {
                        attempt.connection = None;
                    }
                    self.discard_connection(number);
                    return;
                }
                self.discard_connection(number);
                if refusal.is_none_or(|refusal| refusal == Refusal::InternalError)
                    && self.make_way(env, &peer)
                {
                    return;
                }
                let code = match refusal {
                    Some(Refusal::InvalidVersion) => ErrorCode::VersionMismatch,
                    Some(Refusal::InvalidSessionAuth) => ErrorCode::AuthRefused,
                    _ => ErrorCode::PeerAborted,
                };
                self.attempt_failed(env, &peer, code, true);
            }
            _ => self.drop_connection(env, number, ErrorCode::PeerAborted),
        }
    }

    fn on_resume_refused(&mut self, env: Env<'_>, number: u32, key: u32, refusal: Option<Refusal>) {
        let shared_count = self.speaks_2026_01();
        let proving = self.is_active(key);
        let proven = self.authenticates_dialled(number);
        let Some(session) = self.sessions.get_mut(&key) else {
            self.discard_connection(number);
            return;
        };
        let peer = session.parties.peer.id();
        if proving && refusal != Some(Refusal::InvalidResumeCount) {
            self.discard_connection(number);
            self.attempt_failed(env, &peer, ErrorCode::SessionRefused, true);
            return;
        }
        let resumption = &mut session.resumption;
        let ever = resumption.peer_resumed;
        match refusal {
            Some(Refusal::InvalidResumeCount) => {
                resumption.failures = resumption.failures.saturating_add(1);
                resumption.tries = resumption.tries.saturating_add(1);
                let again = if shared_count {
                    resumption.shared.attempt(resumption.tries).is_some()
                } else {
                    resumption.failures <= COUNT_RETRIES
                };
                // An intact store gives no number twice. One that was rolled back must not go on: it
                // would give positions a second time.
                let rolled_back = proven && !proving && u32::from(resumption.tries) > COUNT_RETRIES;
                self.discard_connection(number);
                if again {
                    self.attempts.remove(&peer);
                    self.attempt(env, &peer, None, Some(key));
                } else if shared_count || rolled_back {
                    self.refused(env, key);
                } else {
                    self.attempt_failed(env, &peer, ErrorCode::PeerAborted, false);
                }
            }
            Some(Refusal::CrossedHellos | Refusal::InvalidSessionAuth) => {
                let code = if refusal == Some(Refusal::InvalidSessionAuth) {
                    ErrorCode::AuthRefused
                } else {
                    ErrorCode::CrossedHellos
                };
                self.discard_connection(number);
                self.attempt_failed(env, &peer, code, false);
            }
            Some(
                Refusal::UnknownSession
                | Refusal::InvalidSessionSignature
                | Refusal::InvalidSessionId,
            ) => {
                self.discard_connection(number);
                self.refused(env, key);
            }
            Some(_) | None if ever => {
                self.discard_connection(number);
                self.attempt_failed(env, &peer, ErrorCode::PeerAborted, false);
            }
            Some(_) | None => {
                if self.no_resume.len() >= MOST_STRANGERS_TO_RESUME {
                    self.no_resume.pop_front();
                }
                self.no_resume.push_back(peer);
                self.discard_connection(number);
                self.refused(env, key);
            }
        }
    }

    /// The peer will not resume this session: it is over where that is proven, else kept aside. A
    /// fresh one is begun at once, without the caller doing anything.
    pub(super) fn refused(&mut self, env: Env<'_>, key: u32) {
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        let peer = session.parties.peer.clone();
        let proven = self
            .netlayer_for(&peer.transport)
            .and_then(|netlayer| self.netlayer(netlayer))
            .is_some_and(|netlayer| netlayer.authenticates != Authenticates::Nothing);
        self.attempts.remove(&peer.id());
        if self.current.get(&peer.id()) == Some(&key) {
            self.current.remove(&peer.id());
        }
        if proven {
            self.end_session(env, key, None, ErrorCode::SessionRefused);
        } else {
            self.with_session(env, key, |session, context| session.park(context));
            self.bound_sessions(env);
        }
        self.answer_held(env, &peer.id());
        match self.claimed(&peer.id()) {
            Some(session) => {
                self.current.insert(peer.id(), session);
                self.persist_location_entry(session);
                self.satisfied(&peer.id(), session);
            }
            None => self.attempt(env, &peer.id(), Some(&peer), None),
        }
    }

    /// An active session that this peer, as it says, began with us, where claims are trusted.
    pub(super) fn claimed(&self, peer: &str) -> Option<u32> {
        self.sessions
            .values()
            .filter(|session| session.parties.peer.id() == peer)
            .find(|session| {
                session
                    .connection()
                    .is_some_and(|connection| self.trusts_claims(connection))
            })
            .map(|session| session.key)
    }

    /// A peer of dialect 2026-01 does not fall back by itself: a session that we ended and that it
    /// wants to resume is answered with a start of ours.
    fn dial_back(&mut self, env: Env<'_>, id: SessionId) {
        if !self.speaks_2026_01() {
            return;
        }
        let ended = self.tombstones.iter().find(|(ended, _)| *ended == id);
        if let Some(location) = ended.map(|(_, location)| location.clone()) {
            let peer = location.id();
            if !self.current.contains_key(&peer) {
                self.attempt(env, &peer, Some(&location), None);
            }
        }
    }
}

/// One op:resume-session of a session that is going on.
fn write_count(session: &Session, context: &mut Context<'_>, connection: u32, count: u128) {
    let (out, start) = context.shared.outbox.begin();
    resume::write_resume(out, &session.parties.own, &session.parties.id, count);
    context.shared.outbox.push(connection, start);
}
