//! Dialect 2026-01: one shared count, as pull request endojs/endo#3175 has it. And dialects that peers
//! show; the watch reads every message that leaves, and says whether the peer may know its form.

use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::wire::{Dialect, Dialects};

use crate::application::{Outcome, Promise};
use crate::scenarios::{on_demand, used_with};
use crate::value::{Object, Value};
use crate::world::{Ambush, Options, World};

fn old() -> Options {
    let mut options = on_demand();
    options.config.dialect = Dialect::V2026_01;
    options
}

#[test]
fn a_session_resumes_with_the_shared_count() {
    let (mut world, theirs, ours) = used_with(1, old(), old());
    let id = world.session(0).id;
    for _ in 0..3 {
        world.cut_all();
        world.works(0, theirs);
        world.works(1, ours);
    }
    for side in [0, 1] {
        world.restart(side);
        world.run(20);
        let session = world.connect(0, 1);
        let counter = world.fetch(0, session, "n:counter");
        world.works(0, counter);
    }
    assert_eq!(world.session(0).id, id);
}

#[test]
fn a_lost_message_leaves_the_counts_at_most_one_apart() {
    for seed in 0..10 {
        for message in 0..3 {
            for ambush in [Ambush::Close, Ambush::Silence] {
                let (mut world, theirs, ours) = used_with(seed, old(), old());
                let id = world.session(0).id;
                world.cut_all();
                world.works(0, theirs);
                world.cut_all();
                world.ambush = Some((message, ambush));
                world.request((seed % 2) as usize, 1 - (seed % 2) as usize);
                world.run(20_000);
                world.comes_to_work(0, theirs);
                world.comes_to_work(1, ours);
                assert_eq!(world.session(0).id, id, "seed {seed} {message} {ambush:?}");
            }
        }
    }
}

#[test]
fn a_session_that_one_side_ended_is_dialled_back() {
    let (mut world, theirs, _) = used_with(2, old(), old());
    world.cut_all();
    world.run(10);
    let session = world.session(1).session;
    world.with(1, |client, env| {
        client.abort_session(env, session, "enough")
    });
    let _ = world.add(0, theirs);
    world.run(5_000);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}

fn auto() -> Options {
    let mut options = on_demand();
    options.config.auto_dialect = true;
    options
}

fn fixed(dialect: Dialect) -> Options {
    let mut options = on_demand();
    options.config.dialect = dialect;
    options
}

/// Everything that dialects write in different ways, first from one side, then from the other.
fn use_all(world: &mut World, order: [usize; 2]) {
    for side in order {
        let session = world.connect(side, 1 - side);
        let counter = world.fetch(side, session, "n:counter");
        let id = world.send_only(side, counter).expect("sent");
        world.run(100);
        assert!(world.sides[1 - side].app.effects.contains(&id));
        let call = world.call(side, counter, "promise", [Value::Int(300)]);
        let call = call.expect("asked");
        let question = world.question(side, call);
        let index = world.index_of(side, question, 0).expect("asked");
        world.settles(side, call);
        world.settles(side, index);
        assert!(matches!(
            world.outcome(side, index),
            Some(Outcome::Fulfilled(_))
        ));
        let own = 7_000 + side as u32;
        world.sides[side]
            .app
            .promises
            .insert(own, Promise::settled());
        let promise = Value::Own(Object::Promise(own));
        let call = world.call(side, counter, "keep", [promise]);
        world.settles(side, call.expect("asked"));
        let call = world.call(side, counter, "nothing", []).expect("asked");
        world.settles(side, call);
        assert!(matches!(
            world.outcome(side, call),
            Some(Outcome::Broken(_))
        ));
        // The promise settles, and what was given is given back.
        world.run(1_000);
        assert!(world.sides[side].app.remote_promises.is_empty());
    }
}

/// What both sides know of each other's dialect after all that.
fn known(world: &World) -> [Dialects; 2] {
    [0, 1].map(|side| world.session(side).dialects)
}

