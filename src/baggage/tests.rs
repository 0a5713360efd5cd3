use std::fmt::Debug;

use proptest::prelude::*;

use super::schema::{self, Slot, TableKey};
use super::*;
use crate::identity::{PublicId, SessionId};
use crate::syrup::KeyOrder;
use crate::wire::{Dialect, Location, PublicKey, Signature};

const OWN: PublicId = PublicId([0xab; 32]);
const SESSION: SessionId = SessionId([0x01; 32]);

fn returns<R: Record + PartialEq + Debug>(record: &R) {
    let bytes = record.encode("key");
    assert_eq!(R::decode("key", &bytes).as_ref(), Ok(record));
    let elsewhere = R::decode("yek", &bytes);
    assert!(matches!(elsewhere, Err(StoreError::Damaged { .. })));
}

fn location() -> impl Strategy<Value = Location> {
    let hints = prop::collection::btree_map("[a-z]{0,12}|\\PC{1,3}", any::<String>(), 0..4);
    ("[a-z-]{1,20}", any::<String>(), hints, any::<bool>()).prop_map(
        |(transport, designator, hints, absent)| Location {
            transport,
            designator,
            hints_absent: absent && hints.is_empty(),
            hints: hints.into_iter().collect(),
        },
    )
}

fn used_counts() -> impl Strategy<Value = UsedCounts> {
    prop::collection::vec(0u64..20, 0..20).prop_map(|counts| {
        let mut used = UsedCounts::default();
        for count in counts {
            used.insert(count);
        }
        used
    })
}

prop_compose! {
    fn session_record()(
        own_location in location(),
        peer_location in location(),
        keys in any::<([u8; 32], [u8; 32], [u8; 32], [u8; 32])>(),
        numbers in any::<[u64; 7]>(),
        flags in any::<[bool; 6]>(),
        dialect in prop::sample::select(Dialect::ALL.to_vec()),
        handoffs_used in used_counts(),
    ) -> SessionRecord {
        let order = if flags[3] { KeyOrder::Utf16 } else { KeyOrder::Encoded };
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&keys.2);
        signature[32..].copy_from_slice(&keys.3);
        SessionRecord {
            own_seed: keys.0,
            own_location,
            peer_key: PublicKey(keys.1),
            peer_location_bytes: peer_location.to_bytes(order),
            peer_location,
            peer_location_signature: Signature(signature),
            dialect,
            proven: flags[0],
            sent: numbers[0],
            seen: numbers[1],
            next_export: numbers[2] >> 1,
            handoffs_given: numbers[3] >> 1,
            handoffs_used,
            peer_resumed: flags[1],
            last_alive: numbers[4],
            expiry: numbers[6],
            shared_count: numbers[5],
            parked: flags[2],
            dialled: flags[4],
            deposits: flags[5],
        }
    }
}

proptest! {
    #[test]
    fn session_records_return(record in session_record()) {
        returns(&record);
    }

    #[test]
    fn rows_return(
        position in any::<u64>(),
        count in any::<u64>(),
        description in any::<Vec<u8>>(),
        promise in any::<bool>(),
        token in any::<Option<[u8; 32]>>(),
    ) {
        returns(&ExportRow { position, count, description: description.clone(), promise });
        returns(&ImportRow { position, promise, count, token });
        returns(&SwissnumRow { description });
        returns(&SchemaRecord { version: count });
        let id = token.unwrap_or_default();
        returns(&LocationEntry { own: PublicId(id), sid: SessionId(id) });
    }

    #[test]
    fn damage_is_told(record in session_record(), place in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = record.encode("key");
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let damaged = SessionRecord::decode("key", &bytes);
        prop_assert!(damaged.is_err());
        bytes[place] ^= flip;
        bytes.truncate(place);
        let damaged = SessionRecord::decode("key", &bytes);
        prop_assert!(damaged.is_err());
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(SessionRecord::decode("key", &bytes).is_err());
    }

    #[test]
    fn slots_return(position in any::<u64>()) {
        for slot in [Slot::Export(position), Slot::Import(position), Slot::ImportPromise(position)] {
            prop_assert_eq!(Slot::parse(&slot.to_string()), Some(slot));
            let key = schema::slot_row(&OWN, &SESSION, slot);
            let parsed = schema::parse_table_key(&key);
            prop_assert_eq!(parsed, Some((OWN, SESSION, TableKey::Slot(slot))));
        }
    }
}

