//! Gifts that we leave with the peer of a session, and gifts that we fetch from it.

use crate::baggage::{DepositRow, Record, schema};
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::handoff::{Arrived, check, request};
use crate::limits::Limits;
use crate::remotes::Remote;
use crate::slots::{Export, Question};
use crate::syrup::{Reader, SyrupLimits, Writer};
use crate::wire::handoff::{HandoffGive, HandoffReceive, Signed};
use crate::wire::{ResolveMe, Target, write};

use super::outgoing::references;
use super::{Session, State};

/// A gift that the peer has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Given {
    id: [u8; 32],
    /// The handle of what is given. It is pinned.
    target: u32,
    /// The question that left it, on this connection.
    question: Option<u32>,
    /// It has a row: a later process leaves it, if this one cannot.
    pub(super) stored: bool,
}

/// A signed give, and that alone.
pub(crate) fn read_give(
    bytes: &[u8],
    limits: SyrupLimits,
) -> Result<Signed<'_, HandoffGive<'_>>, ErrorCode> {
    let mut reader = Reader::new(bytes, limits);
    let give = Signed::read(&mut reader, HandoffGive::read);
    give.map_err(|_| ErrorCode::HandoffRefused)
}

impl Session {
    /// What a value names that is another session's.
    pub(crate) fn foreign(
        &self,
        context: &Context<'_>,
        tape: &[u8],
    ) -> Result<Vec<(u32, Remote)>, ErrorCode> {
        let named = references(tape, self.dialect, context)?.into_iter();
        let named = named.filter(|handle| !crate::handle::is_local(*handle));
        let named = named.filter_map(|handle| Some((handle, context.shared.remotes.get(handle)?)));
        let foreign = |remote: &Remote| remote.session().is_some_and(|key| key != self.key);
        Ok(named.filter(|(_, remote)| foreign(remote)).collect())
    }

    /// Leaves a gift with the peer: now, or when the session goes on. Until the peer has said that
    /// it has it, it is left again after each resume.
    pub(crate) fn give(
        &mut self,
        context: &mut Context<'_>,
        id: [u8; 32],
        target: u32,
    ) -> Result<(), ErrorCode> {
        if self.deposits.len() >= context.shared.config.limits.gifts {
            return Err(ErrorCode::LimitExceeded);
        }
        context.shared.remotes.pin(target);
        let stored = self.store_deposit(context, id, target);
        self.deposits.push(Given {
            id,
            target,
            question: None,
            stored,
        });
        if stored {
            self.persist_record(context.shared);
        }
        self.send_deposits(context);
        Ok(())
    }

    fn deposit_key(&self, id: &[u8; 32]) -> String {
        schema::deposit(&self.parties.own_id, &self.parties.id, id)
    }

    /// Stores what is left with the peer, before its receiver is told of it. A promise does not
    /// outlive the process anyway.
    fn store_deposit(&self, context: &mut Context<'_>, id: [u8; 32], target: u32) -> bool {
        let position = match context.shared.remotes.get(target) {
            Some(Remote::Object { position, .. }) => position,
            Some(Remote::Bootstrap { .. }) => 0,
            _ => return false,
        };
        if self.stored {
            let key = self.deposit_key(&id);
            let value = DepositRow { id, position }.encode(&key);
            context.shared.persist(key, Some(value));
        }
        self.stored
    }

