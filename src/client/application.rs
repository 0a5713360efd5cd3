//! What the application asks for.

use crate::error::ErrorCode;
use crate::locals::LocalKind;
use crate::remotes::Remote;
use crate::session::{Ask, State};
use crate::wire::Location;

use super::shared::Env;
use super::{Authenticates, Client, Netlayer};

impl Client {
    /// Adds a way to connect. Gives its number; there is at most one for each transport.
    pub fn add_netlayer(&mut self, netlayer: Netlayer) -> Result<u32, ErrorCode> {
        if self.netlayer_for(&netlayer.location.transport).is_some() {
            return Err(ErrorCode::ApiMisuse);
        }
        self.netlayers.push(netlayer);
        if self.shared.config.resume {
            self.keeping.again();
            self.shared.arm(1);
        }
        Ok((self.netlayers.len() - 1) as u32)
    }

    /// A handle for an object (or promise) of the application's. The same description gives the
    /// same handle. It is free again with `Event::Released`.
    pub fn allocate_local(&mut self, promise: bool, description: Option<Vec<u8>>) -> u32 {
        let kind = if promise {
            LocalKind::Promise
        } else {
            LocalKind::Object
        };
        self.shared.locals.allocate(kind, description, false)
    }

    /// Gives a description to an object that may have been exported without one. False when
    /// another object has that description.
    pub fn describe_local(&mut self, handle: u32, description: Vec<u8>) -> bool {
        self.begin();
        let described = self.shared.locals.describe(handle, description);
        if described {
            for session in self.sessions.values_mut() {
                session.persist_described(&mut self.shared, handle);
            }
        }
        described
    }

    /// Asks something of a remote object, promise or unanswered question. Gives the question's
    /// handle when an answer is wanted. On an error nothing was sent.
    pub fn ask(
        &mut self,
        env: Env<'_>,
        target: u32,
        ask: crate::client::Asked,
        tape: &[u8],
    ) -> Result<Option<u32>, ErrorCode> {
        self.begin();
        let asked = self.ask_session(env, target, ask, tape);
        self.end();
        asked
    }

    fn ask_session(
        &mut self,
        env: Env<'_>,
        target: u32,
        ask: Ask,
        tape: &[u8],
    ) -> Result<Option<u32>, ErrorCode> {
        if let Some(code) = self.ended {
            return Err(code);
        }
        let key = match self.shared.remotes.get(target) {
            Some(Remote::Broken(code)) => return Err(code),
            Some(remote) => remote.session().ok_or(ErrorCode::ApiMisuse)?,
            None => return Err(ErrorCode::ApiMisuse),
        };
        // What waits is written when nothing can be prepared.
        let suspended = self.sessions.get(&key);
        let suspended = suspended.is_some_and(|s| matches!(s.state, State::Suspended { .. }));
        if suspended && matches!(ask, Ask::Deliver { .. }) {
            self.prepare_gives(env, key, tape)?;
        }
        let asked = self.with_gives(env, key, tape, |client| {
            client
                .with_session(env, key, |session, context| {
                    session.ask(context, target, ask.clone(), tape)
                })
                .unwrap_or(Err(ErrorCode::SessionSevered))
        });
        if self
            .sessions
            .get(&key)
            .is_some_and(|session| matches!(session.state, State::Suspended { .. }))
        {
            self.hurry(env, key);
        }
        asked
    }

    /// A call waits for a suspended session: dial now, unless a retry is planned already.
    pub(super) fn hurry(&mut self, env: Env<'_>, key: u32) {
        let planned = self
            .sessions
            .get(&key)
            .is_some_and(|session| session.resumption.retry_at.is_some());
        if !planned {
            self.reconnect(env, key);
        }
    }

    /// Asks to hear of an imported promise's settlement, once.
    pub fn listen(&mut self, env: Env<'_>, promise: u32) -> Result<(), ErrorCode> {
        self.begin();
        let listened = match self.shared.remotes.get(promise) {
            Some(Remote::Promise { session, .. }) => self
                .with_session(env, session, |session, context| {
                    session.listen(context, promise)
                })
                .unwrap_or(Err(ErrorCode::SessionSevered)),
            Some(Remote::Broken(code)) => Err(code),
            _ => Err(ErrorCode::ApiMisuse),
        };
        self.end();
        listened
    }

    /// Settles what a peer waits for (`Event::Message::wait`). On an error nothing was sent, and
    /// it may be settled again, with something that can be passed.
    pub fn settle(
        &mut self,
        env: Env<'_>,
        wait: u32,
        fulfilled: bool,
        tape: &[u8],
    ) -> Result<(), ErrorCode> {
        self.begin();
        let Some(waiting) = self.shared.waits.get(wait).copied() else {
            return Err(ErrorCode::ApiMisuse);
        };
        let settled = self.with_gives(env, waiting.session, tape, |client| {
            client
                .with_session(env, waiting.session, |session, context| {
                    session.settle(context, waiting, fulfilled, tape)
                })
                .unwrap_or(Ok(()))
        });
        if settled.is_ok() {
            self.shared.waits.remove(wait);
            self.wait_is_over(env, wait);
            if let Some(session) = self.sessions.get_mut(&waiting.session) {
                let count = session.waits_of(waiting.listens);
                *count = count.saturating_sub(1);
            }
            self.bound_answers(env);
        }
        self.end();
        settled
    }

