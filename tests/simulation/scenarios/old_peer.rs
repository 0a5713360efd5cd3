//! Towards the pull request's own peer, as a model of it in bytes.

use ocapn_wasm::wire::Dialect;

use crate::network::End;
use crate::scenarios::on_demand;
use crate::world::{Options, World};

fn options() -> Options {
    let mut options = on_demand();
    options.config.dialect = Dialect::V2026_01;
    options
}

fn met(seed: u64) -> World {
    let mut world = World::new(seed, vec![options()]);
    world.add_old_peer();
    world
}

/// One of ours that has used a session with the peer: the world and the peer's object.
fn used(seed: u64) -> (World, u32) {
    let mut world = met(seed);
    let session = connect(&mut world);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    calls_us(&mut world);
    (world, theirs)
}

fn connect(world: &mut World) -> u32 {
    let location = world.old().location.clone();
    let request = world.with(0, |client, env| client.provide_session(env, &location));
    world.until(60_000, "a session", |world| {
        world.provided(0, request).is_some()
    });
    world
        .provided(0, request)
        .expect("an outcome")
        .expect("a session")
}

fn calls_us(world: &mut World) {
    let before = world.old().fulfilled;
    world.old_calls();
    world.run(100);
    assert_eq!(world.old().fulfilled, before + 1);
}

/// It dials, and is resumed.
fn dials_us(world: &mut World) {
    let before = world.old().resumes;
    world.old_dials(0);
    world.run(100);
    let old = world.old();
    assert_eq!(old.resumes, before + 1, "{:?}", old.refusals);
    calls_us(world);
}

fn cut(world: &mut World) {
    world.cut_all();
    world.run(100);
    assert_eq!(world.old().active, None);
}

/// Nothing was done to the peer that it does not stand.
fn is_well(world: &mut World) {
    assert_eq!(world.old().faults, [""; 0]);
}

#[test]
fn a_session_resumes_in_both_directions() {
    let (mut world, theirs) = used(1);
    let id = world.session(0).id;
    for round in 0..3 {
        cut(&mut world);
        world.works(0, theirs);
        calls_us(&mut world);
        cut(&mut world);
        dials_us(&mut world);
        world.works(0, theirs);
        if round == 1 {
            world.restart(0);
            world.run(100);
            let session = connect(&mut world);
            let again = world.fetch(0, session, "n:counter");
            world.works(0, again);
            return is_well(&mut world);
        }
    }
    assert_eq!(world.session(0).id, id);
    assert_eq!((world.old().starts, world.old().refused.len()), (1, 0));
    is_well(&mut world);
}

#[test]
fn a_restart_of_ours_is_resumed_by_either() {
    for peer_dials in [false, true] {
        let (mut world, _) = used(2);
        let id = world.session(0).id;
        cut(&mut world);
        world.restart(0);
        world.run(100);
        if peer_dials {
            dials_us(&mut world);
        }
        let session = connect(&mut world);
        let theirs = world.fetch(0, session, "n:counter");
        world.works(0, theirs);
        assert_eq!(world.session(0).id, id);
        assert_eq!((world.old().starts, world.old().resumes), (1, 1));
        is_well(&mut world);
    }
}

#[test]
fn its_lost_reply_is_made_good_with_the_next_count() {
    let (mut world, theirs) = used(3);
    let id = world.session(0).id;
    for _ in 0..3 {
        cut(&mut world);
        world.old().lose_reply = true;
        world.old().refused.clear();
        let location = world.old().location.clone();
        world.with(0, |client, env| client.provide_session(env, &location));
        world.run(5_000);
        world.works(0, theirs);
        assert_eq!(world.old().refused, ["invalid-session-resume-count"]);
        assert_eq!(world.session(0).id, id);
    }
    assert_eq!(world.old().starts, 1);
    is_well(&mut world);
}

#[test]
fn its_lost_reply_is_made_good_when_it_dials_next() {
    let (mut world, theirs) = used(4);
    cut(&mut world);
    world.old().lose_reply = true;
    let location = world.old().location.clone();
    world.with(0, |client, env| client.provide_session(env, &location));
    world.until(5_000, "the reply is lost", |world| {
        world.old.as_ref().is_some_and(|old| !old.lose_reply)
    });
    dials_us(&mut world);
    world.works(0, theirs);
    assert_eq!(world.old().refused, [""; 0]);
    is_well(&mut world);
}

fn is_resume(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<17'op:resume-session")
}

/// It dials, and our reply is lost.
fn our_reply_is_lost(world: &mut World) {
    cut(world);
    let before = world.old().resumes;
    world.lose = Some(is_resume);
    let link = world.old_dials(0);
    world.run(100);
    world.lose = None;
    world.cut(link, None);
    world.run(100);
    assert_eq!(world.old().resumes, before);
}

#[test]
fn our_lost_reply_is_made_good_when_it_dials_again() {
    let (mut world, theirs) = used(5);
    let id = world.session(0).id;
    // Twice in a row: its count stays where it was.
    our_reply_is_lost(&mut world);
    our_reply_is_lost(&mut world);
    dials_us(&mut world);
    world.works(0, theirs);
    assert_eq!(world.session(0).id, id);
    assert_eq!(world.old().refusals, [""; 0]);
    is_well(&mut world);
}

