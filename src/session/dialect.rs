//! The session's dialect. Where it was not given, the peer shows it, and until then only what all
//! dialects share is written: a call that wants no answer asks for one all the same, and what has
//! no shared form waits.

use crate::client::shared::Context;
use crate::remotes::Remote;
use crate::slots::{Export, Question};
use crate::wire::{Dialects, Operation, ResolveMe, Target};

use super::{Session, State};
use crate::handoff::request;

impl Session {
    /// Any dialect that is not known to be another's is open to the peer.
    pub(crate) fn open_dialects(&mut self, candidates: Dialects) {
        self.dialects = candidates;
        self.dialect = candidates.spoken();
    }

    /// The form of a message tells something of the peer's dialect.
    pub(super) fn learn_from(&mut self, context: &mut Context<'_>, operation: &Operation<'_>) {
        if !self.dialects.is_one() {
            self.learn(context, operation.shows());
        }
    }

    /// The peer speaks one of these.
    #[cold]
    pub(super) fn learn(&mut self, context: &mut Context<'_>, shown: Dialects) {
        let narrowed = self.dialects.narrowed(shown);
        if narrowed == self.dialects {
            return;
        }
        self.open_dialects(narrowed);
        self.note_lazily(context.shared);
        if narrowed.agree_on_sends() {
            self.gather(context);
        }
        if narrowed.agree_on_listens() {
            for (handle, at) in self.unheard.take() {
                self.listen_at_last(context, handle, at);
            }
        }
    }

    /// A listen waits until it is known how it is written.
    #[cold]
    pub(super) fn listen_later(&mut self, context: &mut Context<'_>, handle: u32, to: Target) {
        let (Target::Export(at) | Target::Answer(at)) = to;
        self.unheard.insert(handle, at);
        self.enquire(context);
    }

    fn listen_at_last(&mut self, context: &mut Context<'_>, handle: u32, at: u64) {
        // What it was for may be gone, and its handle another's.
        let is_there = match context.shared.remotes.get(handle) {
            Some(Remote::Promise { session, position }) => session == self.key && position == at,
            Some(Remote::Question { .. }) => {
                let question = self.questions.get(handle);
                question.is_some_and(|question| question.answer == at)
            }
            _ => false,
        };
        if is_there && let Err(code) = self.listen(context, handle) {
            context.shared.fail(handle, code);
        }
    }

    /// Has the peer show its dialect, since something waits for that: once for a connection.
    pub(super) fn enquire(&mut self, context: &mut Context<'_>) {
        if self.enquired {
            return;
        }
        self.enquired = true;
        // Nobody has an object by the id of this session, so that any peer breaks this.
        let args = request::fetch(&self.parties.id.0);
        let session = self.key;
        let question = context.shared.remotes.insert(Remote::Question { session });
        match self.ask_bootstrap(context, question, &args) {
            Ok(()) => {
                self.probes.insert(question, ());
            }
            Err(_) => {
                context.shared.remotes.remove(question);
                self.enquired = false;
            }
        }
    }

    /// Whether the peer may know no message without an answer.
    pub(super) fn asks_anyway(&self) -> bool {
        !self.dialects.agree_on_sends()
    }

    /// A question whose answer nobody waits for, where the peer may know no message without one.
    /// Gives nothing where it does.
    pub(super) fn unwanted_answer(&mut self, context: &mut Context<'_>) -> Option<Unwanted> {
        if !self.asks_anyway() {
            return None;
        }
        self.take_unwanted(context)
    }

    #[cold]
    fn take_unwanted(&mut self, context: &mut Context<'_>) -> Option<Unwanted> {
        // A peer that never says anything does not make us hold more than that. Whoever waits for a
        // settlement gets it all the same, in the form that most peers read.
        if self.questions.len() >= context.shared.config.limits.questions {
            return None;
        }
        let session = self.key;
        let question = context.shared.remotes.insert(Remote::Question { session });
        let answer = self.questions.next_answer();
        let resolver = self.exports.add_transient(Export::Resolver { question });
        Some(Unwanted {
            question,
            answer,
            resolver,
        })
    }

    /// The message with such a question left, or did not.
    pub(super) fn unwanted_asked(
        &mut self,
        context: &mut Context<'_>,
        unwanted: Option<Unwanted>,
        frame: Option<u64>,
    ) {
        if let Some(unwanted) = unwanted {
            self.note_unwanted(context, unwanted, frame);
        }
    }

    #[cold]
    fn note_unwanted(&mut self, context: &mut Context<'_>, unwanted: Unwanted, frame: Option<u64>) {
        let Unwanted {
            question,
            answer,
            resolver,
        } = unwanted;
        match (frame, self.state) {
            (Some(frame), State::Active { .. }) => {
                let asked = context.env.now;
                let waiting = Question {
                    answer,
                    resolver,
                    frame,
                    asked,
                };
                self.questions.insert(question, waiting);
                self.probes.insert(question, ());
                let idle = context.shared.config.times.idle;
                context.shared.arm(asked + idle);
            }
            _ => {
                self.exports.take_transient(resolver);
                context.shared.remotes.remove(question);
            }
        }
    }
}

/// What is asked only because the peer may insist on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unwanted {
    question: u32,
    pub(super) answer: u64,
    resolver: u64,
}

impl Unwanted {
    pub(super) fn resolve_me(self) -> ResolveMe {
        ResolveMe::Object(self.resolver)
    }
}
