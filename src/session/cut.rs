//! How a session loses its connection, gets another, and ends.

use crate::client::output::{Event, Status};
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::remotes::Remote;
use crate::wire::{Dialect, Dialects};

use super::{Session, State};

impl Session {
    /// Tells the application what became of the session.
    pub(crate) fn announce(
        &self,
        context: &mut Context<'_>,
        status: Status,
        code: Option<ErrorCode>,
    ) {
        context.shared.events.push_back(Event::Session {
            session: self.key,
            status,
            code,
            id: self.parties.id,
            peer: self.parties.peer.clone(),
            outgoing: self.outgoing,
        });
    }

    /// Ends what belongs to the connection: calls in flight fail, saying whether they may have run.
    fn end_connection(&mut self, context: &mut Context<'_>) {
        let Some(connection) = self.connection() else {
            return;
        };
        for (handle, question) in self.questions.clear() {
            let code = if context.shared.outbox.is_waiting(question.frame) {
                ErrorCode::DidNotRun
            } else {
                ErrorCode::MayHaveRun
            };
            self.fail_question(context, handle, code);
        }
        context.shared.outbox.forget(connection);
        context.shared.abandon_claims(self.key);
        for local in self.answers.clear() {
            context.shared.locals.unhold(local);
        }
        self.exports.forget_transient();
        self.imports.forget_listeners();
        self.releases.cut();
        self.recount.cut();
        self.repeats.cut();
        self.unheard.clear();
        self.enquired = false;
        self.gather_at = None;
        self.probe = None;
    }

    /// A question ends without an answer; nobody is told of a probe's.
    fn fail_question(&mut self, context: &mut Context<'_>, handle: u32, code: ErrorCode) {
        if self.probes.remove(&handle).is_some() {
            self.unacknowledged(handle);
            context.shared.finish(handle, code);
        } else {
            context.shared.fail(handle, code);
        }
    }

    /// The connection is gone, the session is not.
    pub(crate) fn suspend(&mut self, context: &mut Context<'_>, code: ErrorCode) {
        self.end_connection(context);
        let since = context.env.now;
        self.state = State::Suspended { since };
        let wait = context.shared.config.times.queue;
        context.shared.arm(since + wait);
        self.note_lazily(context.shared);
        self.announce(context, Status::Suspended, Some(code));
    }

    /// A suspended session is kept aside: new calls fail, and a valid resume still restores it.
    pub(crate) fn park(&mut self, context: &mut Context<'_>) {
        let since = match self.state {
            State::Suspended { since } => since,
            State::Active { .. } | State::Parked { .. } => return,
        };
        self.state = State::Parked { since };
        self.resumption.retry_at = None;
        self.expire_queue(context, u64::MAX, ErrorCode::SessionRefused);
        self.fail_promises(context, ErrorCode::SessionRefused);
        self.persist_record(context.shared);
        self.announce(context, Status::Refused, Some(ErrorCode::SessionRefused));
    }

    /// A message came: the peer had our last reply. A restart of ours must not forget that, or the
    /// peer's last dial could be replayed then.
    pub(crate) fn hear_of_reply(&mut self, context: &mut Context<'_>) {
        let shared = &mut self.resumption.shared;
        let news = !std::mem::replace(&mut shared.heard, true) && shared.count > 0;
        if news && self.dialect == Dialect::V2026_01 {
            self.persist_record(context.shared);
        }
    }

