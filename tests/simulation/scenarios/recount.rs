//! What cuts and crashes leaked is taken back after a resume.

use std::collections::BTreeMap;

use ocapn_wasm::baggage::{ExportRow, ImportRow, Read, Record, schema};
use ocapn_wasm::client::SessionInspection;
use ocapn_wasm::wire::Dialect;

use super::{used, used_with};
use crate::application::Outcome;
use crate::value::{Object, Value};
use crate::world::{Options, World};

/// How often each position is counted by the side that exports (or imports) it.
fn counts(
    world: &World,
    side: usize,
    session: &SessionInspection,
    exports: bool,
) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    let store = &world.sides[side].store.visible;
    for key in store.keys(schema::TABLES).expect("a store") {
        let Some((_, id, schema::TableKey::Slot(slot))) = schema::parse_table_key(&key) else {
            continue;
        };
        if id != session.id {
            continue;
        }
        let bytes = store.get(&key).expect("a store").expect("a row");
        let row = match slot {
            schema::Slot::Export(position) if exports => Some((
                position,
                ExportRow::decode(&key, &bytes).expect("a row").count,
            )),
            schema::Slot::Import(position) | schema::Slot::ImportPromise(position) if !exports => {
                Some((
                    position,
                    ImportRow::decode(&key, &bytes).expect("a row").count,
                ))
            }
            _ => None,
        };
        counts.extend(row);
    }
    if exports {
        counts.extend(session.exports.iter().map(|export| (export.0, export.3)));
    } else {
        counts.extend(session.imports.iter().map(|import| (import.0, import.3)));
    }
    counts
}

/// Both ends of every active session that was resumed between two of ours count the same.
pub fn counts_are_equal(world: &World) {
    for exporter in 0..world.sides.len() {
        for session in world.sessions(exporter) {
            let ours = session.dialect != Dialect::V2026_01;
            if session.status != "active" || session.resumes == 0 || !ours {
                continue;
            }
            for importer in (0..world.sides.len()).filter(|other| *other != exporter) {
                let Some(peer) = world
                    .sessions(importer)
                    .into_iter()
                    .find(|peer| peer.id == session.id)
                else {
                    continue;
                };
                let exports = counts(world, exporter, &session, true);
                let imports = counts(world, importer, &peer, false);
                // What the peer still has may be lost, with the process that had it.
                let imports: BTreeMap<u64, u64> = imports
                    .into_iter()
                    .filter(|(position, _)| exports.contains_key(position))
                    .collect();
                assert_eq!(
                    exports, imports,
                    "{} exports to {}",
                    world.sides[exporter].name, world.sides[importer].name
                );
            }
        }
    }
}

fn make(world: &mut World, theirs: u32) -> u32 {
    let call = world.call(0, theirs, "make", []).expect("asked");
    world.settles(0, call);
    match world.outcome(0, call) {
        Some(Outcome::Fulfilled(Value::RemoteObject(made))) => made,
        other => panic!("an object, not {other:?}"),
    }
}

fn exported(world: &World, side: usize) -> BTreeMap<u64, u64> {
    counts(world, side, &world.session(side), true)
}

#[test]
fn an_answer_that_is_lost_leaks_until_the_next_resume() {
    let (mut world, theirs, _) = used(50);
    let before = exported(&world, 1);
    for _ in 0..3 {
        let call = world.call(0, theirs, "make", []).expect("asked");
        world.lose = Some(|bytes| bytes.windows(7).any(|part| part == b"fulfill"));
        world.settles(0, call);
        world.lose = None;
        assert!(matches!(world.outcome(0, call), Some(Outcome::Failed(_))));
        world.run(20);
    }
    world.works(0, theirs);
    // Three objects that nobody can name, but for those that were taken back already.
    world.run(5_000);
    assert_eq!(exported(&world, 1), before);
    counts_are_equal(&world);
    assert!(world.watch.recounts.answered > 0);
}

