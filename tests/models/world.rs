//! Two processes and the links between them.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::process::{Outcome, Process, location};

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parcel {
    Bytes(Vec<u8>),
    Close,
}

/// Who is at an end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    Side { side: usize, connection: u32 },
    Attacker,
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    pub sides: [Arc<Process>; 2],
    pub links: Vec<Link>,
    /// Every message of a handshake that the attacker heard.
    pub heard: BTreeSet<Vec<u8>>,
    digests: [u64; 2],
}

impl World {
    /// Two processes with a session that both used, whose connection is gone.
    pub fn new(recounts: bool) -> Self {
        let mut world = Self {
            sides: [0, 1].map(|name| Arc::new(Process::new(name, recounts))),
            links: Vec::new(),
            heard: BTreeSet::new(),
            digests: [0; 2],
        };
        world.change(0, |side| {
            side.with(|client, env| client.provide_session(env, &location(1)))
                .1
        });
        world.settle();
        for index in [0, 1] {
            let session = world.sides[index].sessions()[0].session;
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

    /// Does something with a side, and carries what follows.
    pub fn change(&mut self, index: usize, run: impl FnOnce(&mut Process) -> Vec<Outcome>) {
        let outcomes = run(Arc::make_mut(&mut self.sides[index]));
        for outcome in outcomes {
            match outcome {
                Outcome::Sent(connection, bytes) => {
                    if bytes.starts_with(b"<17'op:resume-session") {
                        self.heard.insert(bytes.clone());
                    }
                    self.put(index, connection, Parcel::Bytes(bytes));
                }
                Outcome::Closed(connection) => {
                    self.put(index, connection, Parcel::Close);
                    if let Some((link, end)) = self.find(index, connection) {
                        self.links[link].ends[end] = Party::Nobody;
                    }
                }
            }
        }
        let mut hasher = DefaultHasher::new();
        self.sides[index].hash(&mut hasher);
        self.digests[index] = hasher.finish();
        self.links.retain(|link| !link.is_gone());
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
        let dial = Arc::make_mut(&mut self.sides[index]).dials.remove(0);
        let mut ends = [Party::Nobody, Party::Attacker];
        if !to_attacker {
            ends[1] = self.accept(1 - index);
        }
        self.links.push(Link {
            ends,
            queues: Default::default(),
            cut: false,
        });
        let number = self.links.len() - 1;
        let mut later = Vec::new();
        let side = Arc::make_mut(&mut self.sides[index]);
        let (connection, outcomes) = side.opened(Some(dial));
        later.extend(outcomes);
        if let Some(connection) = connection {
            let side = index;
            self.links[number].ends[0] = Party::Side { side, connection };
        }
        self.change(index, |_| later);
    }

    fn accept(&mut self, index: usize) -> Party {
        let side = Arc::make_mut(&mut self.sides[index]);
        let (connection, outcomes) = side.opened(None);
        assert_eq!(outcomes, [], "an acceptor says nothing first");
        match connection {
            Some(connection) => Party::Side {
                side: index,
                connection,
            },
            None => Party::Nobody,
        }
    }

    /// The attacker dials a side.
    pub fn attack(&mut self, index: usize) {
        let end = self.accept(index);
        self.links.push(Link {
            ends: [Party::Attacker, end],
            queues: Default::default(),
            cut: false,
        });
        self.change(index, |_| Vec::new());
    }

    /// The attacker says something on a link of its own.
    pub fn say(&mut self, link: usize, bytes: &[u8]) {
        for end in self.links[link].ends {
            if let Party::Side { side, connection } = end {
                self.change(side, |side| side.receive(connection, bytes));
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
                self.change(side, |side| side.receive(connection, &bytes));
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
            self.change(side, |side| {
                side.with(|client, env| client.handle_closed(env, connection))
                    .1
            });
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
        self.change(index, |side| {
            let mut outcomes = side.start();
            let peer = location(1 - side.name);
            let asked = side.with(|client, env| client.provide_session(env, &peer));
            outcomes.extend(asked.1);
            outcomes
        });
    }

    /// Whether anything is on its way.
    pub fn is_quiet(&self) -> bool {
        let links = self.links.iter();
        let mut queues = links.flat_map(|link| &link.queues);
        queues.all(VecDeque::is_empty) && !self.sides.iter().any(|side| side.can_commit())
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
            if self.sides[index].can_commit() {
                self.change(index, Process::commit);
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
            if !self.sides[index].dials.is_empty() {
                self.connect(index, false);
                return true;
            }
            if self.sides[index].can_wake() {
                self.change(index, Process::wake);
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
        let [Some((a, left)), Some((b, right))] = [0, 1].map(|index| self.sides[index].active())
        else {
            return false;
        };
        let alone = self.sides.iter().all(|side| side.sessions().len() == 1);
        let link = self.find(0, left).map(|(link, _)| link);
        a == b && alone && link.is_some() && link == self.find(1, right).map(|(link, _)| link)
    }

    /// A session is active on a link of the attacker's.
    pub fn is_attacked(&self) -> bool {
        self.sides.iter().enumerate().any(|(index, side)| {
            let link = side.active().and_then(|(_, at)| self.find(index, at));
            link.is_some_and(|(link, _)| self.links[link].is_attackers())
        })
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.digests, &self.links, &self.heard).hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        (&self.digests, &self.links, &self.heard) == (&other.digests, &other.links, &other.heard)
    }
}
