//! References in a message of ours.

use crate::client::config::EphemeralExports;
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::handle::is_local;
use crate::handoff::Passing;
use crate::locals::{LocalKind, Locals};
use crate::remotes::{Remote, Remotes};
use crate::slots::{Exports, Questions};
use crate::syrup::Writer;
use crate::tables::Table;
use crate::tape::{self, OutRefs};
use crate::wire::{Dialect, ResolveMe, Target};

use super::Session;
use super::continuity::Continuity;

/// Writes the descriptors of one message. New counts are staged on the session.
struct Outgoing<'a> {
    session: u32,
    exports: &'a mut Exports,
    questions: &'a Questions,
    locals: &'a mut Locals,
    remotes: &'a Remotes,
    passing: &'a mut Passing,
    continuity: &'a Continuity,
    reject_ephemeral: bool,
    most_exports: usize,
    /// Objects that are to be looked for in the store before the message can be written; `None` when
    /// it has none of them.
    missing: Option<Table<u64, ()>>,
}

impl OutRefs for Outgoing<'_> {
    fn reference(&mut self, handle: u32, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        if is_local(handle) {
            let mut writer = Writer::new(out);
            let local = self.locals.get(handle).ok_or(ErrorCode::ApiMisuse)?;
            let promise = local.kind == LocalKind::Promise;
            let described = local.description.is_some();
            if self.exports.position_of(handle).is_none() {
                if let Some(missing) = self.missing.as_mut().filter(|_| described) {
                    missing.insert(handle.into(), ());
                    return Ok(());
                }
                if self.reject_ephemeral && !described {
                    return Err(ErrorCode::EphemeralExport);
                }
                if self.exports.len() >= self.most_exports {
                    return Err(ErrorCode::LimitExceeded);
                }
            }
            let description = local.description.as_deref().filter(|_| !promise);
            let had = description.and_then(|description| self.continuity.position(description));
            let (position, promise, new) = self.exports.stage_at(handle, promise, had);
            if new {
                self.locals.hold(handle);
            }
            let reference = if promise {
                ResolveMe::Promise(position)
            } else {
                ResolveMe::Object(position)
            };
            reference.write(&mut writer);
            return Ok(());
        }
        match self.remotes.get(handle).ok_or(ErrorCode::ApiMisuse)? {
            Remote::Broken(code) => Err(code),
            remote if remote.session() != Some(self.session) => self.foreign(handle, remote, out),
            Remote::Bootstrap { .. } => {
                Target::Export(0).write(&mut Writer::new(out));
                Ok(())
            }
            Remote::Object { position, .. } | Remote::Promise { position, .. } => {
                Target::Export(position).write(&mut Writer::new(out));
                Ok(())
            }
            Remote::Question { .. } => {
                let question = self.questions.get(handle).ok_or(ErrorCode::DidNotRun)?;
                Target::Answer(question.answer).write(&mut Writer::new(out));
                Ok(())
            }
            // Of no session, so that it was another's above.
            Remote::Gift => Err(ErrorCode::ApiMisuse),
        }
    }
}

impl Outgoing<'_> {
    /// Another session's reference: a promise of ours that stands for it, or a signed give.
    fn foreign(&mut self, handle: u32, remote: Remote, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        if let Some(local) = self.passing.follower(handle) {
            return self.reference(local, out);
        }
        let give = self.passing.take(self.session, remote);
        out.extend_from_slice(&give.ok_or(ErrorCode::HandoffRefused)?);
        Ok(())
    }
}

impl Session {
    /// Encodes one value of the application's at the end of the outbox.
    pub(super) fn encode_value(
        &mut self,
        context: &mut Context<'_>,
        tape: &[u8],
    ) -> Result<(), ErrorCode> {
        let mark = context.shared.outbox.bytes().len();
        let missing = self.exports.has_stored().then(Table::default);
        let missing = self.encode_once(context, tape, missing)?;
        let Some(missing) = missing.filter(|missing| !missing.is_empty()) else {
            return Ok(());
        };
        // Seldom: objects that may have had a position before this process.
        context.shared.outbox.discard(mark);
        context.shared.passing.rollback();
        let locals = &mut context.shared.locals;
        self.exports.rollback(|local| locals.unhold(local));
        for local in missing.keys() {
            self.recall_export(context, local as u32)?;
        }
        self.encode_once(context, tape, None)?;
        Ok(())
    }

    /// Encodes the value, but for objects that have to be looked for in the store first, and notes
    /// those.
    fn encode_once(
        &mut self,
        context: &mut Context<'_>,
        tape: &[u8],
        missing: Option<Table<u64, ()>>,
    ) -> Result<Option<Table<u64, ()>>, ErrorCode> {
        let shared = &mut *context.shared;
        let most_exports = shared.config.limits.exports;
        let most_exports = most_exports.saturating_sub(self.exports_in_store());
        let mut refs = Outgoing {
            session: self.key,
            exports: &mut self.exports,
            questions: &self.questions,
            locals: &mut shared.locals,
            remotes: &shared.remotes,
            passing: &mut shared.passing,
            continuity: &self.continuity,
            reject_ephemeral: self.stored
                && shared.config.ephemeral_exports == EphemeralExports::Reject,
            most_exports,
            missing,
        };
        let limits = shared.config.limits.syrup();
        let out = shared.outbox.buffer();
        let encoder = &mut shared.encoder;
        match encoder.encode(tape, out, self.dialect, &limits, &mut refs) {
            Ok(used) if used == tape.len() => Ok(refs.missing),
            Ok(_) => Err(ErrorCode::ApiMisuse),
            Err(error) => Err(error.code()),
        }
    }
}

/// Notes which handles a value names.
#[derive(Default)]
struct Collect(Vec<u32>);

impl OutRefs for Collect {
    fn reference(&mut self, handle: u32, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        self.0.push(handle);
        Target::Export(0).write(&mut Writer::new(out));
        Ok(())
    }
}

/// Every handle that a value names, which is valid but for them.
pub(super) fn references(
    tape: &[u8],
    dialect: Dialect,
    context: &Context<'_>,
) -> Result<Vec<u32>, ErrorCode> {
    let mut collect = Collect::default();
    let limits = context.shared.config.limits.syrup();
    tape::encode(tape, &mut Vec::new(), dialect, &limits, &mut collect)
        .map_err(|error| error.code())?;
    Ok(collect.0)
}
