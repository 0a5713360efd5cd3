//! What the application asks of a peer, and answers it gives.

use std::ops::Range;

use smallvec::SmallVec;

use crate::client::shared::{Context, Shared, Wait};
use crate::error::ErrorCode;
use crate::handle::is_local;
use crate::remotes::Remote;
use crate::slots::{Export, Question};
use crate::syrup::Writer;
use crate::wire::{ResolveMe, Target, write};

use super::dialect::Unwanted;
use super::outgoing::references;
use super::{Queued, Session, State};

/// What is asked of a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// A call: the tape is its list of arguments.
    Deliver {
        /// Whether somebody waits for the answer.
        answer: bool,
    },
    /// A field of a struct.
    Get(String),
    /// An item of a list.
    Index(u64),
    /// What a tagged value holds.
    Untag(String),
}

/// Releases that one message tells of at most: how long a message the peer reads is not known.
const MOST_TOLD: usize = 1024;

/// Bytes that one of them may take.
const TOLD: usize = 64;

impl Ask {
    fn wants_answer(&self) -> bool {
        !matches!(self, Ask::Deliver { answer: false })
    }
}

impl Session {
    /// Sends what is asked, or queues it while the session is suspended. Gives the question's
    /// handle when an answer is wanted.
    pub(crate) fn ask(
        &mut self,
        context: &mut Context<'_>,
        target: u32,
        ask: Ask,
        tape: &[u8],
    ) -> Result<Option<u32>, ErrorCode> {
        let session = self.key;
        match self.state {
            State::Active { connection } => {
                let question = ask
                    .wants_answer()
                    .then(|| context.shared.remotes.insert(Remote::Question { session }));
                let sent = self.send(context, connection, target, &ask, tape, question);
                match (sent, question) {
                    (Ok(()), Some(question)) => {
                        self.listen_to_lookup(context, &ask, question)?;
                        Ok(Some(question))
                    }
                    (Ok(()), None) => Ok(None),
                    (Err(code), question) => {
                        if let Some(question) = question {
                            context.shared.remotes.remove(question);
                        }
                        Err(code)
                    }
                }
            }
            State::Suspended { .. } => self.enqueue(context, target, ask, tape),
            State::Parked { .. } => Err(ErrorCode::SessionRefused),
        }
    }

    fn send(
        &mut self,
        context: &mut Context<'_>,
        connection: u32,
        target: u32,
        ask: &Ask,
        tape: &[u8],
        question: Option<u32>,
    ) -> Result<(), ErrorCode> {
        let limits = context.shared.config.limits;
        let asks = question.is_some() || matches!(ask, Ask::Deliver { .. }) && self.asks_anyway();
        if asks && self.questions.len() >= limits.questions
            || context.shared.outbox.waiting_bytes() >= limits.unsent_bytes
        {
            return Err(ErrorCode::LimitExceeded);
        }
        let to = self.wire_target(context.shared, target)?;
        let unwanted = match (question, ask) {
            (None, Ask::Deliver { .. }) => self.unwanted_answer(context),
            _ => None,
        };
        let (_, start) = context.shared.outbox.begin();
        let encoded = self.encode(context, to, ask, tape, question, unwanted);
        let (answer, resolver) = match encoded {
            Ok(positions) => positions,
            Err(code) => {
                self.undo(context.shared, start);
                self.unwanted_asked(context, unwanted, None);
                return Err(code);
            }
        };
        if context.shared.outbox.len_since(start) > limits.frame {
            if let Some(position) = resolver {
                self.exports.take_transient(position);
            }
            self.undo(context.shared, start);
            self.unwanted_asked(context, unwanted, None);
            return Err(ErrorCode::LimitExceeded);
        }
        let frame = self.depart(context.shared, connection, start);
        self.unwanted_asked(context, unwanted, Some(frame));
        if let (Some(handle), Some(answer)) = (question, answer) {
            let asked = context.env.now;
            self.questions.insert(
                handle,
                Question {
                    answer,
                    resolver: resolver.unwrap_or(0),
                    frame,
                    asked,
                },
            );
            let times = context.shared.config.times;
            context.shared.arm(asked + times.idle);
            if times.call > 0 {
                context.shared.arm(asked + times.call);
            }
        }
        Ok(())
    }