#[test]
fn a_record_of_another_kind_is_damaged() {
    let row = SwissnumRow {
        description: b"d".to_vec(),
    };
    let decoded = ExportRow::decode("key", &row.encode("key"));
    assert_eq!(
        decoded,
        Err(StoreError::Damaged {
            key: "key".into(),
            why: "is of another kind"
        })
    );
}

#[test]
fn a_newer_record_is_no_damage() {
    struct Future;
    impl Record for Future {
        const VERSION: u64 = 7;
        fn write_body(&self, writer: &mut crate::syrup::Writer<'_>) {
            writer.string("what only the future knows");
        }
        fn read_body(
            _version: u64,
            _reader: &mut crate::syrup::Reader<'_>,
        ) -> Result<Self, crate::wire::WireError> {
            Ok(Self)
        }
    }
    let decoded = SwissnumRow::decode("key", &Future.encode("key"));
    assert_eq!(
        decoded,
        Err(StoreError::Newer {
            key: "key".into(),
            version: 7
        })
    );
}

#[test]
fn secrets_are_not_shown() {
    let location = Location {
        transport: "t".into(),
        designator: "d".into(),
        hints: Default::default(),
        hints_absent: true,
    };
    let record = SessionRecord {
        own_seed: [77; 32],
        own_location: location.clone(),
        peer_key: PublicKey([1; 32]),
        peer_location_bytes: location.to_bytes(KeyOrder::Utf16),
        peer_location: location,
        peer_location_signature: Signature([2; 64]),
        dialect: Dialect::default(),
        proven: false,
        sent: 0,
        seen: 0,
        next_export: 1,
        handoffs_given: 0,
        handoffs_used: UsedCounts::default(),
        peer_resumed: false,
        last_alive: 0,
        expiry: 0,
        shared_count: 0,
        parked: false,
        dialled: false,
        deposits: false,
    };
    let shown = format!("{record:?}");
    assert!(!shown.contains("seed") && !shown.contains("77"), "{shown}");
}

