//! References to a third party's objects on their way through a client: in, and out.

use std::collections::VecDeque;

use crate::identity::KeyPair;
use crate::remotes::Remote;
use crate::tables::SortedMap;

use super::Name;

/// A give that came in: somebody else has a gift for us.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arrived {
    /// The handle of the promise for the gift.
    pub promise: u32,
    /// The session that it came by.
    pub session: u32,
    /// Our key in that session, which the give names.
    pub key: KeyPair,
    /// The signed give, as it was received.
    pub envelope: Vec<u8>,
}

/// What is on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Passing {
    /// Gives that nothing was done about yet.
    pub arrived: Vec<Arrived>,
    /// Gives that wait for a session with their exporter, by the number of the request for it.
    pub requests: SortedMap<u32, Arrived>,
    /// Gifts that were taken and have rows, by the wait of who is told of them: those go after that.
    pub taken: SortedMap<u32, Name>,
    /// Remote handles that another session let go of.
    pub let_go: Vec<u32>,
    /// Signed gives to be written in place of a reference: by the session that they are for.
    gives: SortedMap<(u32, Remote), VecDeque<Vec<u8>>>,
    /// Promises of ours that stand for what cannot be a gift, by its handle.
    followers: SortedMap<u32, u32>,
    /// Gives that were written into the message that is being made.
    staged: Vec<(u32, Remote, Vec<u8>)>,
    missing: bool,
}

impl Passing {
    /// How many gives that came by a session nothing was heard of yet.
    pub fn waiting(&self, session: u32) -> usize {
        let arrived = self.arrived.iter().chain(self.requests.values());
        arrived.filter(|give| give.session == session).count()
    }

    /// A give to be written for this reference, the next time that it is sent by this session.
    pub fn prepare(&mut self, session: u32, remote: Remote, envelope: Vec<u8>) {
        let key = (session, remote);
        let gives = self.gives.get_or_insert_with(key, VecDeque::new);
        gives.push_back(envelope);
    }

    /// The give to be written for a reference. Each serves once. When there is none, that is noted.
    pub fn take(&mut self, session: u32, remote: Remote) -> Option<Vec<u8>> {
        let key = (session, remote);
        let gives = self.gives.get_mut(&key);
        let taken = gives.and_then(VecDeque::pop_front);
        if self.gives.get(&key).is_some_and(VecDeque::is_empty) {
            self.gives.remove(&key);
        }
        match &taken {
            Some(envelope) => self.staged.push((session, remote, envelope.clone())),
            None => self.missing = true,
        }
        taken
    }

    /// The message is good: its gives are spent.
    pub fn commit(&mut self) {
        self.staged.clear();
    }

    /// The message is not sent: its gives serve another.
    pub fn rollback(&mut self) {
        while let Some((session, remote, envelope)) = self.staged.pop() {
            let key = (session, remote);
            let gives = self.gives.get_or_insert_with(key, VecDeque::new);
            gives.push_front(envelope);
        }
    }

    /// Whether a give was missing since this was asked last.
    pub fn take_missing(&mut self) -> bool {
        std::mem::take(&mut self.missing)
    }

    /// Nothing waits any more to be sent by this session.
    pub fn forget(&mut self, session: u32) {
        self.gives.retain(|(receiver, _), _| *receiver != session);
    }

    /// A session is over, as receiver and as exporter.
    pub fn sever(&mut self, session: u32) {
        self.forget(session);
        self.gives
            .retain(|(_, remote), _| remote.session() != Some(session));
    }

    /// The promise of ours that stands for a remote handle.
    pub fn follower(&self, remote: u32) -> Option<u32> {
        self.followers.get(&remote).copied()
    }

    /// Makes a promise of ours stand for a remote handle.
    pub fn follow(&mut self, remote: u32, local: u32) {
        self.followers.insert(remote, local);
    }

    /// The remote handle is settled. Gives the promise that stood for it.
    pub fn settled(&mut self, remote: u32) -> Option<u32> {
        self.followers.remove(&remote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_give_serves_once_and_only_for_its_session_and_reference() {
        let mut passing = Passing::default();
        let remote = |position| Remote::Object {
            session: 1,
            position,
        };
        passing.prepare(2, remote(5), vec![1]);
        passing.prepare(2, remote(5), vec![2]);
        assert_eq!(passing.take(2, remote(5)), Some(vec![1]));
        assert!(!passing.take_missing());
        assert_eq!(passing.take(2, remote(6)), None);
        assert_eq!(passing.take(3, remote(5)), None);
        assert!(passing.take_missing() && !passing.take_missing());
        passing.rollback();
        assert_eq!(passing.take(2, remote(5)), Some(vec![1]));
        passing.commit();
        passing.rollback();
        assert_eq!(passing.take(2, remote(5)), Some(vec![2]));
        passing.rollback();
        passing.prepare(3, remote(5), vec![3]);
        passing.forget(2);
        assert_eq!(passing.take(2, remote(5)), None);
        passing.sever(1);
        assert_eq!(passing.take(3, remote(5)), None);
    }
}
