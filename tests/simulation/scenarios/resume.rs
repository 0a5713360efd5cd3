//! op:resume-session: what it ends in.

use ocapn_wasm::client::output::{Output, Status};
use ocapn_wasm::client::{Authenticates, Env};
use ocapn_wasm::error::ErrorCode;

use crate::network::End;
use crate::scenarios::{on_demand, used, used_with};
use crate::world::{Ambush, Options};

#[test]
fn a_client_without_resume_severs_at_a_cut() {
    let mut plain = Options::default();
    plain.config.resume = false;
    let (mut world, theirs, _) = used_with(1, plain.clone(), plain);
    world.cut_all();
    world.run(100);
    assert!(world.sessions(0).is_empty());
    assert_eq!(world.add(0, theirs), Err(ErrorCode::SessionSevered));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}

#[test]
fn a_peer_without_resume_is_met_afresh() {
    let mut plain = Options::default();
    plain.config.resume = false;
    let (mut world, theirs, _) = used_with(1, Options::default(), plain);
    world.cut_all();
    world.run(5_000);
    assert_eq!(world.add(0, theirs), Err(ErrorCode::SessionRefused));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}

#[test]
fn either_side_resumes_after_a_cut() {
    for side in [0, 1] {
        let (mut world, theirs, ours) = used_with(2, on_demand(), on_demand());
        let id = world.session(0).id;
        world.cut_all();
        world.run(5_000);
        assert_eq!(world.session(0).status, "suspended");
        world.works(side, if side == 0 { theirs } else { ours });
        assert_eq!(world.session(0).id, id);
        assert!(world.session(side).outgoing);
        world.works(0, theirs);
        world.works(1, ours);
    }
}

