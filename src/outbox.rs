//! The commit rule: what was made after a write leaves after that write is durable.
//!
//! Every write to the store advances one number. A frame carries the number at its making, and is
//! given out only when a commit that covers it was reported. Frames leave in the order of their
//! making, so the order on each connection is kept without more.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::tables::Table;

/// What leaves towards a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Departure {
    /// Bytes of one message: a range of [`Outbox::bytes`].
    Frame(Range<usize>),
    /// The connection is to be closed, after what was written before.
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    number: u64,
    connection: u32,
    gate: u64,
    what: Departure,
    /// What a peer asked for.
    answer: bool,
}

impl Entry {
    fn len(&self) -> usize {
        match &self.what {
            Departure::Frame(range) => range.len(),
            Departure::Close => 0,
        }
    }
}

/// Messages that were encoded and have not left yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outbox {
    bytes: Vec<u8>,
    queue: VecDeque<Entry>,
    /// The number that the next frame gets.
    next: u64,
    /// Writes made so far.
    written: u64,
    /// Writes that are durable.
    committed: u64,
    /// Bytes of `queue`.
    waiting: usize,
    /// Those of them that are answers.
    answers: usize,
}

impl Outbox {
    /// The buffer that frames are ranges of.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of writes so far: what a commit that begins now covers.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether everything written is durable.
    pub fn is_committed(&self) -> bool {
        self.committed >= self.written
    }