    /// Writes the message; gives the answer position and the resolver's position.
    fn encode(
        &mut self,
        context: &mut Context<'_>,
        to: Target,
        ask: &Ask,
        tape: &[u8],
        question: Option<u32>,
        unwanted: Option<Unwanted>,
    ) -> Result<(Option<u64>, Option<u64>), ErrorCode> {
        let dialect = self.dialect;
        let answer = question.map(|_| self.questions.next_answer());
        match ask {
            Ask::Deliver { .. } => {
                let only = question.is_none() && unwanted.is_none();
                write::deliver_open(context.shared.outbox.buffer(), dialect, to, only);
                self.encode_value(context, tape)?;
                let resolver = question
                    .map(|question| self.exports.add_transient(Export::Resolver { question }));
                let out = context.shared.outbox.buffer();
                let resolve_me = resolver.map(ResolveMe::Object);
                let resolve_me = resolve_me.or(unwanted.map(Unwanted::resolve_me));
                let position = answer.or(unwanted.map(|unwanted| unwanted.answer));
                if write::deliver_close(out, dialect, position, resolve_me).is_err() {
                    if let Some(position) = resolver {
                        self.exports.take_transient(position);
                    }
                    return Err(ErrorCode::NotInDialect);
                }
                Ok((answer, resolver))
            }
            Ask::Get(_) | Ask::Index(_) | Ask::Untag(_) => {
                let position = answer.ok_or(ErrorCode::ApiMisuse)?;
                let out = context.shared.outbox.buffer();
                match ask {
                    Ask::Get(field) => write::get(out, to, field, position),
                    Ask::Index(index) => write::index(out, to, *index, position),
                    Ask::Untag(tag) => write::untag(out, to, tag, position),
                    Ask::Deliver { .. } => return Err(ErrorCode::ApiMisuse),
                }
                Ok((answer, None))
            }
        }
    }

    /// What was written since `start` is a message that leaves. The mark and rows come before it, so
    /// that it waits for them; the mark first, lest a row be left at a position that is given again.
    pub(super) fn depart(&mut self, shared: &mut Shared, connection: u32, start: usize) -> u64 {
        self.get_ready(shared);
        shared.outbox.push(connection, start)
    }

    fn get_ready(&mut self, shared: &mut Shared) {
        if self.exports.reserve() {
            self.persist_record(shared);
        }
        self.commit_exports(shared);
        shared.passing.commit();
    }

    /// The message is not sent.
    fn undo(&mut self, shared: &mut Shared, start: usize) {
        shared.outbox.discard(start);
        shared.passing.rollback();
        let locals = &mut shared.locals;
        self.exports.rollback(|local| locals.unhold(local));
    }

    pub(super) fn wire_target(&self, shared: &Shared, handle: u32) -> Result<Target, ErrorCode> {
        match shared.remotes.get(handle).ok_or(ErrorCode::ApiMisuse)? {
            Remote::Bootstrap { .. } => Ok(Target::Export(0)),
            Remote::Object { position, .. } | Remote::Promise { position, .. } => {
                Ok(Target::Export(position))
            }
            Remote::Question { .. } => match self.questions.get(handle) {
                Some(question) => Ok(Target::Answer(question.answer)),
                None => Err(ErrorCode::DidNotRun),
            },
            Remote::Gift => Err(ErrorCode::ApiMisuse),
            Remote::Broken(code) => Err(code),
        }
    }

    /// op:get, op:index and op:untag have no resolver of their own: their answer is listened to.
    fn listen_to_lookup(
        &mut self,
        context: &mut Context<'_>,
        ask: &Ask,
        question: u32,
    ) -> Result<(), ErrorCode> {
        match ask {
            Ask::Deliver { .. } => Ok(()),
            Ask::Get(_) | Ask::Index(_) | Ask::Untag(_) => self.listen(context, question),
        }
    }

