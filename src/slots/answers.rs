//! The peer's questions: what it may send messages to before it has the answer.

use crate::tables::Table;

/// The answers of one session, on its current connection: local handles by the peer's position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Answers {
    by_position: Table<u64, u32>,
}

impl Answers {
    /// How many answers the peer holds.
    pub fn len(&self) -> usize {
        self.by_position.len()
    }

    /// Whether the peer holds none.
    pub fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// Positions and local handles, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.by_position.iter().map(|(at, local)| (at, *local))
    }

    /// The local handle of an answer.
    pub fn get(&self, position: u64) -> Option<u32> {
        self.by_position.get(position).copied()
    }

    /// Notes a new answer. False when the position is still in use: the peer's error.
    pub fn insert(&mut self, position: u64, local: u32) -> bool {
        self.by_position.insert_new(position, local)
    }

    /// The peer let an answer go.
    pub fn remove(&mut self, position: u64) -> Option<u32> {
        self.by_position.remove(position)
    }

    /// All answers end. Gives their local handles.
    pub fn clear(&mut self) -> Vec<u32> {
        let answers = self.by_position.take();
        answers.into_iter().map(|(_, local)| local).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_use_is_not_overwritten() {
        let mut answers = Answers::default();
        assert!(answers.insert(1, 2));
        assert!(!answers.insert(1, 4));
        assert_eq!(answers.get(1), Some(2));
        assert_eq!(answers.remove(1), Some(2));
        assert!(answers.insert(1, 4));
    }
}