    /// While a commit is slow, peers make answers wait by asking. Beyond the limit the session that
    /// most of them are for ends.
    fn bound_answers(&mut self, env: Env<'_>) {
        let outbox = &self.shared.outbox;
        if outbox.answer_bytes() > self.shared.config.limits.unsent_bytes
            && let Some(connection) = outbox.most_answered()
        {
            self.misbehaved(env, connection, ErrorCode::LimitExceeded);
            self.process(env);
        }
    }

    /// The application holds a remote object or promise no longer.
    pub fn release_remote(&mut self, env: Env<'_>, handle: u32) {
        self.begin();
        // A call ends with its answer, whoever still waits for it: until then its handle is taken.
        if matches!(
            self.shared.remotes.get(handle),
            Some(Remote::Question { .. })
        ) {
            return;
        }
        if self.shared.remotes.release(handle) {
            self.let_go(env, handle);
        }
        self.end();
    }

    /// Nothing names a remote handle any more.
    pub(super) fn let_go(&mut self, env: Env<'_>, handle: u32) {
        let session = self.shared.remotes.get(handle).and_then(Remote::session);
        let dropped = session.and_then(|session| {
            self.with_session(env, session, |session, context| {
                session.drop_remote(context, handle);
            })
        });
        if dropped.is_none() {
            self.shared.remotes.remove(handle);
        }
    }

    /// The bootstrap object of a session's peer.
    pub fn bootstrap(&mut self, env: Env<'_>, session: u32) -> Option<u32> {
        self.with_session(env, session, |session, context| {
            session.bootstrap_given = true;
            session.bootstrap(context)
        })
    }

    /// Ends a session, telling the peer so.
    pub fn abort_session(&mut self, env: Env<'_>, session: u32, reason: &str) {
        self.begin();
        self.end_session(env, session, Some(reason), ErrorCode::AbortedLocally);
        self.process(env);
        self.end();
    }

    /// Ends a session whose peer made the application hold more than a limit allows.
    pub fn exceeded(&mut self, env: Env<'_>, session: u32) {
        self.begin();
        let code = ErrorCode::LimitExceeded;
        self.end_session(env, session, Some("internal error"), code);
        self.process(env);
        self.end();
    }

    /// Tells peers now what they may let go of.
    pub fn flush(&mut self, env: Env<'_>) {
        self.begin();
        let sessions: Vec<u32> = self.sessions.keys().copied().collect();
        for session in sessions {
            self.with_session(env, session, |session, context| {
                session.flush_releases(context);
            });
        }
        self.end();
    }

    /// Ends everything in this process. Nothing is said to peers, and the store keeps every
    /// session: another process may go on with them.
    pub fn shutdown(&mut self, env: Env<'_>) {
        self.stop(env, ErrorCode::ShutDown);
    }

    /// Why nothing can be asked any more, if so.
    pub fn ended(&self) -> Option<ErrorCode> {
        self.ended
    }

    /// Every call fails, every connection closes, and nothing leaves any more.
    pub(super) fn stop(&mut self, env: Env<'_>, code: ErrorCode) {
        self.begin();
        if self.ended.replace(code).is_some() {
            return;
        }
        let sessions: Vec<u32> = self.sessions.keys().copied().collect();
        for key in sessions {
            self.with_session(env, key, |session, context| session.stop(context, code));
        }
        self.shared.outbox.clear();
        self.sessions.clear();
        self.current.clear();
        self.by_id.clear();
        self.stored.clear();
        for number in std::mem::take(&mut self.connections).into_keys() {
            self.closes.push_back(number);
        }
        self.stop_handoffs(code);
        let wanted = std::mem::take(&mut self.wanted);
        for request in wanted.into_keys() {
            self.shared
                .events
                .push_back(super::output::Event::NotProvided { request, code });
        }
        self.attempts.clear();
        self.dials.clear();
        self.hooks.clear();
        self.pending.clear();
        self.later.clear();
        self.shared.disarm();
        self.end();
    }

    /// Where peers reach us by a transport.
    pub fn location(&self, transport: &str) -> Option<&Location> {
        let netlayer = self.netlayer_for(transport)?;
        Some(&self.netlayer(netlayer)?.location)
    }

    /// What a netlayer vouches for.
    pub fn authenticates(&self, netlayer: u32) -> Option<Authenticates> {
        Some(self.netlayer(netlayer)?.authenticates)
    }
}