#[test]
fn keys_are_those_of_the_schema() {
    let location = |designator: &str| Location {
        transport: "tcp-testing-only".into(),
        designator: designator.into(),
        hints: Default::default(),
        hints_absent: true,
    };
    let own = "ab".repeat(32);
    let session = "01".repeat(32);
    let key = schema::session_record(&OWN, &SESSION);
    assert_eq!(key, format!("ocapn:resumeSessionsById/{own}/{session}"));
    assert_eq!(schema::parse_session_record(&key), Some((OWN, SESSION)));
    assert_eq!(schema::parse_session_record(&key[..key.len() - 1]), None);
    assert_eq!(
        schema::location_entry(&location("alice"), &location("b/ob")),
        "ocapn:resumeSessionsByLocationId/tcp-testing-only/alice/tcp-testing-only/b%2Fob"
    );
    assert_eq!(schema::swissnum(b"a b\xff"), "ocapn:swissnumTable/a%20b%FF");
    assert_eq!(
        schema::slot_row(&OWN, &SESSION, Slot::ImportPromise(3)),
        format!("ocapn-durable:tables/{own}/{session}/p-3")
    );
    let index = schema::description_index(&OWN, &SESSION, &[2; 32]);
    assert_eq!(
        schema::parse_table_key(&index),
        Some((OWN, SESSION, TableKey::Description([2; 32])))
    );
    let index = schema::token_index(&OWN, &SESSION, &[2; 32]);
    assert_eq!(
        schema::parse_table_key(&index),
        Some((OWN, SESSION, TableKey::Token([2; 32])))
    );
    let erasure = schema::erasure(&OWN, &SESSION);
    assert_eq!(schema::parse_erasure(&erasure), Some((OWN, SESSION)));
    for wrong in ["o+", "o+05", "o++5", "q-5", "o", "é5", "o+-5"] {
        assert_eq!(Slot::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn the_store_in_memory_lists_by_prefix() {
    let mut store = MemoryStore::new();
    for key in ["a", "b/1", "b/2", "c"] {
        store.apply(key, Some(key.as_bytes()));
    }
    assert_eq!(store.keys("b/"), Ok(vec!["b/1".into(), "b/2".into()]));
    assert_eq!(store.get("c"), Ok(Some(b"c".to_vec())));
    store.apply("c", None);
    assert_eq!(store.get("c"), Ok(None));
    assert_eq!(store.len(), 3);
}

/// Each bit flipped, and each cut, of one record of a kind.
fn counts_every_bit<R: Record + Debug + PartialEq>(record: &R) {
    let key = "ocapn:some/key";
    let good = record.encode(key);
    assert_eq!(R::decode(key, &good).as_ref(), Ok(record));
    let is_told = |bytes: &[u8], what: String| {
        let damaged = R::decode(key, bytes);
        let Err(StoreError::Damaged { key: named, .. }) = &damaged else {
            panic!("{record:?}, {what}: {damaged:?}");
        };
        assert_eq!(named, key);
        assert!(damaged.unwrap_err().to_string().contains(key));
    };
    for bit in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        is_told(&bytes, format!("bit {bit}"));
    }
    for length in 0..good.len() {
        is_told(&good[..length], format!("cut at {length}"));
    }
    is_told(&[&good[..], b"0"].concat(), "too long".into());
    is_told(&[&good[..], &good].concat(), "twice".into());
}

#[test]
fn every_bit_of_every_kind_of_record_counts() {
    let location = |designator: &str| Location {
        transport: "tcp-testing-only".into(),
        designator: designator.into(),
        hints: [("port".to_owned(), "1".to_owned())].into_iter().collect(),
        hints_absent: false,
    };
    let mut handoffs_used = UsedCounts::default();
    handoffs_used.insert(0);
    handoffs_used.insert(3);
    counts_every_bit(&SessionRecord {
        own_seed: [7; 32],
        own_location: location("a"),
        peer_key: PublicKey([1; 32]),
        peer_location_bytes: location("b").to_bytes(KeyOrder::Utf16),
        peer_location: location("b"),
        peer_location_signature: Signature([2; 64]),
        dialect: Dialect::default(),
        proven: true,
        sent: 5,
        seen: 6,
        next_export: 4097,
        handoffs_given: 1,
        handoffs_used,
        peer_resumed: true,
        last_alive: 1_767_225_600_000,
        dialled: true,
        expiry: 604_800_000,
        shared_count: 2,
        parked: false,
        deposits: true,
    });
    counts_every_bit(&SchemaRecord { version: 1 });
    counts_every_bit(&LocationEntry {
        own: OWN,
        sid: SESSION,
    });
    counts_every_bit(&SwissnumRow {
        description: b"[8'swissnum7:counter]".to_vec(),
    });
    for description in [None, Some(b"d".to_vec())] {
        counts_every_bit(&GiftRow {
            id: b"gift".to_vec(),
            description,
        });
    }
    counts_every_bit(&ExportRow {
        position: 1,
        count: 2,
        description: b"d".to_vec(),
        promise: false,
    });
    for token in [None, Some([3; 32])] {
        counts_every_bit(&ImportRow {
            position: 1,
            promise: false,
            count: 2,
            token,
        });
    }
    counts_every_bit(&IndexRow { position: 1 });
    counts_every_bit(&DepositRow {
        id: [4; 32],
        position: 1,
    });
    counts_every_bit(&ErasureRecord {
        location_entry: "ocapn:resumeSessionsByLocationId/a/b/c/d".into(),
    });
}