#[test]
fn nothing_that_happens_in_a_resume_destroys_the_session() {
    let ambushes = [
        Ambush::Close,
        Ambush::Silence,
        Ambush::Garbage,
        Ambush::KillSender,
        Ambush::KillReceiver,
        Ambush::Delay(1_500),
        Ambush::Delay(6_000),
    ];
    for dialler in [0, 1] {
        for message in 0..6 {
            for ambush in ambushes {
                for seed in 0..3 {
                    let (mut world, theirs, _) = used_with(seed, on_demand(), on_demand());
                    let id = world.session(0).id;
                    // Each has seen the other resume: no abort of its own kind is a refusal then.
                    world.cut_all();
                    world.works(0, theirs);
                    let closed = if dialler == 0 {
                        End::Acceptor
                    } else {
                        End::Dialler
                    };
                    let deaf = (seed == 1).then_some(closed);
                    for link in world.live_links() {
                        world.cut(link, deaf);
                    }
                    world.ambush = Some((message, ambush));
                    world.request(dialler, 1 - dialler);
                    world.run(15_000);
                    world.ambush = None;
                    for side in [0, 1] {
                        let counter = world.reach(side, 1 - side);
                        world.works(side, counter);
                        let ids: Vec<_> = world.sessions(side).iter().map(|s| s.id).collect();
                        let what = format!(
                            "dialler {dialler}, message {message}, {ambush:?}, seed {seed}"
                        );
                        // Garbage as the first call of the session that goes on is the peer's fault.
                        if ambush != Ambush::Garbage || message < 3 {
                            assert_eq!(ids, [id], "{what}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_resume_takes_a_half_open_connection_over() {
    let (mut world, theirs, ours) = used(3);
    let link = world.live_links()[0];
    // B does not notice.
    world.cut(link, Some(End::Acceptor));
    assert_eq!(world.session(1).status, "active");
    world.works(0, theirs);
    assert_eq!(world.session(1).resumes, 1);
    world.works(1, ours);
}

#[test]
fn an_unknown_session_is_parked_and_a_fresh_one_begins_by_itself() {
    let (mut world, theirs, _) = used(4);
    world.crash(1, false);
    let kept = world.sides[1].store.clone();
    world.sides[1].store = Default::default();
    world.start(1);
    world.run(5_000);
    let statuses: Vec<&str> = world.sessions(0).iter().map(|s| s.status).collect();
    assert_eq!(
        statuses,
        ["suspended", "active"].map(|s| if s == "suspended" { "parked" } else { s })
    );
    assert_eq!(world.add(0, theirs), Err(ErrorCode::SessionRefused));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    assert!(world.statuses(0).contains(&Status::Refused));
    // The store is found again, and with it the session: a valid resume restores it.
    world.crash(1, false);
    world.sides[1].store = kept;
    world.start(1);
    world.run(100);
    world.connect(1, 0);
    world.run(1_000);
    world.works(0, theirs);
}

#[test]
fn an_unknown_session_of_a_proven_peer_is_severed_and_a_fresh_one_begins() {
    let options = Options {
        authenticates: Authenticates::Dialled,
        ..Options::default()
    };
    let mut world = crate::world::World::new(5, vec![options.clone(), options]);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    world.crash(1, false);
    world.sides[1].store = Default::default();
    world.start(1);
    world.run(5_000);
    assert_eq!(world.session(0).status, "active");
    assert_eq!(world.add(0, theirs), Err(ErrorCode::SessionRefused));
    assert!(world.statuses(0).contains(&Status::Severed));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
}

#[test]
fn a_store_that_was_rolled_back_does_not_go_on_with_its_session() {
    let options = Options {
        authenticates: Authenticates::Dialled,
        ..on_demand()
    };
    let (mut world, theirs, _) = used_with(9, options.clone(), options);
    let backup = world.sides[0].store.durable.clone();
    for _ in 0..10 {
        world.cut_all();
        world.works(0, theirs);
    }
    world.crash(0, false);
    world.sides[0].store = Default::default();
    world.sides[0].store.visible = backup.clone();
    world.sides[0].store.durable = backup;
    world.start(0);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);
    assert_eq!(world.statuses(0), [Status::Severed, Status::Fresh]);
}

#[test]
fn a_session_of_which_nothing_is_loaded_resumes_by_an_incoming_dial() {
    let (mut world, theirs, _) = used(6);
    world.restart(1);
    world.run(20);
    assert!(world.sessions(1).is_empty());
    world.works(0, theirs);
    assert_eq!(world.session(1).resumes, 1);
}

#[test]
fn a_suspended_session_expires_in_memory_and_in_the_store() {
    let mut short = on_demand();
    short.config.times.expiry = 60_000;
    let (mut world, theirs, _) = used_with(7, short.clone(), short);
    world.cut_all();
    world.run(70_000);
    assert!(world.sessions(0).is_empty());
    assert_eq!(world.add(0, theirs), Err(ErrorCode::Expired));
    let left: Vec<_> = world.sides[0]
        .store
        .visible
        .iter()
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(
        left.iter().filter(|key| key.starts_with("ocapn")).count(),
        1,
        "{left:?}"
    );
}

#[test]
fn a_long_life_does_not_count_towards_expiry() {
    let mut short = Options::default();
    short.config.times.expiry = 60_000;
    let (mut world, theirs, _) = used_with(8, short.clone(), short);
    for _ in 0..20 {
        world.works(0, theirs);
        world.run(10_000);
    }
    let id = world.session(0).id;
    world.restart(0);
    world.restart(1);
    world.connect(0, 1);
    assert_eq!(world.session(0).id, id);
}

#[test]
fn a_silent_peer_is_found_out_by_a_probe() {
    let (mut world, theirs, _) = used(9);
    let link = world.live_links()[0];
    let call = world.add(0, theirs).expect("asked");
    world.silence(link);
    let call_again = world.add(0, theirs).expect("asked");
    world.run(9_000);
    for call in [call, call_again] {
        let outcome = world.outcome(0, call);
        assert!(outcome.is_some(), "{outcome:?}");
    }
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 1);
}

#[test]
fn a_live_peer_that_thinks_long_is_not_cut() {
    let (mut world, theirs, _) = used(10);
    let (id, time) = (world.effect_id() as i32, 50_000);
    let args = [crate::value::Value::Int(id), crate::value::Value::Int(time)];
    let call = world.call(0, theirs, "slow", args).expect("asked");
    world.settles(0, call);
    assert_eq!(world.session(0).resumes, 0);
}

#[test]
fn who_knows_a_newer_way_is_heard_though_an_attempt_goes_the_old_one() {
    let (mut world, ..) = used_with(31, on_demand(), on_demand());
    world.cut_all();
    let mut newer = world.sides[1].location.clone();
    newer.hints.insert("port".into(), "2".into());
    let old = world.sides[1].location.clone();
    let side = &mut world.sides[0];
    let mut dialled = Vec::new();
    let mut time = world.now;
    for location in [&old, &newer] {
        let env = Env {
            now: time,
            store: &side.store,
        };
        side.client.provide_session(env, location);
    }
    for _ in 0..2 {
        let mut dial = None;
        while let Some(output) = side.client.poll_output() {
            if let Output::Dial {
                dial: number,
                location,
                ..
            } = output
            {
                dialled.push(location);
                dial = Some(number);
            }
        }
        if let Some(dial) = dial {
            side.client.handle_dial_failed(
                Env {
                    now: time,
                    store: &side.store,
                },
                dial,
            );
        }
        time += 5_000;
        side.client.handle_timeout(Env {
            now: time,
            store: &side.store,
        });
    }
    assert_eq!(dialled, [old, newer]);
}

#[test]
fn a_parked_session_that_somebody_names_does_not_stand_in_the_way_of_a_fresh_one() {
    let (mut world, _, _) = used(7);
    let id = world.session(0).id;
    world.crash(1, false);
    world.sides[1].store = Default::default();
    world.start(1);
    world.until(5_000, "the session is parked", |world| {
        world.sessions(0).iter().any(|s| s.status == "parked")
    });
    // No fresh session comes of it before the process ends.
    world.weather.refuse = 1000;
    world.run(100);
    world.restart(0);
    world.weather.refuse = 0;
    // It is loaded because somebody who cannot resume it names it.
    world.forge_resume(0, id, 1);
    world.run(100);
    let theirs = world.connect(1, 0);
    let counter = world.fetch(1, theirs, "n:counter");
    world.works(1, counter);
    let ours = world.connect(0, 1);
    let counter = world.fetch(0, ours, "n:counter");
    world.works(0, counter);
}
