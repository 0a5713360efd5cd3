//! One process: a real client, its store, and an application that keeps what it is given.
//!
//! After each step it is brought into the form that all processes which go on alike share
//! (`Client::normalise`), so that what happened before makes no difference to what is hashed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ocapn_wasm::baggage::{MemoryStore, Read, Record, SessionRecord, schema};
use ocapn_wasm::client::config::{Config, Times};
use ocapn_wasm::client::output::{Event, Output, Request, Status};
use ocapn_wasm::client::{Authenticates, Client, Env, Netlayer, SessionInspection};
use ocapn_wasm::identity::SessionId;
use ocapn_wasm::syrup::SyrupLimits;
use ocapn_wasm::wire::{Location, Operation, read_operation};

use crate::values::{nothing, received};

/// The time, always.
const NOW: u64 = 1_000_000;

/// The last moment that comes.
const HORIZON: u64 = NOW + 1;

const FOR_EVER: u64 = 1 << 40;

/// Something for the world to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Sent(u32, Arc<[u8]>),
    Closed(u32),
}

/// Something that happens to a process, without a choice of its application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    Commit,
    Wake,
    /// A dial that was asked for reaches somebody.
    Dialled(u32),
    Accepted,
    Received(u32, Arc<[u8]>),
    Lost(u32),
    /// It is killed, and another begins at once, which wants its peer.
    Killed,
}

/// What follows of it.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub opened: Option<u32>,
    pub outcomes: Vec<Outcome>,
}

#[derive(Clone, Debug)]
pub struct Process {
    pub name: usize,
    pub client: Client,
    /// Both sides compare their counts after a resume.
    recounts: bool,
    netlayer: u32,
    /// With everything that was set.
    pub visible: MemoryStore,
    /// What a crash leaves.
    pub durable: MemoryStore,
    pending: Vec<(String, Option<Vec<u8>>)>,
    pub timer: Option<u64>,
    /// Dials that were asked for.
    pub dials: Vec<u32>,
    /// References of the peer's.
    pub held: BTreeSet<u32>,
    /// The session was ended, or refused.
    pub over: bool,
}

pub fn location(name: usize) -> Location {
    Location {
        transport: "model".into(),
        designator: name.to_string(),
        hints: Default::default(),
        hints_absent: true,
    }
}

impl Process {
    pub fn new(name: usize, recounts: bool) -> Self {
        let mut process = Self {
            name,
            client: Client::new(Config::default(), [0; 32]),
            recounts,
            netlayer: 0,
            visible: MemoryStore::new(),
            durable: MemoryStore::new(),
            pending: Vec::new(),
            timer: None,
            dials: Vec::new(),
            held: BTreeSet::new(),
            over: false,
        };
        process.start();
        process
    }

    /// A process begins on what the store has.
    pub fn start(&mut self) -> Vec<Outcome> {
        let times = Times {
            handshake: FOR_EVER,
            idle: FOR_EVER,
            probe: FOR_EVER,
            queue: FOR_EVER,
            call: 0,
            resume_grace: FOR_EVER,
            expiry: FOR_EVER,
            retry_least: 0,
            retry_most: 0,
            gather: 0,
            unclaimed: 0,
            gift: FOR_EVER,
            recount: if self.recounts { 0 } else { FOR_EVER },
        };
        let config = Config {
            resume: true,
            times,
            ..Config::default()
        };
        self.visible = self.durable.clone();
        self.pending.clear();
        self.timer = None;
        self.dials.clear();
        self.held.clear();
        self.client = Client::new(config, [self.name as u8; 32]);
        let netlayer = Netlayer {
            location: location(self.name),
            authenticates: Authenticates::Nothing,
            framed: true,
            trust_claims: true,
        };
        self.netlayer = self.client.add_netlayer(netlayer).expect("one netlayer");
        self.with(|client, env| client.load(env).expect("the store opens"))
            .1
    }

