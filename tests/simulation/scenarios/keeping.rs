//! Sessions that nobody asks for: they expire, they are not too many, and nothing of them stays.

use std::cell::RefCell;

use ocapn_wasm::baggage::{MemoryStore, Read, StoreError, schema};
use ocapn_wasm::client::config::Config;
use ocapn_wasm::client::output::{Event, Output, Status};
use ocapn_wasm::client::{Client, Env, Netlayer};
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::wire::Location;

use super::{on_demand, used, used_with};
use crate::world::{Options, World};

/// All keys of a store but those of no session.
fn of_sessions(store: &MemoryStore) -> Vec<String> {
    let keys = store.iter().map(|(key, _)| key.to_owned());
    keys.filter(|key| key != schema::SCHEMA && !key.starts_with("app/"))
        .collect()
}

fn records(store: &MemoryStore) -> usize {
    store.keys(schema::SESSION_RECORDS).expect("a store").len()
}

/// A client on a store, driven by hand.
struct Alone {
    client: Client,
    store: MemoryStore,
    events: Vec<(Status, Option<ErrorCode>)>,
    timer: Option<u64>,
}

impl Alone {
    fn new(store: MemoryStore, config: Config, location: Option<&Location>) -> Self {
        let mut client = Client::new(config, [9; 32]);
        let env = Env {
            now: 0,
            store: &store,
        };
        client.load(env).expect("it opens");
        if let Some(location) = location {
            client
                .add_netlayer(Netlayer {
                    location: location.clone(),
                    authenticates: ocapn_wasm::client::Authenticates::Nothing,
                    framed: true,
                    trust_claims: true,
                })
                .expect("the first");
        }
        let mut alone = Self {
            client,
            store,
            events: Vec::new(),
            timer: None,
        };
        alone.drain();
        alone
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Persist(write) => self.store.apply(&write.key, write.value.as_deref()),
                Output::Event(Event::Session { status, code, .. }) => {
                    self.events.push((status, code));
                }
                Output::Timeout(at) => self.timer = at,
                _ => {}
            }
        }
    }

    /// Lets the timer fire up to a time.
    fn until(&mut self, end: u64) {
        let mut now = 0;
        for _ in 0..10_000 {
            let Some(at) = self.timer.filter(|at| *at <= end) else {
                return;
            };
            now = at.max(now);
            let store = self.store.clone();
            self.client.handle_timeout(Env { now, store: &store });
            self.drain();
        }
        panic!("the timer never rests");
    }
}

/// A store with the sessions of many strangers, and the config of its owner.
fn strangers(count: u8, at: &[u64]) -> (MemoryStore, Options, Location) {
    let mut world = World::new(1, vec![Options::default(), on_demand()]);
    let location = world.sides[1].location.clone();
    for stranger in 0..count {
        world.sides[0].location.designator = format!("stranger {stranger}");
        world.sides[0].store = Default::default();
        world.restart(0);
        let session = world.connect(0, 1);
        let theirs = world.fetch(0, session, "n:counter");
        world.works(0, theirs);
        world.run(at.get(usize::from(stranger)).copied().unwrap_or(0));
    }
    world.crash(0, false);
    world.run(10_000);
    let store = world.sides[1].store.durable.clone();
    (store, world.sides[1].options.clone(), location)
}

#[test]
fn a_session_that_nobody_asks_for_expires() {
    let (mut world, ..) = used_with(31, on_demand(), on_demand());
    world.sides[0].options.config.times.expiry = 60_000;
    world.crash(1, false);
    world.run(100);
    world.restart(0);
    assert!(!of_sessions(&world.sides[0].store.visible).is_empty());
    world.run(50_000);
    assert_eq!(records(&world.sides[0].store.visible), 1);
    world.run(11_000);
    assert_eq!(of_sessions(&world.sides[0].store.durable), [""; 0]);
    let heard = world.sides[0].app.sessions.last();
    let heard = heard.map(|(_, status, code, _)| (*status, *code));
    assert_eq!(heard, Some((Status::Severed, Some(ErrorCode::Expired))));
}

#[test]
fn a_session_that_expired_between_two_processes_is_gone_soon() {
    let (world, ..) = used_with(32, on_demand(), on_demand());
    let store = world.sides[0].store.durable.clone();
    let config = world.sides[0].options.config.clone();
    let location = world.sides[0].location.clone();
    let now = world.now + config.times.expiry + 1;
    for at in [Some(&location), None] {
        let mut alone = Alone::new(store.clone(), config.clone(), at);
        alone.until(world.now);
        assert_eq!(records(&alone.store), 1);
        alone.timer = Some(now);
        alone.until(now);
        assert_eq!(of_sessions(&alone.store), [""; 0]);
        // The application hears of its own.
        let expected = at.map(|_| (Status::Severed, Some(ErrorCode::Expired)));
        assert_eq!(alone.events, Vec::from_iter(expected));
    }
}

#[test]
fn a_session_that_is_used_outlives_what_its_record_said_at_the_start() {
    let (mut world, ..) = used_with(33, on_demand(), on_demand());
    world.sides[0].options.config.times.expiry = 60_000;
    world.restart(0);
    world.run(30_000);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.run(100_000);
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 1);
}

