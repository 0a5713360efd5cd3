//! How a store of an older schema becomes one of this version's.

use std::collections::BTreeMap;

use super::schema::SCHEMA;
use super::{Read, Record, SchemaRecord, StoreError};

/// A key, and its new value; nothing deletes it.
pub type Change = (String, Option<Vec<u8>>);

/// Moves a store from one version of the schema to the next. It reads the store as the steps before
/// it left it.
///
/// A store without commits may stop between any two changes, and takes the step again from there: it
/// must then come to the same. So what replaces something is written before that is deleted.
pub type Step = fn(&dyn Read) -> Result<Vec<Change>, StoreError>;

/// The steps from version 1 on: the first one leads to version 2.
pub const STEPS: &[Step] = &[];

/// What a store says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No client wrote to it yet.
    Nothing,
    /// A store of this version of the schema.
    Version(u64),
}

/// Which schema a store has.
///
/// # Errors
///
/// [`StoreError::Newer`] when these steps lead to an older one, [`StoreError::Damaged`].
pub fn find(store: &dyn Read, steps: &[Step]) -> Result<Found, StoreError> {
    let key = SCHEMA.to_string();
    let Some(bytes) = store.get(SCHEMA)? else {
        return Ok(Found::Nothing);
    };
    let version = SchemaRecord::decode(SCHEMA, &bytes)?.version;
    if version == 0 {
        let why = "has a version that there never was";
        return Err(StoreError::Damaged { key, why });
    }
    if version > newest(steps) {
        return Err(StoreError::Newer { key, version });
    }
    Ok(Found::Version(version))
}

/// The version that these steps lead to.
pub fn newest(steps: &[Step]) -> u64 {
    1 + steps.len() as u64
}

/// Everything that has to be written for a store of this version to become one of the newest, in
/// order; each step ends with the record that says so.
///
/// # Errors
///
/// What reading the store ends in. Then nothing is to be written.
pub fn migrate(store: &dyn Read, from: u64, steps: &[Step]) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    let mut view = Changed::new(store);
    for (version, step) in (2..).zip(steps).filter(|(version, _)| *version > from) {
        let mut made = step(&view)?;
        made.push((SCHEMA.into(), Some(SchemaRecord { version }.encode(SCHEMA))));
        view.apply(&made);
        changes.append(&mut made);
    }
    Ok(changes)
}

/// A store as it will be once changes are written.
pub struct Changed<'a> {
    store: &'a dyn Read,
    /// By the bytes of the key: one kind of tree for the whole core is code enough.
    places: BTreeMap<Vec<u8>, u32>,
    changes: Vec<Change>,
}

impl<'a> Changed<'a> {
    /// The store as it is.
    pub fn new(store: &'a dyn Read) -> Self {
        Self {
            store,
            places: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// Adds changes.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let place = self.changes.len() as u32;
            self.places.insert(change.0.as_bytes().to_vec(), place);
            self.changes.push(change.clone());
        }
    }

    fn changed(&self, key: &str) -> Option<&Change> {
        let place = self.places.get(key.as_bytes())?;
        self.changes.get(*place as usize)
    }
}

impl Read for Changed<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changed(key) {
            Some((_, value)) => Ok(value.clone()),
            None => self.store.get(key),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = self.store.keys(prefix)?;
        keys.retain(|key| self.changed(key).is_none());
        let last = self.places.values();
        let last = last.filter_map(|place| self.changes.get(*place as usize));
        let set = last.filter(|(key, value)| value.is_some() && key.starts_with(prefix));
        keys.extend(set.map(|(key, _)| key.clone()));
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baggage::MemoryStore;

    /// Version 2 keeps under `b/` what version 1 kept under `a/`.
    fn rename(store: &dyn Read) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for old in store.keys("a/")? {
            let new = old.replacen("a/", "b/", 1);
            changes.push((new, store.get(&old)?));
            changes.push((old, None));
        }
        Ok(changes)
    }

    /// Version 3 has a value twice.
    fn double(store: &dyn Read) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for key in store.keys("b/")? {
            let value = store.get(&key)?.unwrap_or_default();
            if value.len() == 1 {
                changes.push((key, Some([&value[..], &value].concat())));
            }
        }
        Ok(changes)
    }

    const BOTH: &[Step] = &[rename, double];

    fn of_version(version: u64, entries: &[(&str, &[u8])]) -> MemoryStore {
        let mut store = MemoryStore::new();
        for (key, value) in entries {
            store.apply(key, Some(value));
        }
        let record = SchemaRecord { version };
        store.apply(SCHEMA, Some(&record.encode(SCHEMA)));
        store
    }

    fn apply(store: &mut MemoryStore, changes: &[Change]) {
        for (key, value) in changes {
            store.apply(key, value.as_deref());
        }
    }

    #[test]
    fn each_version_becomes_the_newest() {
        let newest = of_version(3, &[("b/x", b"11"), ("b/y", b"22"), ("c", b"3")]);
        let mut stores = [
            of_version(1, &[("a/x", b"1"), ("a/y", b"2"), ("c", b"3")]),
            of_version(2, &[("b/x", b"1"), ("b/y", b"2"), ("c", b"3")]),
            newest.clone(),
        ];
        for (store, version) in stores.iter_mut().zip(1..) {
            assert_eq!(find(store, BOTH), Ok(Found::Version(version)));
            let changes = migrate(store, version, BOTH).unwrap();
            assert_eq!(changes.is_empty(), version == 3);
            apply(store, &changes);
            assert_eq!(*store, newest);
        }
        assert_eq!(find(&MemoryStore::new(), BOTH), Ok(Found::Nothing));
    }

    #[test]
    fn a_store_without_commits_may_stop_anywhere() {
        let old = of_version(1, &[("a/x", b"1"), ("a/y", b"2"), ("c", b"3")]);
        let changes = migrate(&old, 1, BOTH).unwrap();
        let mut newest = old.clone();
        apply(&mut newest, &changes);
        for stop in 0..=changes.len() {
            let mut store = old.clone();
            apply(&mut store, &changes[..stop]);
            let Ok(Found::Version(version)) = find(&store, BOTH) else {
                panic!("after {stop} changes");
            };
            let rest = migrate(&store, version, BOTH).unwrap();
            apply(&mut store, &rest);
            assert_eq!(store, newest, "after {stop} changes");
        }
    }

    #[test]
    fn a_newer_store_is_left_alone() {
        let newer = StoreError::Newer {
            key: SCHEMA.into(),
            version: 4,
        };
        assert_eq!(find(&of_version(4, &[]), BOTH), Err(newer));
        let never = find(&of_version(0, &[]), BOTH);
        assert!(matches!(never, Err(StoreError::Damaged { .. })));
        assert_eq!(find(&of_version(1, &[]), STEPS), Ok(Found::Version(1)));
    }
}