    /// Takes up what an earlier process may not have left.
    pub(crate) fn recall_deposits(&mut self, context: &mut Context<'_>) {
        let prefix = schema::deposits(&self.parties.own_id, &self.parties.id);
        let keys = context.env.store.keys(&prefix).unwrap_or_else(|error| {
            context.shared.report(&error);
            Vec::new()
        });
        for key in keys {
            let row = match context.env.store.get(&key) {
                Ok(Some(bytes)) => DepositRow::decode(&key, &bytes),
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            match row {
                Ok(DepositRow { id, position }) => {
                    // What cannot be named any more cannot be given.
                    if let Some(target) = self.recall_target(context, position) {
                        context.shared.remotes.pin(target);
                        self.deposits.push(Given {
                            id,
                            target,
                            question: None,
                            stored: true,
                        });
                    } else {
                        context.shared.persist_lazily(key, None);
                    }
                }
                Err(error) => {
                    context.shared.report(&error);
                }
            }
        }
    }

    /// The handle of what an earlier process gave. Nobody but the deposit holds it.
    fn recall_target(&mut self, context: &mut Context<'_>, position: u64) -> Option<u32> {
        if position == 0 {
            return Some(self.bootstrap(context));
        }
        if let Some(import) = self.imports.get(position, false) {
            return Some(import.handle);
        }
        let row = self.stored_import(context, position, false).ok()??;
        let handle = self.add_import(context, position, false, Some(row)).ok()?;
        context.shared.remotes.release(handle);
        Some(handle)
    }

    /// Leaves what has not been left on this connection.
    pub(crate) fn send_deposits(&mut self, context: &mut Context<'_>) {
        let State::Active { .. } = self.state else {
            return;
        };
        let mut deposits = std::mem::take(&mut self.deposits);
        for given in deposits.iter_mut().filter(|given| given.question.is_none()) {
            let session = self.key;
            let Ok(target) = self.wire_target(context.shared, given.target) else {
                continue;
            };
            let args = request::deposit(&given.id, target);
            let question = context.shared.remotes.insert(Remote::Question { session });
            if self.ask_bootstrap(context, question, &args).is_ok() {
                self.probes.insert(question, ());
                given.question = Some(question);
            } else {
                context.shared.remotes.remove(question);
            }
        }
        self.deposits = deposits;
    }

    /// A question of our own was answered, whatever it was.
    pub(super) fn acknowledged(&mut self, context: &mut Context<'_>, question: u32) {
        let found = self.deposits.iter();
        let mut found = found.map(|given| given.question);
        if let Some(index) = found.position(|asked| asked == Some(question)) {
            let given = self.deposits.swap_remove(index);
            if given.stored {
                let key = self.deposit_key(&given.id);
                context.shared.persist_lazily(key, None);
                if !self.deposits.iter().any(|given| given.stored) {
                    self.note_lazily(context.shared);
                }
            }
            if context.shared.remotes.unpin(given.target) {
                self.drop_remote(context, given.target);
            }
        }
    }

    /// A question of our own will not be answered.
    pub(super) fn unacknowledged(&mut self, question: u32) {
        let mut deposits = self.deposits.iter_mut();
        if let Some(given) = deposits.find(|given| given.question == Some(question)) {
            given.question = None;
        }
    }

    /// The session is over, and its peer's objects are gone.
    pub(super) fn forget_deposits(&mut self, context: &mut Context<'_>) {
        for given in std::mem::take(&mut self.deposits) {
            if context.shared.remotes.unpin(given.target) {
                context.shared.remotes.remove(given.target);
            }
        }
    }

    /// A give came in: the handle of the promise for what it gives.
    pub(super) fn accept_give(
        &mut self,
        context: &mut Context<'_>,
        envelope: &[u8],
    ) -> Result<u32, ErrorCode> {
        let limits: Limits = context.shared.config.limits;
        let signed = read_give(envelope, limits.syrup())?;
        check::receiver(&signed.object, &self.parties.own.public())?;
        let shared = &mut *context.shared;
        if shared.passing.waiting(self.key) >= limits.gifts {
            return Err(ErrorCode::LimitExceeded);
        }
        let promise = shared.remotes.insert(Remote::Gift);
        shared.passing.arrived.push(Arrived {
            promise,
            session: self.key,
            key: self.parties.own.clone(),
            envelope: envelope.to_vec(),
        });
        Ok(promise)
    }

    /// Fetches a gift from the peer: the promise for it becomes the question's.
    pub(crate) fn withdraw(
        &mut self,
        context: &mut Context<'_>,
        give: &Arrived,
    ) -> Result<(), ErrorCode> {
        let limits = context.shared.config.limits;
        let signed_give = read_give(&give.envelope, limits.syrup())?;
        let mut receive = Vec::new();
        HandoffReceive {
            receiving_session: &self.parties.id.0,
            receiving_side: &self.parties.own_id.0,
            handoff_count: self.handoffs.given,
            signed_give,
        }
        .write(&mut Writer::new(&mut receive));
        let args = request::withdraw(&receive, &give.key.sign(&receive));
        self.handoffs.given += 1;
        self.persist_record(context.shared);
        let session = self.key;
        context
            .shared
            .remotes
            .set(give.promise, Remote::Question { session });
        self.ask_bootstrap(context, give.promise, &args)
    }

    /// Calls the peer's bootstrap object, with encoded arguments.
    pub(super) fn ask_bootstrap(
        &mut self,
        context: &mut Context<'_>,
        question: u32,
        args: &[u8],
    ) -> Result<(), ErrorCode> {
        let State::Active { connection } = self.state else {
            return Err(ErrorCode::DidNotRun);
        };
        let limits = context.shared.config.limits;
        if self.questions.len() >= limits.questions
            || context.shared.outbox.waiting_bytes() >= limits.unsent_bytes
        {
            return Err(ErrorCode::LimitExceeded);
        }
        let answer = self.questions.next_answer();
        let resolver = self.exports.add_transient(Export::Resolver { question });
        let dialect = self.dialect;
        let (out, start) = context.shared.outbox.begin();
        write::deliver_open(out, dialect, Target::Export(0), false);
        out.extend_from_slice(args);
        let resolve_me = Some(ResolveMe::Object(resolver));
        let written = write::deliver_close(out, dialect, Some(answer), resolve_me);
        let fits = context.shared.outbox.len_since(start) <= limits.frame;
        if written.is_err() || !fits {
            context.shared.outbox.discard(start);
            self.exports.take_transient(resolver);
            return Err(ErrorCode::LimitExceeded);
        }
        let frame = self.depart(context.shared, connection, start);
        let asked = context.env.now;
        self.questions.insert(
            question,
            Question {
                answer,
                resolver,
                frame,
                asked,
            },
        );
        let times = context.shared.config.times;
        context.shared.arm(asked + times.idle);
        if times.call > 0 {
            context.shared.arm(asked + times.call);
        }
        Ok(())
    }
}