#[test]
fn sessions_in_the_store_are_bounded_the_oldest_and_strangers_first() {
    let (store, options, location) = strangers(5, &[0, 1_000, 1_000, 1_000, 1_000]);
    assert_eq!(records(&store), 5);
    let ids = |store: &MemoryStore| -> std::collections::BTreeSet<String> {
        store
            .keys(schema::SESSION_RECORDS)
            .expect("keys")
            .into_iter()
            .collect()
    };
    let mut config = options.config;
    let now = 1_100_000;
    let ends = |config: &Config, store: &MemoryStore| {
        let mut alone = Alone::new(store.clone(), config.clone(), Some(&location));
        alone.until(now);
        let reason = (Status::Severed, Some(ErrorCode::LimitExceeded));
        assert!(alone.events.iter().all(|event| *event == reason));
        let left = ids(&alone.store);
        // Nothing of the others is left.
        for key in of_sessions(&alone.store) {
            let mut left = left.iter().map(|key| &key[schema::SESSION_RECORDS.len()..]);
            let entry = key.starts_with(schema::LOCATION_ENTRIES);
            assert!(entry || left.any(|which| key.contains(which)), "{key}");
        }
        let entries = alone.store.keys(schema::LOCATION_ENTRIES).expect("keys");
        assert_eq!(entries.len(), left.len());
        (left, alone.events.len())
    };
    assert_eq!(ends(&config, &store), (ids(&store), 0));
    config.limits.strangers = 3;
    let (three, ended) = ends(&config, &store);
    assert_eq!((three.len(), ended), (3, 2));
    config.limits = Default::default();
    config.limits.sessions = 2;
    let (two, ended) = ends(&config, &store);
    assert_eq!((two.len(), ended), (2, 3));
    assert!(two.is_subset(&three), "the oldest go first");
    // Of other locations nothing is ended but what expired.
    let mut other = location.clone();
    other.designator = "other".into();
    let mut alone = Alone::new(store.clone(), config, Some(&other));
    alone.until(now);
    assert_eq!(records(&alone.store), 5);
}

#[test]
fn whom_we_dialled_stays_while_strangers_go() {
    let mut world = World::new(3, vec![on_demand(), on_demand(), on_demand(), on_demand()]);
    world.sides[0].options.config.limits.sessions = 2;
    world.restart(0);
    let session = world.connect(0, 1);
    let ours = world.fetch(0, session, "n:counter");
    world.works(0, ours);
    for stranger in [2, 3] {
        let session = world.connect(stranger, 0);
        let counter = world.fetch(stranger, session, "n:counter");
        world.works(stranger, counter);
        world.crash(stranger, false);
        world.run(1_000);
    }
    assert_eq!(world.sessions(0).len(), 2);
    world.works(0, ours);
    // After a restart it is known who was dialled.
    world.sides[0].options.config.limits.sessions = 1;
    world.restart(0);
    world.run(1_000);
    assert_eq!(records(&world.sides[0].store.visible), 1);
    let session = world.connect(0, 1);
    let again = world.fetch(0, session, "n:counter");
    world.works(0, again);
    assert_eq!(world.session(0).resumes, 1);
}

#[test]
fn whatever_an_erasure_left_the_next_process_deletes() {
    let (mut world, theirs, _) = used(35);
    let named = world.with(0, |client, env| client.ref_token(env, theirs));
    named.expect("a token");
    world.run(10);
    let before = world.sides[0].store.visible.clone();
    let session = world.session(0).session;
    let config = world.sides[0].options.config.clone();
    let location = world.sides[0].location.clone();
    let client = &mut world.sides[0].client;
    let env = Env {
        now: world.now,
        store: &before,
    };
    client.abort_session(env, session, "enough");
    let mut writes = Vec::new();
    while let Some(output) = client.poll_output() {
        if let Output::Persist(write) = output {
            writes.push(write);
        }
    }
    assert!(writes.len() > 6, "{writes:?}");
    for done in 0..=writes.len() {
        let mut store = before.clone();
        for write in &writes[..done] {
            store.apply(&write.key, write.value.as_deref());
        }
        let alone = Alone::new(store, config.clone(), Some(&location));
        let left = of_sessions(&alone.store);
        if done == 0 {
            assert_eq!(left, of_sessions(&before));
        } else {
            assert_eq!(left, [""; 0], "after {done} writes");
        }
    }
}

/// Counts what is asked of a store.
struct Counting<'a> {
    store: &'a MemoryStore,
    listed: RefCell<usize>,
    got: RefCell<usize>,
}

impl Read for Counting<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        *self.got.borrow_mut() += 1;
        self.store.get(key)
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let keys = self.store.keys(prefix)?;
        *self.listed.borrow_mut() += keys.len();
        Ok(keys)
    }
}

#[test]
fn opening_looks_at_no_row() {
    let (world, ..) = used(36);
    let mut store = world.sides[0].store.durable.clone();
    let (own, id) =
        schema::parse_session_record(&store.keys(schema::SESSION_RECORDS).expect("keys")[0])
            .expect("a session");
    for position in 0..10_000 {
        let key = schema::slot_row(&own, &id, schema::Slot::Export(position));
        store.apply(&key, Some(b"a row"));
        store.apply(
            &schema::gift(&own, &id, &position.to_le_bytes()),
            Some(b"a gift"),
        );
    }
    let counting = Counting {
        store: &store,
        listed: RefCell::new(0),
        got: RefCell::new(0),
    };
    let mut client = Client::new(world.sides[0].options.config.clone(), [9; 32]);
    let env = |now| Env {
        now,
        store: &counting,
    };
    client.load(env(0)).expect("it opens");
    // One session's key, and the schema.
    assert_eq!((*counting.listed.borrow(), *counting.got.borrow()), (1, 1));
    client.handle_timeout(env(1));
    assert_eq!((*counting.listed.borrow(), *counting.got.borrow()), (1, 2));
}
