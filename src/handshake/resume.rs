//! op:resume-session between two of ours, in three steps (design, section 5).
//!
//! Dial with N; answer with N * 2^64 + r; confirm with the same count. Only the confirmation makes
//! the acceptor change anything, so a lost, delayed or replayed message changes nothing.

use crate::handshake::Refusal;
use crate::identity::{KeyPair, PublicId, SessionId, verify_strict};
use crate::wire::{PublicKey, Signature, write};

/// The lowest number of an attempt. Number 0 is not used: the count of its answer would be below
/// 2^64, as the counts of dials are, so that a recorded dial of the peer's would pass for the answer.
const FIRST: u64 = 1;

/// How far ahead of the last completed attempt a number may be.
const WINDOW: u64 = 1 << 32;

/// Which numbers a side dials with: the lower public id has the even ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parity {
    /// 2, 4, 6, ...
    Even,
    /// 1, 3, 5, ...
    Odd,
}

impl Parity {
    /// The parity of `own` in the session between the two.
    pub fn of(own: &PublicId, peer: &PublicId) -> Self {
        if own < peer {
            Parity::Even
        } else {
            Parity::Odd
        }
    }

    /// The other side's.
    pub fn other(self) -> Self {
        match self {
            Parity::Even => Parity::Odd,
            Parity::Odd => Parity::Even,
        }
    }

    fn fits(self, number: u64) -> bool {
        (number & 1 == 1) == (self == Parity::Odd)
    }
}

/// What a session remembers of attempts, across restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// No attempt of ours has used this number or a higher one.
    pub sent: u64,
    /// No attempt of the peer's below this number may complete any more.
    pub seen: u64,
}

impl Counts {
    /// Takes the number of our next attempt; the counts must be stored before it is sent.
    /// `None` when there is none left below 2^64.
    pub fn take_attempt(&mut self, parity: Parity) -> Option<u64> {
        let least = self.sent.max(FIRST);
        let number = if parity.fits(least) {
            least
        } else {
            least.checked_add(1)?
        };
        self.sent = number.checked_add(1)?;
        Some(number)
    }

    /// Judges the number of an attempt of the peer's.
    pub fn judge(&self, peer: Parity, count: u128) -> Result<u64, Refusal> {
        let number = u64::try_from(count).map_err(|_| Refusal::InvalidResumeCount)?;
        let in_window = number >= self.seen.max(FIRST) && number - self.seen <= WINDOW;
        if in_window && peer.fits(number) && number < u64::MAX {
            Ok(number)
        } else {
            Err(Refusal::InvalidResumeCount)
        }
    }

    /// An attempt of the peer's was confirmed.
    pub fn complete(&mut self, number: u64) {
        self.seen = self.seen.max(number.saturating_add(1));
    }
}

/// The count of an answer to attempt `number`, with a fresh random part.
pub fn answer_count(number: u64, random: u64) -> u128 {
    (u128::from(number) << 64) | u128::from(random)
}

/// Whether a count answers this attempt.
pub fn answers(count: u128, number: u64) -> bool {
    number >= FIRST && count >> 64 == u128::from(number)
}

/// Checks the peer's signature over session id and count.
pub fn signed_by(key: &PublicKey, id: &SessionId, count: u128, signature: &Signature) -> bool {
    verify_strict(key, &write::resume_payload(&id.0, count), signature)
}

/// Writes one op:resume-session of ours.
pub fn write_resume(out: &mut Vec<u8>, key: &KeyPair, id: &SessionId, count: u128) {
    let signature = key.sign(&write::resume_payload(&id.0, count));
    write::resume_session(out, &id.0, count, &signature);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_has_its_own_numbers_and_they_only_go_up() {
        let (low, high) = (PublicId([1; 32]), PublicId([2; 32]));
        let mut even = Counts::default();
        let mut odd = Counts::default();
        let (lower, higher) = (Parity::of(&low, &high), Parity::of(&high, &low));
        assert_eq!(lower.other(), higher);
        assert_eq!(
            [even.take_attempt(lower), even.take_attempt(lower)],
            [Some(2), Some(4)]
        );
        assert_eq!(
            [odd.take_attempt(higher), odd.take_attempt(higher)],
            [Some(1), Some(3)]
        );
    }

    #[test]
    fn an_attempt_counts_once_and_older_ones_never_again() {
        let mut counts = Counts::default();
        assert_eq!(counts.judge(Parity::Even, 2), Ok(2));
        assert_eq!(counts.judge(Parity::Even, 4), Ok(4));
        counts.complete(4);
        for replayed in [0, 2, 4] {
            assert_eq!(
                counts.judge(Parity::Even, replayed),
                Err(Refusal::InvalidResumeCount)
            );
        }
        assert_eq!(counts.judge(Parity::Even, 6), Ok(6));
    }

    #[test]
    fn a_number_of_the_wrong_side_or_far_ahead_or_too_large_is_refused() {
        let counts = Counts { sent: 0, seen: 10 };
        for count in [11, 10 + (1 << 32) + 2, 1 << 64, u128::MAX] {
            assert_eq!(
                counts.judge(Parity::Even, count),
                Err(Refusal::InvalidResumeCount)
            );
        }
        assert_eq!(
            counts.judge(Parity::Even, 10 + (1 << 32)),
            Ok(10 + (1 << 32))
        );
    }

    #[test]
    fn a_dial_never_passes_for_an_answer() {
        let mut counts = Counts::default();
        let (ours, theirs) = (Parity::Even, Parity::Odd);
        let number = counts.take_attempt(ours);
        for dial in [0, 1, 2, 3, u128::from(u64::MAX)] {
            assert!(number.is_some_and(|number| !answers(dial, number)));
            assert!(!answers(dial, 0));
        }
        assert_eq!(counts.judge(ours, 0), Err(Refusal::InvalidResumeCount));
        assert_eq!(counts.judge(theirs, 1), Ok(1));
    }

    #[test]
    fn numbers_do_not_wrap() {
        let mut counts = Counts {
            sent: u64::MAX,
            seen: 0,
        };
        assert_eq!(counts.take_attempt(Parity::Odd), None);
        assert_eq!(counts.take_attempt(Parity::Even), None);
    }

    #[test]
    fn an_answer_belongs_to_one_attempt() {
        let count = answer_count(6, u64::MAX);
        assert!(answers(count, 6));
        assert!(!answers(count, 4));
        assert!(!answers(6, 6));
    }
}
