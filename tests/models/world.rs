//! Two processes and the links between them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use crate::process::{Happening, Outcome, Process, location};
use crate::steps::{Kept, fresh, random_of};

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parcel {
    Bytes(Arc<[u8]>),
    Close,
}

/// Who is at an end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    Side { side: usize, connection: u32 },
    Attacker,
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    pub ends: [Party; 2],
    /// What is on its way to each end.
    pub queues: [VecDeque<Parcel>; 2],
    /// Nothing arrives any more; ends that have not noticed may at any time.
    pub cut: bool,
}

impl Link {
    pub fn is_attackers(&self) -> bool {
        self.ends.contains(&Party::Attacker)
    }

    fn is_gone(&self) -> bool {
        let side = |end: &Party| matches!(end, Party::Side { .. });
        !self.ends.iter().any(side)
    }
}

#[derive(Clone, Debug)]
pub struct World {
    kept: [Kept; 2],
    pub links: Vec<Link>,
    /// Every message of a handshake that the attacker heard.
    pub heard: BTreeSet<Arc<[u8]>>,
}

impl World {
    /// Two processes with a session that both used, whose connection is gone.
    pub fn new(recounts: bool) -> Self {
        let mut world = Self {
            kept: [0, 1].map(|name| Kept::new(Process::new(name, recounts)).0),
            links: Vec::new(),
            heard: BTreeSet::new(),
        };
        world.change(0, |side| {
            side.with(|client, env| client.provide_session(env, &location(1)))
                .1
        });
        world.settle();
        for index in [0, 1] {
            let session = world.side(index).sessions()[0].session;
            world.change(index, |side| {
                let (bootstrap, _) =
                    side.with(|client, env| client.bootstrap(env, session).expect("a session"));
                let ask = ocapn_wasm::client::Asked::Deliver { answer: false };
                let tape = crate::values::references(&[]);
                side.with(|client, env| client.ask(env, bootstrap, ask, &tape).expect("asked"))
                    .1
            });
        }
        world.settle();
        world.heard.clear();
        world.change(0, |side| {
            side.over = false;
            Vec::new()
        });
        world
    }

    pub fn side(&self, index: usize) -> &Process {
        &self.kept[index].process
    }

    pub fn sides(&self) -> [&Process; 2] {
        [self.side(0), self.side(1)]
    }

    /// Does something with a side that is not worth remembering, and carries what follows.
    pub fn change(&mut self, index: usize, run: impl FnOnce(&mut Process) -> Vec<Outcome>) {
        let mut process = self.side(index).clone();
        process.reseed(self.fresh());
        let outcomes = run(&mut process);
        let (kept, numbers) = Kept::new(process);
        self.kept[index] = kept;
        self.carry(index, &outcomes, &numbers);
    }

    /// Something happens to a side, and what follows is carried. A connection that it opens is at this
    /// end of a link.
    pub fn happen(&mut self, index: usize, happening: Happening, at: Option<(usize, usize)>) {
        let followed = self.kept[index].follow(happening, self.fresh());
        self.kept[index] = followed.kept.clone();
        if let (Some((link, end)), Some(connection)) = (at, followed.step.opened) {
            self.links[link].ends[end] = Party::Side {
                side: index,
                connection,
            };
        }
        self.carry(index, &followed.step.outcomes, &followed.numbers);
    }

