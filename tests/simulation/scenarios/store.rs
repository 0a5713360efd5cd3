//! Stores that fail.

use ocapn_wasm::baggage::{Read, Record, SessionRecord, schema};
use ocapn_wasm::client::output::Status;
use ocapn_wasm::error::ErrorCode;

use crate::application::Outcome;
use crate::scenarios::{on_demand, used, used_with};
use crate::store::Failure;
use crate::value::{Object, Value};

#[test]
fn a_failed_commit_ends_everything_and_nothing_leaves() {
    for commit in [true, false] {
        let (mut world, theirs, ours) = used(1);
        let open = world.call(0, theirs, "never", []).expect("asked");
        world.run(100);
        let store = &mut world.sides[0].store;
        if commit {
            store.fail_commit = Some(Failure::from(store.commits + 1));
        } else {
            store.fail_write = Some(Failure::from(store.writes + 1));
        }
        let own = Value::Own(Object::Named("n:new".into()));
        let call = world.call(0, theirs, "keep", [own]);
        world.run(1_000);
        assert!(world.sides[0].stopped);
        assert_eq!(world.statuses(0), [Status::Fresh, Status::Suspended]);
        // It was written; the other was not.
        assert_eq!(
            world.outcome(0, open),
            Some(Outcome::Failed(ErrorCode::MayHaveRun))
        );
        if let Ok(call) = call {
            assert_eq!(
                world.outcome(0, call),
                Some(Outcome::Failed(ErrorCode::StoreFailed))
            );
        }
        assert_eq!(world.add(0, theirs), Err(ErrorCode::StoreFailed));
        let request = world.request(0, 1);
        assert_eq!(
            world.provided(0, request),
            Some(Err(ErrorCode::StoreFailed))
        );
        // Nothing that the application still does leaves: the world would panic.
        world.with(0, |client, env| client.flush(env));
        world.run(10_000);
        world.restart(0);
        world.works(1, ours);
        assert_eq!(world.session(1).status, "active");
    }
}

#[test]
fn every_write_and_every_commit_may_fail_once() {
    for seed in 0..2 {
        for n in 1..25 {
            for commit in [true, false] {
                let mut world = crate::world::World::pair(seed);
                let side = (n % 2) as usize;
                if commit {
                    world.sides[side].store.fail_commit = Some(Failure::from(n));
                } else {
                    world.sides[side].store.fail_write = Some(Failure::from(n));
                }
                world.request(0, 1);
                world.run(500);
                if let Some(session) = world.sessions(0).first().map(|s| s.session)
                    && let Some(bootstrap) = world.bootstrap(0, session)
                {
                    let own = Value::Own(Object::Named("n:callback".into()));
                    let id = world.effect_id() as i32;
                    let _ = world.call(0, bootstrap, "callback", [own, Value::Int(id)]);
                    let _ = world.call(0, bootstrap, "fetch", [Value::Bytes(b"n:x".to_vec())]);
                }
                world.run(500);
                for side in [0, 1] {
                    if world.sides[side].stopped {
                        world.restart(side);
                    }
                    world.sides[side].store.fail_commit = None;
                    world.sides[side].store.fail_write = None;
                }
                world.run(500);
                for side in [0, 1] {
                    let session = world.connect(side, 1 - side);
                    let counter = world.fetch(side, session, "n:counter");
                    world.works(side, counter);
                }
            }
        }
    }
}

#[test]
fn a_record_at_the_end_of_its_numbers_is_damaged() {
    let changes: [fn(&mut SessionRecord); 3] = [
        |record| record.next_export = u64::MAX,
        |record| record.next_export = 1 << 63,
        |record| record.handoffs_given = u64::MAX,
    ];
    for change in changes {
        let (mut world, ..) = used_with(2, on_demand(), on_demand());
        world.crash(0, false);
        let store = &mut world.sides[0].store;
        let keys = store.durable.keys(schema::SESSION_RECORDS).expect("keys");
        let key = keys.first().expect("one");
        let bytes = store.durable.get(key).expect("read").expect("there");
        let mut record = SessionRecord::decode(key, &bytes).expect("a record");
        change(&mut record);
        let bytes = record.encode(key);
        store.durable.apply(key, Some(&bytes));
        store.visible.apply(key, Some(&bytes));
        world.start(0);
        world.run(100);
        let request = world.request(0, 1);
        world.run(100);
        let damaged = Some(Err(ErrorCode::StoreDamaged));
        assert_eq!(world.provided(0, request), damaged);
    }
}
