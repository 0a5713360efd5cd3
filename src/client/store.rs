//! The store, as the host reports it.

use crate::baggage::{LocationEntry, Record, SchemaRecord, StoreError, schema};
use crate::error::ErrorCode;
use crate::identity::{PublicId, SessionId};

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
                self.stored.get_or_insert_with(id, Vec::new).push(own);
            }
        }
        self.clean(env)?;
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

    /// Deletes what belongs to no session: a store without commits may have been left so.
    fn clean(&mut self, env: Env<'_>) -> Result<(), StoreError> {
        let mut stray = Vec::new();
        for key in env.store.keys(schema::TABLES)? {
            if schema::parse_table_key(&key).is_some_and(|(own, id, _)| !self.has_record(&own, &id))
            {
                stray.push(key);
            }
        }
        for key in env.store.keys(schema::GIFTS)? {
            if schema::parse_gift(&key).is_some_and(|(own, id)| !self.has_record(&own, &id)) {
                stray.push(key);
            }
        }
        for key in env.store.keys(schema::LOCATION_ENTRIES)? {
            let Some(bytes) = env.store.get(&key)? else {
                continue;
            };
            match LocationEntry::decode(&key, &bytes) {
                Ok(entry) if self.has_record(&entry.own, &entry.sid) => {}
                Ok(_) => stray.push(key),
                Err(error) => {
                    self.shared.report(&error);
                }
            }
        }
        for key in stray {
            self.shared.persist_lazily(key, None);
        }
        Ok(())
    }

    fn has_record(&self, own: &PublicId, id: &SessionId) -> bool {
        self.stored.get(id).is_some_and(|owns| owns.contains(own))
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