    /// Bytes that wait to leave.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting
    }

    /// Bytes of answers that wait to leave.
    pub fn answer_bytes(&self) -> usize {
        self.answers
    }

    /// The connection that most of them are for.
    pub fn most_answered(&self) -> Option<u32> {
        let mut sums: Table<u32, u64> = Table::default();
        for entry in self.queue.iter().filter(|entry| entry.answer) {
            let len = entry.len() as u64;
            if !sums.insert_new(entry.connection, len)
                && let Some(sum) = sums.get_mut(entry.connection)
            {
                *sum += len;
            }
        }
        let most = sums.iter().max_by_key(|(_, sum)| **sum);
        most.map(|(connection, _)| connection)
    }

    /// Whether the frame with this number has not been given out yet.
    pub fn is_waiting(&self, number: u64) -> bool {
        self.queue
            .front()
            .is_some_and(|oldest| oldest.number <= number)
            && number < self.next
    }

    /// A write was made that later frames depend on.
    pub fn wrote(&mut self) {
        self.written += 1;
    }

    /// All writes up to this number are durable.
    pub fn committed(&mut self, number: u64) {
        self.committed = self.committed.max(number.min(self.written));
    }

    /// The buffer to encode the next frame at the end of; [`Self::push`] or [`Self::discard`] must follow.
    pub fn begin(&mut self) -> (&mut Vec<u8>, usize) {
        let spent = self.bytes.len().saturating_sub(self.waiting);
        if self.queue.is_empty() {
            self.bytes.clear();
        } else if spent > self.waiting && spent > 4096 {
            let mut end = 0;
            for entry in &mut self.queue {
                let len = entry.len();
                if let Departure::Frame(range) = &mut entry.what {
                    self.bytes.copy_within(range.clone(), end);
                    *range = end..end + len;
                    end += len;
                }
            }
            self.bytes.truncate(end);
        }
        let start = self.bytes.len();
        (&mut self.bytes, start)
    }

    /// The buffer, between [`Self::begin`] and [`Self::push`].
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// How many bytes were written since `start`.
    pub fn len_since(&self, start: usize) -> usize {
        self.bytes.len().saturating_sub(start)
    }

    /// The bytes since `start` are one frame for this connection. Gives the frame's number.
    pub fn push(&mut self, connection: u32, start: usize) -> u64 {
        let end = self.bytes.len();
        self.enqueue(connection, Departure::Frame(start..end), false)
    }

    /// The same, of what the peer asked for.
    pub fn push_answer(&mut self, connection: u32, start: usize) -> u64 {
        let end = self.bytes.len();
        self.enqueue(connection, Departure::Frame(start..end), true)
    }

    /// Each of these ranges of the buffer is one frame for this connection, in order.
    pub fn push_all(&mut self, connection: u32, frames: &[Range<usize>]) {
        for frame in frames {
            self.enqueue(connection, Departure::Frame(frame.clone()), false);
        }
    }

    /// The bytes since `start` are not to be sent.
    pub fn discard(&mut self, start: usize) {
        self.bytes.truncate(start);
    }

    /// Closes a connection after what was written to it before.
    pub fn close(&mut self, connection: u32) {
        self.enqueue(connection, Departure::Close, false);
    }

    /// Drops what waits for a connection that is gone.
    pub fn forget(&mut self, connection: u32) {
        let mut queue = std::mem::take(&mut self.queue);
        queue.retain(|entry| {
            let kept = entry.connection != connection;
            if !kept {
                self.left(entry);
            }
            kept
        });
        self.queue = queue;
    }

    /// Drops everything that waits: the store failed, so nothing may leave any more.
    pub fn clear(&mut self) {
        self.queue.clear();
        (self.waiting, self.answers) = (0, 0);
    }

    /// What may leave next.
    pub fn pop(&mut self) -> Option<(u32, Departure)> {
        if self.queue.front()?.gate > self.committed {
            return None;
        }
        let entry = self.queue.pop_front()?;
        self.left(&entry);
        Some((entry.connection, entry.what))
    }

    /// The connections that something waits to leave for.
    pub(crate) fn connections(&self) -> impl Iterator<Item = u32> + '_ {
        self.queue.iter().map(|entry| entry.connection)
    }

    /// Which of the frames that wait this is: 1 the oldest, 0 one that left.
    pub(crate) fn rank(&self, number: u64) -> u64 {
        let place = self.queue.iter().position(|entry| entry.number == number);
        place.map_or(0, |place| place as u64 + 1)
    }

    /// Gives frames their rank as number, and connections other ones.
    pub(crate) fn renumber(&mut self, renamed: impl Fn(u32) -> u32) {
        self.next = 1;
        for entry in &mut self.queue {
            entry.number = self.next;
            entry.connection = renamed(entry.connection);
            self.next += 1;
        }
    }

    /// Hashes what is still to leave. Numbers count only by what they are compared with.
    pub(crate) fn hash_state(&self, state: &mut impl Hasher) {
        // What is written next waits, or does not.
        (self.committed < self.written).hash(state);
        for entry in &self.queue {
            entry.connection.hash(state);
            (entry.gate <= self.committed).hash(state);
            if let Departure::Frame(range) = &entry.what {
                self.bytes.get(range.clone()).hash(state);
            }
        }
    }

    fn enqueue(&mut self, connection: u32, what: Departure, answer: bool) -> u64 {
        let number = self.next;
        self.next += 1;
        let entry = Entry {
            number,
            connection,
            gate: self.written,
            what,
            answer,
        };
        self.waiting += entry.len();
        if answer {
            self.answers += entry.len();
        }
        self.queue.push_back(entry);
        number
    }

    /// A frame does not wait any more.
    fn left(&mut self, entry: &Entry) {
        let len = entry.len();
        self.waiting = self.waiting.saturating_sub(len);
        if entry.answer {
            self.answers = self.answers.saturating_sub(len);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(outbox: &mut Outbox, connection: u32, text: &[u8]) -> u64 {
        let (bytes, start) = outbox.begin();
        bytes.extend_from_slice(text);
        outbox.push(connection, start)
    }

    fn leaving(outbox: &mut Outbox) -> Vec<(u32, Option<Vec<u8>>)> {
        let mut all = Vec::new();
        while let Some((connection, what)) = outbox.pop() {
            all.push((
                connection,
                match what {
                    Departure::Frame(range) => Some(outbox.bytes()[range].to_vec()),
                    Departure::Close => None,
                },
            ));
        }
        all
    }

    #[test]
    fn a_frame_waits_for_the_commit_that_covers_it() {
        let mut outbox = Outbox::default();
        frame(&mut outbox, 1, b"before");
        outbox.wrote();
        let after = frame(&mut outbox, 1, b"after");
        assert_eq!(leaving(&mut outbox), [(1, Some(b"before".to_vec()))]);
        assert!(outbox.is_waiting(after));
        let mark = outbox.written();
        outbox.wrote();
        frame(&mut outbox, 2, b"later");
        outbox.committed(mark);
        assert_eq!(leaving(&mut outbox), [(1, Some(b"after".to_vec()))]);
        assert!(!outbox.is_waiting(after));
        outbox.committed(u64::MAX);
        assert_eq!(leaving(&mut outbox), [(2, Some(b"later".to_vec()))]);
        outbox.wrote();
        frame(&mut outbox, 2, b"not covered by the last report");
        assert_eq!(leaving(&mut outbox), []);
    }

    #[test]
    fn a_close_leaves_after_the_frames_before_it_and_a_forgotten_connection_gets_nothing() {
        let mut outbox = Outbox::default();
        outbox.wrote();
        frame(&mut outbox, 1, b"abort");
        outbox.close(1);
        frame(&mut outbox, 2, b"dropped");
        outbox.forget(2);
        outbox.committed(1);
        assert_eq!(
            leaving(&mut outbox),
            [(1, Some(b"abort".to_vec())), (1, None)]
        );
    }

    #[test]
    fn the_buffer_does_not_grow_while_frames_leave() {
        let mut outbox = Outbox::default();
        for _ in 0..1000 {
            outbox.wrote();
            frame(&mut outbox, 1, &[0; 1000]);
            outbox.committed(outbox.written() - 1);
            leaving(&mut outbox);
        }
        assert!(outbox.bytes().len() < 20_000, "{}", outbox.bytes().len());
    }

    #[test]
    fn what_was_dropped_takes_no_room_though_older_frames_wait() {
        let mut outbox = Outbox::default();
        outbox.wrote();
        frame(&mut outbox, 1, b"first");
        for connection in 2..1000 {
            frame(&mut outbox, connection, &[0; 1000]);
            outbox.forget(connection);
        }
        frame(&mut outbox, 1, b"last");
        assert_eq!(outbox.waiting_bytes(), 9);
        assert!(outbox.bytes().len() < 20_000, "{}", outbox.bytes().len());
        outbox.committed(1);
        let all = leaving(&mut outbox);
        assert_eq!(
            all,
            [(1, Some(b"first".to_vec())), (1, Some(b"last".to_vec()))]
        );
    }

    #[test]
    fn answers_are_counted_until_they_leave() {
        let mut outbox = Outbox::default();
        outbox.wrote();
        for (connection, text) in [(1, "one"), (2, "three"), (1, "two")] {
            let (bytes, start) = outbox.begin();
            bytes.extend_from_slice(text.as_bytes());
            outbox.push_answer(connection, start);
        }
        frame(&mut outbox, 2, b"a long call of ours");
        assert_eq!(
            (outbox.answer_bytes(), outbox.most_answered()),
            (11, Some(1))
        );
        outbox.forget(1);
        assert_eq!(
            (outbox.answer_bytes(), outbox.most_answered()),
            (5, Some(2))
        );
        outbox.committed(1);
        leaving(&mut outbox);
        assert_eq!((outbox.answer_bytes(), outbox.waiting_bytes()), (0, 0));
        assert_eq!(outbox.most_answered(), None);
    }
}
