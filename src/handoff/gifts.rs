//! Gifts that peers left with us for others, and those who came for one that is not there yet.

use sha2::{Digest, Sha256};

use crate::error::ErrorCode;
use crate::identity::{PublicId, SessionId};
use crate::tables::SortedMap;

/// Gift ids longer than this are known by their hash.
const LONGEST_ID: usize = 64;

/// Names a gift: ids are the gifter's to choose, and mean nothing outside its session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    gifter: u32,
    id: Vec<u8>,
}

impl Name {
    /// A gift of this session's peer.
    pub fn new(gifter: u32, id: &[u8]) -> Self {
        let id = if id.len() > LONGEST_ID {
            Sha256::digest(id).to_vec()
        } else {
            id.to_vec()
        };
        Self { gifter, id }
    }

    /// The session that the gift came by.
    pub fn gifter(&self) -> u32 {
        self.gifter
    }

    /// The gift's id, or what it is known by.
    pub fn id(&self) -> &[u8] {
        &self.id
    }
}

/// Who came for a gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claimant {
    /// The peer of a session.
    Peer {
        /// The session's key in the client.
        session: u32,
        /// Names the message that waits, to the host.
        claim: u32,
    },
    /// We ourselves: the gift was for us.
    Own {
        /// The handle of the promise for it.
        promise: u32,
    },
}

/// What became of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deposit {
    /// It is kept, and has to be held.
    Kept,
    /// It was there already.
    Repeated,
    /// Somebody waited for it.
    Claimed(Claimant),
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The gift was there, and is not any more: its local handle, to be let go of.
    Present(u32),
    /// The claimant waits.
    Waiting,
}

/// Bounds on both.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Gifts of one session's peer, and claims of one's.
    pub session: usize,
    /// Gifts and claims of all.
    pub client: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    claimant: Claimant,
    deadline: u64,
}

/// Gifts of one session's peer that are only in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Elsewhere {
    /// Our location in the session: a store may have those of other clients.
    place: String,
    count: usize,
}

/// The gifts of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Gifts {
    present: SortedMap<Name, u32>,
    waiting: SortedMap<Name, Waiting>,
    elsewhere: SortedMap<(PublicId, SessionId), Elsewhere>,
    counted: bool,
}

