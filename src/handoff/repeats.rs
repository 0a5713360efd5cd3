//! Gifts that a gifter may leave again: it may not have heard that they are here.
//!
//! Who deposits a gift, and loses the connection before the answer, deposits it again after the
//! resume. When the gift was withdrawn meanwhile, that would keep it for ever: nobody comes for a
//! gift twice. So what was taken is remembered until the gifter has the answer.

use crate::tables::SortedMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Entry {
    /// The gifter's answer position of the deposit, on this connection.
    answer: Option<u64>,
    taken: bool,
}

/// The deposits of one session's peer that are not known to be acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Repeats {
    by_id: SortedMap<Vec<u8>, Entry>,
    by_answer: SortedMap<u64, Vec<u8>>,
    /// Nothing but deposits came since the connection was made.
    open: bool,
}

impl Repeats {
    /// Those of a session that an earlier process had.
    pub fn restored() -> Self {
        Self {
            open: true,
            ..Self::default()
        }
    }

    /// A gift was left, with this answer position. (Without one nobody learns whether it is here, nor
    /// leaves it again.) At most `most` that were taken are remembered.
    pub fn left(&mut self, id: &[u8], answer: Option<u64>, taken: bool, most: usize) {
        let Some(position) = answer else {
            return;
        };
        if taken && !self.has_room(id, most) {
            self.remove(id);
            return;
        }
        let entry = Entry { answer, taken };
        if let Some(before) = self.by_id.insert(id.to_vec(), entry)
            && let Some(position) = before.answer
        {
            self.by_answer.remove(&position);
        }
        self.by_answer.insert(position, id.to_vec());
    }

    /// The store has this gift, or that it was taken. False when the gifter cannot leave it again, or
    /// it is not remembered.
    pub fn recall(&mut self, id: &[u8], taken: bool, most: usize) -> bool {
        let recalled = self.open && (!taken || self.has_room(id, most));
        if recalled {
            let answer = None;
            self.by_id.insert(id.to_vec(), Entry { answer, taken });
        }
        recalled
    }

    /// Whether a gift was taken that may be left again.
    pub fn is_taken(&self, id: &[u8]) -> bool {
        self.by_id.get(id).is_some_and(|entry| entry.taken)
    }

    /// Whether a deposit of this gift is not a new one: it was left on an earlier connection, and
    /// taken.
    pub fn is_repeated(&self, id: &[u8]) -> bool {
        let entry = self.by_id.get(id);
        entry.is_some_and(|entry| entry.taken && entry.answer.is_none())
    }

    /// A gift was taken. At most `most` of those are remembered.
    pub fn take(&mut self, id: &[u8], most: usize) {
        if !self.has_room(id, most) {
            self.remove(id);
        } else if let Some(entry) = self.by_id.get_mut(id) {
            entry.taken = true;
        }
    }

    /// The gifter let go of an answer. Gives the gift that it was about, if that was taken.
    pub fn acknowledge(&mut self, answer: u64) -> Option<Vec<u8>> {
        let id = self.by_answer.remove(&answer)?;
        let entry = self.by_id.remove(&id)?;
        entry.taken.then_some(id)
    }

    /// The connection is gone: answers on it may not have arrived.
    pub fn cut(&mut self) {
        self.by_answer.clear();
        for id in self.ids(|_| true) {
            if let Some(entry) = self.by_id.get_mut(&id) {
                entry.answer = None;
            }
        }
        self.open = true;
    }

    /// Whether deposits may come again now.
    pub fn are_open(&self) -> bool {
        self.open
    }

    /// Something else came than a deposit: what was not left again until now has been acknowledged.
    /// Gives the gifts that were taken.
    pub fn close(&mut self) -> Vec<Vec<u8>> {
        self.open = false;
        let taken = self.ids(|entry| entry.answer.is_none() && entry.taken);
        self.by_id.retain(|_, entry| entry.answer.is_some());
        taken
    }

    /// Whether this gift may be remembered as taken.
    fn has_room(&self, id: &[u8], most: usize) -> bool {
        let others = self.by_id.iter();
        let others = others.filter(|(other, entry)| entry.taken && *other != id);
        others.count() < most
    }

    fn remove(&mut self, id: &[u8]) {
        if let Some(entry) = self.by_id.remove(id)
            && let Some(position) = entry.answer
        {
            self.by_answer.remove(&position);
        }
    }

    fn ids(&self, which: impl Fn(&Entry) -> bool) -> Vec<Vec<u8>> {
        let entries = self.by_id.iter().filter(|(_, entry)| which(entry));
        entries.map(|(id, _)| id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_remembered_until_the_gifter_has_the_answer() {
        let mut repeats = Repeats::default();
        repeats.left(b"a", Some(1), false, 9);
        assert!(!repeats.is_taken(b"a"));
        repeats.take(b"a", 9);
        assert!(repeats.is_taken(b"a") && !repeats.is_repeated(b"a"));
        assert_eq!(repeats.acknowledge(2), None);
        assert_eq!(repeats.acknowledge(1), Some(b"a".to_vec()));
        assert!(!repeats.is_taken(b"a"));
        // Acknowledged before it is taken: nothing to remember.
        repeats.left(b"b", Some(2), false, 9);
        assert_eq!(repeats.acknowledge(2), None);
        repeats.take(b"b", 9);
        assert!(!repeats.is_taken(b"b"));
        assert_eq!(repeats, Repeats::default());
    }

    #[test]
    fn what_is_not_left_again_first_after_a_cut_never_is() {
        let mut repeats = Repeats::default();
        for (id, answer) in [(b"a", 1), (b"b", 2), (b"c", 3)] {
            repeats.left(id, Some(answer), false, 2);
            repeats.take(id, 2);
        }
        // The third is one too many.
        assert!(!repeats.is_taken(b"c"));
        repeats.cut();
        assert!(repeats.are_open() && repeats.is_repeated(b"b"));
        assert_eq!(repeats.acknowledge(1), None);
        repeats.left(b"b", Some(1), true, 2);
        assert_eq!(repeats.close(), [b"a".to_vec()]);
        assert!(!repeats.are_open() && repeats.is_taken(b"b"));
        assert_eq!(repeats.acknowledge(1), Some(b"b".to_vec()));
        assert!(!repeats.recall(b"d", true, 2), "too late");
        assert_eq!(repeats, Repeats::default());
        assert!(Repeats::restored().recall(b"d", true, 2));
    }
    #[test]
    fn a_bounded_number_is_remembered_whichever_way_they_were_taken() {
        let mut repeats = Repeats::restored();
        assert!(repeats.recall(b"a", true, 2));
        repeats.left(b"b", Some(1), true, 2);
        repeats.left(b"c", Some(2), true, 2);
        assert!(!repeats.recall(b"d", true, 2));
        assert!(!repeats.is_taken(b"c") && !repeats.is_taken(b"d"));
        assert_eq!(repeats.acknowledge(2), None);
        // One that is remembered is left again.
        repeats.left(b"a", Some(3), true, 2);
        assert_eq!(repeats.acknowledge(3), Some(b"a".to_vec()));
        repeats.left(b"c", Some(4), true, 2);
        assert!(repeats.is_taken(b"c"));
    }
}