#[test]
fn our_lost_reply_is_made_good_with_the_count_before() {
    let (mut world, theirs) = used(6);
    let id = world.session(0).id;
    our_reply_is_lost(&mut world);
    world.works(0, theirs);
    assert_eq!(world.session(0).id, id);
    assert_eq!(
        world.old().refused,
        ["invalid-session-resume-count"; 2],
        "count, count + 1, then count - 1"
    );
    is_well(&mut world);
}

/// What the peer said first on a link is said again by somebody else. Gives our answer.
fn replay(world: &mut World, first: Vec<u8>) -> Vec<Vec<u8>> {
    let link = world.attack(0, &[first]);
    world.run(100);
    let said = world.links[&link].sent[End::Acceptor as usize].clone();
    world.cut(link, None);
    world.run(100);
    said
}

fn assert_replays_refused(world: &mut World) {
    let resumes = world.session(0).resumes;
    for first in world.old().firsts.clone() {
        if is_resume(&first) {
            let said = replay(world, first);
            assert!(
                said.iter().all(|said| said.starts_with(b"<8'op:abort")),
                "a replay is taken"
            );
        }
    }
    assert_eq!(world.session(0).resumes, resumes);
}

#[test]
fn a_replay_of_its_dial_is_refused_once_it_was_heard() {
    let (mut world, theirs) = used(7);
    cut(&mut world);
    dials_us(&mut world);
    assert_replays_refused(&mut world);
    cut(&mut world);
    assert_replays_refused(&mut world);
    world.works(0, theirs);
    is_well(&mut world);
}

#[test]
fn a_replay_of_its_reply_is_refused() {
    let (mut world, theirs) = used(8);
    cut(&mut world);
    connect(&mut world);
    assert_replays_refused(&mut world);
    cut(&mut world);
    assert_replays_refused(&mut world);
    world.works(0, theirs);
    is_well(&mut world);
}

#[test]
fn a_count_that_is_far_off_ends_in_a_fresh_session() {
    // Ours at nothing yet, and further on.
    for resumes in 0..3 {
        let (mut world, theirs) = used(9);
        for _ in 0..resumes {
            cut(&mut world);
            world.works(0, theirs);
        }
        cut(&mut world);
        world.old().record().count += 40;
        let _ = world.add(0, theirs);
        world.run(20_000);
        assert_eq!(world.old().starts, 2, "after {resumes} resumes");
        let session = connect(&mut world);
        let again = world.fetch(0, session, "n:counter");
        world.works(0, again);
        is_well(&mut world);
    }
}

#[test]
fn a_session_that_we_ended_is_dialled_back() {
    let (mut world, _) = used(10);
    cut(&mut world);
    let session = world.session(0).session;
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    world.run(1_000);
    assert_eq!(world.old().starts, 1);
    // It tries to resume, as ever; it would never start by itself.
    world.old_dials(0);
    world.run(1_000);
    assert_eq!(world.old().refusals, ["unknown-session"]);
    assert_eq!(world.old().starts, 2);
    calls_us(&mut world);
    let session = connect(&mut world);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    cut(&mut world);
    dials_us(&mut world);
    is_well(&mut world);
}

#[test]
fn a_peer_that_lost_its_key_gets_a_fresh_session_from_us() {
    let (mut world, theirs) = used(11);
    cut(&mut world);
    world.old().restart();
    world.old_dials(0);
    world.run(1_000);
    assert_eq!(world.old().refusals, ["invalid-session-signature"]);
    let _ = world.add(0, theirs);
    world.run(5_000);
    assert_eq!(world.old().refused, ["invalid-session-id"]);
    let session = connect(&mut world);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    cut(&mut world);
    dials_us(&mut world);
    is_well(&mut world);
}

#[test]
fn what_was_received_before_a_resume_is_not_given_back() {
    let (mut world, theirs) = used(12);
    cut(&mut world);
    let session = connect(&mut world);
    // Never received since: nothing may be given back.
    world.release(0, theirs);
    world.run(1_000);
    is_well(&mut world);
    // Received twice since, and once before.
    let theirs = world.fetch(0, session, "n:other");
    cut(&mut world);
    let session = connect(&mut world);
    assert_eq!(world.fetch(0, session, "n:other"), theirs);
    assert_eq!(world.fetch(0, session, "n:other"), theirs);
    world.works(0, theirs);
    world.release(0, theirs);
    world.run(1_000);
    is_well(&mut world);
    // What an earlier process received is not given back either.
    world.fetch(0, session, "n:third");
    world.run(100);
    world.restart(0);
    world.run(100);
    connect(&mut world);
    world.run(5_000);
    is_well(&mut world);
}

#[test]
fn a_replay_is_refused_after_a_restart_too() {
    for peer_dials in [false, true] {
        let (mut world, _) = used(13);
        cut(&mut world);
        if peer_dials {
            dials_us(&mut world);
        } else {
            connect(&mut world);
        }
        world.run(100);
        world.restart(0);
        world.run(100);
        let resumes = world.old().resumes;
        for first in world.old().firsts.clone() {
            if is_resume(&first) {
                let said = replay(&mut world, first);
                let refused = said.iter().all(|said| said.starts_with(b"<8'op:abort"));
                assert!(refused, "a replay is taken ({peer_dials})");
            }
        }
        dials_us(&mut world);
        assert_eq!(world.old().resumes, resumes + 1);
        is_well(&mut world);
    }
}
