//! Bounds.

use ocapn_wasm::baggage::MemoryStore;
use ocapn_wasm::client::Env;
use ocapn_wasm::client::output::Status;
use ocapn_wasm::error::ErrorCode;

use crate::application::{Outcome, Verdict};
use crate::scenarios::{on_demand, used, used_with};
use crate::value::{Object, Value, text};
use crate::world::{Options, World};

#[test]
fn handshakes_are_bounded_and_end() {
    let mut small = Options::default();
    small.config.limits.handshakes = 3;
    let mut world = World::new(1, vec![Options::default(), small]);
    for _ in 0..5 {
        world.attack(1, &[]);
    }
    world.run(10);
    assert_eq!(world.sides[1].client.inspect().handshakes, 3);
    let request = world.request(0, 1);
    world.run(100);
    assert_eq!(world.provided(0, request), Some(Err(ErrorCode::DialFailed)));
    world.run(5_000);
    assert_eq!(world.sides[1].client.inspect().handshakes, 0);
    world.connect(0, 1);
}

#[test]
fn a_frame_over_the_limit_is_not_sent_and_one_that_comes_ends_only_its_session() {
    let mut small = Options::default();
    small.config.limits.frame = 2_000;
    let (mut world, theirs, _) = used_with(2, Options::default(), small.clone());
    let call = world
        .call(0, theirs, "echo", [text(&"x".repeat(3_000))])
        .expect("asked");
    world.settles(0, call);
    world.run(100);
    assert_eq!(world.add(0, theirs), Err(ErrorCode::PeerAborted));
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    world.works(0, counter);

    let (mut world, theirs, _) = used_with(3, small.clone(), small);
    let before = world.session(0).exports;
    let big = [text(&"x".repeat(3_000)), Value::Own(Object::Ephemeral(1))];
    assert_eq!(
        world.call(0, theirs, "echo", big),
        Err(ErrorCode::LimitExceeded)
    );
    assert_eq!(world.session(0).exports, before);
    // An answer that is too long breaks the caller's promise.
    let call = world
        .call(0, theirs, "echo", [text(&"x".repeat(1_800))])
        .expect("asked");
    world.settles(0, call);
    world.works(0, theirs);
}

#[test]
fn exports_are_bounded() {
    let mut small = Options::default();
    small.config.limits.exports = 4;
    let (mut world, theirs, _) = used_with(4, small, Options::default());
    let own = |n| Value::Own(Object::Ephemeral(n));
    assert!(world.call(0, theirs, "keep", [own(1), own(2)]).is_ok());
    let over = world.call(0, theirs, "keep", [own(3), own(4), own(5)]);
    assert_eq!(over, Err(ErrorCode::LimitExceeded));
    world.works(0, theirs);
}

#[test]
fn questions_and_answers_are_bounded() {
    let mut small = Options::default();
    small.config.limits.questions = 3;
    let (mut world, theirs, _) = used_with(5, small, Options::default());
    for _ in 0..3 {
        world.call(0, theirs, "never", []).expect("asked");
    }
    assert_eq!(world.add(0, theirs), Err(ErrorCode::LimitExceeded));

    let mut small = Options::default();
    small.config.limits.answers = 3;
    let (mut world, theirs, _) = used_with(6, Options::default(), small);
    for _ in 0..4 {
        world.call(0, theirs, "never", []).expect("asked");
    }
    world.run(100);
    assert_eq!(world.add(0, theirs), Err(ErrorCode::PeerAborted));
}

#[test]
fn over_release_answer_reuse_and_unknown_slots_end_the_session() {
    use ocapn_wasm::wire::{Dialect, ResolveMe, Target, write};
    let dialect = Dialect::default();
    type Forge = fn(&mut Vec<Vec<u8>>, Dialect);
    let forgeries: [(&str, Forge); 5] = [
        ("over-release", |out, dialect| {
            let mut bytes = Vec::new();
            write::gc_exports(&mut bytes, dialect, &[(1, 1_000)], |_| {});
            out.push(bytes);
        }),
        ("unknown export", |out, dialect| {
            let mut bytes = Vec::new();
            write::deliver(
                &mut bytes,
                dialect,
                Target::Export(9_999),
                b"[]",
                None,
                None,
            )
            .expect("written");
            out.push(bytes);
        }),
        ("unknown answer", |out, dialect| {
            let mut bytes = Vec::new();
            write::deliver(
                &mut bytes,
                dialect,
                Target::Answer(9_999),
                b"[]",
                None,
                None,
            )
            .expect("written");
            out.push(bytes);
        }),
        ("unknown answer given back", |out, dialect| {
            let mut bytes = Vec::new();
            write::gc_answers(&mut bytes, dialect, &[9_999], |_| {});
            out.push(bytes);
        }),
        ("answer reuse", |out, dialect| {
            for _ in 0..2 {
                let mut bytes = Vec::new();
                let resolver = Some(ResolveMe::Object(77));
                write::deliver(
                    &mut bytes,
                    dialect,
                    Target::Export(0),
                    b"[]",
                    Some(8_888),
                    resolver,
                )
                .expect("written");
                out.push(bytes);
            }
        }),
    ];
    for (what, forge) in forgeries {
        let (mut world, theirs, _) = used(7);
        let mut messages = Vec::new();
        forge(&mut messages, dialect);
        let link = world.live_links()[0];
        for message in messages {
            world.inject(link, crate::network::End::Dialler, message);
        }
        world.run(1_000);
        assert!(world.add(0, theirs).is_err(), "{what}");
        let session = world.connect(0, 1);
        let counter = world.fetch(0, session, "n:counter");
        world.works(0, counter);
    }
}

