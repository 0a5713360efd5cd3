//! Our own objects and promises that peers hold, of all sessions of a client.

use std::collections::BTreeMap;

use crate::handle::{BOOTSTRAP, Slab};

/// What a local handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalKind {
    /// An object or function.
    Object,
    /// A promise, or the answer to a peer's question.
    Promise,
}

/// One object or promise of ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    /// Whether it travels as an object or as a promise.
    pub kind: LocalKind,
    /// How many tables, queued calls and answers name it.
    pub holders: u32,
    /// What brings it back in another process, if anything does.
    pub description: Option<Vec<u8>>,
    /// It came from the store: the application may not have its object at hand yet.
    pub cold: bool,
}

/// The table of local handles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locals {
    slab: Slab<Local>,
    by_description: BTreeMap<Vec<u8>, u32>,
    released: Vec<u32>,
    idle: Vec<u32>,
}

impl Default for Locals {
    fn default() -> Self {
        let mut slab = Slab::default();
        slab.insert(Local {
            kind: LocalKind::Object,
            holders: 1,
            description: None,
            cold: false,
        });
        Self {
            slab,
            by_description: BTreeMap::new(),
            released: Vec::new(),
            idle: Vec::new(),
        }
    }
}

impl Locals {
    /// The entry of a handle.
    pub fn get(&self, handle: u32) -> Option<&Local> {
        self.slab.get(handle / 2)
    }

    /// Handles that are free are as if they had not been used.
    pub(crate) fn normalise(&mut self) {
        self.slab.normalise();
    }

    /// How many handles are in use.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether there is none but the bootstrap object.
    pub fn is_empty(&self) -> bool {
        self.slab.len() <= 1
    }

    /// A handle for an object of the application. The same description gives the same handle.
    pub fn allocate(&mut self, kind: LocalKind, description: Option<Vec<u8>>, cold: bool) -> u32 {
        if let Some(handle) = description
            .as_ref()
            .and_then(|description| self.by_description.get(description))
        {
            return *handle;
        }
        let handle = 2 * self.slab.insert(Local {
            kind,
            holders: 0,
            description: description.clone(),
            cold,
        });
        if let Some(description) = description {
            self.by_description.insert(description, handle);
        }
        self.idle.push(handle);
        handle
    }

    /// Gives a description to an object that had none. False when another object has it.
    pub fn describe(&mut self, handle: u32, description: Vec<u8>) -> bool {
        if let Some(other) = self.by_description.get(&description) {
            return *other == handle;
        }
        let Some(local) = self.slab.get_mut(handle / 2) else {
            return false;
        };
        if let Some(old) = local.description.replace(description.clone()) {
            self.by_description.remove(&old);
        }
        self.by_description.insert(description, handle);
        true
    }

    /// One more table, call or answer names this handle.
    pub fn hold(&mut self, handle: u32) {
        if let Some(local) = self.slab.get_mut(handle / 2) {
            local.holders += 1;
        }
    }

    /// One less names it; with the last one it is released.
    pub fn unhold(&mut self, handle: u32) {
        if handle == BOOTSTRAP {
            return;
        }
        if let Some(local) = self.slab.get_mut(handle / 2) {
            local.holders = local.holders.saturating_sub(1);
            if local.holders == 0 {
                self.idle.push(handle);
            }
        }
    }

    /// Frees what nothing names any more; to be called when a message or call is done with.
    pub fn sweep(&mut self) {
        // The list keeps what it has allocated: this is done for every message.
        let mut idle = std::mem::take(&mut self.idle);
        for handle in idle.drain(..) {
            let unused = |local: &Local| local.holders == 0;
            if self.get(handle).is_some_and(unused)
                && let Some(local) = self.slab.remove(handle / 2)
            {
                if let Some(description) = local.description {
                    self.by_description.remove(&description);
                }
                self.released.push(handle);
            }
        }
        self.idle = idle;
    }

    /// A handle that was freed, to be told to the application.
    pub fn pop_released(&mut self) -> Option<u32> {
        self.released.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_released_when_its_last_holder_goes() {
        let mut locals = Locals::default();
        let handle = locals.allocate(LocalKind::Object, None, false);
        assert_ne!(handle, BOOTSTRAP);
        locals.hold(handle);
        locals.hold(handle);
        locals.unhold(handle);
        locals.sweep();
        assert_eq!(locals.pop_released(), None);
        locals.unhold(handle);
        locals.sweep();
        assert_eq!(locals.pop_released(), Some(handle));
        assert_eq!(locals.get(handle), None);
    }

    #[test]
    fn one_description_is_one_object() {
        let mut locals = Locals::default();
        let cold = locals.allocate(LocalKind::Object, Some(b"counter".to_vec()), true);
        let warm = locals.allocate(LocalKind::Object, Some(b"counter".to_vec()), false);
        assert_eq!(cold, warm);
        let other = locals.allocate(LocalKind::Object, None, false);
        assert!(!locals.describe(other, b"counter".to_vec()));
        assert!(locals.describe(other, b"greeter".to_vec()));
    }

    #[test]
    fn the_bootstrap_object_stays() {
        let mut locals = Locals::default();
        locals.unhold(BOOTSTRAP);
        locals.sweep();
        assert!(locals.get(BOOTSTRAP).is_some());
    }
}
