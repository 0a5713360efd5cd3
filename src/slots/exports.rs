//! What we gave to the peer, by position.

use crate::tables::{Table, sort_and_dedup};

/// What one of our positions stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Export {
    /// An object or promise of the application.
    Value(Exported),
    /// The resolver of a question of ours.
    Resolver {
        /// The question's handle.
        question: u32,
    },
    /// What hears of an imported promise's settlement.
    Listener {
        /// The promise's handle.
        promise: u32,
    },
}

/// An exported object or promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exported {
    /// Its local handle.
    pub local: u32,
    /// Whether it went out as a promise.
    pub promise: bool,
    /// How often it was sent and not released, at least.
    pub count: u64,
    /// Whether it has a row in the store.
    pub stored: bool,
}

/// The export table of one session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exports {
    next: u64,
    reserved: u64,
    stored_below: u64,
    by_position: Table<u64, Export>,
    by_local: Table<u32, u64>,
    staged: Vec<u64>,
    /// Positions below this are for what had them in earlier sessions.
    kept_below: u64,
    /// Those of them that were given.
    kept: Table<u64, ()>,
}

/// How many positions one write to the store reserves.
const BLOCK: u64 = 4096;

impl Exports {
    /// The table of a fresh session: the bootstrap object is position 0.
    pub fn new() -> Self {
        Self::restored(1)
    }

    /// The table of a session whose positions below `mark` may have been used by another process.
    pub fn restored(mark: u64) -> Self {
        let mark = mark.max(1);
        Self {
            next: mark,
            reserved: mark,
            stored_below: if mark > 1 { mark } else { 0 },
            by_position: Table::default(),
            by_local: Table::default(),
            staged: Vec::new(),
            kept_below: 0,
            kept: Table::default(),
        }
    }

    /// Keeps the positions below this for what asks for them by number. To be called before any is
    /// given.
    pub fn keep_below(&mut self, mark: u64) {
        self.next = self.next.max(mark);
        self.kept_below = mark;
    }

    /// No connection knows of earlier resolvers: they are as if they had not been.
    pub(crate) fn forget_earlier(&mut self) {
        if self.by_position.is_empty() && self.staged.is_empty() && self.kept.is_empty() {
            self.next = self.stored_below.max(self.kept_below).max(1);
        }
    }

    /// How many positions are in use.
    pub fn len(&self) -> usize {
        self.by_position.len()
    }

    /// Whether no position is in use.
    pub fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// The mark below which positions may have been given.
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// The position that the next export gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Whether rows of an earlier process may name this position.
    pub fn may_be_stored(&self, position: u64) -> bool {
        position > 0 && position < self.stored_below
    }

    /// Whether rows of an earlier process may exist at all.
    pub fn has_stored(&self) -> bool {
        self.stored_below > 0
    }

    /// What a position stands for.
    pub fn get(&self, position: u64) -> Option<&Export> {
        self.by_position.get(position)
    }

    /// The position of a local handle.
    pub fn position_of(&self, local: u32) -> Option<u64> {
        self.by_local.get(local).copied()
    }

