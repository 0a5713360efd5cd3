//! An attacker says again what was said once.

use crate::scenarios::{on_demand, used, used_with};
use crate::world::{Options, World};

fn is_resume(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<17'op:resume-session")
}

/// Everything that was said so far, to either side, on a connection of the attacker's.
fn replay_everything(world: &mut World) {
    let before: Vec<_> = [0, 1].map(|side| shape(world, side)).into();
    for recording in world.record() {
        for from in [0, 1] {
            let messages: Vec<Vec<u8>> = match recording.sent[from].first() {
                Some(first) if is_resume(first) => recording.sent[from].clone(),
                Some(first) => vec![first.clone()],
                None => continue,
            };
            for target in [0, 1] {
                world.attack(target, &messages);
                world.run(50);
            }
        }
    }
    world.run(4_000);
    for side in [0, 1] {
        let after = shape(world, side);
        for session in &before[side] {
            assert!(after.contains(session), "{session:?} is not in {after:?}");
        }
    }
}

fn shape(world: &World, side: usize) -> Vec<(String, &'static str, u64, u64)> {
    world
        .sessions(side)
        .into_iter()
        .map(|session| {
            (
                session.id.to_hex(),
                session.status,
                session.resumes,
                session.seen,
            )
        })
        .collect()
}

#[test]
fn replays_of_everything_change_nothing() {
    for seed in 0..5 {
        let (mut world, theirs, ours) = used(seed);
        for _ in 0..2 {
            world.cut_all();
            world.works(0, theirs);
            world.works(1, ours);
        }
        replay_everything(&mut world);
        world.works(0, theirs);
        world.works(1, ours);
    }
}

#[test]
fn replays_while_suspended_and_after_restarts_change_nothing() {
    let (mut world, theirs, _) = used_with(1, on_demand(), on_demand());
    let id = world.session(0).id;
    world.cut_all();
    world.works(0, theirs);
    world.cut_all();
    world.run(100);
    replay_everything(&mut world);
    world.restart(0);
    world.restart(1);
    world.run(100);
    replay_everything(&mut world);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    let ids = |side| {
        world
            .sessions(side)
            .iter()
            .map(|s| s.id)
            .collect::<Vec<_>>()
    };
    assert!(ids(1).contains(&id) && ids(0).contains(&id));
}

#[test]
fn a_dial_that_never_completed_can_be_replayed_and_does_nothing() {
    // The dial is lost with its connection, then said again by the attacker, before and after the
    // peer's next one.
    let (mut world, theirs, ours) = used_with(2, on_demand(), on_demand());
    world.cut_all();
    world.lose = Some(is_resume);
    world.request(0, 1);
    world.run(4_000);
    world.lose = None;
    let recordings = world.record();
    let dial = &recordings.last().expect("a link").sent[0][0];
    assert!(is_resume(dial));
    let dial = dial.clone();
    world.attack(1, std::slice::from_ref(&dial));
    world.run(10);
    assert_eq!(world.session(1).status, "suspended");
    world.works(0, theirs);
    let resumes = world.session(1).resumes;
    world.attack(1, &[dial]);
    world.run(10_000);
    assert_eq!(world.session(1).resumes, resumes);
    world.works(1, ours);
}

#[test]
fn a_replayed_answer_does_not_pass_for_a_new_one() {
    let (mut world, theirs, _) = used_with(3, on_demand(), on_demand());
    world.cut_all();
    world.works(0, theirs);
    let recordings = world.record();
    let answer = recordings
        .iter()
        .filter_map(|recording| recording.sent[1].first())
        .find(|first| is_resume(first))
        .expect("an answer")
        .clone();
    world.cut_all();
    world.run(10);
    world.hijack = Some((0, [answer].into()));
    world.request(0, 1);
    world.run(3_000);
    assert_eq!(world.session(0).status, "suspended");
    world.hijack = None;
    world.works(0, theirs);
}

#[test]
fn a_replayed_dial_for_which_ours_made_way_does_not_end_our_dialling() {
    // Whether A's makes way is the keys' to say.
    for seed in 0..8 {
        let (mut world, ..) = used_with(seed, Options::default(), on_demand());
        // B's dial is lost on its way, with B; the attacker has it.
        world.lose = Some(is_resume);
        world.cut_all();
        world.request(1, 0);
        world.run(12);
        world.crash(1, false);
        world.lose = None;
        let recordings = world.record();
        let dials = recordings.iter().filter(|r| r.sides == [1, 0]);
        let dials = dials.flat_map(|r| r.sent[0].clone());
        let mut dials = dials.filter(|m| is_resume(m));
        let dial = dials.next_back().expect("a dial");
        world.run(10_000);
        // While a dial of A's is on its way, the attacker says what it heard.
        world.weather.latency = (50, 50);
        let dials = world.sides[0].dials;
        world.until(10_000, "A dials", |world| world.sides[0].dials > dials);
        world.weather.latency = (5, 5);
        world.attack(0, &[dial]);
        world.run(1_000);
        world.end_strangers();
        world.start(1);
        world.run(60_000);
        assert_eq!(world.session(0).status, "active", "seed {seed}");
    }
}
