//! Calls at a cut, and calls that wait for a suspended session.

use ocapn_wasm::error::ErrorCode;

use crate::application::Outcome;
use crate::scenarios::{on_demand, used, used_with};
use crate::value::{Value, text};
use crate::world::Options;

fn failed(code: ErrorCode) -> Option<Outcome> {
    Some(Outcome::Failed(code))
}

#[test]
fn calls_in_flight_may_have_run_and_what_waits_for_a_commit_did_not() {
    let slow = Options {
        commit: (200, 200),
        ..Options::default()
    };
    let (mut world, theirs, _) = used_with(1, slow, Options::default());
    world.run(1_000);
    let written = world.add(0, theirs).expect("asked");
    let on_it = {
        let question = world.question(0, written);
        world.call(0, question, "echo", []).expect("asked")
    };
    // A new export waits for its row.
    let own = Value::Own(crate::value::Object::Named("n:new".into()));
    let waiting = world.call(0, theirs, "keep", [own]).expect("asked");
    let question = world.question(0, waiting);
    let after = world.add(0, question).expect("asked");
    world.run(1);
    world.cut_all();
    assert_eq!(world.outcome(0, written), failed(ErrorCode::MayHaveRun));
    assert_eq!(world.outcome(0, on_it), failed(ErrorCode::MayHaveRun));
    assert_eq!(world.outcome(0, waiting), failed(ErrorCode::DidNotRun));
    assert_eq!(world.outcome(0, after), failed(ErrorCode::DidNotRun));
    world.works(0, theirs);
}

#[test]
fn calls_made_while_suspended_go_out_in_order() {
    let (mut world, theirs, _) = used_with(2, on_demand(), on_demand());
    world.weather.refuse = 1000;
    world.cut_all();
    let calls: Vec<usize> = (0..5)
        .map(|_| world.add(0, theirs).expect("asked"))
        .collect();
    let question = world.question(0, calls[4]);
    let pipelined = world
        .call(0, question, "echo", [text("on a number")])
        .expect("asked");
    world.run(1_000);
    assert!(calls.iter().all(|call| world.outcome(0, *call).is_none()));
    world.weather.refuse = 0;
    world.run(5_000);
    let mut last = 0;
    for call in calls {
        match world.outcome(0, call) {
            Some(Outcome::Fulfilled(Value::Int(count))) => {
                assert!(count > last);
                last = count;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        world.outcome(0, pipelined),
        Some(Outcome::Broken(text("not callable")))
    );
}

#[test]
fn a_call_waits_no_longer_than_the_queue_time() {
    let (mut world, theirs, _) = used(3);
    world.crash(1, false);
    world.run(1_000);
    let early = world.add(0, theirs).expect("asked");
    world.run(5_000);
    let late = world.add(0, theirs).expect("asked");
    world.run(6_000);
    assert_eq!(world.outcome(0, early), failed(ErrorCode::QueueTimeout));
    assert_eq!(world.outcome(0, late), None);
    world.start(1);
    world.run(4_500);
    assert!(matches!(
        world.outcome(0, late),
        Some(Outcome::Fulfilled(_))
    ));
}

#[test]
fn the_queue_is_bounded() {
    let mut small = Options::default();
    small.config.limits.queued_bytes = 1_000;
    let (mut world, theirs, _) = used_with(4, small.clone(), small);
    world.crash(1, false);
    world.run(100);
    let mut calls = 0;
    let full = loop {
        match world.call(0, theirs, "echo", [text(&"x".repeat(100))]) {
            Ok(_) => calls += 1,
            Err(code) => break code,
        }
    };
    assert_eq!(full, ErrorCode::QueueFull);
    assert!((2..10).contains(&calls));
    world.start(1);
    world.run(5_000);
    assert_eq!(world.sides[0].app.open_calls(), 0);
    world.works(0, theirs);
}

#[test]
fn an_imported_promise_settles_over_a_resume() {
    let (mut world, theirs, _) = used(5);
    let call = world
        .call(0, theirs, "promise", [Value::Int(3_000)])
        .expect("asked");
    world.settles(0, call);
    world.run(100);
    world.cut_all();
    world.run(5_000);
    assert_eq!(
        world.sides[0].app.promise_outcomes,
        [Outcome::Fulfilled(text("later"))]
    );
}

#[test]
fn an_imported_promise_of_a_lost_process_breaks() {
    let (mut world, theirs, _) = used(6);
    let call = world
        .call(0, theirs, "promise", [Value::Int(60_000)])
        .expect("asked");
    world.settles(0, call);
    world.run(100);
    world.restart(1);
    world.run(5_000);
    assert_eq!(
        world.sides[0].app.promise_outcomes,
        [Outcome::Broken(text("LOST"))]
    );
}

#[test]
fn an_imported_promise_fails_when_its_session_stays_suspended() {
    let (mut world, theirs, _) = used(7);
    let call = world
        .call(0, theirs, "promise", [Value::Int(0)])
        .expect("asked");
    world.settles(0, call);
    world.crash(1, false);
    world.run(12_000);
    assert_eq!(
        world.sides[0].app.promise_outcomes,
        [Outcome::Failed(ErrorCode::QueueTimeout)]
    );
}

#[test]
fn an_answer_that_is_indexed_settles_and_fails_like_a_call() {
    let (mut world, theirs, _) = used(8);
    let call = world
        .call(0, theirs, "echo", [text("zero"), text("one")])
        .expect("asked");
    let question = world.question(0, call);
    let item = world.index_of(0, question, 1).expect("asked");
    world.settles(0, item);
    assert_eq!(
        world.outcome(0, item),
        Some(Outcome::Fulfilled(text("one")))
    );
    let call = world.call(0, theirs, "never", []).expect("asked");
    let question = world.question(0, call);
    let item = world.index_of(0, question, 1).expect("asked");
    world.run(10);
    world.cut_all();
    assert_eq!(world.outcome(0, item), failed(ErrorCode::MayHaveRun));
    world.works(0, theirs);
}

#[test]
fn a_question_that_is_let_go_does_not_give_its_handle_away() {
    let (mut world, theirs, _) = used(9);
    let call = world
        .call(0, theirs, "slow", [Value::Int(900), Value::Int(100)])
        .expect("asked");
    let question = world.question(0, call);
    world.with(0, |client, env| client.release_remote(env, question));
    let other = world.add(0, theirs).expect("asked");
    assert_ne!(world.question(0, other), question);
    world.settles(0, call);
    world.settles(0, other);
}

#[test]
fn a_promise_that_is_let_go_is_not_heard_of_again() {
    let (mut world, theirs, _) = used(10);
    let call = world
        .call(0, theirs, "promise", [Value::Int(200)])
        .expect("asked");
    world.settles(0, call);
    let promise = *world.sides[0]
        .app
        .remote_promises
        .iter()
        .next()
        .expect("a promise");
    world.sides[0].app.remote_promises.remove(&promise);
    world.release(0, promise);
    // Its handle is given to something else before the peer settles it.
    let never = world.call(0, theirs, "never", []).expect("asked");
    world.run(1_000);
    assert_eq!(world.outcome(0, never), None);
}
