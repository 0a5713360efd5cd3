//! The store, as the host reports it.

use crate::baggage::{Record, SchemaRecord, StoreError, schema};
use crate::error::ErrorCode;

use super::Client;
use super::shared::Env;

/// The layout of the store that this version writes, and the newest that it reads.
const SCHEMA_VERSION: u64 = 1;

impl Client {
    /// Learns which sessions the store has. To be called once, before anything else. Records are
    /// read when they are needed.
    pub fn load(&mut self, env: Env<'_>) -> Result<(), StoreError> {
        if !self.shared.config.resume {
            return Ok(());
        }
        let version = match env.store.get(schema::SCHEMA)? {
            Some(bytes) => Some(SchemaRecord::decode(schema::SCHEMA, &bytes)?.version),
            None => None,
        };
        if let Some(version) = version.filter(|version| *version > SCHEMA_VERSION) {
            let key = schema::SCHEMA.to_string();
            return Err(StoreError::Newer { key, version });
        }
        for key in env.store.keys(schema::SESSION_RECORDS)? {
            if let Some((own, id)) = schema::parse_session_record(&key) {
                self.stored.entry(id).or_default().push(own);
            }
        }
        if version.is_none() {
            let record = SchemaRecord {
                version: SCHEMA_VERSION,
            };
            let value = record.encode(schema::SCHEMA);
            self.shared
                .persist_lazily(schema::SCHEMA.into(), Some(value));
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
