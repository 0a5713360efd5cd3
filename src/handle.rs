//! Handles: the small integers that stand for JavaScript's objects in the core.
//!
//! Local objects (ours) have even handles, remote ones (the peers') odd, so that a value can name
//! either with one word. Handle 0 is the client's bootstrap object.

/// The bootstrap object of a client: position 0 of each of its sessions.
pub const BOOTSTRAP: u32 = 0;

/// Whether this handle names one of our own objects.
pub fn is_local(handle: u32) -> bool {
    handle & 1 == 0
}

/// Values that a table keeps room for when it is cleared.
const ROOM: usize = 1024;

/// A table of values that are named by a number which is free again after removal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slab<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value with this number.
    pub fn get(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)?.as_ref()
    }

    /// The value with this number.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// Adds a value and gives its number.
    pub fn insert(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(index) => {
                if let Some(slot) = self.slots.get_mut(index as usize) {
                    *slot = Some(value);
                }
                index
            }
            None => {
                self.slots.push(Some(value));
                (self.slots.len() - 1) as u32
            }
        }
    }

    /// Takes a value out; its number may be given again.
    pub fn remove(&mut self, index: u32) -> Option<T> {
        let value = self.slots.get_mut(index as usize)?.take()?;
        self.free.push(index);
        Some(value)
    }

    /// Takes out what `keeps` does not want to keep.
    pub fn retain(&mut self, mut keeps: impl FnMut(&mut T) -> bool) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if slot.as_mut().is_some_and(|value| !keeps(value)) {
                *slot = None;
                self.free.push(index as u32);
            }
        }
    }

    /// Takes everything out. All numbers may be given again, and room for a few values is kept.
    pub fn clear(&mut self) {
        if self.slots.capacity() > ROOM {
            *self = Self::default();
        }
        self.slots.clear();
        self.free.clear();
    }

    /// Numbers are given again in their order, whatever the order in which they became free.
    pub(crate) fn normalise(&mut self) {
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
        }
        let free = self.slots.iter().enumerate();
        let free = free.filter(|(_, slot)| slot.is_none());
        self.free = free.map(|(index, _)| index as u32).rev().collect();
    }

    /// All values, in the order of their numbers.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().flatten()
    }

    /// All values with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| Some((index as u32, slot.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_again_only_after_removal() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_ne!(a, b);
        assert_eq!(slab.remove(a), Some('a'));
        assert_eq!(slab.remove(a), None);
        assert_eq!(slab.get(a), None);
        assert_eq!(slab.insert('c'), a);
        assert_eq!(slab.len(), 2);
        assert_eq!(slab.iter().collect::<Vec<_>>(), [(a, &'c'), (b, &'b')]);
    }
}
