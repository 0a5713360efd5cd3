//! The store, as the host reports it.

use crate::baggage::{StoreError, schema};
use crate::error::ErrorCode;

use super::Client;
use super::shared::Env;

impl Client {
    /// Learns which sessions the store has. To be called once, before anything else. Records are
    /// read when they are needed.
    pub fn load(&mut self, env: Env<'_>) -> Result<(), StoreError> {
        if !self.shared.config.resume {
            return Ok(());
        }
        schema::check_version(env.store)?;
        for key in env.store.keys(schema::SESSION_RECORDS)? {
            if let Some((own, id)) = schema::parse_session_record(&key) {
                self.stored.entry(id).or_default().push(own);
            }
        }
        if env.store.get(schema::SCHEMA)?.is_none() {
            self.shared
                .persist_lazily(schema::SCHEMA.into(), Some(schema::version_record()));
        }
        Ok(())
    }

    /// Somebody else wrote to the same store: the application, or another client. What is made
    /// from now on leaves after that is durable.
    pub fn handle_written(&mut self) {
        self.shared.outbox.wrote();
    }

    /// Everything up to this number ([`Self::written`]) is durable.
    pub fn handle_committed(&mut self, number: u64) {
        self.shared.outbox.committed(number);
    }

    /// The store failed: nothing leaves any more, and every call fails. Sessions stay as the store
    /// last had them; a new client on a reopened store goes on with them.
    pub fn handle_store_failed(&mut self, env: Env<'_>) {
        self.stop(env, ErrorCode::StoreFailed);
    }
}
