//! Positions over fresh sessions with one peer.

use ocapn_wasm::baggage::{Read, schema};
use ocapn_wasm::client::Authenticates;

use super::used_with;
use crate::application::Outcome;
use crate::value::Value;
use crate::world::{Options, World};

fn proven() -> Options {
    Options {
        authenticates: Authenticates::Both,
        ..Options::default()
    }
}

fn remembered(world: &World, side: usize) -> usize {
    let store = &world.sides[side].store.visible;
    store.keys(schema::POSITIONS).expect("a store").len()
}

/// A reference to B's object of a name, and where B has it.
fn give(world: &mut World, counter: u32, name: &str) -> u64 {
    let name = Value::Text(name.into());
    let call = world.call(0, counter, "give", [name]).expect("asked");
    world.settles(0, call);
    let Some(Outcome::Fulfilled(Value::RemoteObject(handle))) = world.outcome(0, call) else {
        panic!("an object");
    };
    let imports = world.session(0).imports;
    let found = imports.iter().find(|import| import.1 == handle);
    found.expect("an import").0
}

fn anew(world: &mut World) -> u32 {
    let session = world.session(0).session;
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    world.run(100);
    let session = world.connect(0, 1);
    world.fetch(0, session, "n:counter")
}

const NAMES: [&str; 4] = ["n:a", "n:b", "n:c", "n:d"];

#[test]
fn an_object_has_its_position_in_the_next_session_too() {
    let (mut world, mut counter, _) = used_with(60, proven(), proven());
    let first = NAMES.map(|name| give(&mut world, counter, name));
    for restart in [None, Some(1), Some(0)] {
        if let Some(side) = restart {
            world.restart(side);
            world.run(20);
        }
        let id = world.session(1 - restart.unwrap_or(0)).id;
        if restart == Some(0) {
            world.connect(0, 1);
        }
        counter = anew(&mut world);
        assert_ne!(world.session(0).id, id);
        // In any order, with other positions given meanwhile.
        let mut now = NAMES;
        now.reverse();
        world.works(0, counter);
        let mut again = now.map(|name| give(&mut world, counter, name));
        again.reverse();
        assert_eq!(again, first);
        // What is new gets a number that nothing had.
        let new = give(&mut world, counter, &format!("n:new {restart:?}"));
        assert!(!first.contains(&new));
    }
}

#[test]
fn a_position_that_was_let_go_is_not_given_again_in_the_same_session() {
    let (mut world, counter, _) = used_with(61, proven(), proven());
    let first = give(&mut world, counter, "n:a");
    let counter = anew(&mut world);
    assert_eq!(give(&mut world, counter, "n:a"), first);
    let imports = world.session(0).imports;
    let handle = imports
        .iter()
        .find(|import| import.0 == first)
        .expect("an import")
        .1;
    world.release(0, handle);
    world.run(500);
    let second = give(&mut world, counter, "n:a");
    assert!(second > first);
    world.restart(1);
    world.run(20);
    let imports = world.session(0).imports;
    let handle = imports
        .iter()
        .find(|import| import.0 == second)
        .expect("an import")
        .1;
    world.release(0, handle);
    world.run(500);
    world.works(0, counter);
    assert!(give(&mut world, counter, "n:a") > second);
    // The next session starts where this one ended.
    let last = give(&mut world, counter, "n:a");
    let counter = anew(&mut world);
    assert_eq!(give(&mut world, counter, "n:a"), last);
}

#[test]
fn whom_nobody_vouches_for_gets_no_continuity() {
    let (mut world, counter, _) = used_with(62, Options::default(), Options::default());
    for name in NAMES {
        give(&mut world, counter, name);
    }
    world.run(1_000);
    assert_eq!((remembered(&world, 0), remembered(&world, 1)), (0, 0));
}

#[test]
fn positions_are_bounded_and_forgotten() {
    let mut options = proven();
    options.config.limits.positions = 8;
    options.config.times.expiry = 600_000;
    let (mut world, mut counter, _) = used_with(63, proven(), options);
    let mut most = 0;
    for index in 0..40 {
        give(&mut world, counter, &format!("n:{index}"));
        world.run(50);
        most = most.max(remembered(&world, 1));
    }
    assert!((8..=9).contains(&most), "{most}");
    let last = give(&mut world, counter, "n:39");
    counter = anew(&mut world);
    assert_eq!(give(&mut world, counter, "n:39"), last);
    let session = world.session(0).session;
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    world.run(800_000);
    assert_eq!(remembered(&world, 1), 0);
}