    /// Does something with the client, and gives what follows of it.
    pub fn with<T>(&mut self, run: impl FnOnce(&mut Client, Env<'_>) -> T) -> (T, Vec<Outcome>) {
        let env = Env {
            now: NOW,
            store: &self.visible,
        };
        let result = run(&mut self.client, env);
        let mut outcomes = Vec::new();
        self.poll(&mut outcomes);
        (result, outcomes)
    }

    fn poll(&mut self, outcomes: &mut Vec<Outcome>) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Persist(write) => {
                    self.visible.apply(&write.key, write.value.as_deref());
                    self.pending.push((write.key, write.value));
                }
                Output::Transmit { connection, frame } => {
                    let bytes = Arc::from(&self.client.bytes()[frame]);
                    self.may_leave(&bytes);
                    outcomes.push(Outcome::Sent(connection, bytes));
                }
                Output::Dial { dial, .. } => self.dials.push(dial),
                Output::Close { connection } => outcomes.push(Outcome::Closed(connection)),
                Output::Timeout(at) => self.timer = at,
                Output::Event(event) => self.hear(event, outcomes),
            }
        }
    }

    fn hear(&mut self, event: Event, outcomes: &mut Vec<Outcome>) {
        match event {
            Event::Message { request, wait, .. } => {
                if let Request::Deliver(range) = request {
                    self.held.extend(received(&self.client.words()[range]));
                }
                // Whatever is asked is a probe of the client's own.
                if let Some(wait) = wait {
                    let env = Env {
                        now: NOW,
                        store: &self.visible,
                    };
                    let settled = self.client.settle(env, wait, false, &nothing());
                    settled.expect("it settles");
                    self.poll(outcomes);
                }
            }
            Event::Session { status, .. } => {
                self.over |= matches!(status, Status::Severed | Status::Refused);
            }
            _ => {}
        }
    }

    /// The commit rule, as far as it can be told from one message.
    fn may_leave(&self, bytes: &[u8]) {
        let Ok((Operation::ResumeSession(resume), _)) =
            read_operation(bytes, 0, SyrupLimits::default())
        else {
            return;
        };
        let record = self.record(&self.durable).expect("a durable session");
        let durable = resume.count >> 64 != 0 || u128::from(record.sent) > resume.count;
        assert!(durable, "a dial leaves before its number is durable");
    }

    pub fn record(&self, store: &MemoryStore) -> Option<SessionRecord> {
        let mut records = store
            .iter()
            .filter(|(key, _)| key.starts_with(schema::SESSION_RECORDS));
        let (key, bytes) = records.next()?;
        Some(SessionRecord::decode(key, bytes).expect("a record"))
    }

    pub fn can_commit(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Everything that was set is durable.
    pub fn commit(&mut self) -> Vec<Outcome> {
        for (key, value) in std::mem::take(&mut self.pending) {
            self.durable.apply(&key, value.as_deref());
        }
        let written = self.client.written();
        self.with(|client, _| client.handle_committed(written)).1
    }

    /// Whether the client waits for nothing but the time.
    pub fn can_wake(&self) -> bool {
        self.timer.is_some_and(|at| at <= HORIZON)
    }

    pub fn wake(&mut self) -> Vec<Outcome> {
        self.timer = None;
        self.with(|client, env| client.handle_timeout(env)).1
    }

    pub fn opened(&mut self, dial: Option<u32>) -> (Option<u32>, Vec<Outcome>) {
        let netlayer = self.netlayer;
        let (connection, outcomes) =
            self.with(|client, env| client.handle_opened(env, netlayer, dial));
        if let (Some(connection), Some(_)) = (connection, dial) {
            self.client.handle_established(connection);
        }
        (connection, outcomes)
    }

    pub fn receive(&mut self, connection: u32, bytes: &[u8]) -> Vec<Outcome> {
        self.with(|client, env| {
            client.input_buffer(bytes.len()).copy_from_slice(bytes);
            client.handle_input(env, connection, bytes.len());
        })
        .1
    }

    /// Lets something happen. Random numbers come from this seed.
    pub fn go_through(&mut self, happening: &Happening, seed: u8) -> Step {
        self.reseed(seed);
        let mut opened = None;
        let outcomes = match happening {
            Happening::Commit => self.commit(),
            Happening::Wake => self.wake(),
            Happening::Dialled(dial) => {
                self.dials.retain(|other| other != dial);
                let (connection, outcomes) = self.opened(Some(*dial));
                opened = connection;
                outcomes
            }
            Happening::Accepted => {
                let (connection, outcomes) = self.opened(None);
                opened = connection;
                outcomes
            }
            Happening::Received(connection, bytes) => self.receive(*connection, bytes),
            Happening::Lost(connection) => {
                self.with(|client, env| client.handle_closed(env, *connection))
                    .1
            }
            Happening::Killed => {
                let mut outcomes = self.start();
                self.reseed(seed);
                let peer = location(1 - self.name);
                let asked = self.with(|client, env| client.provide_session(env, &peer));
                outcomes.extend(asked.1);
                outcomes
            }
        };
        Step { opened, outcomes }
    }

    pub fn reseed(&mut self, seed: u8) {
        let mut bytes = [seed; 32];
        bytes[0] = self.name as u8;
        self.client.reseed(bytes);
    }

    /// Gives the new number of each connection.
    pub fn normalise(&mut self) -> BTreeMap<u32, u32> {
        let numbers = self.client.normalise(HORIZON);
        if !self.recounts {
            self.client.forget_resolvers();
        }
        for dial in &mut self.dials {
            *dial = numbers.get(dial).copied().unwrap_or(*dial);
        }
        self.timer = self.timer.filter(|at| *at <= HORIZON).map(|_| NOW);
        numbers
    }

    pub fn sessions(&self) -> Vec<SessionInspection> {
        self.client.inspect().sessions
    }

    /// The connection on which a session is active.
    pub fn active(&self) -> Option<(SessionId, u32)> {
        let sessions = self.sessions();
        let mut active = sessions.iter().filter_map(|s| Some((s.id, s.connection?)));
        active.next()
    }

    pub fn row(&self, store: &MemoryStore, slot: &str) -> Option<Vec<u8>> {
        let keys = store.keys(schema::TABLES).expect("a store");
        let key = keys.into_iter().find(|key| key.ends_with(slot))?;
        store.get(&key).expect("a store")
    }
}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.client.hash_state(state);
        (self.name, self.recounts).hash(state);
        (&self.visible, &self.durable).hash(state);
        (&self.timer, &self.dials, &self.held, self.over).hash(state);
        self.can_commit().hash(state);
    }
}
