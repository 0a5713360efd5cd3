//! The links of a peer as the pull request has it.

use ocapn_wasm::wire::Location;

use super::{TRANSPORT, World};
use crate::network::{End, Link, Party};
use crate::old_peer::{OldPeer, Said};

impl World {
    /// Such a peer comes into the world, under the name of P.
    pub fn add_old_peer(&mut self) {
        self.old = Some(OldPeer::new(Location {
            transport: TRANSPORT.into(),
            designator: "P".into(),
            hints: Default::default(),
            hints_absent: false,
        }));
    }

    pub fn old(&mut self) -> &mut OldPeer {
        self.old.as_mut().expect("an old peer")
    }

    /// A side's dial reaches it.
    pub(super) fn dial_old(&mut self, index: usize, dial: u32) {
        let number = self.next_link;
        self.next_link += 1;
        let link = Link::new(Party::Nobody, Party::OldPeer);
        self.links.insert(number, link);
        self.watch.linked(number, index, usize::MAX, true);
        self.old().accepted(number);
        self.open(index, number, End::Dialler, Some(dial));
    }

    /// It dials a side.
    pub fn old_dials(&mut self, target: usize) -> u32 {
        let number = self.next_link;
        self.next_link += 1;
        let link = Link::new(Party::OldPeer, Party::Nobody);
        self.links.insert(number, link);
        self.watch.linked(number, usize::MAX, target, true);
        let first = self.old().dialled(number);
        if self.open(target, number, End::Acceptor, None) {
            self.send(number, End::Dialler, first);
        }
        number
    }

    /// It calls whoever is at the other end of its session.
    pub fn old_calls(&mut self) {
        let link = self.old().active.expect("an active session");
        let call = self.old().fetches();
        let end = self.end_of_old(link);
        self.send(link, end, call);
    }

    fn end_of_old(&self, link: u32) -> End {
        match self.links[&link].parties {
            [Party::OldPeer, _] => End::Dialler,
            _ => End::Acceptor,
        }
    }

    pub(super) fn old_receives(&mut self, number: u32, end: End, bytes: &[u8]) {
        let resumes = self.old().resumes;
        let Said { messages, close } = self.old().receive(number, bytes);
        let answered = self.old().resumes > resumes && !messages.is_empty();
        if answered && std::mem::take(&mut self.old().lose_reply) {
            self.cut(number, None);
            return;
        }
        for message in messages {
            self.send(number, end, message);
        }
        if close {
            self.leave(number, end, false);
        }
    }
}