    /// Asks to hear of a promise's or answer's settlement, with a listener of ours.
    pub(crate) fn listen(
        &mut self,
        context: &mut Context<'_>,
        handle: u32,
    ) -> Result<(), ErrorCode> {
        let State::Active { connection } = self.state else {
            return Ok(());
        };
        let to = self.wire_target(context.shared, handle)?;
        let remote = context.shared.remotes.get(handle);
        if let Some(Remote::Promise { position, .. }) = remote
            && let Some(import) = self.imports.get(position, true)
            && import.listener.is_some()
        {
            return Ok(());
        }
        if !self.dialects.agree_on_listens() {
            self.listen_later(context, handle, to);
            return Ok(());
        }
        let listener = self
            .exports
            .add_transient(Export::Listener { promise: handle });
        match remote {
            Some(Remote::Promise { position, .. }) => {
                self.imports.set_listener(position, Some(listener));
            }
            _ => self.questions.set_resolver(handle, listener),
        }
        let dialect = self.dialect;
        self.frame(context, connection, |out| {
            write::listen(out, dialect, to, ResolveMe::Object(listener));
        });
        let idle = context.shared.config.times.idle;
        context.shared.arm(context.env.now + idle);
        Ok(())
    }

    /// One message without values of the application's.
    pub(crate) fn frame(
        &mut self,
        context: &mut Context<'_>,
        connection: u32,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        if self.exports.reserve() {
            self.persist_record(context.shared);
        }
        let (out, start) = context.shared.outbox.begin();
        write(out);
        context.shared.outbox.push(connection, start);
    }

    /// Settles what the peer waits for. On an error nothing was sent, and it may be settled again.
    pub(crate) fn settle(
        &mut self,
        context: &mut Context<'_>,
        wait: Wait,
        fulfilled: bool,
        tape: &[u8],
    ) -> Result<(), ErrorCode> {
        let State::Active { connection } = self.state else {
            return Ok(());
        };
        if wait.epoch != self.epoch {
            return Ok(());
        }
        let unwanted = self.unwanted_answer(context);
        let (_, start) = context.shared.outbox.begin();
        let written = self.write_settlement(context, wait.resolver, fulfilled, tape, unwanted);
        let most = context.shared.config.limits.frame;
        let fits = context.shared.outbox.len_since(start) <= most;
        if let Err(code) = written.and(fits.then_some(()).ok_or(ErrorCode::LimitExceeded)) {
            self.undo(context.shared, start);
            self.unwanted_asked(context, unwanted, None);
            return Err(code);
        }
        self.get_ready(context.shared);
        let frame = context.shared.outbox.push_answer(connection, start);
        self.unwanted_asked(context, unwanted, Some(frame));
        self.releases.resolver(wait.resolver);
        self.gather(context);
        Ok(())
    }

    fn write_settlement(
        &mut self,
        context: &mut Context<'_>,
        resolver: u64,
        fulfilled: bool,
        tape: &[u8],
        unwanted: Option<Unwanted>,
    ) -> Result<(), ErrorCode> {
        let dialect = self.dialect;
        let out = context.shared.outbox.buffer();
        write::deliver_open(out, dialect, Target::Export(resolver), unwanted.is_none());
        let mut writer = Writer::new(out);
        writer.open_list();
        writer.symbol(if fulfilled { "fulfill" } else { "break" });
        self.encode_value(context, tape)?;
        let out = context.shared.outbox.buffer();
        Writer::new(out).close_list();
        let answer = unwanted.map(|unwanted| unwanted.answer);
        let resolve_me = unwanted.map(Unwanted::resolve_me);
        write::deliver_close(out, dialect, answer, resolve_me).map_err(|_| ErrorCode::NotInDialect)
    }

    /// Releases wait a little, so that one message tells many.
    pub(crate) fn gather(&mut self, context: &mut Context<'_>) {
        if self.gather_at.is_none() && !self.releases.is_empty() {
            let at = context.env.now + context.shared.config.times.gather;
            self.gather_at = Some(at);
            context.shared.arm(at);
        }
    }

    /// Tells the peer what it may let go of.
    pub(crate) fn flush_releases(&mut self, context: &mut Context<'_>) {
        self.gather_at = None;
        let State::Active { connection } = self.state else {
            return;
        };
        if self.releases.is_empty() {
            return;
        }
        if !self.dialects.agree_on_sends() {
            self.enquire(context);
            return;
        }
        let dialect = self.dialect;
        let most = context.shared.config.limits.frame / TOLD;
        let most = most.clamp(1, MOST_TOLD);
        self.releases.tell(|exports, answers| {
            if context.shared.config.collect {
                let outbox = &mut context.shared.outbox;
                // Mostly one message, but in a dialect that has one for each.
                let mut frames: SmallVec<[Range<usize>; 2]> = SmallVec::new();
                let (out, _) = outbox.begin();
                for exports in exports.chunks(most) {
                    write::gc_exports(out, dialect, exports, |frame| frames.push(frame));
                }
                for answers in answers.chunks(most) {
                    write::gc_answers(out, dialect, answers, |frame| frames.push(frame));
                }
                outbox.push_all(connection, &frames);
            }
        });
    }

