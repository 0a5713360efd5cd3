//! What the peer gave to us, by its position.

use std::collections::BTreeMap;

/// One reference of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// The handle that the application knows it by.
    pub handle: u32,
    /// How often it was received since the last release.
    pub count: u64,
    /// The position of what hears of its settlement, if it is an awaited promise.
    pub listener: Option<u64>,
}

/// The import table of one session. Objects and promises are kept apart, as the peer's labels say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Imports {
    by_slot: BTreeMap<(u64, bool), Import>,
    staged: Vec<(u64, bool)>,
    promises: usize,
}

impl Imports {
    /// How many references there are.
    pub fn len(&self) -> usize {
        self.by_slot.len()
    }

    /// Whether there is no reference.
    pub fn is_empty(&self) -> bool {
        self.by_slot.is_empty()
    }

    /// The reference at a position.
    pub fn get(&self, position: u64, promise: bool) -> Option<&Import> {
        self.by_slot.get(&(position, promise))
    }

    /// All references: position, whether it is a promise, entry.
    pub fn iter(&self) -> impl Iterator<Item = (u64, bool, &Import)> {
        self.by_slot
            .iter()
            .map(|((position, promise), import)| (*position, *promise, import))
    }

    /// Counts one more receipt, in the message being read.
    pub fn stage(&mut self, position: u64, promise: bool) {
        self.staged.push((position, promise));
    }

    /// Adds a reference that was not there, with the count that a stored row says.
    pub fn insert(&mut self, position: u64, promise: bool, handle: u32, count: u64) {
        self.by_slot.insert(
            (position, promise),
            Import {
                handle,
                count,
                listener: None,
            },
        );
        self.promises += usize::from(promise);
    }

    /// How many of the references are promises.
    pub fn promises(&self) -> usize {
        self.promises
    }

    /// Notes what hears of a promise's settlement.
    pub fn set_listener(&mut self, position: u64, listener: Option<u64>) {
        if let Some(import) = self.by_slot.get_mut(&(position, true)) {
            import.listener = listener;
        }
    }

    /// Nothing hears of any promise's settlement any more: the connection is gone.
    pub fn forget_listeners(&mut self) {
        if self.promises > 0 {
            for import in self.by_slot.values_mut() {
                import.listener = None;
            }
        }
    }

    /// The message is good: its receipts hold. Calls `each` for every slot with its new count.
    pub fn commit(&mut self, mut each: impl FnMut(u64, bool, u64)) {
        for slot in &self.staged {
            if let Some(import) = self.by_slot.get_mut(slot) {
                import.count = import.count.saturating_add(1);
            }
        }
        self.staged.sort_unstable();
        self.staged.dedup();
        for (position, promise) in self.staged.drain(..) {
            if let Some(import) = self.by_slot.get(&(position, promise)) {
                each(position, promise, import.count);
            }
        }
    }

    /// The peer's counts start anew (dialect 2026-01, after a resume): what was received before is
    /// never released.
    pub fn pin_all(&mut self) {
        for import in self.by_slot.values_mut() {
            import.count = 0;
        }
    }

    /// The application let a reference go. Gives the receipts to release.
    pub fn remove(&mut self, position: u64, promise: bool) -> Option<Import> {
        let import = self.by_slot.remove(&(position, promise))?;
        self.promises -= usize::from(promise);
        Some(import)
    }

    /// Empties the table.
    pub fn clear(&mut self) -> Vec<(u64, bool, Import)> {
        self.staged.clear();
        self.promises = 0;
        std::mem::take(&mut self.by_slot)
            .into_iter()
            .map(|((position, promise), import)| (position, promise, import))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_receipts_in_one_message_count_each() {
        let mut imports = Imports::default();
        imports.insert(7, false, 1, 0);
        for _ in 0..4 {
            imports.stage(7, false);
        }
        assert_eq!(imports.get(7, false).map(|import| import.count), Some(0));
        let mut seen = Vec::new();
        imports.commit(|position, promise, count| seen.push((position, promise, count)));
        assert_eq!(seen, [(7, false, 4)]);
        assert_eq!(imports.remove(7, false).map(|import| import.count), Some(4));
    }

    #[test]
    fn a_promise_and_an_object_at_one_number_are_two() {
        let mut imports = Imports::default();
        imports.insert(3, false, 1, 1);
        imports.insert(3, true, 3, 1);
        assert_ne!(imports.get(3, false), imports.get(3, true));
    }
}
