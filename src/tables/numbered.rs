//! Values by number.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::index::Index;
use crate::handle::Slab;

/// A key that is an integer.
pub trait Number: Copy + Eq {
    /// The integer that stands for this key, and for no other. Keys are in its order.
    fn number(self) -> u64;
}

impl Number for u32 {
    fn number(self) -> u64 {
        self.into()
    }
}

impl Number for u64 {
    fn number(self) -> u64 {
        self
    }
}

/// A map from numbers to values. Whatever the values are, one kind of index finds them.
#[derive(Clone)]
pub struct Table<K, V> {
    /// Where in `entries` the value of a number is.
    index: Index,
    entries: Slab<(K, V)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            index: Index::default(),
            entries: Slab::default(),
        }
    }
}

impl<K: Number, V> Table<K, V> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: K) -> bool {
        self.index.get(key.number()).is_some()
    }

    /// The value of a key.
    pub fn get(&self, key: K) -> Option<&V> {
        let entry = self.entries.get(self.index.get(key.number())?)?;
        Some(&entry.1)
    }

    /// The value of a key.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let entry = self.entries.get_mut(self.index.get(key.number())?)?;
        Some(&mut entry.1)
    }

    /// Gives a key a value, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.index.find(key.number()) {
            Err(gap) => {
                let place = self.entries.insert((key, value));
                self.index.insert(gap, key.number(), place);
                None
            }
            Ok(place) => {
                let entry = self.entries.get_mut(place)?;
                Some(std::mem::replace(&mut entry.1, value))
            }
        }
    }

    /// Gives a key a value if it has none. Whether it had none.
    pub fn insert_new(&mut self, key: K, value: V) -> bool {
        let Err(gap) = self.index.find(key.number()) else {
            return false;
        };
        let place = self.entries.insert((key, value));
        self.index.insert(gap, key.number(), place);
        true
    }

    /// Takes the value of a key out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let at = self.index.remove(key.number())?;
        self.entries.remove(at).map(|(_, value)| value)
    }

    /// Takes out what `keeps` does not want to keep. The order of its calls says nothing.
    pub fn retain(&mut self, mut keeps: impl FnMut(K, &mut V) -> bool) {
        let index = &mut self.index;
        self.entries.retain(|(key, value)| {
            let kept = keeps(*key, value);
            if !kept {
                index.remove(key.number());
            }
            kept
        });
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.index.clear();
        self.entries.clear();
    }

    /// All entries, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.index
            .places()
            .filter_map(|at| self.entries.get(at))
            .map(|(key, value)| (*key, value))
    }

    /// All keys, in the order of their numbers.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their numbers.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// All values, in an order that says nothing.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// Moves all entries to `out`, in the order of their numbers, and keeps room for as few as usual.
    pub fn drain_into(&mut self, out: &mut Vec<(K, V)>) {
        let entries = &mut self.entries;
        out.extend(self.index.places().filter_map(|at| entries.remove(at)));
        self.clear();
    }

    /// All entries, in the order of their numbers, and leaves the table empty.
    pub fn take(&mut self) -> Vec<(K, V)> {
        let mut entries = std::mem::take(&mut self.entries);
        let index = std::mem::take(&mut self.index);
        index.places().filter_map(|at| entries.remove(at)).collect()
    }
}

impl<K: Number, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Number, V: Eq> Eq for Table<K, V> {}

impl<K: Number, V: Hash> Hash for Table<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        for (key, value) in self.iter() {
            key.number().hash(state);
            value.hash(state);
        }
    }
}

impl<K: Number + fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}
