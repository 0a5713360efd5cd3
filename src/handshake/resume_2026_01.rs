//! op:resume-session as pull request endojs/endo#3175 does it (dialect 2026-01).
//!
//! One shared count, equal on both sides, answered with the same count and not confirmed. A lost
//! reply leaves the two one apart, so a dialler tries the neighbours and an acceptor takes them
//! until the peer shows that it heard the reply. It stops no delayed message: it is spoken only
//! where the dialect was asked for.

use crate::handshake::Refusal;

/// What a session remembers of the shared count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SharedCount {
    /// The count that both sides should be at.
    pub count: u64,
    /// A message came on the connection that carried our last reply.
    pub heard: bool,
}

impl SharedCount {
    /// The count to dial with after the peer refused so many; `None` when none is left.
    pub fn attempt(&self, refused: u8) -> Option<u64> {
        let counts = [
            Some(self.count),
            self.count.checked_add(1),
            self.count.checked_sub(1),
        ];
        counts.into_iter().flatten().nth(refused.into())
    }

    /// Judges the count of the peer's dial.
    pub fn judge(&self, count: u128) -> Result<u64, Refusal> {
        let number = u64::try_from(count).map_err(|_| Refusal::InvalidResumeCount)?;
        let near = number == self.count
            || Some(number) == self.count.checked_add(1)
            || (!self.heard && Some(number) == self.count.checked_sub(1));
        if near && number < u64::MAX {
            Ok(number)
        } else {
            Err(Refusal::InvalidResumeCount)
        }
    }

    /// We accept the peer's dial with this count: our reply may be lost.
    pub fn accepted(&mut self, number: u64) {
        self.count = number.saturating_add(1);
        self.heard = false;
    }

    /// The peer answered our dial with this count: it has counted, and nothing of ours can be lost.
    pub fn answered(&mut self, number: u64) {
        self.count = number.saturating_add(1);
        self.heard = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_reply_in_either_direction_is_made_good() {
        let mut ours = SharedCount::default();
        ours.accepted(0);
        assert_eq!(
            ours.judge(0),
            Ok(0),
            "our reply was lost: the peer is one behind"
        );
        ours.heard = true;
        assert_eq!(ours.judge(0), Err(Refusal::InvalidResumeCount), "a replay");
        assert_eq!(ours.judge(2), Ok(2), "the peer's reply was lost to us");
        let attempts: Vec<_> = (0..4).map(|refused| ours.attempt(refused)).collect();
        assert_eq!(attempts, [Some(1), Some(2), Some(0), None]);
    }

    #[test]
    fn nothing_comes_before_count_nought() {
        let ours = SharedCount::default();
        assert_eq!([1, 2].map(|refused| ours.attempt(refused)), [Some(1), None]);
    }

    #[test]
    fn the_answer_to_our_dial_is_no_dial_of_the_peers() {
        let mut ours = SharedCount::default();
        ours.answered(0);
        assert_eq!(ours.judge(0), Err(Refusal::InvalidResumeCount));
    }
}
