//! What must be true when all is well again.

use std::collections::BTreeMap;

use ocapn_wasm::baggage::schema::{Slot, TableKey};
use ocapn_wasm::baggage::{GiftRow, MemoryStore, Read, Record, schema};
use ocapn_wasm::error::ErrorCode;

use super::counts::{counts_agree, stored_bytes_decode};
use crate::application::{Call, Outcome};
use crate::store::Kind;
use crate::value::Value;
use crate::world::World;

/// Nothing grows beyond its limit.
pub fn bounded(world: &World) {
    for side in world.sides.iter().filter(|side| side.up) {
        let limits = side.options.config.limits;
        let (name, inside) = (side.name, side.client.inspect());
        let mut least: Vec<(&str, usize, usize)> = vec![(
            "claims and gifts",
            inside.gifts + inside.claims,
            limits.client_gifts,
        )];
        // A store that keeps any part of what was not committed may keep gifts that went.
        if !matches!(side.options.store, Kind::Sloppy | Kind::Torn) {
            let gifts = stored_gifts(&side.store.visible);
            least.push(("gifts in the store", gifts, limits.client_gifts));
            for (exports, imports) in stored_slots(&side.store.visible) {
                least.push(("exports in the store", exports, limits.exports));
                least.push(("imports in the store", imports, limits.imports));
            }
        }
        let parked = inside.sessions.iter().filter(|s| s.status == "parked");
        least.push(("parked sessions", parked.count(), limits.parked));
        for session in &inside.sessions {
            least.push(("exports", session.exports.len(), limits.exports));
            least.push(("imports", session.imports.len(), limits.imports));
            least.push(("questions", session.questions, limits.questions));
            least.push(("answers", session.answers, limits.answers));
            least.push(("queued calls", session.queued, limits.queued_bytes / 64));
            least.push(("deposits", session.deposits, limits.gifts));
        }
        for (what, there, limit) in least {
            assert!(
                there <= limit,
                "{name} has {there} {what}, more than {limit}"
            );
        }
    }
}

fn stored_gifts(store: &MemoryStore) -> usize {
    let keys = store.keys(schema::GIFTS).expect("a store").into_iter();
    let rows = keys.filter_map(|key| {
        let bytes = store.get(&key).expect("a store")?;
        GiftRow::decode(&key, &bytes).ok()
    });
    rows.filter(|row| row.description.is_some()).count()
}

/// Rows of exports and of imports, for each session.
fn stored_slots(store: &MemoryStore) -> Vec<(usize, usize)> {
    let keys = store.keys(schema::TABLES).expect("a store");
    let keys = keys.iter().filter_map(|key| schema::parse_table_key(key));
    let mut sessions: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for (own, id, entry) in keys {
        let (exports, imports) = sessions.entry((own, id)).or_default();
        match entry {
            TableKey::Slot(Slot::Export(_)) => *exports += 1,
            TableKey::Slot(_) => *imports += 1,
            _ => {}
        }
    }
    sessions.into_values().collect()
}

fn calls(world: &World, side: usize) -> Vec<Call> {
    let side = &world.sides[side];
    side.past.iter().chain(&side.app.calls).cloned().collect()
}

pub fn checks(world: &mut World) {
    for side in 0..world.sides.len() {
        let app = &world.sides[side].app;
        assert_eq!(app.twice, [0u64; 0], "effects ran twice");
        let torn = world.sides[side].options.store == Kind::Torn;
        assert!(
            torn || app.damaged.is_empty(),
            "{:?} do not verify",
            app.damaged
        );
        let open: Vec<&Call> = app
            .calls
            .iter()
            .filter(|call| call.outcome.is_none())
            .collect();
        assert!(
            open.is_empty(),
            "calls of {} hang: {open:?}",
            world.sides[side].name
        );
        assert!(
            app.remote_promises.is_empty(),
            "promises of {} hang: {:?}",
            world.sides[side].name,
            app.remote_promises
        );
        let inside = world.sides[side].client.inspect();
        assert_eq!(inside.handshakes, 0, "a handshake goes on for ever");
        assert_eq!(inside.claims, 0, "a withdrawal waits for ever");
        let lasts = |effect: &u64| {
            let others = world.sides.iter().enumerate();
            let mut others = others.filter(|(other, _)| *other != side);
            others.any(|(_, other)| other.app.effects.contains(effect))
        };
        for call in calls(world, side) {
            let Some(effect) = call.effect else { continue };
            match call.outcome {
                Some(Outcome::Fulfilled(Value::Int(_))) => {
                    assert!(lasts(&effect), "an acknowledged effect is lost: {call:?}");
                }
                Some(Outcome::Failed(
                    ErrorCode::DidNotRun | ErrorCode::QueueTimeout | ErrorCode::QueueFull,
                )) => {
                    assert!(!world.ran.contains_key(&effect), "it did run: {call:?}");
                }
                _ => {}
            }
        }
        stored_bytes_decode(world, side);
    }
    let twice = world.ran.iter().find(|(_, sides)| sides.len() > 1);
    assert_eq!(twice, None, "an effect ran twice");
    for side in 0..world.sides.len() {
        for other in (0..world.sides.len()).filter(|other| *other != side) {
            let counter = world.reach(side, other);
            world.works(side, counter);
            world.release(side, counter);
        }
    }
    world.run(1_000);
    counts_agree(world);
    // After a resume in peace, nothing that a cut leaked is left.
    world.cut_all();
    world.run(5_000);
    for side in 0..world.sides.len() {
        for other in (0..world.sides.len()).filter(|other| *other != side) {
            let counter = world.reach(side, other);
            world.works(side, counter);
            world.release(side, counter);
        }
    }
    world.run(5_000);
    counts_agree(world);
    crate::scenarios::recount::counts_are_equal(world);
}

/// Applications let everything go: nothing is left but the bootstrap objects.
pub fn release_all(world: &mut World) {
    for side in 0..world.sides.len() {
        for handle in std::mem::take(&mut world.sides[side].app.held) {
            world.release(side, handle);
        }
    }
    world.run(30_000);
    for side in 0..world.sides.len() {
        let inspection = world.sides[side].client.inspect();
        let held = world.sides[side].app.held.len();
        assert_eq!(held, 0);
        for session in &inspection.sessions {
            assert_eq!(session.questions, 0, "questions are left");
            assert_eq!(session.queued, 0, "queued calls are left");
            let name = world.sides[side].name;
            // What is given away stays until the exporter has said that it has the gift.
            let given = session.deposits;
            let left = session.imports.len();
            assert!(left <= given, "imports are left: {name} {session:?}");
        }
        let given = inspection.sessions.iter().map(|session| session.deposits);
        let most = inspection.sessions.len() + given.sum::<usize>();
        assert!(
            inspection.remotes <= most,
            "{} remote handles are left, more than {most}",
            inspection.remotes
        );
    }
}
