//! Dialect 2026-01: one shared count, as pull request endojs/endo#3175 has it.

use ocapn_wasm::wire::Dialect;

use crate::scenarios::{on_demand, used_with};
use crate::world::{Ambush, Options};

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