#[test]
fn the_bootstrap_object_cannot_be_given_back() {
    let (mut world, theirs, _) = used(8);
    let link = world.live_links()[0];
    let mut bytes = Vec::new();
    ocapn_wasm::wire::write::gc_exports(&mut bytes, Default::default(), &[(0, 5)], |_| {});
    world.inject(link, crate::network::End::Dialler, bytes);
    world.run(100);
    world.works(0, theirs);
    let session = world.session(0).session;
    world.fetch(0, session, "n:greeter");
}

#[test]
fn a_resolver_that_the_peer_lets_go_fails_the_call() {
    let (mut world, theirs, _) = used(9);
    let call = world.call(0, theirs, "never", []).expect("asked");
    world.run(50);
    let session = world.session(0);
    let resolver = session.next_export - 1;
    let mut bytes = Vec::new();
    ocapn_wasm::wire::write::gc_exports(&mut bytes, Default::default(), &[(resolver, 1)], |_| {});
    let link = world.live_links()[0];
    world.inject(link, crate::network::End::Acceptor, bytes);
    world.run(50);
    let lost = crate::application::Outcome::Failed(ErrorCode::Lost);
    assert_eq!(world.outcome(0, call), Some(lost));
}

#[test]
fn releases_are_told_in_messages_within_the_limit() {
    let mut small = Options::default();
    small.config.limits.frame = 2_000;
    let (mut world, theirs, _) = used_with(10, small.clone(), small);
    let mut handles = Vec::new();
    for _ in 0..500 {
        let call = world.call(0, theirs, "make", []).expect("asked");
        world.settles(0, call);
        match world.outcome(0, call) {
            Some(Outcome::Fulfilled(Value::RemoteObject(handle))) => handles.push(handle),
            other => panic!("{other:?}"),
        }
    }
    for handle in handles {
        world.release(0, handle);
    }
    world.run(1_000);
    world.works(0, theirs);
    assert!(world.session(1).exports.len() < 10);
}

#[test]
fn empty_messages_that_wait_are_bounded() {
    let mut options = Options::default();
    options.config.authenticate = true;
    let mut world = World::new(11, vec![Options::default(), options]);
    world.sides[1].app.verdict = Verdict::Never;
    world.attack_as_stranger(1, &[]);
    world.run(10);
    let side = &mut world.sides[1];
    let connection = *side.connections.keys().next().expect("one");
    let store = MemoryStore::new();
    let env = Env {
        now: world.now,
        store: &store,
    };
    for _ in 0..side.client.config().limits.hello_frame {
        side.client.handle_input(env, connection, 0);
    }
    world.drain(1);
    assert_eq!(world.sides[1].client.inspect().handshakes, 0);
}

#[test]
fn answers_that_wait_for_a_slow_commit_are_bounded() {
    let mut slow = on_demand();
    slow.config.limits.unsent_bytes = 20_000;
    let (mut world, theirs, ours) = used_with(12, slow, on_demand());
    world.sides[0].options.commit = (4_000, 4_000);
    // Our own calls are refused, and end nothing.
    let own = Value::Own(Object::Named("n:new".into()));
    world.call(0, theirs, "keep", [own]).expect("asked");
    let echo = || [text(&"x".repeat(1_000))];
    let mut asked = (0..40).map(|_| world.call(0, theirs, "echo", echo()));
    assert!(asked.any(|asked| asked == Err(ErrorCode::LimitExceeded)));
    world.run(10_000);
    assert_eq!(world.session(0).status, "active");
    // One call writes; the others are answered after it.
    world.add(1, ours).expect("asked");
    let mut most = 0;
    for _ in 0..100 {
        let _ = world.call(1, ours, "echo", echo());
        world.run(11);
        most = most.max(world.sides[0].client.bytes().len());
    }
    assert!(most < 22_000, "{most} bytes wait");
    let ended = world.sides[0].app.sessions.last().map(|s| (s.1, s.2));
    assert_eq!(
        ended,
        Some((Status::Severed, Some(ErrorCode::LimitExceeded)))
    );
}
