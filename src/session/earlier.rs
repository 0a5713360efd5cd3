//! Rows that earlier processes left and that this one has not taken up: they count against the limits
//! of the session, as what is in memory does.

use crate::baggage::{ImportRow, Record, schema};
use crate::client::shared::Context;
use crate::tables::Table;
use crate::wire::Dialect;

use super::Session;

/// Positions of such rows. Known from the first resume on: no slot is given or received before that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Earlier {
    known: bool,
    pub(super) exports: Table<u64, ()>,
    objects: Table<u64, ()>,
    promises: Table<u64, ()>,
}

impl Earlier {
    /// Whether the store may have a row of this import.
    pub(super) fn may_have_import(&self, position: u64, promise: bool) -> bool {
        !self.known || self.imports(promise).contains_key(position)
    }

    /// Whether the store may have a row of this export.
    pub(super) fn may_have_export(&self, position: u64) -> bool {
        !self.known || self.exports.contains_key(position)
    }

    /// An import is in memory from now on, or nowhere.
    pub(super) fn take_import(&mut self, position: u64, promise: bool) {
        self.imports_mut(promise).remove(position);
    }

    fn imports(&self, promise: bool) -> &Table<u64, ()> {
        if promise {
            &self.promises
        } else {
            &self.objects
        }
    }

    fn imports_mut(&mut self, promise: bool) -> &mut Table<u64, ()> {
        if promise {
            &mut self.promises
        } else {
            &mut self.objects
        }
    }
}

impl Session {
    /// Learns which rows earlier processes left, before this one gives or receives anything. Deletes
    /// exports at or above the mark that was stored: what such a row names never left, and its position
    /// is still to be given. A store that keeps a part of what was not committed leaves them.
    pub(super) fn survey(&mut self, context: &mut Context<'_>) {
        if !self.restored || std::mem::replace(&mut self.earlier.known, true) {
            return;
        }
        for slot in self.slots_in_store(context) {
            match slot {
                schema::Slot::Export(position) if self.exports.get(position).is_some() => {}
                schema::Slot::Export(position) if self.exports.may_be_stored(position) => {
                    self.earlier.exports.insert(position, ());
                }
                schema::Slot::Export(_) => context.shared.persist(self.row_key(slot), None),
                schema::Slot::Import(position) => self.found_import(position, false),
                schema::Slot::ImportPromise(position) => self.found_import(position, true),
            }
        }
    }

    fn slots_in_store(&mut self, context: &mut Context<'_>) -> Vec<schema::Slot> {
        let table = schema::table(&self.parties.own_id, &self.parties.id);
        let mut slots = Vec::new();
        for kind in ["o", "p"] {
            match context.env.store.keys(&format!("{table}{kind}")) {
                Ok(keys) => slots.extend(
                    keys.iter()
                        .filter_map(|key| schema::Slot::parse(key.strip_prefix(&table)?)),
                ),
                Err(error) => {
                    context.shared.report(&error);
                    self.earlier.known = false;
                }
            }
        }
        slots
    }

    fn found_import(&mut self, position: u64, promise: bool) {
        if self.imports.get(position, promise).is_none() {
            self.earlier.imports_mut(promise).insert(position, ());
        }
    }

    /// Whether there is room for one more import. What nothing names any more goes first.
    pub(super) fn has_room(&mut self, context: &mut Context<'_>, most: usize) -> bool {
        if self.all_imports() >= most {
            self.release_unclaimed(context);
        }
        self.all_imports() < most
    }

    fn all_imports(&self) -> usize {
        self.imports.len() + self.earlier.objects.len() + self.earlier.promises.len()
    }

    /// Releases the rows that an earlier process left and that nothing names in this one.
    pub(crate) fn release_unclaimed(&mut self, context: &mut Context<'_>) {
        for promise in [false, true] {
            let positions: Vec<u64> = self.earlier.imports(promise).keys().collect();
            for position in positions {
                let slot = if promise {
                    schema::Slot::ImportPromise(position)
                } else {
                    schema::Slot::Import(position)
                };
                let key = self.row_key(slot);
                let read = context.env.store.get(&key).and_then(|bytes| {
                    let row = bytes.map(|bytes| ImportRow::decode(&key, &bytes));
                    row.transpose()
                });
                match read {
                    Ok(Some(row)) if row.token.is_some() => continue,
                    Ok(Some(row)) => {
                        context.shared.persist(key, None);
                        if self.dialect != Dialect::V2026_01 {
                            self.releases.import(row.position, row.count);
                        }
                    }
                    Ok(None) => {}
                    // It stays: only the host can tell that it is to go.
                    Err(error) => {
                        context.shared.report(&error);
                        continue;
                    }
                }
                self.earlier.take_import(position, promise);
            }
        }
    }

    /// How many exports are only in the store.
    pub(super) fn exports_in_store(&self) -> usize {
        self.earlier.exports.len()
    }
}
