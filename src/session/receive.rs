//! Messages of the peer's, on an active session.

use std::ops::Range;

use crate::client::output::{Event, Recipient, Request};
use crate::client::shared::{Context, Wait};
use crate::error::ErrorCode;
use crate::locals::LocalKind;
use crate::remotes::Remote;
use crate::slots::Export;
use crate::syrup::Reader;
use crate::tape;
use crate::wire::{Dialects, Operation, ResolveMe, Target};

use super::incoming::{Found, Incoming, Unwanted};
use super::{Session, Violation};

/// What a message is addressed to.
enum Addressee {
    /// Something of the application's, or nothing that is left.
    Recipient(Recipient),
    /// The resolver of a question, or a promise's listener.
    Settlement {
        /// The question's or promise's handle.
        handle: u32,
        /// The position of the resolver or listener.
        position: u64,
    },
}

impl Session {
    /// Handles one message of the peer's. An error is the peer's: the session ends.
    pub(crate) fn receive(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        operation: Operation<'_>,
    ) -> Result<(), Violation> {
        self.note_message(context, &operation);
        self.no_deposits_again(context);
        match operation {
            Operation::Deliver {
                to,
                args,
                answer,
                resolve_me,
                ..
            } => self.on_deliver(context, input, to, args, answer, resolve_me),
            Operation::Listen { to, resolve_me, .. } => {
                self.on_request(context, to, Request::Listen, None, Some(resolve_me))
            }
            Operation::Get { to, field, answer } => {
                let name = place(input, field);
                self.on_request(context, to, Request::Get(name), Some(answer), None)
            }
            Operation::Index { to, index, answer } => {
                self.on_request(context, to, Request::Index(index), Some(answer), None)
            }
            Operation::Untag { to, tag, answer } => {
                let name = place(input, tag);
                self.on_request(context, to, Request::Untag(name), Some(answer), None)
            }
            Operation::GcExports(pairs) => pairs
                .iter()
                .try_for_each(|(position, delta)| self.on_release(context, position, delta)),
            Operation::GcAnswers(positions) => positions.iter().try_for_each(|position| {
                let local = self.answers.remove(position);
                let local = local.ok_or(ErrorCode::UnknownSlot)?;
                context.shared.locals.unhold(local);
                self.deposit_is_acknowledged(context, position);
                Ok(())
            }),
            // A second hello, and a resume that belongs to no attempt, break the protocol
            // (reference 4.1, rule 4). An abort never comes here.
            Operation::StartSession(_) | Operation::ResumeSession(_) | Operation::Abort { .. } => {
                Err(Violation(ErrorCode::PeerMisbehaved))
            }
        }
    }

    /// The peer sent something after its hello.
    pub(crate) fn note_message(&mut self, context: &mut Context<'_>, operation: &Operation<'_>) {
        self.heard = true;
        self.learn_from(context, operation);
        self.hear_of_reply(context);
    }

    fn on_deliver(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        to: Target,
        args: Range<usize>,
        answer: Option<u64>,
        resolve_me: Option<ResolveMe>,
    ) -> Result<(), Violation> {
        match self.addressee(context, to)? {
            Addressee::Settlement { handle, position } => {
                self.on_settlement(context, input, args, handle)?;
                self.exports.take_transient(position);
                // Nobody answers for a resolver; who asks all the same is told so.
                if answer.is_some() || resolve_me.is_some() {
                    // Only who does not know our dialect either writes this: it reads them all.
                    self.learn(context, Dialects::SINCE_2026_02);
                    let broken = Recipient::Broken(ErrorCode::Lost);
                    let nothing = context.shared.words.len();
                    context.shared.words.extend([11, 0]);
                    let request = Request::Deliver(nothing..nothing + 2);
                    self.ask_application(context, broken, request, answer, resolve_me)?;
                }
                Ok(())
            }
            Addressee::Recipient(recipient) => {
                let words = self.decode(context, input, args)?;
                let request = Request::Deliver(words);
                self.ask_application(context, recipient, request, answer, resolve_me)
            }
        }
    }

    fn on_request(
        &mut self,
        context: &mut Context<'_>,
        to: Target,
        request: Request,
        answer: Option<u64>,
        resolve_me: Option<ResolveMe>,
    ) -> Result<(), Violation> {
        let recipient = match self.addressee(context, to)? {
            Addressee::Recipient(recipient) => recipient,
            Addressee::Settlement { .. } => Recipient::Broken(ErrorCode::Lost),
        };
        self.ask_application(context, recipient, request, answer, resolve_me)
    }

    fn addressee(&mut self, context: &mut Context<'_>, to: Target) -> Result<Addressee, Violation> {
        match to {
            Target::Answer(position) => {
                let local = self.answers.get(position).ok_or(ErrorCode::UnknownSlot)?;
                Ok(Addressee::Recipient(context.shared.recipient(local)))
            }
            Target::Export(position) => match self.export_target(context, position)? {
                Found::Local(local) => Ok(Addressee::Recipient(context.shared.recipient(local))),
                Found::Transient => match self.exports.get(position) {
                    Some(
                        Export::Resolver { question: handle }
                        | Export::Listener { promise: handle },
                    ) => Ok(Addressee::Settlement {
                        handle: *handle,
                        position,
                    }),
                    _ => Err(Violation(ErrorCode::UnknownSlot)),
                },
                Found::Lost => Ok(Addressee::Recipient(Recipient::Broken(ErrorCode::Lost))),
                Found::Damaged(code) => Ok(Addressee::Recipient(Recipient::Broken(code))),
            },
        }
    }

