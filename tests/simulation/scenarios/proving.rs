//! Where only the dialled side is authenticated: what a peer began is used once it is dialled and goes
//! on with it.

use ocapn_wasm::client::Authenticates;
use ocapn_wasm::client::output::Status;
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::handshake::start::write_hello;
use ocapn_wasm::identity::KeyPair;
use ocapn_wasm::syrup::KeyOrder;
use ocapn_wasm::wire::{Target, write};

use crate::scenarios::on_demand;
use crate::world::{Options, World};

fn dialled() -> Options {
    let mut options = on_demand();
    options.authenticates = Authenticates::Dialled;
    options
}

fn volatile() -> Options {
    let mut options = dialled();
    options.config.resume = false;
    options
}

/// A has a session that it dialled, and a reference.
fn begun(a: Options, b: Options) -> (World, u32) {
    let mut world = World::new(21, vec![a, b]);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    world.run(100);
    (world, theirs)
}

#[test]
fn an_incoming_session_is_used_once_the_peer_goes_on_with_it() {
    let (mut world, theirs) = begun(dialled(), dialled());
    let id = world.session(1).id;
    assert!(world.session(0).proven && !world.session(1).proven);
    let session = world.connect(1, 0);
    assert_eq!([world.session(0).id, world.session(1).id], [id, id]);
    assert!(world.session(0).proven && world.session(1).proven);
    let ours = world.fetch(1, session, "n:counter");
    world.works(1, ours);
    world.works(0, theirs);
    // What was proven stays so: a resume from there is believed.
    world.cut_all();
    world.works(0, theirs);
    world.works(1, ours);
    let again = world.connect(1, 0);
    assert_eq!((again, world.session(1).id), (session, id));
}

#[test]
fn calls_in_flight_do_not_suffer_from_it() {
    let (mut world, theirs) = begun(dialled(), dialled());
    let call = world.call(0, theirs, "never", []).expect("asked");
    world.run(50);
    let session = world.connect(1, 0);
    assert_eq!(world.outcome(0, call), None);
    assert_eq!([world.sessions(0).len(), world.sessions(1).len()], [2, 2]);
    let ours = world.fetch(1, session, "n:counter");
    world.works(1, ours);
    world.works(0, theirs);
    assert_eq!(world.outcome(0, call), None);
}

#[test]
fn a_peer_that_cannot_resume_gets_a_session_beside_the_one_that_it_began() {
    let (mut world, theirs) = begun(volatile(), dialled());
    let session = world.connect(1, 0);
    assert_eq!(world.sessions(1).len(), 2);
    let ours = world.fetch(1, session, "n:counter");
    world.works(1, ours);
    world.works(0, theirs);
    assert!(!world.statuses(0).contains(&Status::Severed));
}

#[test]
fn a_peer_that_cannot_be_dialled_keeps_its_session() {
    let (mut world, theirs) = begun(dialled(), dialled());
    world.weather.refuse = 1000;
    let request = world.request(1, 0);
    world.run(100);
    let outcome = world.provided(1, request);
    assert_eq!(outcome, Some(Err(ErrorCode::DialFailed)));
    world.works(0, theirs);
    assert_eq!(world.session(1).resumes, 0);
}

#[test]
fn who_does_not_have_the_key_does_not_get_the_session() {
    let (mut world, theirs) = begun(dialled(), dialled());
    // Whoever answers the dial has nothing but the hello that it makes.
    world.hijack = Some((1, [hello(9, "A")].into()));
    let request = world.request(1, 0);
    world.run(10_000);
    assert!(matches!(world.provided(1, request), Some(Err(_) | Ok(_))));
    let of_a = world.session(0).id;
    let session = world.sessions(1).into_iter().find(|s| s.id == of_a);
    assert!(session.is_some_and(|s| !s.proven));
    world.hijack = None;
    world.works(0, theirs);
}

fn hello(seed: u8, designator: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let location = ocapn_wasm::wire::Location {
        transport: crate::world::TRANSPORT.into(),
        designator: designator.into(),
        hints: Default::default(),
        hints_absent: false,
    };
    let bytes = location.to_bytes(KeyOrder::Utf16);
    write_hello(&mut out, "1.0", &KeyPair::from_seed([seed; 32]), &bytes);
    out
}

fn abort(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write::abort(&mut out, text);
    out
}

/// A peer as `@endo/ocapn` is: it began a session, and refuses another.
fn busy(a: Options) -> (World, u32) {
    let mut world = World::new(22, vec![a, volatile()]);
    let mut call = Vec::new();
    let fetch = b"[5'fetch9:n:counter]";
    write::deliver(
        &mut call,
        Default::default(),
        Target::Export(0),
        fetch,
        Some(1),
        None,
    )
    .expect("written");
    let link = world.attack(0, &[hello(9, "B"), call]);
    world.run(100);
    assert_eq!(world.sessions(0).len(), 1);
    world.hijack = Some((0, [abort("internal error")].into()));
    (world, link)
}

#[test]
fn a_peer_that_refuses_a_second_session_is_dialled_again_without_the_first() {
    for options in [volatile(), dialled()] {
        let (mut world, link) = busy(options);
        let request = world.request(0, 1);
        world.until(5_000, "the first is closed", |world| {
            world.sessions(0).is_empty()
        });
        assert_eq!(world.provided(0, request), None);
        world.run(20);
        let said = world.links[&link].sent[1].last().cloned();
        assert_eq!(said, Some(abort("session closed")));
        // Now it has none, and takes one.
        world.hijack = None;
        world.until(5_000, "a session", |world| {
            world.provided(0, request).is_some()
        });
        assert!(matches!(world.provided(0, request), Some(Ok(_))));
        assert!(world.session(0).proven);
    }
}

#[test]
fn a_peer_that_stays_busy_is_given_up() {
    let (mut world, _) = busy(volatile());
    let before = world.sides[0].dials;
    let request = world.request(0, 1);
    world.run(30_000);
    assert_eq!(world.provided(0, request), Some(Err(ErrorCode::PeerBusy)));
    assert_eq!(world.sides[0].dials - before, 6);
    // Without a session of its own, a refusal is what it is.
    let request = world.request(0, 1);
    world.run(30_000);
    assert_eq!(
        world.provided(0, request),
        Some(Err(ErrorCode::PeerAborted))
    );
}

#[test]
fn a_hello_that_claims_to_be_who_is_being_dialled_does_not_get_the_dial() {
    for seed in 1..40 {
        let mut world = World::new(u64::from(seed), vec![dialled(), dialled()]);
        let request = world.request(0, 1);
        // Some of these keys have a higher id than ours, and would win if hellos crossed.
        let link = world.attack(0, &[hello(seed, "B")]);
        world.until(5_000, "a session", |world| {
            world.provided(0, request).is_some()
        });
        let session = world
            .provided(0, request)
            .expect("an outcome")
            .expect("a session");
        let own = world.sessions(0).into_iter().find(|s| s.session == session);
        assert!(own.is_some_and(|s| s.proven && s.outgoing));
        world.fetch(0, session, "n:counter");
        let said = world.links[&link].sent[1].concat();
        assert!(!String::from_utf8_lossy(&said).contains("n:counter"));
    }
}

#[test]
fn a_claim_does_not_lock_its_victim_out() {
    let mut world = World::new(23, vec![dialled(), dialled()]);
    let link = world.attack(1, &[hello(9, "A")]);
    world.run(100);
    assert_eq!(world.links[&link].sent[1].len(), 1);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    let back = world.connect(1, 0);
    let ours = world.fetch(1, back, "n:counter");
    world.works(1, ours);
}
