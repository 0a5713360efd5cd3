//! The peers' objects and promises, and our questions, of all sessions of a client.

use crate::error::ErrorCode;
use crate::handle::Slab;

/// What a remote handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Remote {
    /// The bootstrap object of a session's peer.
    Bootstrap {
        /// The session's key in the client.
        session: u32,
    },
    /// An object that the peer exported.
    Object {
        /// The session's key in the client.
        session: u32,
        /// The peer's export position.
        position: u64,
    },
    /// A promise that the peer exported and that has not settled.
    Promise {
        /// The session's key in the client.
        session: u32,
        /// The peer's export position.
        position: u64,
    },
    /// A call of ours that has not settled.
    Question {
        /// The session's key in the client.
        session: u32,
    },
    /// The promise for a gift that is with an exporter, who has not been asked yet.
    Gift,
    /// Its session is over, or what it named has settled.
    Broken(ErrorCode),
}

impl Remote {
    /// The session that this belongs to.
    pub fn session(self) -> Option<u32> {
        match self {
            Remote::Bootstrap { session }
            | Remote::Object { session, .. }
            | Remote::Promise { session, .. }
            | Remote::Question { session } => Some(session),
            Remote::Gift | Remote::Broken(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    remote: Remote,
    pins: u32,
    released: bool,
}

/// The table of remote handles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Remotes {
    slab: Slab<Entry>,
}

impl Remotes {
    /// What a handle stands for.
    pub fn get(&self, handle: u32) -> Option<Remote> {
        Some(self.slab.get(handle / 2)?.remote)
    }

    /// Handles that are free are as if they had not been used.
    pub(crate) fn normalise(&mut self) {
        self.slab.normalise();
    }

    /// How many handles are in use.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Whether no handle is in use.
    pub fn is_empty(&self) -> bool {
        self.slab.is_empty()
    }

    /// A handle for something of a peer.
    pub fn insert(&mut self, remote: Remote) -> u32 {
        2 * self.slab.insert(Entry {
            remote,
            pins: 0,
            released: false,
        }) + 1
    }

    /// A handle stands for something else from now on.
    pub fn set(&mut self, handle: u32, remote: Remote) {
        if let Some(entry) = self.slab.get_mut(handle / 2) {
            entry.remote = remote;
        }
    }

    /// A handle that outlives what it stood for until the application lets it go.
    pub fn set_broken(&mut self, handle: u32, code: ErrorCode) {
        if let Some(entry) = self.slab.get_mut(handle / 2) {
            entry.remote = Remote::Broken(code);
        }
    }

    /// A queued call names this handle: it is not given to anything else meanwhile.
    pub fn pin(&mut self, handle: u32) {
        if let Some(entry) = self.slab.get_mut(handle / 2) {
            entry.pins += 1;
        }
    }

    /// The queued call is done. True when the handle was let go meanwhile and is to be released now.
    pub fn unpin(&mut self, handle: u32) -> bool {
        match self.slab.get_mut(handle / 2) {
            Some(entry) => {
                entry.pins = entry.pins.saturating_sub(1);
                entry.pins == 0 && entry.released
            }
            None => false,
        }
    }

    /// The application let the handle go: true when it may be removed now.
    pub fn release(&mut self, handle: u32) -> bool {
        match self.slab.get_mut(handle / 2) {
            Some(entry) => {
                entry.released = true;
                entry.pins == 0
            }
            None => false,
        }
    }

    /// A reference to this came in again after it was let go.
    pub fn revive(&mut self, handle: u32) {
        if let Some(entry) = self.slab.get_mut(handle / 2) {
            entry.released = false;
        }
    }

    /// Frees a handle.
    pub fn remove(&mut self, handle: u32) {
        self.slab.remove(handle / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_handle_is_not_given_away() {
        let mut remotes = Remotes::default();
        let handle = remotes.insert(Remote::Question { session: 0 });
        assert_eq!(handle & 1, 1);
        remotes.pin(handle);
        assert!(!remotes.release(handle));
        assert!(remotes.unpin(handle));
        remotes.remove(handle);
        assert_eq!(remotes.get(handle), None);
    }
}
