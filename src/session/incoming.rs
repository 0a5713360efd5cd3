//! References in a message of the peer's.

use std::ops::Range;

use crate::baggage::ImportRow;
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::remotes::Remote;
use crate::slots::{Export, Releases};
use crate::tape::{InRef, InRefs};
use crate::wire::Dialect;

use super::{Session, Violation};

/// Resolves the descriptors of one message. Receipts are staged on the session.
pub(super) struct Incoming<'s, 'c, 'e> {
    pub(super) session: &'s mut Session,
    pub(super) context: &'c mut Context<'e>,
    /// The message.
    pub(super) input: &'c [u8],
}

impl InRefs for Incoming<'_, '_, '_> {
    fn import_object(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        let handle = self.session.import(self.context, position, false)?;
        Ok(InRef::RemoteObject(handle))
    }

    fn import_promise(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        let handle = self.session.import(self.context, position, true)?;
        Ok(InRef::RemotePromise(handle))
    }

    fn export(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        match self.session.export_target(self.context, position)? {
            Found::Local(handle) => Ok(self.local(handle)),
            Found::Transient | Found::Lost => Ok(InRef::Broken(ErrorCode::Lost)),
            Found::Damaged(code) => Ok(InRef::Broken(code)),
        }
    }

    fn answer(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        match self.session.answers.get(position) {
            Some(handle) => Ok(self.local(handle)),
            None => Err(ErrorCode::UnknownSlot),
        }
    }

    fn handoff(&mut self, raw: Range<usize>) -> Result<InRef, ErrorCode> {
        let envelope = self.input.get(raw).unwrap_or_default();
        Ok(match self.session.accept_give(self.context, envelope) {
            Ok(promise) => InRef::Gift(promise),
            Err(code) => InRef::Broken(code),
        })
    }
}

impl Incoming<'_, '_, '_> {
    fn local(&mut self, handle: u32) -> InRef {
        match self.context.shared.describe_cold(handle) {
            Some(range) => InRef::Described {
                handle,
                offset: range.start as u32,
                len: range.len() as u32,
            },
            None => InRef::Local(handle),
        }
    }
}

/// Gives back at once what comes in a value that nobody asked for: the answer to a probe.
pub(super) struct Unwanted<'a>(pub(super) &'a mut Releases);

impl Unwanted<'_> {
    fn give_back(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        self.0.resolver(position);
        Ok(InRef::Broken(ErrorCode::Lost))
    }
}

impl InRefs for Unwanted<'_> {
    fn import_object(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        self.give_back(position)
    }

    fn import_promise(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        self.give_back(position)
    }

    fn export(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::Broken(ErrorCode::Lost))
    }

    fn answer(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::Broken(ErrorCode::Lost))
    }

    fn handoff(&mut self, _: Range<usize>) -> Result<InRef, ErrorCode> {
        Ok(InRef::Broken(ErrorCode::Lost))
    }
}

/// What one of our positions leads to.
pub(super) enum Found {
    /// An object or promise of the application.
    Local(u32),
    /// A resolver or listener of ours.
    Transient,
    /// Something that was there before a cut, and is not any more.
    Lost,
    /// A row that cannot be used.
    Damaged(ErrorCode),
}

impl Session {
    /// What the peer means by `desc:export` with this position.
    pub(super) fn export_target(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
    ) -> Result<Found, ErrorCode> {
        if position == 0 {
            return Ok(Found::Local(crate::handle::BOOTSTRAP));
        }
        match self.export(context, position) {
            Ok(Some(Export::Value(value))) => Ok(Found::Local(value.local)),
            Ok(Some(Export::Resolver { .. } | Export::Listener { .. })) => Ok(Found::Transient),
            Ok(None) if position < self.exports.next() => Ok(Found::Lost),
            Ok(None) => Err(ErrorCode::UnknownSlot),
            Err(code) => Ok(Found::Damaged(code)),
        }
    }

    /// The handle of an imported reference, one receipt more.
    fn import(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
        promise: bool,
    ) -> Result<u32, ErrorCode> {
        let known = self
            .imports
            .get(position, promise)
            .map(|known| known.handle);
        let handle = match known {
            Some(handle) => {
                context.shared.remotes.revive(handle);
                handle
            }
            None => {
                let row = self.stored_import(context, position, promise)?;
                self.add_import(context, position, promise, row)?
            }
        };
        self.imports.stage(position, promise);
        Ok(handle)
    }

    /// A handle for a reference that has none, with what the store knows of it.
    pub(super) fn add_import(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
        promise: bool,
        row: Option<ImportRow>,
    ) -> Result<u32, ErrorCode> {
        let most = context.shared.config.limits.imports;
        if row.is_none() && !self.has_room(context, most) {
            return Err(ErrorCode::LimitExceeded);
        }
        let session = self.key;
        let remote = if promise {
            Remote::Promise { session, position }
        } else {
            Remote::Object { session, position }
        };
        let handle = context.shared.remotes.insert(remote);
        // In dialect 2026-01 the peer counts anew after a resume.
        let counted = row.as_ref().filter(|_| self.dialect != Dialect::V2026_01);
        let count = counted.map_or(0, |row| row.count);
        self.imports.insert(position, promise, handle, count);
        self.earlier.take_import(position, promise);
        if let Some(secret) = row.and_then(|row| row.token).filter(|_| !promise) {
            self.tokens.insert(position, secret);
            context.shared.remotes.pin(handle);
        }
        Ok(handle)
    }
}

impl From<Violation> for ErrorCode {
    fn from(violation: Violation) -> Self {
        violation.0
    }
}