#[test]
fn a_peer_shows_its_dialect_and_gets_what_it_reads() {
    for dialect in Dialect::ALL {
        for order in [[0, 1], [1, 0]] {
            let mut world = World::new(11, vec![auto(), fixed(dialect)]);
            use_all(&mut world, order);
            let only = Dialects::only(dialect);
            assert_eq!(known(&world), [only, only], "{order:?}");
            for side in [0, 1] {
                // Each keeps the other's counter, and nothing else.
                let kept = world.session(side).imports;
                assert_eq!(kept.len(), 1, "{dialect} {order:?}");
            }
            assert_eq!(world.session(0).answers + world.session(1).answers, 0);
        }
    }
}

#[test]
fn two_that_wait_for_each_other_to_show_it_take_the_usual_one() {
    for order in [[0, 1], [1, 0]] {
        let mut world = World::new(12, vec![auto(), auto()]);
        use_all(&mut world, order);
        let two = Dialects::only(Dialect::V2026_02);
        assert_eq!(known(&world), [two, two], "{order:?}");
        assert_eq!(world.session(0).questions + world.session(1).questions, 0);
    }
}

#[test]
fn one_that_only_listens_has_its_peer_show_its_dialect() {
    for peer in [auto(), fixed(Dialect::V2026_01), fixed(Dialect::V2026_03)] {
        let mut world = World::new(13, vec![auto(), peer]);
        world.connect(0, 1);
        let back = world.connect(1, 0);
        let theirs = world.bootstrap(1, back).expect("a session");
        let promises = 7..12;
        let args = promises.clone().map(|n| Value::Own(Object::Promise(n)));
        let made = world.call(1, theirs, "never", args);
        for promise in promises.clone() {
            let promises = &mut world.sides[1].app.promises;
            promises.insert(promise, Promise::default());
        }
        made.expect("asked");
        world.run(500);
        assert!(world.session(0).dialects.agree_on_listens());
        for promise in promises {
            assert_eq!(world.sides[1].app.promises[&promise].waits.len(), 1);
        }
    }
}

#[test]
fn a_dialect_that_was_shown_holds_over_a_resume_and_a_restart() {
    let (mut world, theirs, _) = used_with(14, auto(), fixed(Dialect::V2026_03));
    use_all(&mut world, [0, 1]);
    let three = Dialects::only(Dialect::V2026_03);
    world.cut_all();
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 1);
    assert_eq!(world.session(0).dialects, three);
    world.restart(0);
    let session = world.connect(0, 1);
    assert_eq!(world.session(0).dialects, three);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    assert_eq!(world.session(1).resumes, 2);
}

#[test]
fn who_speaks_2026_01_is_not_dialled_to_resume_unless_that_was_asked_for() {
    let (mut world, theirs, _) = used_with(15, auto(), fixed(Dialect::V2026_01));
    let id = world.session(0).id;
    world.cut_all();
    world.run(100);
    assert!(world.add(0, theirs).is_err());
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    assert_ne!(world.session(0).id, id);
    // Nor after a crash, which leaves the record.
    world.restart(0);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    assert_eq!(world.session(0).resumes, 0);
}

#[test]
fn what_needs_no_answer_is_refused_while_its_form_is_not_known_and_no_question_is_left() {
    for peer in [fixed(Dialect::V2026_01), fixed(Dialect::V2026_02)] {
        let mut small = auto();
        small.config.limits.questions = 3;
        let mut world = World::new(16, vec![small, peer]);
        let session = world.connect(0, 1);
        let bootstrap = world.bootstrap(0, session).expect("a session");
        for _ in 0..3 {
            world.call(0, bootstrap, "never", []).expect("asked");
        }
        // It would ask for an answer all the same.
        let sent = world.send_only(0, bootstrap);
        assert_eq!(sent, Err(ErrorCode::LimitExceeded));
        world.run(1_000);
        assert_eq!(world.session(0).status, "active");
    }
}
