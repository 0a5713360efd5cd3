//! Slots over resumes and restarts.

use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::wire::{Dialect, Target, write};

use crate::application::Outcome;
use crate::network::End;
use crate::scenarios::{on_demand, used, used_with};
use crate::value::{Object, Value, text};
use crate::world::World;

fn own(name: &str) -> Value {
    Value::Own(Object::Named(name.into()))
}

/// Where a side's object of a name is.
fn position(world: &World, side: usize, name: &str) -> Option<u64> {
    let handle = world.sides[side]
        .app
        .handles
        .get(&Object::Named(name.into()))?;
    let session = world.session(side);
    let mut exports = session.exports.iter();
    exports
        .find(|(_, local, ..)| local == handle)
        .map(|(position, ..)| *position)
}

#[test]
fn one_object_keeps_one_slot_over_resumes_and_restarts_of_both() {
    let (mut world, theirs, _) = used(1);
    let b = position(&world, 1, "n:counter").expect("exported");
    let a = position(&world, 0, "n:counter").expect("exported");
    world.cut_all();
    world.works(0, theirs);
    assert_eq!(position(&world, 1, "n:counter"), Some(b));
    for side in [1, 0, 1] {
        world.restart(side);
        world.run(200);
        let session = world.connect(0, 1);
        let counter = world.fetch(0, session, "n:counter");
        world.works(0, counter);
        let back = world.connect(1, 0);
        let counter = world.fetch(1, back, "n:counter");
        world.works(1, counter);
        assert_eq!(position(&world, 1, "n:counter"), Some(b));
        assert_eq!(position(&world, 0, "n:counter"), Some(a));
    }
}

#[test]
fn positions_only_go_up() {
    let (mut world, theirs, _) = used(2);
    let mut last = position(&world, 0, "n:counter").expect("exported");
    for round in 0..4 {
        let name = format!("n:round {round}");
        let call = world.call(0, theirs, "keep", [own(&name)]).expect("asked");
        world.settles(0, call);
        let now = position(&world, 0, &name).expect("exported");
        assert!(now > last);
        last = now;
        world.restart(0);
        world.connect(0, 1);
        // The peer's reference is the same as before; ours has to be fetched again.
        let session = world.session(0).session;
        let again = world.fetch(0, session, "n:counter");
        assert_eq!(again, world.session(0).imports[0].1);
        let call = world.call(0, again, "echo", [own(&name)]).expect("asked");
        world.settles(0, call);
        assert_eq!(position(&world, 0, &name), Some(last));
        return_to(&mut world, again);
    }
}

fn return_to(world: &mut World, counter: u32) {
    world.works(0, counter);
}

#[test]
fn a_call_works_on_a_peers_reference_to_a_restarted_side_without_fetching() {
    let (mut world, _, ours) = used(3);
    world.restart(0);
    world.run(20);
    world.works(1, ours);
}

#[test]
fn an_ephemeral_object_is_lost_with_its_process_and_only_it() {
    let (mut world, theirs, _) = used(4);
    let call = world.call(0, theirs, "make", []).expect("asked");
    world.settles(0, call);
    let Some(Outcome::Fulfilled(Value::RemoteObject(made))) = world.outcome(0, call) else {
        panic!("an object");
    };
    world.works(0, made);
    world.cut_all();
    world.works(0, made);
    world.restart(1);
    world.run(20);
    let call = world.add(0, made).expect("asked");
    world.settles(0, call);
    assert_eq!(world.outcome(0, call), Some(Outcome::Broken(text("LOST"))));
    // As an argument it reads as a broken promise; what stands beside it is counted.
    let call = world
        .call(0, theirs, "echo", [Value::Ref(made), own("n:beside")])
        .expect("asked");
    world.settles(0, call);
    assert!(matches!(
        world.outcome(0, call),
        Some(Outcome::Fulfilled(_))
    ));
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 2);
}

#[test]
fn what_is_let_go_is_released_at_the_peer() {
    let (mut world, theirs, _) = used(5);
    let before = world.sides[1].client.inspect().locals;
    let call = world.call(0, theirs, "make", []).expect("asked");
    world.settles(0, call);
    let Some(Outcome::Fulfilled(Value::RemoteObject(made))) = world.outcome(0, call) else {
        panic!("an object");
    };
    world.run(1_000);
    assert_eq!(world.sides[1].client.inspect().locals, before + 1);
    world.release(0, made);
    world.run(1_000);
    assert_eq!(world.sides[1].client.inspect().locals, before);
}

#[test]
fn rows_that_nobody_claims_after_a_restart_are_released() {
    let (mut world, ..) = used(6);
    let rows = |world: &World| {
        let keys = world.sides[0].store.visible.iter();
        keys.filter(|(key, _)| key.contains("/o-")).count()
    };
    assert_eq!(rows(&world), 1);
    let exported = world.session(1).exports.len();
    world.restart(0);
    world.connect(0, 1);
    world.run(5_000);
    assert_eq!(rows(&world), 0);
    assert_eq!(world.session(1).exports.len(), exported - 1);
}

#[test]
fn an_object_in_a_message_that_is_not_sent_has_no_count() {
    let (mut world, theirs, _) = used(7);
    let before = world.session(0).exports;
    let tape = Value::List(vec![
        Value::Own(Object::Ephemeral(77)),
        Value::Symbol("@@no".into()),
    ]);
    let refused = world.call(0, theirs, "echo", [tape]);
    assert_eq!(refused, Err(ErrorCode::NotPassable));
    assert_eq!(world.session(0).exports, before);
    world.works(0, theirs);
}

#[test]
fn an_abort_deletes_everything_of_the_session() {
    let (mut world, theirs, _) = used(8);
    let session = world.session(0).session;
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    world.run(1_000);
    for side in [0, 1] {
        assert!(world.sessions(side).is_empty());
        for (key, _) in world.sides[side].store.durable.iter() {
            assert!(
                key == "ocapn:schema" || key.starts_with("app/"),
                "{key} is left"
            );
        }
    }
    assert_eq!(world.add(0, theirs), Err(ErrorCode::AbortedLocally));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}

#[test]
fn what_was_given_back_does_not_come_back_before_its_row_is_gone() {
    let (mut world, theirs, _) = used_with(11, on_demand(), on_demand());
    world.works(0, theirs);
    let (position, _, _, count) = world.session(0).imports[0];
    world.restart(1);
    world.run(100);
    world.connect(0, 1);
    world.run(50);
    // All of it, and a call of it, in one piece.
    let mut piece = Vec::new();
    write::gc_exports(&mut piece, Dialect::default(), &[(position, count)], |_| {});
    let to = Target::Export(position);
    write::deliver(&mut piece, Dialect::default(), to, b"[4'none]", None, None).expect("written");
    let link = world.live_links()[0];
    world.inject(link, End::Dialler, piece);
    world.run(100);
    let session = world.session(1);
    assert!(session.exports.iter().all(|export| export.0 != position));
}
