//! A store whose commits take time, can fail, and lose what they did not cover when the side crashes.

use ocapn_wasm::baggage::{MemoryStore, Read, StoreError};

type Change = (String, Option<Vec<u8>>);

#[derive(Clone, Debug, Default)]
pub struct Store {
    /// With everything that was set.
    pub visible: MemoryStore,
    /// What a crash leaves.
    pub durable: MemoryStore,
    pending: Vec<Change>,
    committing: Option<(u64, Vec<Change>)>,
    pub writes: u64,
    pub commits: u64,
    /// The write, counted from 1, that fails.
    pub fail_write: Option<u64>,
    /// The commit, counted from 1, that fails.
    pub fail_commit: Option<u64>,
    pub failed: bool,
}

impl Store {
    /// False when the write failed.
    pub fn write(&mut self, key: &str, value: Option<Vec<u8>>) -> bool {
        self.writes += 1;
        if self.failed || self.fail_write == Some(self.writes) {
            self.failed = true;
            return false;
        }
        self.visible.apply(key, value.as_deref());
        self.pending.push((key.to_owned(), value));
        true
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
        if self.failed || self.fail_commit == Some(self.commits) {
            self.failed = true;
            return None;
        }
        for (key, value) in changes {
            self.durable.apply(&key, value.as_deref());
        }
        Some(mark)
    }

    /// The process is gone. A commit that was running may have been done.
    pub fn crash(&mut self, done: bool) {
        if let Some((_, changes)) = self.committing.take().filter(|_| done && !self.failed) {
            for (key, value) in changes {
                self.durable.apply(&key, value.as_deref());
            }
        }
        self.pending.clear();
        self.visible = self.durable.clone();
        self.failed = false;
        self.fail_write = None;
        self.fail_commit = None;
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
