//! Counts: one side gives an object again and again, the other lets it go, over cuts and crashes.

use ocapn_wasm::baggage::{ExportRow, ImportRow, MemoryStore, Record};
use ocapn_wasm::client::Asked;
use stateright::{Model, Property};

use crate::check::{is_long, walk};
use crate::process::{Happening, Process};
use crate::values::references;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Budget {
    gives: u8,
    drops: u8,
    cuts: u8,
    crashes: u8,
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct State {
    world: World,
    left: Budget,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Commit(usize),
    Wake(usize),
    Deliver(usize, usize),
    Give,
    Drop,
    /// The link is cut, both notice, and the session goes on over another.
    CutAndResume,
    Crash(usize),
}

struct Counts(Budget);

/// Gives the object to the peer.
fn give(side: &mut Process) -> Vec<crate::process::Outcome> {
    let session = side.sessions()[0].session;
    side.with(|client, env| {
        let bootstrap = client.bootstrap(env, session).expect("a session");
        let object = client.allocate_local(false, Some(b"it".to_vec()));
        let ask = Asked::Deliver { answer: false };
        client
            .ask(env, bootstrap, ask, &references(&[object]))
            .expect("asked");
    })
    .1
}

/// Where the object is, and how often the exporter counts it, in this process or in a later one.
fn exported(side: &Process, store: &MemoryStore, position: u64) -> u64 {
    let sessions = side.sessions();
    let here = sessions.iter().flat_map(|session| &session.exports);
    let mut here = here.filter(|export| export.0 == position);
    match here.next() {
        Some(export) if std::ptr::eq(store, &raw const side.visible) => export.3,
        _ => side
            .row(store, &format!("/o+{position}"))
            .map_or(0, |row| export_row(position, side, store, &row)),
    }
}

fn export_row(position: u64, side: &Process, store: &MemoryStore, row: &[u8]) -> u64 {
    let mut keys = store.iter().map(|(key, _)| key);
    let key = keys.find(|key| key.ends_with(&format!("/o+{position}")));
    let row = ExportRow::decode(key.expect("a key"), row).expect("a row");
    assert_eq!(row.description, b"it", "{}: another object", side.name);
    row.count
}

/// What the importer counts of each position, in memory or in a store.
fn imported(side: &Process, store: Option<&MemoryStore>) -> Vec<(u64, u64)> {
    match store {
        None => {
            let sessions = side.sessions();
            let imports = sessions.iter().flat_map(|session| &session.imports);
            imports.map(|import| (import.0, import.3)).collect()
        }
        Some(store) => store
            .iter()
            .filter(|(key, _)| key.contains("/o-"))
            .map(|(key, bytes)| {
                let row = ImportRow::decode(key, bytes).expect("a row");
                (row.position, row.count)
            })
            .collect(),
    }
}

/// What one side has, the other still counts: now, and if either or both were killed now.
fn kept(world: &World) -> bool {
    let [giver, taker] = world.sides();
    let memory = imported(taker, None);
    let lasting = imported(taker, Some(&taker.durable));
    [&giver.visible, &giver.durable].into_iter().all(|store| {
        let mut all = memory.iter().chain(&lasting);
        all.all(|(position, count)| exported(giver, store, *position) >= *count)
    })
}

fn release_all(world: &mut World) {
    world.change(1, |side| {
        let held = std::mem::take(&mut side.held);
        side.with(|client, env| {
            for handle in held {
                client.release_remote(env, handle);
            }
        })
        .1
    });
    world.settle();
}

impl Model for Counts {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let world = World::new(true);
        let left = self.0;
        vec![State { world, left }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let (world, left) = (&state.world, state.left);
        for (index, side) in world.sides().iter().enumerate() {
            if side.can_commit() {
                actions.push(Action::Commit(index));
            }
            if side.can_wake() {
                actions.push(Action::Wake(index));
            }
            if left.crashes > 0 {
                actions.push(Action::Crash(index));
            }
        }
        for (number, link) in world.links.iter().enumerate() {
            for end in [0, 1] {
                if !link.queues[end].is_empty() {
                    actions.push(Action::Deliver(number, end));
                }
            }
        }
        if left.gives > 0 && world.side(0).active().is_some() {
            actions.push(Action::Give);
        }
        if left.drops > 0 && !world.side(1).held.is_empty() {
            actions.push(Action::Drop);
        }
        if left.cuts > 0 {
            actions.push(Action::CutAndResume);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let State {
            mut world,
            mut left,
        } = last.clone();
        match action {
            Action::Commit(index) => world.happen(index, Happening::Commit, None),
            Action::Wake(index) => world.happen(index, Happening::Wake, None),
            Action::Deliver(link, end) => world.deliver(link, end),
            Action::Give => {
                left.gives -= 1;
                world.change(0, give);
            }
            Action::Drop => {
                left.drops -= 1;
                world.change(1, |side| {
                    let handle = side.held.pop_first().expect("something held");
                    side.with(|client, env| client.release_remote(env, handle))
                        .1
                });
            }
            Action::CutAndResume => {
                left.cuts -= 1;
                world.cut(0);
                world.resume();
            }
            Action::Crash(index) => {
                left.crashes -= 1;
                world.crash(index);
                world.resume();
            }
        }
        let next = State { world, left };
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing is dropped too early", |_, state: &State| {
                kept(&state.world)
            }),
            Property::always("no session ends or is refused", |_, state: &State| {
                !state.world.sides().iter().any(|side| side.over)
            }),
            Property::always("what leaked is taken back", |_, state: &State| {
                !state.world.is_quiet() || {
                    let mut world = state.world.clone();
                    release_all(&mut world);
                    // After another resume, in peace.
                    world.cut(0);
                    world.settle();
                    let rows =
                        |store: &MemoryStore| store.iter().any(|(key, _)| key.contains("/o"));
                    !world.sides().iter().any(|side| rows(&side.visible))
                }
            }),
        ]
    }
}

/// Everything that three gives, three releases and two cuts can come to.
const CUTS: Budget = Budget {
    gives: 3,
    drops: 3,
    cuts: 2,
    crashes: 0,
};

/// The same with a kill of either side, at any moment.
const KILL: Budget = Budget { crashes: 1, ..CUTS };

/// Two kills, of either side or of both.
const KILLS: Budget = Budget {
    gives: 2,
    drops: 2,
    cuts: 1,
    crashes: 2,
};

#[test]
fn counts_err_toward_keeping() {
    walk("counts, with cuts", Counts(CUTS));
    walk("counts, with cuts and a kill", Counts(KILL));
    walk("counts, with a cut and two kills", Counts(KILLS));
}

/// What takes longer than a test may.
#[test]
fn counts_err_toward_keeping_for_longer() {
    if !is_long() {
        return;
    }
    let (gives, drops) = (4, 4);
    let more = Budget {
        gives,
        drops,
        ..KILL
    };
    walk("more counts, with cuts and a kill", Counts(more));
    let crashes = 2;
    walk(
        "counts, with cuts and two kills",
        Counts(Budget { crashes, ..KILL }),
    );
}
