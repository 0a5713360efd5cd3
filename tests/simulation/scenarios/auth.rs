//! The hook that judges sessions, on all four kinds of handshake.

use ocapn_wasm::error::ErrorCode;

use crate::application::Verdict;
use crate::scenarios::{on_demand, used_with};
use crate::world::{Options, World};

fn judging() -> Options {
    let mut options = on_demand();
    options.config.authenticate = true;
    options
}

#[test]
fn a_refused_start_stores_nothing_on_either_side() {
    for side in [0, 1] {
        for verdict in [Verdict::Refuse, Verdict::Never] {
            let mut world = World::new(1, vec![judging(), judging()]);
            world.run(10);
            world.sides[side].app.verdict = verdict;
            let request = world.request(0, 1);
            world.run(7_000);
            let outcome = world.provided(0, request);
            if verdict == Verdict::Never {
                // All deadlines are about the same.
                assert!(matches!(outcome, Some(Err(_))), "{outcome:?}");
            } else {
                assert_eq!(
                    outcome,
                    Some(Err(ErrorCode::AuthRefused)),
                    "{side} {verdict:?}"
                );
            }
            assert_eq!(world.sides[side].store.visible.len(), 1);
            assert!(world.sessions(side).is_empty());
            world.run(10_000);
            world.sides[side].app.verdict = Verdict::AgreeAfter(300);
            world.connect(0, 1);
        }
    }
}

#[test]
fn a_refused_resume_changes_nothing_and_is_not_retried_as_a_start() {
    for side in [0, 1] {
        for verdict in [Verdict::Refuse, Verdict::Never] {
            let (mut world, theirs, _) = used_with(2, judging(), judging());
            let id = world.session(0).id;
            world.cut_all();
            world.run(10);
            let (before, seen) = (world.session(side), world.session(1).seen);
            world.sides[side].app.verdict = verdict;
            let request = world.request(0, 1);
            world.run(2_500);
            if verdict == Verdict::Refuse {
                assert_eq!(
                    world.provided(0, request),
                    Some(Err(ErrorCode::AuthRefused))
                );
            }
            world.run(30_000);
            assert_eq!(world.session(side).status, before.status);
            assert_eq!(world.session(side).resumes, before.resumes);
            assert_eq!(world.session(1).seen, seen);
            world.sides[side].app.verdict = Verdict::AgreeAfter(200);
            world.works(0, theirs);
            assert_eq!(world.session(0).id, id);
            assert_eq!(world.session(1).id, id);
            assert!(world.sides[side].app.judged.contains(&true));
        }
    }
}

#[test]
fn messages_that_come_during_a_judgement_wait_for_it() {
    let mut world = World::new(3, vec![on_demand(), judging()]);
    world.sides[1].app.verdict = Verdict::AgreeAfter(500);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    // The resume's confirmation and the call behind it come at once.
    world.cut_all();
    world.sides[1].app.verdict = Verdict::AgreeAfter(500);
    world.works(0, theirs);
}
