//! The store, as the host reports it.

use crate::baggage::{ErasureRecord, Record, SchemaRecord, StoreError, schema};
use crate::error::ErrorCode;
use crate::session::erase;

use super::Client;
use super::shared::Env;

/// The layout of the store that this version writes, and the newest that it reads.
const SCHEMA_VERSION: u64 = 1;

impl Client {
    /// Learns which sessions the store has. To be called once, before anything else. It lists their
    /// keys, and reads none: the timer does that later, a few at a time, to end those that expired.
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
                self.stored.get_or_insert_with(id, Vec::new).push(own);
                self.keeping.found(own, id);
            }
        }
        self.finish_erasures(env)?;
        self.shared.arm(env.now);
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

    /// Finishes what a process could not that erased a session in a store without commits.
    fn finish_erasures(&mut self, env: Env<'_>) -> Result<(), StoreError> {
        for key in env.store.keys(schema::ERASURES)? {
            let Some((own, id)) = schema::parse_erasure(&key) else {
                continue;
            };
            let Some(bytes) = env.store.get(&key)? else {
                continue;
            };
            let begun = ErasureRecord::decode(&key, &bytes)?;
            self.keeping.forget(&own, &id);
            self.stored.remove(&id);
            let mut context = Client::context(&mut self.shared, env);
            erase(&mut context, &own, &id, begun.location_entry);
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
    /// last had them, and are said to be suspended; a new client on a reopened store goes on with
    /// them.
    pub fn handle_store_failed(&mut self, env: Env<'_>) {
        self.stop(env, ErrorCode::StoreFailed);
        self.shared.writes.clear();
    }
}
