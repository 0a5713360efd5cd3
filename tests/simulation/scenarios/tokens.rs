//! Tokens of references, over restarts.

use ocapn_wasm::client::Token;
use ocapn_wasm::error::ErrorCode;

use super::used;
use crate::world::World;

fn token(world: &mut World, reference: u32) -> Token {
    let token = world.with(0, |client, env| client.ref_token(env, reference));
    world.run(10);
    token.expect("a token")
}

fn reference(world: &mut World, token: &Token) -> Result<u32, ErrorCode> {
    world.with(0, |client, env| client.ref_from_token(env, token))
}

fn release(world: &mut World, token: &Token) -> Result<(), ErrorCode> {
    world.with(0, |client, env| client.release_token(env, token))
}

/// What of the store has this mark in its key.
fn keys(world: &World, side: usize, mark: &str) -> usize {
    let entries = world.sides[side].store.visible.iter();
    entries.filter(|(key, _)| key.contains(mark)).count()
}

#[test]
fn what_has_a_token_outlives_its_holders_and_both_processes() {
    let (mut world, theirs, _) = used(20);
    let name = token(&mut world, theirs);
    world.release(0, theirs);
    world.run(1_000);
    for side in [0, 1, 0] {
        world.restart(side);
        world.run(20);
        let again = reference(&mut world, &name).expect("it is known");
        assert_eq!(reference(&mut world, &name), Ok(again));
        world.works(0, again);
        // Longer than what nothing names is kept.
        world.run(5_000);
        world.works(0, again);
        world.release(0, again);
        world.run(1_000);
        assert_eq!(keys(&world, 0, "/o-"), 1);
    }
    assert_eq!(world.session(0).resumes, 1);
    let exported = world.session(1).exports.len();
    world.restart(0);
    assert_eq!(release(&mut world, &name), Ok(()));
    world.connect(0, 1);
    world.run(5_000);
    assert_eq!((keys(&world, 0, "/o-"), keys(&world, 0, "/t:")), (0, 0));
    assert_eq!(world.session(1).exports.len(), exported - 1);
    assert_eq!(reference(&mut world, &name), Err(ErrorCode::TokenUnknown));
}

#[test]
fn a_reference_that_comes_in_again_keeps_its_token() {
    let (mut world, theirs, _) = used(21);
    let name = token(&mut world, theirs);
    world.restart(0);
    let session = world.connect(0, 1);
    // This writes the row anew, before anybody asked by the token.
    let fetched = world.fetch(0, session, "n:counter");
    assert_eq!(token(&mut world, fetched), name);
    world.release(0, fetched);
    world.run(5_000);
    world.restart(0);
    let again = reference(&mut world, &name).expect("it is known");
    world.works(0, again);
}

#[test]
fn calls_through_a_token_wait_for_the_peer() {
    let (mut world, theirs, _) = used(22);
    let name = token(&mut world, theirs);
    world.crash(1, false);
    world.restart(0);
    let again = reference(&mut world, &name).expect("it is known");
    let call = world.add(0, again).expect("it is queued");
    world.run(1_000);
    assert_eq!(world.outcome(0, call), None);
    world.start(1);
    world.settles(0, call);
    world.works(0, again);
}

#[test]
fn a_token_ends_with_its_session() {
    let (mut world, theirs, _) = used(23);
    let name = token(&mut world, theirs);
    world.release(0, theirs);
    world.restart(0);
    let session = world.connect(0, 1);
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    world.run(100);
    assert_eq!(reference(&mut world, &name), Err(ErrorCode::TokenUnknown));
    assert_eq!(release(&mut world, &name), Err(ErrorCode::TokenUnknown));
    assert_eq!(keys(&world, 0, "ocapn-durable:"), 0);
    // No handle of what is gone stays taken.
    assert_eq!(world.sides[0].client.inspect().remotes, 0);
}

#[test]
fn an_uncommitted_token_is_unknown_and_a_commit_keeps_it_whole() {
    for seed in 0..20 {
        let (mut world, theirs, _) = used(100 + seed);
        let name = world.with(0, |client, env| client.ref_token(env, theirs));
        let name = name.expect("a token");
        world.crash(0, false);
        let there = (keys(&world, 0, "/t:"), keys(&world, 0, "/o-"));
        world.start(0);
        match reference(&mut world, &name) {
            Ok(again) => {
                assert_eq!(there, (1, 1));
                world.works(0, again);
            }
            Err(code) => assert_eq!((code, there), (ErrorCode::TokenUnknown, (0, 1))),
        }
    }
}

#[test]
fn only_objects_of_live_stored_sessions_have_tokens() {
    let (mut world, theirs, _) = used(24);
    let session = world.session(0).session;
    let bootstrap = world.with(0, |client, env| client.bootstrap(env, session));
    let bootstrap = bootstrap.expect("a session");
    let question = world.call(0, theirs, "never", []).expect("asked");
    let question = world.question(0, question);
    for handle in [0, 2, bootstrap, question, 7_777] {
        let named = world.with(0, |client, env| client.ref_token(env, handle));
        assert_eq!(named, Err(ErrorCode::ApiMisuse), "{handle}");
    }
    world.with(0, |client, env| {
        client.abort_session(env, session, "enough")
    });
    let named = world.with(0, |client, env| client.ref_token(env, theirs));
    assert_eq!(named, Err(ErrorCode::AbortedLocally));
}