    /// All positions.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Export)> {
        self.by_position.iter()
    }

    /// Raises the mark when less than half a block is left. True when it has to be stored, before
    /// anything that uses a position above the old mark leaves.
    pub fn reserve(&mut self) -> bool {
        if self.next + BLOCK / 2 < self.reserved {
            return false;
        }
        self.reserved = self.next + BLOCK;
        true
    }

    /// A position for a resolver or listener; it belongs to the connection and has no count.
    pub fn add_transient(&mut self, export: Export) -> u64 {
        let position = self.take_position();
        self.by_position.insert(position, export);
        position
    }

    /// Counts one more sending of a local handle, in the message being written. Gives its
    /// position, whether it is a promise, and whether it is new in this session.
    pub fn stage(&mut self, local: u32, promise: bool) -> (u64, bool, bool) {
        self.stage_at(local, promise, None)
    }

    /// The same; what is new gets this position, if it is kept and was never given.
    pub fn stage_at(&mut self, local: u32, promise: bool, at: Option<u64>) -> (u64, bool, bool) {
        if let Some(position) = self.position_of(local)
            && let Some(Export::Value(value)) = self.by_position.get(position)
        {
            self.staged.push(position);
            return (position, value.promise, false);
        }
        let kept =
            at.filter(|at| *at > 0 && *at < self.kept_below && self.kept.insert_new(*at, ()));
        let position = kept.unwrap_or_else(|| self.take_position());
        self.by_position.insert(
            position,
            Export::Value(Exported {
                local,
                promise,
                count: 0,
                stored: false,
            }),
        );
        self.by_local.insert(local, position);
        self.staged.push(position);
        (position, promise, true)
    }

    /// The message is good: its counts hold. Calls `each` for every position with a new count.
    pub fn commit(&mut self, mut each: impl FnMut(u64, &mut Exported)) {
        for position in &self.staged {
            if let Some(Export::Value(value)) = self.by_position.get_mut(*position) {
                value.count = value.count.saturating_add(1);
            }
        }
        sort_and_dedup(&mut self.staged);
        for position in self.staged.drain(..) {
            if let Some(Export::Value(value)) = self.by_position.get_mut(position) {
                each(position, value);
            }
        }
    }

    /// The message is not sent: its counts never were. Calls `each` with the local handle of every
    /// export that it would have made; their positions stay unused.
    pub fn rollback(&mut self, mut each: impl FnMut(u32)) {
        for position in std::mem::take(&mut self.staged) {
            if let Some(Export::Value(value)) = self.by_position.get(position)
                && value.count == 0
            {
                let local = value.local;
                self.by_position.remove(position);
                self.by_local.remove(local);
                each(local);
            }
        }
    }

    /// Puts back what a stored row says.
    pub fn restore(&mut self, position: u64, exported: Exported) {
        self.by_local.insert(exported.local, position);
        self.by_position.insert(position, Export::Value(exported));
    }

    /// Notes that an export has a row now.
    pub fn set_stored(&mut self, position: u64) {
        if let Some(Export::Value(value)) = self.by_position.get_mut(position) {
            value.stored = true;
        }
    }

    /// The peer lets `delta` receipts of a value go. `Err` when it never got that many; `Ok` with
    /// what is left of the export, which is gone from the table at count 0.
    pub fn release(&mut self, position: u64, delta: u64) -> Result<Option<Exported>, OverRelease> {
        match self.by_position.get_mut(position) {
            Some(Export::Value(value)) => {
                value.count = value.count.checked_sub(delta).ok_or(OverRelease)?;
                let value = *value;
                if value.count == 0 {
                    self.by_position.remove(position);
                    self.by_local.remove(value.local);
                }
                Ok(Some(value))
            }
            Some(_) => {
                self.by_position.remove(position);
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Takes a resolver or listener out.
    pub fn take_transient(&mut self, position: u64) -> Option<Export> {
        match self.by_position.get(position) {
            Some(Export::Resolver { .. } | Export::Listener { .. }) => {
                self.by_position.remove(position)
            }
            _ => None,
        }
    }

    /// Forgets every resolver and listener: their connection is gone.
    pub fn forget_transient(&mut self) {
        self.by_position
            .retain(|_, export| matches!(export, Export::Value(_)));
    }

    /// Empties the table. Gives the local handles that it held.
    pub fn clear(&mut self) -> Vec<u32> {
        self.by_position.clear();
        let locals = self.by_local.take();
        locals.into_iter().map(|(local, _)| local).collect()
    }

    fn take_position(&mut self) -> u64 {
        let position = self.next;
        self.next = self.next.saturating_add(1);
        position
    }
}

impl Default for Exports {
    fn default() -> Self {
        Self::new()
    }
}

/// The peer released more receipts than it can have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverRelease;

#[cfg(test)]
mod tests {
    use super::*;

    fn count(exports: &Exports, position: u64) -> Option<u64> {
        match exports.get(position)? {
            Export::Value(value) => Some(value.count),
            _ => None,
        }
    }

    #[test]
    fn every_occurrence_in_a_sent_message_counts() {
        let mut exports = Exports::new();
        let (position, _, new) = exports.stage(2, false);
        assert!(new);
        assert_eq!(exports.stage(2, false), (position, false, false));
        assert_eq!(count(&exports, position), Some(0));
        let mut seen = Vec::new();
        exports.commit(|position, value| seen.push((position, value.count)));
        assert_eq!(seen, [(position, 2)]);
    }

    #[test]
    fn a_message_that_is_not_sent_leaves_no_count_and_burns_its_positions() {
        let mut exports = Exports::new();
        let (kept, ..) = exports.stage(2, false);
        exports.commit(|_, _| {});
        exports.stage(2, false);
        let (burnt, ..) = exports.stage(4, true);
        let mut dropped = Vec::new();
        exports.rollback(|local| dropped.push(local));
        assert_eq!(dropped, [4]);
        assert_eq!(count(&exports, kept), Some(1));
        assert_eq!(exports.get(burnt), None);
        assert!(exports.stage(4, true).0 > burnt);
    }

    #[test]
    fn a_dropped_position_is_never_given_again() {
        let mut exports = Exports::new();
        let (first, ..) = exports.stage(2, false);
        exports.commit(|_, _| {});
        assert_eq!(
            exports.release(first, 1).map(|left| left.map(|v| v.count)),
            Ok(Some(0))
        );
        let (second, ..) = exports.stage(2, false);
        assert!(second > first);
        let after_restart = Exports::restored({
            exports.reserve();
            exports.reserved()
        });
        assert!(after_restart.next() > second);
    }

    #[test]
    fn a_kept_position_is_given_to_who_asks_for_it_and_once() {
        let mut exports = Exports::new();
        exports.keep_below(10);
        let fresh = exports.add_transient(Export::Resolver { question: 1 });
        assert_eq!(exports.stage_at(2, false, Some(7)).0, 7);
        exports.commit(|_, _| {});
        for at in [Some(7), Some(0), Some(10), Some(fresh), None] {
            let (position, ..) = exports.stage_at(4, false, at);
            assert!(position > fresh, "{at:?} gives {position}");
            exports.rollback(|_| {});
        }
        let released = exports.release(7, 1);
        assert_eq!(released.map(|left| left.map(|v| v.count)), Ok(Some(0)));
        assert!(exports.stage_at(2, false, Some(7)).0 > fresh);
    }

    #[test]
    fn releasing_more_than_was_given_is_an_error_and_changes_nothing() {
        let mut exports = Exports::new();
        let (position, ..) = exports.stage(2, false);
        exports.commit(|_, _| {});
        assert_eq!(exports.release(position, 2), Err(OverRelease));
        assert_eq!(count(&exports, position), Some(1));
    }

    #[test]
    fn a_mark_is_raised_before_it_is_reached() {
        let mut exports = Exports::new();
        assert!(exports.reserve());
        let mut writes = 0;
        for _ in 0..10 * BLOCK {
            exports.add_transient(Export::Resolver { question: 1 });
            writes += u64::from(exports.reserve());
            assert!(exports.next() <= exports.reserved());
        }
        assert!(writes <= 21, "{writes}");
    }
}
