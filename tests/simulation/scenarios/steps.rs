//! A fixed story, in which one thing goes wrong at each of its steps in turn.

use crate::scenarios::used_with;
use crate::store::{Failure, Kind};
use crate::value::{Object, Value, text};
use crate::world::{Options, World};

/// Two sides that use each other over a cut: named and ephemeral objects, both ways.
fn story(world: &mut World) {
    let own = |name: &str| Value::Own(Object::Named(name.into()));
    for side in [0, 1] {
        if !world.sides[side].up {
            return;
        }
        world.request(side, 1 - side);
        world.run(200);
        let Some(session) = world.sides[side].up.then(|| world.sessions(side)) else {
            continue;
        };
        let Some(session) = session.first().map(|session| session.session) else {
            continue;
        };
        let Some(bootstrap) = world.bootstrap(side, session) else {
            continue;
        };
        let id = world.effect_id() as i32;
        let callback = [own("n:callback"), Value::Int(id)];
        let _ = world.call(side, bootstrap, "callback", callback);
        if !world.sides[side].up {
            continue;
        }
        let _ = world.call(side, bootstrap, "give", [text("n:given")]);
        world.run(50);
        if world.sides[side].up {
            let both = [own("n:kept"), Value::Own(Object::Ephemeral(7))];
            let _ = world.call(side, bootstrap, "keep", both);
        }
        world.run(100);
        for handle in std::mem::take(&mut world.sides[side].app.held) {
            if world.sides[side].up {
                world.release(side, handle);
            }
        }
        world.run(100);
        world.cut_all();
        world.run(300);
    }
}

fn ends_well(mut world: World) {
    world.doom = None;
    for side in [0, 1] {
        if world.sides[side].stopped {
            world.crash(side, false);
        }
        world.sides[side].store.fail_write = None;
        world.sides[side].store.fail_commit = None;
        if !world.sides[side].up {
            world.start(side);
        }
    }
    world.run(20_000);
    for side in [0, 1] {
        assert_eq!(world.sides[side].app.open_calls(), 0, "calls hang");
        let counter = world.reach(side, 1 - side);
        world.works(side, counter);
    }
    assert!(world.ran.values().all(|sides| sides.len() == 1));
}

fn worlds(seed: u64) -> impl Iterator<Item = World> {
    [Kind::Atomic, Kind::Ordered, Kind::Sloppy]
        .into_iter()
        .map(move |store| {
            let options = Options {
                store,
                ..Options::default()
            };
            World::new(seed, vec![options.clone(), options])
        })
}

#[test]
fn a_side_is_killed_at_each_of_its_steps() {
    for step in 1..120 {
        for side in [0, 1] {
            for mut world in worlds(step) {
                world.doom = Some((side, step));
                story(&mut world);
                ends_well(world);
            }
        }
    }
}

#[test]
fn each_write_and_each_commit_fails_once_or_for_good() {
    for at in 1..45 {
        for side in [0, 1] {
            for failure in [Failure::from(at), Failure::once(at)] {
                for mut world in worlds(at) {
                    world.sides[side].store.fail_write = Some(failure);
                    story(&mut world);
                    ends_well(world);
                }
                for mut world in worlds(at) {
                    world.sides[side].store.fail_commit = Some(failure);
                    story(&mut world);
                    ends_well(world);
                }
            }
        }
    }
}

#[test]
fn a_row_that_is_left_above_the_mark_does_not_come_back() {
    let named = |name: &str| Value::Own(Object::Named(name.into()));
    // Its first export after a restart: the mark is to be raised, and the process is killed while it
    // writes. What had been written stays.
    for step in 1..12 {
        let ordered = Options {
            store: Kind::Ordered,
            ..Options::default()
        };
        let (mut world, _, _) = used_with(step, ordered.clone(), ordered);
        world.restart(0);
        let session = world.connect(0, 1);
        let peer = world.bootstrap(0, session).expect("a bootstrap object");
        world.doom = Some((0, step));
        let _ = world.call(0, peer, "keep", [named("n:left")]);
        world.doom = None;
        world.crash(0, false);
        world.start(0);
        // The same positions, for something else; the world would panic if they came back.
        let session = world.connect(0, 1);
        let peer = world.bootstrap(0, session).expect("a bootstrap object");
        let some = (1..9).map(|number| Value::Own(Object::Ephemeral(number)));
        let call = world.call(0, peer, "keep", some).expect("asked");
        world.settles(0, call);
        world.restart(0);
        let session = world.connect(0, 1);
        let peer = world.bootstrap(0, session).expect("a bootstrap object");
        let call = world
            .call(0, peer, "keep", [named("n:left")])
            .expect("asked");
        world.settles(0, call);
    }
}
