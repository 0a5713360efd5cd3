//! A store whose commits take time, can fail, and lose what they did not cover when the side crashes.

use ocapn_wasm::baggage::{MemoryStore, Read, StoreError};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

type Change = (String, Option<Vec<u8>>);

/// What a crash leaves of what was not committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or all that a running commit covers.
    #[default]
    Atomic,
    /// All of it: the store has no commits, and every write lasts at once.
    Ordered,
    /// Any part of it, in any order.
    Sloppy,
    /// As `Sloppy`, and some values are damaged.
    Torn,
}

/// Where the store fails, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The write or commit, counted from 1, that fails.
    pub at: u64,
    /// So do all that follow.
    pub for_good: bool,
}

impl Failure {
    pub fn from(at: u64) -> Self {
        let for_good = true;
        Self { at, for_good }
    }

    pub fn once(at: u64) -> Self {
        let for_good = false;
        Self { at, for_good }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub kind: Kind,
    /// With everything that was set.
    pub visible: MemoryStore,
    /// What a crash leaves.
    pub durable: MemoryStore,
    pending: Vec<Change>,
    committing: Option<(u64, Vec<Change>)>,
    pub writes: u64,
    pub commits: u64,
    pub fail_write: Option<Failure>,
    pub fail_commit: Option<Failure>,
    /// From now on everything fails.
    pub failed: bool,
    /// Keys whose values a crash damaged.
    pub torn: Vec<String>,
}

impl Store {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// False when the write failed.
    pub fn write(&mut self, key: &str, value: Option<Vec<u8>>) -> bool {
        self.writes += 1;
        if self.fails(self.fail_write, self.writes) {
            return false;
        }
        self.visible.apply(key, value.as_deref());
        if self.kind == Kind::Ordered {
            self.durable.apply(key, value.as_deref());
        }
        self.pending.push((key.to_owned(), value));
        true
    }

    fn fails(&mut self, failure: Option<Failure>, count: u64) -> bool {
        let now = failure.filter(|failure| failure.at == count);
        self.failed |= now.is_some_and(|failure| failure.for_good);
        self.failed || now.is_some()
    }

    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    pub fn is_committing(&self) -> bool {
        self.committing.is_some()
    }

    /// Everything set so far is to become durable, together.
    pub fn begin_commit(&mut self, mark: u64) {
        assert!(self.committing.is_none(), "one commit runs at a time");
        self.committing = Some((mark, std::mem::take(&mut self.pending)));
    }

    /// The commit that runs is done: gives its mark, or nothing when it failed.
    pub fn end_commit(&mut self) -> Option<u64> {
        let (mark, changes) = self.committing.take()?;
        self.commits += 1;
        if self.fails(self.fail_commit, self.commits) {
            return None;
        }
        for (key, value) in changes {
            self.durable.apply(&key, value.as_deref());
        }
        Some(mark)
    }

    /// The process is gone. A commit that was running may have been done.
    pub fn crash(&mut self, rng: &mut ChaCha20Rng) {
        let done = rng.next_u32().is_multiple_of(2);
        let committing = self.committing.take().map(|(_, changes)| changes);
        match self.kind {
            Kind::Atomic => {
                for (key, value) in committing.filter(|_| done).into_iter().flatten() {
                    self.durable.apply(&key, value.as_deref());
                }
            }
            Kind::Ordered => {}
            Kind::Sloppy | Kind::Torn => {
                let mut changes = committing.unwrap_or_default();
                changes.append(&mut self.pending);
                while !changes.is_empty() {
                    let next = changes.remove(rng.next_u32() as usize % changes.len());
                    self.perhaps(next, rng);
                }
            }
        }
        self.pending.clear();
        self.visible = self.durable.clone();
        self.failed = false;
        self.fail_write = None;
        self.fail_commit = None;
    }

    /// One change that was not committed.
    fn perhaps(&mut self, (key, mut value): Change, rng: &mut ChaCha20Rng) {
        if rng.next_u32().is_multiple_of(2) {
            return;
        }
        self.torn.retain(|torn| *torn != key);
        if let Some(bytes) = &mut value
            && self.kind == Kind::Torn
            && key.starts_with("ocapn")
            && rng.next_u32().is_multiple_of(4)
        {
            match rng.next_u32() as usize % bytes.len() {
                at if at.is_multiple_of(2) => bytes.truncate(at),
                at => bytes[at] ^= 1 << (rng.next_u32() % 8),
            }
            self.torn.push(key.clone());
        }
        self.durable.apply(&key, value.as_deref());
    }

    /// Somebody throws away what cannot be read.
    pub fn repair(&mut self) {
        for key in std::mem::take(&mut self.torn) {
            self.visible.apply(&key, None);
            self.durable.apply(&key, None);
        }
    }
}

impl Read for Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.visible.get(key)
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.visible.keys(prefix)
    }
}