    /// The session goes on over this connection. What was active before on another is over.
    /// `first` writes what must be the first message, if any.
    pub(crate) fn resume(
        &mut self,
        context: &mut Context<'_>,
        connection: u32,
        outgoing: bool,
        first: impl FnOnce(&mut Self, &mut Context<'_>),
    ) {
        self.end_connection(context);
        self.state = State::Active { connection };
        self.epoch += 1;
        self.outgoing = outgoing;
        self.dialled |= outgoing;
        self.last_heard = context.env.now;
        self.plan_note(context);
        self.heard = true;
        let resumption = &mut self.resumption;
        resumption.peer_resumed = true;
        resumption.times += 1;
        resumption.failures = 0;
        resumption.tries = 0;
        resumption.refusing_since = None;
        resumption.retry_at = None;
        self.survey(context);
        self.persist_record(context.shared);
        first(self, context);
        // Before anything else: whatever is not left again by then will not be (`Repeats`).
        self.send_deposits(context);
        self.announce(context, Status::Resumed, None);
        // Who resumes in our way is one of ours, and reads every dialect.
        self.learn(context, Dialects::SINCE_2026_02);
        if self.restored && self.unclaimed_at.is_none() {
            let at = context.env.now + context.shared.config.times.unclaimed;
            self.unclaimed_at = Some(at);
            context.shared.arm(at);
        }
        let promises: Vec<u32> = self
            .imports
            .iter()
            .filter(|(_, promise, _)| *promise)
            .map(|(_, _, import)| import.handle)
            .collect();
        for promise in promises {
            if self.listen(context, promise).is_err() {
                context.shared.fail(promise, ErrorCode::Lost);
            }
        }
        self.plan_recount(context);
        self.flush_queue(context);
        self.gather(context);
    }

    /// Imported promises end: nobody will tell of their settlement.
    pub(crate) fn fail_promises(&mut self, context: &mut Context<'_>, code: ErrorCode) {
        let promises: Vec<(u64, u32)> = self
            .imports
            .iter()
            .filter(|(_, promise, _)| *promise)
            .map(|(position, _, import)| (position, import.handle))
            .collect();
        for (position, handle) in promises {
            self.forget_import(context.shared, position, true);
            context.shared.fail(handle, code);
        }
    }

    /// The session is over: its references break, its calls fail, its rows go.
    pub(crate) fn sever(&mut self, context: &mut Context<'_>, code: ErrorCode) {
        self.end_connection(context);
        self.expire_queue(context, u64::MAX, code);
        for (position, promise, import) in self.imports.clear() {
            if promise && import.told {
                context.shared.fail(import.handle, code);
                continue;
            }
            if promise {
                context.shared.finish(import.handle, code);
                continue;
            }
            let remotes = &mut context.shared.remotes;
            remotes.set_broken(import.handle, code);
            if self.tokens.remove(position).is_some() && remotes.unpin(import.handle) {
                remotes.remove(import.handle);
            }
        }
        self.break_bootstrap(context, code);
        for local in self.exports.clear() {
            context.shared.locals.unhold(local);
        }
        context.shared.forget_gifts(self.key);
        self.forget_deposits(context);
        self.erase(context);
        self.announce(context, Status::Severed, Some(code));
    }

    /// Ends everything of the session in this process; the store keeps it. When it is the store that
    /// failed, the application hears of it, and calls that were written may have run: those that
    /// fail with that code did not.
    pub(crate) fn stop(&mut self, context: &mut Context<'_>, code: ErrorCode) {
        let (promises, objects): (Vec<_>, Vec<_>) = self
            .imports
            .iter()
            .map(|(_, promise, import)| (promise, import.handle))
            .partition(|(promise, _)| *promise);
        let failed = code == ErrorCode::StoreFailed;
        for (handle, question) in self.questions.clear() {
            let is_written = failed && !context.shared.outbox.is_waiting(question.frame);
            let code = if is_written {
                ErrorCode::MayHaveRun
            } else {
                code
            };
            self.fail_question(context, handle, code);
        }
        for queued in std::mem::take(&mut self.queue) {
            if let Some(question) = queued.question {
                context.shared.fail(question, code);
            }
        }
        for (_, handle) in promises {
            context.shared.fail(handle, code);
        }
        for (_, handle) in objects {
            context.shared.remotes.set_broken(handle, code);
        }
        self.break_bootstrap(context, code);
        if failed && self.connection().is_some() {
            let status = if self.stored {
                Status::Suspended
            } else {
                Status::Severed
            };
            self.announce(context, status, Some(code));
        }
    }

    /// Calls that have taken too long fail; an answer that comes all the same is ignored.
    pub(crate) fn expire_calls(&mut self, context: &mut Context<'_>, before: u64) {
        for handle in self.questions.asked_before(before) {
            if let Some(question) = self.questions.remove(handle) {
                self.exports.take_transient(question.resolver);
                self.releases.answer(question.answer);
                self.fail_question(context, handle, ErrorCode::CallTimeout);
            }
        }
        self.gather(context);
    }

    fn break_bootstrap(&mut self, context: &mut Context<'_>, code: ErrorCode) {
        if let Some(bootstrap) = self.bootstrap.take() {
            context.shared.remotes.set_broken(bootstrap, code);
            // Nobody else would let go of what only probes had.
            if !self.bootstrap_given {
                context.shared.remotes.remove(bootstrap);
            }
        }
    }

    /// The handle of the peer's bootstrap object.
    pub(crate) fn bootstrap(&mut self, context: &mut Context<'_>) -> u32 {
        let session = self.key;
        match self.bootstrap {
            Some(handle) => {
                context.shared.remotes.revive(handle);
                handle
            }
            None => {
                let remote = Remote::Bootstrap { session };
                let handle = context.shared.remotes.insert(remote);
                self.bootstrap = Some(handle);
                handle
            }
        }
    }
}
