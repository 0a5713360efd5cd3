//! A peer made of bytes: what a hello must be, and what comes of bad ones.

use ocapn_wasm::client::output::Status;
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::handshake::start::write_hello;
use ocapn_wasm::identity::KeyPair;
use ocapn_wasm::syrup::KeyOrder;
use ocapn_wasm::wire::{Location, write};

use crate::application::Verdict;
use crate::scenarios::{on_demand, used};
use crate::world::{Ambush, Options, TRANSPORT, World};

fn location(transport: &str, designator: &str) -> Location {
    Location {
        transport: transport.into(),
        designator: designator.into(),
        hints: Default::default(),
        hints_absent: false,
    }
}

fn hello(seed: u8, version: &str, transport: &str, designator: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let bytes = location(transport, designator).to_bytes(KeyOrder::Utf16);
    write_hello(&mut out, version, &KeyPair::from_seed([seed; 32]), &bytes);
    out
}

fn abort(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write::abort(&mut out, text);
    out
}

/// What a side says to these first messages.
fn answers(world: &mut World, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let link = world.attack(1, messages);
    world.run(100);
    world.links[&link].sent[1].clone()
}

#[test]
fn bad_hellos_are_refused_by_name_and_others_are_not_disturbed() {
    let (mut world, theirs, _) = used(2);
    let mut forged = hello(9, "1.0", TRANSPORT, "C");
    let at = forged.len() - 10;
    forged[at] ^= 1;
    let cases = [
        (hello(9, "0.9", TRANSPORT, "C"), "invalid-version"),
        (forged, "Invalid location signature"),
        (hello(9, "1.0", "other", "C"), "internal error"),
        (hello(9, "1.0", TRANSPORT, "B"), "internal error"),
    ];
    for (first, text) in cases {
        let before = world.sessions(1);
        assert_eq!(answers(&mut world, &[first]), [abort(text)], "{text}");
        assert_eq!(world.sessions(1), before);
    }
    // What cannot be read is answered with a close.
    for junk in [&b"<7'garbage>"[..], b"\xff\x00", &[b'['; 70_000], b"70000:"] {
        assert!(answers(&mut world, &[junk.to_vec()]).is_empty());
        assert_eq!(world.sides[1].client.inspect().handshakes, 0);
    }
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 0);
}

#[test]
fn a_first_resume_that_is_damaged_on_its_way_is_tried_again() {
    let (mut world, theirs, _) = used(12);
    world.cut_all();
    world.ambush = Some((0, Ambush::Garbage));
    world.works(0, theirs);
    assert!(!world.statuses(0).contains(&Status::Refused));
    assert_eq!(world.session(0).resumes, 1);
}

#[test]
fn a_second_hello_ends_the_session_that_it_came_on() {
    let (mut world, theirs, _) = used(3);
    let first = hello(9, "1.0", TRANSPORT, "C");
    let said = answers(&mut world, &[first.clone(), first]);
    // Our own hello, which waits for a commit, is not said any more.
    assert_eq!(said, [abort("internal error")]);
    assert_eq!(world.sessions(1).len(), 1);
    world.works(0, theirs);
}

#[test]
fn a_promise_in_a_message_that_turns_out_bad_was_given_to_nobody() {
    let (mut world, theirs, _) = used(7);
    // Its second reference is to an answer that there is not.
    let bad = b"<10'op:deliver<11'desc:export0+>[<19'desc:import-promise1+><11'desc:answer7+>]ff>";
    let said = answers(&mut world, &[hello(9, "1.0", TRANSPORT, "C"), bad.to_vec()]);
    assert_eq!(said.last(), Some(&abort("internal error")));
    assert_eq!(world.sessions(1).len(), 1);
    assert!(world.sides[1].app.promise_outcomes.is_empty());
    world.works(0, theirs);
}

#[test]
fn an_abort_before_the_hello_makes_no_session() {
    let (mut world, ..) = used(4);
    let said = answers(&mut world, &[abort("no"), hello(9, "1.0", TRANSPORT, "C")]);
    assert!(said.is_empty());
    assert_eq!(world.sessions(1).len(), 1);
}

#[test]
fn another_location_than_the_dialled_one_is_peer_changed() {
    let mut world = World::pair(5);
    world.hijack = Some((0, [hello(9, "1.0", TRANSPORT, "C")].into()));
    let request = world.request(0, 1);
    world.run(5_000);
    assert_eq!(
        world.provided(0, request),
        Some(Err(ErrorCode::PeerChanged))
    );
    assert!(world.sessions(0).is_empty());
    world.hijack = None;
    world.connect(0, 1);
}

#[test]
fn what_a_dialled_peer_says_instead_of_a_hello_fails_the_request() {
    let cases = [
        (abort("invalid-version"), ErrorCode::VersionMismatch),
        (abort("invalid-session-auth"), ErrorCode::AuthRefused),
        (abort("no"), ErrorCode::PeerAborted),
        (b"junk".to_vec(), ErrorCode::MalformedMessage),
        (hello(9, "2.0", TRANSPORT, "B"), ErrorCode::VersionMismatch),
    ];
    for (answer, code) in cases {
        let mut world = World::pair(6);
        world.hijack = Some((0, [answer].into()));
        let request = world.request(0, 1);
        world.run(5_000);
        assert_eq!(world.provided(0, request), Some(Err(code)));
        world.hijack = None;
        world.connect(0, 1);
    }
}

