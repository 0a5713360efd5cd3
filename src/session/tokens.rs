//! Tokens: what an application names imported objects by, in later processes.

use sha2::{Digest, Sha256};

use crate::baggage::{IndexRow, Record, schema};
use crate::client::shared::Context;
use crate::error::ErrorCode;

use super::Session;

/// What nobody guesses of a token.
pub(crate) type Secret = [u8; 32];

impl Session {
    fn token_key(&self, secret: &Secret) -> String {
        let hash: [u8; 32] = Sha256::digest(secret).into();
        schema::token_index(&self.parties.own_id, &self.parties.id, &hash)
    }

    /// The secret by which the application names an imported object from now on: the one that it has
    /// already, or this one. The object stays until that is released.
    pub(crate) fn name_import(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
        secret: Secret,
    ) -> Result<Secret, ErrorCode> {
        if let Some(known) = self.tokens.get(position) {
            return Ok(*known);
        }
        let import = self.imports.get(position, false);
        let handle = import.map(|import| import.handle);
        let handle = handle.filter(|_| self.stored).ok_or(ErrorCode::ApiMisuse)?;
        // The index first: alone it leads to nothing, while a token without one would stay for ever.
        let key = self.token_key(&secret);
        let value = IndexRow { position }.encode(&key);
        context.shared.persist(key, Some(value));
        self.tokens.insert(position, secret);
        self.persist_import(context.shared, position);
        context.shared.remotes.pin(handle);
        Ok(secret)
    }

    /// The handle of the object that has this secret. The application holds it from now on.
    pub(crate) fn named_import(
        &mut self,
        context: &mut Context<'_>,
        secret: &Secret,
    ) -> Result<u32, ErrorCode> {
        let position = self.find_name(context, secret)?;
        if let Some(import) = self.imports.get(position, false) {
            context.shared.remotes.revive(import.handle);
            return Ok(import.handle);
        }
        let row = self.stored_import(context, position, false)?;
        self.add_import(context, position, false, row)
    }

    /// The application names the object by this secret no longer. When nothing holds it, it is
    /// released.
    pub(crate) fn forget_name(
        &mut self,
        context: &mut Context<'_>,
        secret: &Secret,
    ) -> Result<(), ErrorCode> {
        let position = self.find_name(context, secret)?;
        let known = self.imports.get(position, false);
        let handle = match known.map(|import| import.handle) {
            Some(handle) => handle,
            None => {
                let row = self.stored_import(context, position, false)?;
                let handle = self.add_import(context, position, false, row)?;
                context.shared.remotes.release(handle);
                handle
            }
        };
        self.tokens.remove(position);
        if context.shared.remotes.unpin(handle) {
            self.drop_remote(context, handle);
        } else {
            self.persist_import(context.shared, position);
        }
        // Last, as it was made first.
        let key = self.token_key(secret);
        context.shared.persist(key, None);
        Ok(())
    }

    /// The position of the object that has this secret.
    fn find_name(&self, context: &mut Context<'_>, secret: &Secret) -> Result<u64, ErrorCode> {
        let key = self.token_key(secret);
        let found = match context.env.store.get(&key) {
            Ok(found) => found.map(|bytes| IndexRow::decode(&key, &bytes)),
            Err(error) => Some(Err(error)),
        };
        let index = found.transpose();
        let index = index.map_err(|error| context.shared.report(&error))?;
        let position = index.ok_or(ErrorCode::TokenUnknown)?.position;
        let named = match self.imports.get(position, false) {
            Some(_) => self.tokens.get(position).copied(),
            None => {
                let row = self.stored_import(context, position, false)?;
                row.and_then(|row| row.token)
            }
        };
        let matches = named.as_ref() == Some(secret);
        matches.then_some(position).ok_or(ErrorCode::TokenUnknown)
    }
}