impl Gifts {
    /// How many gifts wait for their receivers.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether there is no gift.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// How many wait for a gift.
    pub fn claims(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a session's peer has a gift here.
    pub fn are_of(&self, gifter: u32) -> bool {
        self.of(gifter).next().is_some()
    }

    /// Whether those that are only in the store were counted.
    pub fn are_counted(&self) -> bool {
        self.counted
    }

    /// Those that are only in the store are about to be counted.
    pub fn counting(&mut self) {
        self.counted = true;
    }

    /// One more of a session, in which we are at this place, is only in the store.
    pub fn count(&mut self, own: PublicId, session: SessionId, place: &str) {
        let none = || Elsewhere {
            place: place.into(),
            count: 0,
        };
        self.elsewhere
            .get_or_insert_with((own, session), none)
            .count += 1;
    }

    /// What the store has of a session is in memory now, or is deleted.
    pub fn uncount(&mut self, own: PublicId, session: SessionId) {
        self.elsewhere.remove(&(own, session));
    }

    /// How many are only in the store, of sessions in which we are at one of these places.
    pub fn elsewhere(&self, places: &[String]) -> usize {
        let there = self.elsewhere.values();
        let there = there.filter(|there| places.contains(&there.place));
        there.map(|there| there.count).sum()
    }

    /// The local handle of a gift.
    pub fn get(&self, name: &Name) -> Option<u32> {
        self.present.get(name).copied()
    }

    /// A peer leaves a gift. The same once more is no error.
    ///
    /// # Errors
    ///
    /// `GiftTaken` when another gift has that name; `LimitExceeded`.
    pub fn deposit(
        &mut self,
        name: Name,
        local: u32,
        bounds: Bounds,
    ) -> Result<Deposit, ErrorCode> {
        if let Some(waiting) = self.waiting.remove(&name) {
            return Ok(Deposit::Claimed(waiting.claimant));
        }
        match self.present.get(&name) {
            Some(known) if *known == local => return Ok(Deposit::Repeated),
            Some(_) => return Err(ErrorCode::GiftTaken),
            None => {}
        }
        if self.of(name.gifter).count() >= bounds.session || self.total() >= bounds.client {
            return Err(ErrorCode::LimitExceeded);
        }
        self.present.insert(name, local);
        Ok(Deposit::Kept)
    }

    /// Puts back a gift that was kept in the store. False when there is one by that name.
    pub fn restore(&mut self, name: Name, local: u32) -> bool {
        let free = !self.present.contains_key(&name);
        if free {
            self.present.insert(name, local);
        }
        free
    }

    /// Somebody who may have it comes for a gift.
    ///
    /// # Errors
    ///
    /// `GiftTaken` when another waits for it; `LimitExceeded`.
    pub fn claim(
        &mut self,
        name: Name,
        claimant: Claimant,
        deadline: u64,
        bounds: Bounds,
    ) -> Result<Claim, ErrorCode> {
        if let Some(local) = self.present.remove(&name) {
            return Ok(Claim::Present(local));
        }
        if self.waiting.contains_key(&name) {
            return Err(ErrorCode::GiftTaken);
        }
        let same = |other: &&Waiting| session_of(other.claimant) == session_of(claimant);
        if self.total() >= bounds.client
            || self.waiting.values().filter(same).count() >= bounds.session
        {
            return Err(ErrorCode::LimitExceeded);
        }
        let waiting = Waiting { claimant, deadline };
        self.waiting.insert(name, waiting);
        Ok(Claim::Waiting)
    }

    /// A session is over: its gifts go, to be let go of by their local handles, and who waited for
    /// one waits in vain.
    pub fn forget(&mut self, gifter: u32) -> (Vec<u32>, Vec<Claimant>) {
        let names: Vec<Name> = self.of(gifter).cloned().collect();
        let locals = names.iter().filter_map(|name| self.present.remove(name));
        let locals = locals.collect();
        let vain = self.take_waiting(|name, _| name.gifter == gifter);
        (locals, vain)
    }

    /// A connection is gone, and with it what its peer waited for.
    pub fn abandon(&mut self, receiver: u32) -> Vec<Claimant> {
        self.take_waiting(|_, waiting| session_of(waiting.claimant) == Some(receiver))
    }

    /// Those who have waited long enough.
    pub fn expire(&mut self, now: u64) -> Vec<Claimant> {
        self.take_waiting(|_, waiting| waiting.deadline <= now)
    }

    /// When the next one has waited long enough.
    pub fn next_deadline(&self) -> Option<u64> {
        self.waiting.values().map(|waiting| waiting.deadline).min()
    }

    /// Everybody waits in vain.
    pub fn clear(&mut self) -> Vec<Claimant> {
        self.take_waiting(|_, _| true)
    }

    fn of(&self, gifter: u32) -> impl Iterator<Item = &Name> {
        let first = Name {
            gifter,
            id: Vec::new(),
        };
        let names = self.present.from(&first).map(|(name, _)| name);
        names.take_while(move |name| name.gifter == gifter)
    }

    fn total(&self) -> usize {
        self.present.len() + self.waiting.len()
    }

    fn take_waiting(&mut self, mut which: impl FnMut(&Name, &Waiting) -> bool) -> Vec<Claimant> {
        let mut taken = Vec::new();
        self.waiting.retain(|name, waiting| {
            let take = which(name, waiting);
            if take {
                taken.push(waiting.claimant);
            }
            !take
        });
        taken
    }
}

fn session_of(claimant: Claimant) -> Option<u32> {
    match claimant {
        Claimant::Peer { session, .. } => Some(session),
        Claimant::Own { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Bounds = Bounds {
        session: 100,
        client: 100,
    };

    fn peer(session: u32) -> Claimant {
        Claimant::Peer { session, claim: 7 }
    }

    #[test]
    fn a_gift_is_taken_once_and_its_deposit_may_be_repeated() {
        let mut gifts = Gifts::default();
        let name = || Name::new(1, b"gift");
        assert_eq!(gifts.deposit(name(), 4, WIDE), Ok(Deposit::Kept));
        assert_eq!(gifts.deposit(name(), 4, WIDE), Ok(Deposit::Repeated));
        assert_eq!(gifts.deposit(name(), 6, WIDE), Err(ErrorCode::GiftTaken));
        assert!(gifts.are_of(1) && !gifts.are_of(2));
        let other = Name::new(2, b"gift");
        assert_eq!(gifts.claim(other, peer(9), 5, WIDE), Ok(Claim::Waiting));
        assert_eq!(gifts.claim(name(), peer(9), 5, WIDE), Ok(Claim::Present(4)));
        assert_eq!(gifts.claim(name(), peer(9), 5, WIDE), Ok(Claim::Waiting));
    }

    #[test]
    fn the_second_who_waits_for_a_gift_is_refused_and_the_first_gets_it() {
        let mut gifts = Gifts::default();
        let name = || Name::new(1, b"gift");
        assert_eq!(gifts.claim(name(), peer(2), 5, WIDE), Ok(Claim::Waiting));
        assert_eq!(
            gifts.claim(name(), peer(3), 5, WIDE),
            Err(ErrorCode::GiftTaken)
        );
        assert_eq!(
            gifts.deposit(name(), 4, WIDE),
            Ok(Deposit::Claimed(peer(2)))
        );
        assert_eq!((gifts.len(), gifts.claims()), (0, 0));
    }

    #[test]
    fn both_are_bounded_for_each_session_and_for_all() {
        let mut gifts = Gifts::default();
        let bounds = Bounds {
            session: 2,
            client: 5,
        };
        let full = Err(ErrorCode::LimitExceeded);
        for id in [b"a", b"b"] {
            assert!(gifts.deposit(Name::new(1, id), 4, bounds).is_ok());
            let elsewhere = Name::new(8, id);
            assert!(gifts.claim(elsewhere, peer(2), 5, bounds).is_ok());
        }
        assert_eq!(gifts.deposit(Name::new(1, b"c"), 4, bounds), full);
        let claim = gifts.claim(Name::new(8, b"c"), peer(2), 5, bounds);
        assert_eq!(claim, Err(ErrorCode::LimitExceeded));
        assert!(gifts.deposit(Name::new(3, b"c"), 4, bounds).is_ok());
        assert_eq!(gifts.deposit(Name::new(4, b"c"), 4, bounds), full);
    }

    #[test]
    fn gifts_go_with_the_session_of_their_gifter_and_claims_with_their_connection() {
        let mut gifts = Gifts::default();
        gifts.deposit(Name::new(1, b""), 4, WIDE).expect("kept");
        gifts.deposit(Name::new(2, b""), 6, WIDE).expect("kept");
        let name = Name::new(1, b"later");
        gifts.claim(name, peer(3), 5, WIDE).expect("waits");
        let name = Name::new(2, b"later");
        gifts.claim(name, peer(4), 9, WIDE).expect("waits");
        assert_eq!(gifts.next_deadline(), Some(5));
        assert_eq!(gifts.forget(1), (vec![4], vec![peer(3)]));
        assert_eq!(gifts.expire(8), []);
        assert_eq!(gifts.abandon(3), []);
        assert_eq!(gifts.abandon(4), [peer(4)]);
        assert_eq!(gifts.get(&Name::new(2, b"")), Some(6));
    }

    #[test]
    fn a_long_id_costs_no_more_than_its_hash() {
        let name = Name::new(1, &[7; 100_000]);
        assert_eq!(name.id().len(), 32);
        assert_ne!(name, Name::new(1, &[7; 100_001]));
    }
}