    /// Hands a message to the application, and notes who waits for its answer.
    pub(super) fn ask_application(
        &mut self,
        context: &mut Context<'_>,
        to: Recipient,
        request: Request,
        answer: Option<u64>,
        resolve_me: Option<ResolveMe>,
    ) -> Result<(), Violation> {
        let limits = context.shared.config.limits;
        let answer = match answer {
            None => None,
            Some(position) => {
                if self.answers.len() >= limits.answers {
                    return Err(Violation(ErrorCode::LimitExceeded));
                }
                let locals = &mut context.shared.locals;
                let local = locals.allocate(LocalKind::Promise, None, false);
                locals.hold(local);
                if !self.answers.insert(position, local) {
                    locals.unhold(local);
                    return Err(Violation(ErrorCode::PeerMisbehaved));
                }
                Some(local)
            }
        };
        let wait = match resolve_me {
            None => None,
            Some(ResolveMe::Object(resolver) | ResolveMe::Promise(resolver)) => {
                let listens = matches!(request, Request::Listen);
                let most = if listens {
                    limits.listens
                } else {
                    limits.answers
                };
                let count = self.waits_of(listens);
                if *count >= most {
                    return Err(Violation(ErrorCode::LimitExceeded));
                }
                *count += 1;
                Some(context.shared.waits.insert(Wait {
                    session: self.key,
                    epoch: self.epoch,
                    resolver,
                    listens,
                }))
            }
        };
        let session = self.key;
        context.shared.events.push_back(Event::Message {
            session,
            to,
            request,
            answer,
            wait,
        });
        Ok(())
    }

    /// `['fulfill value]` or `['break reason]` for a question or imported promise of ours.
    fn on_settlement(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        args: Range<usize>,
        handle: u32,
    ) -> Result<(), Violation> {
        let malformed = |_| Violation(ErrorCode::MalformedMessage);
        let limits = context.shared.config.limits.syrup();
        let mut reader = Reader::at(input, args.start, limits);
        reader.open_list().map_err(malformed)?;
        let fulfilled = match reader.symbol().map_err(malformed)? {
            "fulfill" => true,
            "break" => false,
            _ => return Err(Violation(ErrorCode::PeerMisbehaved)),
        };
        if self.probes.remove(&handle).is_some() {
            let mut unwanted = Unwanted(&mut self.releases);
            tape::decode(&mut reader, &mut Vec::new(), &mut unwanted)
                .map_err(|error| Violation(error.code()))?;
            self.settle_remote(context, handle);
            self.acknowledged(context, handle);
            return Ok(());
        }
        let start = context.shared.words.len();
        self.decode_with(context, &mut reader)?;
        reader.close().map_err(malformed)?;
        self.commit_imports(context.shared);
        self.settle_remote(context, handle);
        let value = start..context.shared.words.len();
        context.shared.events.push_back(Event::Settled {
            handle,
            fulfilled,
            value,
        });
        Ok(())
    }

    /// A question or imported promise of ours is over.
    fn settle_remote(&mut self, context: &mut Context<'_>, handle: u32) {
        match context.shared.remotes.get(handle) {
            Some(Remote::Question { .. }) => {
                if let Some(question) = self.questions.remove(handle) {
                    self.exports.take_transient(question.resolver);
                    self.releases.answer(question.answer);
                }
            }
            Some(Remote::Promise { position, .. }) => {
                self.forget_import(context.shared, position, true);
            }
            _ => {}
        }
        self.gather(context);
        context.shared.finish(handle, ErrorCode::ApiMisuse);
    }

    fn decode(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        value: Range<usize>,
    ) -> Result<Range<usize>, Violation> {
        let limits = context.shared.config.limits.syrup();
        let mut reader = Reader::at(input, value.start, limits);
        let start = context.shared.words.len();
        self.decode_with(context, &mut reader)?;
        self.commit_imports(context.shared);
        Ok(start..context.shared.words.len())
    }

    fn decode_with(
        &mut self,
        context: &mut Context<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<(), Violation> {
        let mut words = std::mem::take(&mut context.shared.words);
        let mut refs = Incoming {
            session: self,
            context,
            input: reader.input(),
        };
        let decoded = tape::decode(reader, &mut words, &mut refs);
        context.shared.words = words;
        decoded.map_err(|error| Violation(error.code()))
    }

    /// The peer lets a resolver or listener go without a word: it will never settle.
    fn on_abandoned(&mut self, context: &mut Context<'_>, position: u64) {
        if let Some(Export::Resolver { question: handle } | Export::Listener { promise: handle }) =
            self.exports.take_transient(position)
        {
            self.settle_remote(context, handle);
            if self.probes.remove(&handle).is_some() {
                self.acknowledged(context, handle);
            } else {
                let code = ErrorCode::Lost;
                context
                    .shared
                    .events
                    .push_back(Event::Failed { handle, code });
            }
        }
    }

    /// The peer lets receipts of one of our exports go.
    fn on_release(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
        delta: u64,
    ) -> Result<(), Violation> {
        // The bootstrap object is permanent (reference 5.6).
        if position == 0 {
            return Ok(());
        }
        match self.export_target(context, position)? {
            Found::Lost | Found::Damaged(_) => return Ok(()),
            Found::Transient => {
                self.on_abandoned(context, position);
                return Ok(());
            }
            Found::Local(_) => {}
        }
        self.recount.returned(position, delta);
        self.give_back(context, position, delta)
    }
}

/// Where in the input a piece of it is.
fn place(input: &[u8], piece: &str) -> Range<usize> {
    let start = (piece.as_ptr() as usize).saturating_sub(input.as_ptr() as usize);
    start..start + piece.len()
}