#[test]
fn silence_is_a_handshake_timeout() {
    let mut world = World::pair(7);
    world.hijack = Some((0, [].into()));
    let request = world.request(0, 1);
    world.run(10_000);
    assert_eq!(
        world.provided(0, request),
        Some(Err(ErrorCode::HandshakeTimeout))
    );
    assert_eq!(world.sides[0].client.inspect().handshakes, 0);
}

#[test]
fn a_client_does_not_dial_itself() {
    let mut world = World::pair(8);
    let request = world.request(0, 0);
    assert_eq!(
        world.provided(0, request),
        Some(Err(ErrorCode::SelfConnect))
    );
    assert_eq!(world.sides[0].dials, 0);
}

#[test]
fn both_orders_of_hellos_make_a_session() {
    // Dialled: ours first. Incoming: the peer's first, or its hello and a call at once.
    let mut world = World::pair(9);
    let mut call = Vec::new();
    write::gc_answers(&mut call, Default::default(), &[], |_| {});
    let said = answers(&mut world, &[hello(9, "1.0", TRANSPORT, "C")]);
    assert_eq!(said.len(), 1);
    world.hijack = Some((0, [hello(8, "1.0", TRANSPORT, "B")].into()));
    let request = world.request(0, 1);
    world.run(100);
    assert!(matches!(world.provided(0, request), Some(Ok(_))));
}

#[test]
fn a_stranger_that_says_only_hello_is_not_kept() {
    let mut world = World::pair(10);
    let link = world.attack(1, &[hello(9, "1.0", TRANSPORT, "C")]);
    world.run(100);
    assert_eq!(world.sessions(1).len(), 1);
    world.cut(link, None);
    world.run(100);
    assert!(world.sessions(1).is_empty());
    assert_eq!(world.statuses(1), [Status::Fresh, Status::Severed]);
    assert_eq!(
        world.sides[1].store.visible.len(),
        1,
        "only the schema is stored"
    );
}

#[test]
fn a_claim_never_takes_the_place_of_a_session_that_exists() {
    // An attacker claims to be A, while A's session with B is suspended, then active.
    let (mut world, theirs, ours) = used(11);
    world.cut_all();
    let claim = hello(9, "1.0", TRANSPORT, "A");
    world.attack(1, std::slice::from_ref(&claim));
    world.run(2_000);
    world.works(0, theirs);
    world.works(1, ours);
    world.attack(1, &[claim]);
    world.run(10_000);
    let again = world.connect(1, 0);
    assert_eq!(world.sessions(1)[0].session, again);
    world.works(1, ours);
}

/// So many strangers say hello while the first is still judged.
fn strangers_are_judged(world: &mut World, strangers: usize) {
    for _ in 0..strangers {
        world.sides[1].app.verdict = Verdict::AgreeAfter(100);
        world.attack_as_stranger(1, &[]);
        world.run(6);
    }
    world.run(1_000);
}

#[test]
fn strangers_who_are_judged_together_are_not_more_than_there_may_be() {
    let mut options = on_demand();
    options.config.authenticate = true;
    options.config.limits.sessions = 2;
    let mut world = World::new(13, vec![Options::default(), options]);
    strangers_are_judged(&mut world, 10);
    assert_eq!(world.sessions(1).len(), 2);
}

#[test]
fn strangers_who_are_judged_together_do_not_drive_out_a_peer_that_we_dialled() {
    let mut options = on_demand();
    options.config.authenticate = true;
    options.config.limits.sessions = 3;
    let mut world = World::new(14, vec![Options::default(), options]);
    let session = world.connect(1, 0);
    let theirs = world.fetch(1, session, "n:counter");
    world.works(1, theirs);
    world.crash(0, false);
    world.run(100);
    strangers_are_judged(&mut world, 6);
    let sessions = world.sessions(1);
    assert_eq!(sessions.len(), 3);
    assert!(sessions.iter().any(|s| s.peer.designator == "A"));
}

#[test]
fn hellos_that_waited_for_our_dial_do_not_drive_out_a_peer_that_we_dialled() {
    let mut options = on_demand();
    options.config.limits.sessions = 4;
    let mut world = World::new(15, vec![Options::default(), options, Options::default()]);
    for peer in [0, 2] {
        let session = world.connect(1, peer);
        let theirs = world.fetch(1, session, "n:counter");
        world.works(1, theirs);
        world.crash(peer, false);
        world.run(100);
    }
    // B dials A, who is away, and many say to be A.
    world.weather.latency = (500, 500);
    world.request(1, 0);
    world.weather.latency = (5, 5);
    for _ in 0..8 {
        world.forge_start(1, 0);
        world.run(6);
    }
    world.run(2_000);
    let sessions = world.sessions(1);
    assert!(sessions.iter().any(|s| s.peer.designator == "C"));
}
