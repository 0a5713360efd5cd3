//! Both sides dial at once.

use crate::scenarios::{on_demand, used_with};
use crate::world::{Ambush, Options, World};

#[test]
fn crossed_hellos_leave_one_session_whichever_id_is_higher() {
    for seed in 0..40 {
        let mut world = World::pair(seed);
        let (a, b) = (world.request(0, 1), world.request(1, 0));
        world.run(5_000);
        assert!(matches!(world.provided(0, a), Some(Ok(_))), "seed {seed}");
        assert!(matches!(world.provided(1, b), Some(Ok(_))), "seed {seed}");
        assert_eq!(world.session(0).id, world.session(1).id);
    }
}

#[test]
fn crossed_hellos_survive_any_timing() {
    for seed in 0..60 {
        let mut world = World::pair(seed);
        world.weather.latency = (1, 30);
        let span = seed % 20;
        let a = world.request(0, 1);
        world.run(span);
        let b = world.request(1, 0);
        world.run(10_000);
        for (side, request) in [(0, a), (1, b)] {
            let session = match world.provided(side, request) {
                Some(Ok(session)) => session,
                other => panic!("seed {seed}: {other:?}"),
            };
            let counter = world.fetch(side, session, "n:counter");
            world.works(side, counter);
        }
    }
}

#[test]
fn the_losers_abort_may_come_before_the_winners_hello() {
    for seed in 0..20 {
        for message in 0..4 {
            let mut world = World::pair(seed);
            world.ambush = Some((message, Ambush::Delay(400)));
            let (a, b) = (world.request(0, 1), world.request(1, 0));
            world.run(8_000);
            assert!(
                matches!(world.provided(0, a), Some(Ok(_))),
                "seed {seed} {message}"
            );
            assert!(
                matches!(world.provided(1, b), Some(Ok(_))),
                "seed {seed} {message}"
            );
        }
    }
}

#[test]
fn both_dial_to_resume_at_once() {
    for seed in 0..40 {
        let (mut world, theirs, ours) = used_with(seed, on_demand(), on_demand());
        let id = world.session(0).id;
        world.cut_all();
        let (a, b) = (world.request(0, 1), world.request(1, 0));
        world.run(3_000);
        assert!(matches!(world.provided(0, a), Some(Ok(_))), "seed {seed}");
        assert!(matches!(world.provided(1, b), Some(Ok(_))), "seed {seed}");
        world.works(0, theirs);
        world.works(1, ours);
        assert_eq!(world.session(0).id, id);
        assert_eq!(
            (world.session(0).resumes, world.session(1).resumes),
            (1, 1),
            "seed {seed}"
        );
    }
}

#[test]
fn both_dial_to_resume_at_once_and_one_message_fails() {
    for seed in 0..12 {
        for message in 0..5 {
            for ambush in [
                Ambush::Close,
                Ambush::Silence,
                Ambush::Garbage,
                Ambush::Delay(900),
            ] {
                // Of the handshake, and of nothing that comes later by itself.
                let mut options = Options::default();
                options.config.times.recount = 60_000;
                let (mut world, theirs, ours) = used_with(seed, options.clone(), options);
                let id = world.session(0).id;
                world.cut_all();
                world.ambush = Some((message, ambush));
                world.request(0, 1);
                world.request(1, 0);
                world.run(20_000);
                world.ambush = None;
                world.comes_to_work(0, theirs);
                world.comes_to_work(1, ours);
                assert_eq!(world.session(0).id, id, "seed {seed} {message} {ambush:?}");
            }
        }
    }
}

/// One side lost its store: its start crosses the other's resume.
#[test]
fn a_start_that_crosses_a_resume_ends_in_a_working_session() {
    for seed in 0..20 {
        for forgetful in [0, 1] {
            let (mut world, ..) = used_with(seed, Options::default(), Options::default());
            world.crash(forgetful, false);
            world.sides[forgetful].store = Default::default();
            world.start(forgetful);
            let span = world.below(80);
            world.run(span);
            let a = world.request(forgetful, 1 - forgetful);
            let b = world.request(1 - forgetful, forgetful);
            world.run(20_000);
            for (side, request) in [(forgetful, a), (1 - forgetful, b)] {
                let outcome = world.provided(side, request);
                assert!(matches!(outcome, Some(Ok(_))), "seed {seed}: {outcome:?}");
                let session = world.connect(side, 1 - side);
                let counter = world.fetch(side, session, "n:counter");
                world.works(side, counter);
            }
        }
    }
}

#[test]
fn a_dial_that_made_way_for_one_that_came_to_nothing_is_made_again() {
    // Whether A's makes way is the keys' to say.
    for seed in 0..8 {
        let (mut world, ..) = used_with(seed, Options::default(), on_demand());
        let dials = world.sides[0].dials;
        world.cut_all();
        world.until(5_000, "A dials", |world| world.sides[0].dials > dials);
        world.request(1, 0);
        world.run(12);
        // B is killed before it can confirm; it listens again soon, and dials nobody.
        world.crash(1, false);
        world.run(300);
        world.start(1);
        world.run(30_000);
        assert_eq!(world.session(0).status, "active", "seed {seed}");
    }
}