    fn carry(&mut self, index: usize, outcomes: &[Outcome], numbers: &BTreeMap<u32, u32>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Sent(connection, bytes) => {
                    if bytes.starts_with(b"<17'op:resume-session") {
                        self.heard.insert(Arc::clone(bytes));
                    }
                    self.put(index, *connection, Parcel::Bytes(Arc::clone(bytes)));
                }
                Outcome::Closed(connection) => {
                    self.put(index, *connection, Parcel::Close);
                    if let Some((link, end)) = self.find(index, *connection) {
                        self.links[link].ends[end] = Party::Nobody;
                    }
                }
            }
        }
        for end in self.links.iter_mut().flat_map(|link| &mut link.ends) {
            if let Party::Side { side, connection } = end
                && *side == index
            {
                *connection = *numbers.get(connection).expect("an open connection");
            }
        }
        self.links.retain(|link| !link.is_gone());
        self.links.sort();
    }

    /// A seed that nothing in this world came from.
    fn fresh(&self) -> u8 {
        let queues = self.links.iter().flat_map(|link| &link.queues);
        let parcels = queues.flatten().filter_map(|parcel| match parcel {
            Parcel::Bytes(bytes) => random_of(bytes),
            Parcel::Close => None,
        });
        let heard = self.heard.iter().filter_map(|bytes| random_of(bytes));
        let said: Vec<u64> = parcels.chain(heard).collect();
        let known = self.kept.iter().flat_map(|kept| kept.randoms.iter());
        fresh(known.chain(&said))
    }

    /// The attacker has nothing more to say: what it heard makes no difference.
    pub fn forget_what_was_heard(&mut self) {
        self.heard.clear();
    }

    fn find(&self, side: usize, connection: u32) -> Option<(usize, usize)> {
        let party = Party::Side { side, connection };
        let mut links = self.links.iter().enumerate();
        links.find_map(|(number, link)| {
            let end = link.ends.iter().position(|end| *end == party)?;
            Some((number, end))
        })
    }

    fn put(&mut self, side: usize, connection: u32, parcel: Parcel) {
        if let Some((number, end)) = self.find(side, connection) {
            let link = &mut self.links[number];
            if !link.cut && link.ends[1 - end] != Party::Attacker {
                link.queues[1 - end].push_back(parcel);
            }
        }
    }

    /// A dial that was asked for reaches the other side, or the attacker.
    pub fn connect(&mut self, index: usize, to_attacker: bool) {
        let dial = self.side(index).dials[0];
        let link = self.link(!to_attacker);
        if !to_attacker {
            // Numbered, not sorted in yet: nothing was said.
            self.accept(1 - index, link, 1);
        }
        self.happen(index, Happening::Dialled(dial), Some((link, 0)));
    }

    /// A new link, the last.
    fn link(&mut self, to_side: bool) -> usize {
        let other = if to_side {
            Party::Nobody
        } else {
            Party::Attacker
        };
        self.links.push(Link {
            ends: [Party::Nobody, other],
            queues: Default::default(),
            cut: false,
        });
        self.links.len() - 1
    }

    fn accept(&mut self, index: usize, link: usize, end: usize) {
        let followed = self.kept[index].follow(Happening::Accepted, self.fresh());
        assert_eq!(followed.step.outcomes, [], "an acceptor says nothing first");
        self.kept[index] = followed.kept.clone();
        for party in self.links.iter_mut().flat_map(|link| &mut link.ends) {
            if let Party::Side { side, connection } = party
                && *side == index
            {
                *connection = *followed.numbers.get(connection).expect("an open one");
            }
        }
        if let Some(opened) = followed.step.opened {
            let connection = *followed.numbers.get(&opened).expect("an open one");
            self.links[link].ends[end] = Party::Side {
                side: index,
                connection,
            };
        }
    }

    /// The attacker dials a side.
    pub fn attack(&mut self, index: usize) {
        let link = self.link(false);
        self.links[link].ends.swap(0, 1);
        self.accept(index, link, 1);
        self.links.sort();
    }

    /// The attacker says something on a link of its own.
    pub fn say(&mut self, link: usize, bytes: &Arc<[u8]>) {
        for end in self.links[link].ends {
            if let Party::Side { side, connection } = end {
                let received = Happening::Received(connection, Arc::clone(bytes));
                self.happen(side, received, None);
                return;
            }
        }
    }

    /// What comes next on a link arrives.
    pub fn deliver(&mut self, link: usize, end: usize) {
        let parcel = self.links[link].queues[end].pop_front();
        let party = self.links[link].ends[end];
        match (party, parcel) {
            (Party::Side { side, connection }, Some(Parcel::Bytes(bytes))) => {
                self.happen(side, Happening::Received(connection, bytes), None);
            }
            (Party::Side { .. }, Some(Parcel::Close)) => self.notice(link, end),
            _ => {}
        }
    }

    /// A link is cut: what is on its way is lost.
    pub fn cut(&mut self, link: usize) {
        self.links[link].cut = true;
        self.links[link].queues = Default::default();
    }

    /// An end hears that its link is gone.
    pub fn notice(&mut self, link: usize, end: usize) {
        let party = std::mem::replace(&mut self.links[link].ends[end], Party::Nobody);
        self.links[link].queues[end].clear();
        if let Party::Side { side, connection } = party {
            self.happen(side, Happening::Lost(connection), None);
        }
    }

    /// A process is killed, and another begins at once, which wants its peer.
    pub fn crash(&mut self, index: usize) {
        for link in &mut self.links {
            for end in [0, 1] {
                let owner = matches!(link.ends[end], Party::Side { side, .. } if side == index);
                if owner {
                    link.ends[end] = Party::Nobody;
                    link.cut = true;
                    link.queues = Default::default();
                }
            }
        }
        self.happen(index, Happening::Killed, None);
    }

    /// Whether anything is on its way.
    pub fn is_quiet(&self) -> bool {
        let links = self.links.iter();
        let mut queues = links.flat_map(|link| &link.queues);
        queues.all(VecDeque::is_empty) && !self.sides().iter().any(|side| side.can_commit())
    }

    /// All goes well from now on, until nothing happens any more.
    pub fn settle(&mut self) {
        for _ in 0..300 {
            if !self.settle_once() {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    fn settle_once(&mut self) -> bool {
        for index in [0, 1] {
            if self.side(index).can_commit() {
                self.happen(index, Happening::Commit, None);
                return true;
            }
        }
        for link in 0..self.links.len() {
            let lost = self.links[link].cut || self.links[link].is_attackers();
            for end in [0, 1] {
                if lost && matches!(self.links[link].ends[end], Party::Side { .. }) {
                    self.notice(link, end);
                    return true;
                }
                if !self.links[link].queues[end].is_empty() {
                    self.deliver(link, end);
                    return true;
                }
            }
        }
        for index in [0, 1] {
            if !self.side(index).dials.is_empty() {
                self.connect(index, false);
                return true;
            }
            if self.side(index).can_wake() {
                self.happen(index, Happening::Wake, None);
                return true;
            }
        }
        false
    }

    /// The session goes on over a new link, where nothing goes wrong. What else is to be done is not.
    pub fn resume(&mut self) {
        for _ in 0..300 {
            if self.is_whole() {
                return;
            }
            self.settle_once();
        }
    }

    /// Both sides are active in one session, over one link.
    pub fn is_whole(&self) -> bool {
        let [Some((a, left)), Some((b, right))] = [0, 1].map(|index| self.side(index).active())
        else {
            return false;
        };
        let alone = self.sides().iter().all(|side| side.sessions().len() == 1);
        let link = self.find(0, left).map(|(link, _)| link);
        a == b && alone && link.is_some() && link == self.find(1, right).map(|(link, _)| link)
    }

    /// Whether both sides end active in one session when all goes well from now on. What was found
    /// good once is remembered.
    pub fn becomes_whole(&self) -> bool {
        static GOOD: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());
        let mut hasher = DefaultHasher::new();
        (self.digests(), &self.links).hash(&mut hasher);
        let place = hasher.finish();
        if GOOD.lock().expect("no panic").contains(&place) {
            return true;
        }
        let mut world = self.clone();
        world.heard.clear();
        world.settle();
        let good = world.is_whole() && !world.sides().iter().any(|side| side.over);
        if good {
            GOOD.lock().expect("no panic").insert(place);
        }
        good
    }

    fn digests(&self) -> [u128; 2] {
        [0, 1].map(|index| self.kept[index].digest)
    }

    /// A session is active on a link of the attacker's.
    pub fn is_attacked(&self) -> bool {
        self.sides().iter().enumerate().any(|(index, side)| {
            let link = side.active().and_then(|(_, at)| self.find(index, at));
            link.is_some_and(|(link, _)| self.links[link].is_attackers())
        })
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.digests(), &self.links, &self.heard).hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        (self.digests(), &self.links, &self.heard) == (other.digests(), &other.links, &other.heard)
    }
}