    fn enqueue(
        &mut self,
        context: &mut Context<'_>,
        target: u32,
        ask: Ask,
        tape: &[u8],
    ) -> Result<Option<u32>, ErrorCode> {
        if let Some(Remote::Broken(code)) = context.shared.remotes.get(target) {
            return Err(code);
        }
        let cost = tape.len() + 64;
        if self.queued_bytes + cost > context.shared.config.limits.queued_bytes {
            return Err(ErrorCode::QueueFull);
        }
        let named = match ask {
            Ask::Deliver { .. } => references(tape, self.dialect, context)?,
            _ => Vec::new(),
        };
        let (locals, mut remotes): (Vec<u32>, Vec<u32>) =
            named.into_iter().partition(|handle| is_local(*handle));
        remotes.push(target);
        let session = self.key;
        let question = ask
            .wants_answer()
            .then(|| context.shared.remotes.insert(Remote::Question { session }));
        for local in &locals {
            context.shared.locals.hold(*local);
        }
        for remote in &remotes {
            context.shared.remotes.pin(*remote);
        }
        self.queued_bytes += cost;
        let since = context.env.now;
        self.queue.push_back(Queued {
            question,
            target,
            ask,
            tape: tape.to_vec(),
            locals,
            remotes,
            since,
        });
        let wait = context.shared.config.times.queue;
        context.shared.arm(since + wait);
        Ok(question)
    }

    /// Sends what waited for the resume, in order.
    pub(crate) fn flush_queue(&mut self, context: &mut Context<'_>) {
        let State::Active { connection } = self.state else {
            return;
        };
        for queued in std::mem::take(&mut self.queue) {
            let Queued {
                question,
                target,
                ask,
                tape,
                ..
            } = &queued;
            let sent = self.send(context, connection, *target, ask, tape, *question);
            match (sent, question) {
                (Ok(()), Some(question)) => {
                    if let Err(code) = self.listen_to_lookup(context, ask, *question) {
                        context.shared.fail(*question, code);
                    }
                }
                (Err(code), Some(question)) => context.shared.fail(*question, code),
                (_, None) => {}
            }
            self.dequeued(context, &queued);
        }
        self.queued_bytes = 0;
    }

    /// Fails what has waited since before a time.
    pub(crate) fn expire_queue(&mut self, context: &mut Context<'_>, before: u64, code: ErrorCode) {
        while self
            .queue
            .front()
            .is_some_and(|queued| queued.since <= before)
        {
            let Some(queued) = self.queue.pop_front() else {
                return;
            };
            self.queued_bytes = self.queued_bytes.saturating_sub(queued.tape.len() + 64);
            if let Some(question) = queued.question {
                context.shared.fail(question, code);
            }
            self.dequeued(context, &queued);
        }
    }

    /// A queued call is done with: what it named may go.
    fn dequeued(&mut self, context: &mut Context<'_>, queued: &Queued) {
        for local in &queued.locals {
            context.shared.locals.unhold(*local);
        }
        for remote in &queued.remotes {
            if context.shared.remotes.unpin(*remote) {
                let other = context
                    .shared
                    .remotes
                    .get(*remote)
                    .and_then(Remote::session);
                if other.is_some_and(|session| session != self.key) {
                    context.shared.passing.let_go.push(*remote);
                } else {
                    self.drop_remote(context, *remote);
                }
            }
        }
    }

    /// The application let go of a reference of this session.
    pub(crate) fn drop_remote(&mut self, context: &mut Context<'_>, handle: u32) {
        match context.shared.remotes.get(handle) {
            Some(Remote::Object { position, .. }) => {
                self.forget_import(context.shared, position, false);
                self.gather(context);
            }
            Some(Remote::Promise { position, .. }) => {
                self.forget_import(context.shared, position, true);
                self.gather(context);
            }
            Some(Remote::Bootstrap { .. }) => {
                self.bootstrap = None;
                self.bootstrap_given = false;
            }
            Some(Remote::Question { .. } | Remote::Gift | Remote::Broken(_)) | None => {}
        }
        context.shared.remotes.remove(handle);
    }
}
