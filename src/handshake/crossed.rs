//! Crossed hellos: both sides dialled each other at once (reference 4.2).

use std::cmp::Ordering;

use crate::identity::PublicId;

/// Which of two crossing connections goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// The one that we dialled.
    Ours,
    /// The one that the peer dialled.
    Theirs,
}

/// The connection whose dialler has the higher public id is kept. `None` when the ids are equal:
/// that is our own key, and nobody else can honestly have it.
pub fn keep(ours: &PublicId, theirs: &PublicId) -> Option<Keep> {
    match ours.cmp(theirs) {
        Ordering::Greater => Some(Keep::Ours),
        Ordering::Less => Some(Keep::Theirs),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_keep_the_same_connection() {
        let (low, high) = (PublicId([1; 32]), PublicId([2; 32]));
        assert_eq!(keep(&low, &high), Some(Keep::Theirs));
        assert_eq!(keep(&high, &low), Some(Keep::Ours));
        assert_eq!(keep(&low, &low), None);
    }
}
