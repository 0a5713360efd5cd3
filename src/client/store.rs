//! The store, as the host reports it.

use crate::baggage::migration::{self, Changed, Found, Step};
use crate::baggage::{LocationEntry, Read, Record, SchemaRecord, StoreError, schema};
use crate::error::ErrorCode;
use crate::identity::{PublicId, SessionId};

use super::Client;
use super::shared::Env;

impl Client {
    /// Learns which sessions the store has. To be called once, before anything else. Records are
    /// read when they are needed. A store of an older schema becomes one of this version's first.
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
            }
        }
        self.clean(&store)?;
        if found == Found::Nothing {
            let version = migration::newest(steps);
            let value = SchemaRecord { version }.encode(schema::SCHEMA);
            self.shared
                .persist_lazily(schema::SCHEMA.into(), Some(value));
        }
        Ok(())
    }

    /// Deletes what belongs to no session: a store without commits may have been left so.
    fn clean(&mut self, store: &dyn Read) -> Result<(), StoreError> {
        let mut stray = Vec::new();
        for key in store.keys(schema::TABLES)? {
            if schema::parse_table_key(&key).is_some_and(|(own, id, _)| !self.has_record(&own, &id))
            {
                stray.push(key);
            }
        }
        for key in store.keys(schema::GIFTS)? {
            if schema::parse_gift(&key).is_some_and(|(own, id)| !self.has_record(&own, &id)) {
                stray.push(key);
            }
        }
        for key in store.keys(schema::LOCATION_ENTRIES)? {
            let Some(bytes) = store.get(&key)? else {
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
    /// last had them; a new client on a reopened store goes on with them.
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
        assert!(client.has_record(&own, &id));
    }
}
