use crate::syrup::{Reader, SyrupError, Writer};
use crate::tables::Table;
use crate::wire::WireError;

/// A set of counts that were used: all below a number, and some above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UsedCounts {
    below: u64,
    /// All above `below`; `below` itself is never used.
    others: Table<u64, ()>,
}

impl UsedCounts {
    /// Whether a count was used.
    pub fn contains(&self, count: u64) -> bool {
        count < self.below || self.others.contains_key(count)
    }

    /// Uses a count. Returns whether it was free. The last count, 2^64 - 1, is never free.
    pub fn insert(&mut self, count: u64) -> bool {
        if count == u64::MAX || self.contains(count) {
            return false;
        }
        self.others.insert(count, ());
        while self.others.remove(self.below).is_some() {
            self.below += 1;
        }
        true
    }

    /// How many counts were used.
    pub fn len(&self) -> u64 {
        self.below.saturating_add(self.others.len() as u64)
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many used counts lie above the first free one: what the set costs.
    pub fn gaps(&self) -> usize {
        self.others.len()
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.u64(self.below);
        writer.open_list();
        self.others.keys().for_each(|count| writer.u64(count));
        writer.close_list();
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let below = reader.u64()?;
        let mut others = Table::default();
        let mut last = below;
        reader.open_list()?;
        while !reader.at_close()? {
            let at = reader.position();
            let count = reader.u64()?;
            if count <= last || count == u64::MAX {
                return Err(SyrupError::OutOfRange { at }.into());
            }
            others.insert(count, ());
            last = count;
        }
        reader.close()?;
        Ok(Self { below, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_is_used_once() {
        let mut used = UsedCounts::default();
        for count in [0, 3, 1] {
            assert!(!used.contains(count));
            assert!(used.insert(count));
            assert!(!used.insert(count));
            assert!(used.contains(count));
        }
        assert_eq!((used.below, used.gaps()), (2, 1));
        assert!(used.insert(2));
        assert_eq!((used.below, used.gaps()), (4, 0));
        assert!(used.insert(u64::MAX - 1));
        assert!(!used.insert(u64::MAX));
    }

    #[test]
    fn a_count_that_is_never_free_is_not_read() {
        let read = |last: u64| {
            let bytes = format!("{}+[{last}+]", u64::MAX - 1);
            UsedCounts::read(&mut Reader::new(bytes.as_bytes(), Default::default())).is_ok()
        };
        assert!(!read(u64::MAX - 1) && !read(u64::MAX));
    }
}
