//! Counts of both ends, compared.

use ocapn_wasm::baggage::{
    DepositRow, ExportRow, GiftRow, ImportRow, IndexRow, LocationEntry, PositionRow, Read, Record,
    SchemaRecord, SessionRecord, schema,
};
use ocapn_wasm::client::SessionInspection;

use crate::store::Kind;
use crate::world::World;

/// What the importer got and did not give back, the exporter still has.
pub fn counts_agree(world: &World) {
    for side in 0..world.sides.len() {
        for session in world
            .sessions(side)
            .iter()
            .filter(|session| session.status == "active")
        {
            let others = (0..world.sides.len()).filter(|other| *other != side);
            let mut peers = others.flat_map(|other| {
                let sessions = world.sessions(other).into_iter();
                sessions.map(move |session| (other, session))
            });
            let Some((other, peer)) = peers.find(|(_, peer)| peer.id == session.id) else {
                continue;
            };
            for (position, _, promise, count) in &session.imports {
                match exported(world, other, &peer, *position) {
                    Some(exported) => assert!(
                        exported >= *count,
                        "{}: position {position} (promise {promise}) counts {exported}, but the peer has {count}",
                        world.sides[other].name
                    ),
                    None => {
                        let restarted = world.sides[other].life > 1;
                        assert!(restarted, "position {position} was dropped too early");
                    }
                }
            }
        }
    }
}

fn exported(world: &World, side: usize, session: &SessionInspection, position: u64) -> Option<u64> {
    let exports = session.exports.iter();
    let mut exports = exports.filter(|(other, ..)| *other == position);
    if let Some((_, _, _, count, _)) = exports.next() {
        return Some(*count);
    }
    let store = &world.sides[side].store.visible;
    let suffix = format!("/{}/o+{position}", session.id.to_hex());
    let keys = store.keys(schema::TABLES).expect("a store");
    let key = keys.into_iter().find(|key| key.ends_with(&suffix))?;
    let bytes = store.get(&key).expect("a store")?;
    Some(ExportRow::decode(&key, &bytes).expect("a row").count)
}

pub fn stored_bytes_decode(world: &World, side: usize) {
    // A store that keeps any part of what was not committed may keep rows of what never came to be.
    let sloppy = matches!(world.sides[side].options.store, Kind::Sloppy | Kind::Torn);
    for store in [
        &world.sides[side].store.visible,
        &world.sides[side].store.durable,
    ] {
        for (key, value) in store.iter() {
            if key == schema::SCHEMA {
                SchemaRecord::decode(key, value).expect("the schema record");
            } else if key.starts_with(schema::SESSION_RECORDS) {
                SessionRecord::decode(key, value).expect("a session record");
            } else if key.starts_with(schema::LOCATION_ENTRIES) {
                LocationEntry::decode(key, value).expect("a location entry");
            } else if key.starts_with(schema::POSITIONS) {
                PositionRow::decode(key, value).expect("a position");
            } else if let Some((own, id, entry)) = schema::parse_table_key(key) {
                let record = schema::session_record(&own, &id);
                let there = sloppy || store.get(&record).expect("a store").is_some();
                assert!(there, "{key} belongs to no session");
                match entry {
                    schema::TableKey::Description(_) | schema::TableKey::Token(_) => {
                        IndexRow::decode(key, value)
                            .map(|_| ())
                            .expect("an index row");
                    }
                    schema::TableKey::Deposit(_) => {
                        DepositRow::decode(key, value)
                            .map(|_| ())
                            .expect("a deposit");
                    }
                    schema::TableKey::Slot(schema::Slot::Export(_)) => {
                        ExportRow::decode(key, value)
                            .map(|_| ())
                            .expect("an export row");
                    }
                    schema::TableKey::Slot(_) => {
                        ImportRow::decode(key, value)
                            .map(|_| ())
                            .expect("an import row");
                    }
                }
            } else if let Some((own, id)) = schema::parse_gift(key) {
                let record = schema::session_record(&own, &id);
                let there = sloppy || store.get(&record).expect("a store").is_some();
                assert!(there, "{key} belongs to no session");
                GiftRow::decode(key, value).expect("a gift");
            } else {
                assert!(key.starts_with("app/"), "a stray key: {key}");
            }
        }
    }
}
