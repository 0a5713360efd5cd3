//! Our calls that wait for their answer.

use crate::tables::Table;

/// A call that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The answer position that we chose.
    pub answer: u64,
    /// The export position of its resolver.
    pub resolver: u64,
    /// The number of the frame that carried it.
    pub frame: u64,
    /// When it was asked, in ms.
    pub asked: u64,
}

/// The questions of one session, on its current connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Questions {
    next: u64,
    by_handle: Table<u32, Question>,
}

impl Default for Questions {
    /// Answer positions start at 1: `@endo/ocapn` reads op:get, op:index and op:untag with
    /// answer positions from 1 on only (reference 2.1).
    fn default() -> Self {
        Self {
            next: 1,
            by_handle: Table::default(),
        }
    }
}

impl Questions {
    /// How many calls wait.
    pub fn len(&self) -> usize {
        self.by_handle.len()
    }

    /// Whether no call waits.
    pub fn is_empty(&self) -> bool {
        self.by_handle.is_empty()
    }

    /// An answer position that was not used before in this session.
    pub fn next_answer(&mut self) -> u64 {
        let answer = self.next;
        self.next += 1;
        answer
    }

    /// Notes a call that was encoded.
    pub fn insert(&mut self, handle: u32, question: Question) {
        self.by_handle.insert(handle, question);
    }

    /// Notes what hears of the answer, for calls that carry no resolver.
    pub fn set_resolver(&mut self, handle: u32, resolver: u64) {
        if let Some(question) = self.by_handle.get_mut(handle) {
            question.resolver = resolver;
        }
    }

    /// A call that waits.
    pub fn get(&self, handle: u32) -> Option<&Question> {
        self.by_handle.get(handle)
    }

    /// No connection knows of earlier answers: they are as if they had not been.
    pub(crate) fn forget_earlier(&mut self) {
        if self.by_handle.is_empty() {
            self.next = 1;
        }
    }

    /// Gives frames other numbers.
    pub(crate) fn renumber(&mut self, number: impl Fn(u64) -> u64) {
        for question in self.by_handle.values_mut() {
            question.frame = number(question.frame);
        }
    }

    /// The call was answered.
    pub fn remove(&mut self, handle: u32) -> Option<Question> {
        self.by_handle.remove(handle)
    }

    /// When the call that waits longest was asked.
    pub fn oldest(&self) -> Option<u64> {
        self.by_handle.values().map(|question| question.asked).min()
    }

    /// The handles of calls that were asked before a time.
    pub fn asked_before(&self, time: u64) -> Vec<u32> {
        self.by_handle
            .iter()
            .filter(|(_, question)| question.asked < time)
            .map(|(handle, _)| handle)
            .collect()
    }

    /// All calls end: their connection is gone.
    pub fn clear(&mut self) -> Vec<(u32, Question)> {
        self.by_handle.take()
    }
}
