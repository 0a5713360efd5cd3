//! The store, as the host reports it.

use crate::baggage::migration::{self, Changed, Found, Step};
use crate::baggage::{ErasureRecord, Read, Record, SchemaRecord, StoreError, schema};
use crate::error::ErrorCode;
use crate::session::erase;

use super::Client;
use super::shared::Env;

impl Client {
    /// Learns which sessions the store has. To be called once, before anything else. It lists their
    /// keys, and reads none: the timer does that later, a few at a time, to end those that expired.
    /// A store of an older schema becomes one of this version's first.
    pub fn load(&mut self, env: Env<'_>) -> Result<(), StoreError> {
        self.load_by(env, migration::STEPS)
    }

    fn load_by(&mut self, env: Env<'_>, steps: &[Step]) -> Result<(), StoreError> {
        if !self.shared.config.resume {
            return Ok(());
        }
        let mut store = Changed::new(env.store);
        let found = migration::find(&store, steps)?;
        if let Found::Version(version) = found {
            let changes = migration::migrate(&store, version, steps)?;
            store.apply(&changes);
            for (key, value) in changes {
                self.shared.persist(key, value);
            }
        }
        for key in store.keys(schema::SESSION_RECORDS)? {
            if let Some((own, id)) = schema::parse_session_record(&key) {
                self.stored.get_or_insert_with(id, Vec::new).push(own);
                self.keeping.found(own, id);
            }
        }
        self.finish_erasures(Env {
            store: &store,
            ..env
        })?;
        self.shared.arm(env.now);
        if found == Found::Nothing {
            let version = migration::newest(steps);
            let value = SchemaRecord { version }.encode(schema::SCHEMA);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baggage::MemoryStore;
    use crate::baggage::migration::Change;
    use crate::client::config::Config;
    use crate::identity::{PublicId, SessionId};

    /// The session records of version 1 were elsewhere.
    fn step(store: &dyn Read) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for old in store.keys("old:")? {
            let new = format!("{}{}", schema::SESSION_RECORDS, &old["old:".len()..]);
            changes.push((new, store.get(&old)?));
            changes.push((old, None));
        }
        Ok(changes)
    }

    #[test]
    fn a_store_of_an_older_schema_is_migrated_before_it_is_read() {
        let (own, id) = (PublicId([1; 32]), SessionId([2; 32]));
        let key = schema::session_record(&own, &id);
        let old = key.replacen(schema::SESSION_RECORDS, "old:", 1);
        let row = schema::slot_row(&own, &id, schema::Slot::Export(1));
        let mut store = MemoryStore::new();
        store.apply(&old, Some(b"record"));
        store.apply(&row, Some(b"row"));
        let version = |version| SchemaRecord { version }.encode(schema::SCHEMA);
        store.apply(schema::SCHEMA, Some(&version(1)));

        let config = Config {
            resume: true,
            ..Config::default()
        };
        let mut client = Client::new(config, [0; 32]);
        let env = Env {
            now: 0,
            store: &store,
        };
        client.load_by(env, &[step]).unwrap();
        let written = client.written();
        assert!(written > 0, "what is sent next waits for the migration");
        let writes = client.shared.writes.drain(..);
        for write in writes.collect::<Vec<_>>() {
            assert!(!write.lazy);
            store.apply(&write.key, write.value.as_deref());
        }
        assert_eq!(store.keys(""), Ok(vec![row, key, schema::SCHEMA.into()]));
        assert_eq!(store.get(schema::SCHEMA), Ok(Some(version(2))));
        assert_eq!(client.stored.get(&id), Some(&vec![own]));
    }
}