#[test]
fn a_release_that_is_lost_is_made_good() {
    let (mut world, theirs, _) = used(51);
    let before = exported(&world, 1);
    let made = make(&mut world, theirs);
    world.run(100);
    assert_eq!(exported(&world, 1).len(), before.len() + 1);
    world.lose = Some(|bytes| bytes.windows(10).any(|part| part == b"gc-exports"));
    world.release(0, made);
    world.run(500);
    world.lose = None;
    world.cut_all();
    world.run(100);
    assert_eq!(
        exported(&world, 1).len(),
        before.len() + 1,
        "not before the recount"
    );
    world.run(2_000);
    assert_eq!(exported(&world, 1), before);
    counts_are_equal(&world);
}

#[test]
fn what_a_crash_of_the_importer_forgot_is_taken_back_and_what_it_kept_is_not() {
    let (mut world, theirs, _) = used(52);
    // Longer than the recount takes.
    for side in [0, 1] {
        world.sides[side].options.config.times.unclaimed = 60_000;
    }
    let name = world.with(0, |client, env| client.ref_token(env, theirs));
    let name = name.expect("a token");
    let kept = make(&mut world, theirs);
    world.run(100);
    world.restart(0);
    world.connect(0, 1);
    world.run(2_000);
    counts_are_equal(&world);
    let again = world.with(0, |client, env| client.ref_from_token(env, &name));
    world.works(0, again.expect("it is known"));
    let _ = kept;
    assert_eq!(
        exported(&world, 1).len(),
        2,
        "its row is there, so it may still be named"
    );
}

#[test]
fn rows_that_no_process_loaded_are_recounted_in_pieces() {
    let (mut world, theirs, _) = used(53);
    let call = |world: &mut World, name: String| {
        let object = Value::Own(Object::Named(name));
        let call = world.call(0, theirs, "keep", [object]).expect("asked");
        world.settles(0, call);
    };
    for index in 0..700 {
        call(&mut world, format!("n:{index}"));
    }
    world.run(100);
    let all = exported(&world, 0);
    assert!(all.len() > 700);
    // The importer forgets half of them, and every word of it is lost.
    world.lose = Some(|bytes| bytes.windows(10).any(|part| part == b"gc-exports"));
    let held = world.session(1).imports;
    for (_, handle, ..) in held.iter().step_by(2) {
        world.release(1, *handle);
    }
    world.run(500);
    world.lose = None;
    // Nor is any row in the exporter's memory after this.
    world.restart(0);
    world.connect(0, 1);
    let answered = world.watch.recounts.answered;
    world.run(3_000);
    assert!(world.watch.recounts.answered >= answered + 3);
    counts_are_equal(&world);
    assert!(exported(&world, 0).len() <= all.len() / 2 + 2);
    assert!(exported(&world, 0).len() >= all.len() / 2 - 2);
}

#[test]
fn references_and_releases_that_cross_a_recount_are_counted() {
    for seed in 0..40 {
        let (mut world, theirs, ours) = used(500 + seed);
        world.weather.latency = (1, 30);
        world.cut_all();
        world.run(60);
        for round in 0..60 {
            let object = Value::Own(Object::Named(format!("n:{}", round % 4)));
            let _ = world.call(0, theirs, "keep", [object]);
            if round % 3 == 0 {
                let _ = world.call(1, ours, "make", []);
                let _ = world.call(0, theirs, "drop", []);
            }
            world.run(7);
        }
        world.run(2_000);
        counts_are_equal(&world);
        world.works(0, theirs);
        assert!(world.watch.recounts.answered > 0);
    }
}

#[test]
fn nobody_is_asked_without_a_resume_or_in_the_old_dialect() {
    let (mut world, theirs, _) = used(54);
    world.run(5_000);
    world.works(0, theirs);
    assert_eq!(world.watch.recounts.answered, 0);
    let old = || {
        let mut options = Options::default();
        options.config.dialect = Dialect::V2026_01;
        options
    };
    let (mut world, theirs, _) = used_with(55, old(), old());
    world.cut_all();
    world.run(5_000);
    world.works(0, theirs);
    assert_eq!(world.watch.recounts.answered, 0);
    for link in world.links.values() {
        let said = link.sent.iter().flatten();
        let asked = said.filter(|bytes| bytes.windows(10).any(|part| part == b"ocapn-wasm"));
        assert_eq!(asked.count(), 0);
    }
}
