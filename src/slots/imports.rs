//! What the peer gave to us, by its position.

use crate::tables::{Table, sort_and_dedup};

/// One reference of the peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// The handle that the application knows it by.
    pub handle: u32,
    /// How often it was received since the last release.
    pub count: u64,
    /// The position of what hears of its settlement, if it is an awaited promise.
    pub listener: Option<u64>,
    /// A message with it was read to its end: the application has it.
    pub told: bool,
}

/// The import table of one session. Objects and promises are kept apart, as the peer's labels say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Imports {
    objects: Slots,
    promises: Slots,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Slots {
    by_position: Table<u64, Import>,
    staged: Vec<u64>,
}

impl Imports {
    /// How many references there are.
    pub fn len(&self) -> usize {
        self.objects.by_position.len() + self.promises.by_position.len()
    }

    /// Whether there is no reference.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The reference at a position.
    pub fn get(&self, position: u64, promise: bool) -> Option<&Import> {
        self.slots(promise).by_position.get(position)
    }

    /// All references: position, whether it is a promise, entry. Objects come first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, bool, &Import)> {
        [false, true].into_iter().flat_map(|promise| {
            let slots = self.slots(promise).by_position.iter();
            slots.map(move |(position, import)| (position, promise, import))
        })
    }

    /// Counts one more receipt, in the message being read.
    pub fn stage(&mut self, position: u64, promise: bool) {
        self.slots_mut(promise).staged.push(position);
    }

    /// Adds a reference that was not there, with the count that a stored row says.
    pub fn insert(&mut self, position: u64, promise: bool, handle: u32, count: u64) {
        self.slots_mut(promise).by_position.insert(
            position,
            Import {
                handle,
                count,
                listener: None,
                told: false,
            },
        );
    }

    /// How many of the references are promises.
    pub fn promises(&self) -> usize {
        self.promises.by_position.len()
    }

    /// Notes what hears of a promise's settlement.
    pub fn set_listener(&mut self, position: u64, listener: Option<u64>) {
        if let Some(import) = self.promises.by_position.get_mut(position) {
            import.listener = listener;
        }
    }

    /// Nothing hears of any promise's settlement any more: the connection is gone.
    pub fn forget_listeners(&mut self) {
        for import in self.promises.by_position.values_mut() {
            import.listener = None;
        }
    }

    /// The message is good: its receipts hold. Calls `each` for every slot with its new count.
    pub fn commit(&mut self, mut each: impl FnMut(u64, bool, u64)) {
        for promise in [false, true] {
            let slots = self.slots_mut(promise);
            for position in &slots.staged {
                if let Some(import) = slots.by_position.get_mut(*position) {
                    import.count = import.count.saturating_add(1);
                    import.told = true;
                }
            }
            sort_and_dedup(&mut slots.staged);
            for position in slots.staged.drain(..) {
                if let Some(import) = slots.by_position.get(position) {
                    each(position, promise, import.count);
                }
            }
        }
    }

    /// The peer's counts start anew (dialect 2026-01, after a resume): what was received before is
    /// never released.
    pub fn pin_all(&mut self) {
        for slots in [&mut self.objects, &mut self.promises] {
            for import in slots.by_position.values_mut() {
                import.count = 0;
            }
        }
    }

    /// The application let a reference go. Gives the receipts to release.
    pub fn remove(&mut self, position: u64, promise: bool) -> Option<Import> {
        self.slots_mut(promise).by_position.remove(position)
    }

    /// Empties the table.
    pub fn clear(&mut self) -> Vec<(u64, bool, Import)> {
        let mut all = Vec::with_capacity(self.len());
        for promise in [false, true] {
            let slots = self.slots_mut(promise);
            slots.staged.clear();
            let taken = slots.by_position.take().into_iter();
            all.extend(taken.map(|(position, import)| (position, promise, import)));
        }
        all
    }

    fn slots(&self, promise: bool) -> &Slots {
        match promise {
            true => &self.promises,
            false => &self.objects,
        }
    }

    fn slots_mut(&mut self, promise: bool) -> &mut Slots {
        match promise {
            true => &mut self.promises,
            false => &mut self.objects,
        }
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
