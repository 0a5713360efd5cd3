//! Replays the vector files; see `tests/vectors/README.md`.

#[path = "vectors/operation.rs"]
mod operation;
#[path = "vectors/value.rs"]
mod value;

use ocapn_wasm::identity::{KeyPair, public_id, session_id, verify_location, verify_strict};
use ocapn_wasm::syrup::{DictKeys, KeyOrder, Reader, Scanner, SyrupError, SyrupLimits, Writer};
use ocapn_wasm::wire::handoff::{HandoffGive, HandoffReceive, Signed, write_signed};
use ocapn_wasm::wire::{
    Location, Operation, PublicKey, Signature, WireError, read_operation, write,
};
use serde_json::Value;

use value::{hex, unhex};

const ANY: SyrupLimits = SyrupLimits {
    depth: 128,
    digits: 4096,
    keys: DictKeys::Any,
};

fn syrup() -> Value {
    serde_json::from_str(include_str!("vectors/syrup.json")).expect("JSON")
}

fn operations() -> Value {
    serde_json::from_str(include_str!("vectors/operations.json")).expect("JSON")
}

fn identity() -> Value {
    serde_json::from_str(include_str!("vectors/identity.json")).expect("JSON")
}

fn each(file: &Value, list: &str, judge: impl Fn(&Value, &[u8])) {
    let list = file[list].as_array().expect("a list");
    assert!(!list.is_empty());
    for vector in list {
        judge(vector, &unhex(&vector["hex"]));
    }
}

/// A whole value returns, in both directions, and is told from its beginning.
fn accept(vector: &Value, bytes: &[u8], limits: SyrupLimits) {
    let name = &vector["name"];
    let mut reader = Reader::new(bytes, limits);
    let read = value::read(&mut reader);
    assert_eq!(read, Ok(value::normal(&vector["value"])), "{name}");
    assert_eq!(reader.finish(), Ok(()), "{name}");
    let mut written = Vec::new();
    value::write(&mut Writer::new(&mut written), &vector["value"]);
    assert_eq!(written, bytes, "{name}");
    let mut scanner = Scanner::new(limits, bytes.len());
    for cut in 0..bytes.len() {
        let cut_off = Reader::new(&bytes[..cut], limits).skip();
        assert!(
            matches!(cut_off, Err(SyrupError::Truncated { .. })),
            "{name} at {cut}: {cut_off:?}"
        );
        assert_eq!(scanner.feed(&bytes[..cut]), Ok(None), "{name} at {cut}");
    }
    assert_eq!(scanner.feed(bytes), Ok(Some(bytes.len())), "{name}");
}

#[test]
fn values_return() {
    let file = syrup();
    each(&file, "accept", |vector, bytes| {
        accept(vector, bytes, SyrupLimits::default());
        accept(vector, bytes, ANY);
    });
    each(&file, "acceptAnyKey", |vector, bytes| {
        accept(vector, bytes, ANY);
        assert!(Reader::new(bytes, SyrupLimits::default()).skip().is_err());
    });
}

#[test]
fn what_is_not_canonical_is_refused() {
    each(&syrup(), "reject", |vector, bytes| {
        let mut reader = Reader::new(bytes, SyrupLimits::default());
        let judged = reader.skip().and_then(|_| reader.finish());
        let error = format!("{:?}", judged.expect_err("an error"));
        let expected = vector["error"].as_str().expect("a name");
        assert!(error.starts_with(expected), "{vector}: {error}");
    });
}

/// Reads the one operation that the bytes are, and checks every shorter input.
fn one_operation(bytes: &[u8]) -> Operation<'_> {
    let limits = SyrupLimits::default();
    for cut in 0..bytes.len() {
        let error = read_operation(&bytes[..cut], 0, limits).expect_err("cut off");
        assert!(error.is_truncated(), "at {cut}: {error:?}");
    }
    let (operation, end) = read_operation(bytes, 0, limits).expect("an operation");
    assert_eq!(end, bytes.len());
    operation
}

#[test]
fn operations_return() {
    each(&operations(), "accept", |vector, bytes| {
        let name = &vector["name"];
        let operation = one_operation(bytes);
        let described = operation::describe(&operation, bytes);
        assert_eq!(described, value::normal(&vector["operation"]), "{name}");
        for dialect in vector["dialects"].as_array().expect("a list") {
            let dialect = dialect
                .as_str()
                .expect("a text")
                .parse()
                .expect("a dialect");
            let written = operation::written(&vector["operation"], dialect);
            assert_eq!(hex(&written), vector["hex"], "{name} in {dialect}");
        }
        let mut shifted = b"xyz".to_vec();
        shifted.extend_from_slice(bytes);
        shifted.extend_from_slice(b"]]");
        let shifted = read_operation(&shifted, 3, SyrupLimits::default());
        assert_eq!(shifted.map(|(_, end)| end), Ok(bytes.len() + 3), "{name}");
    });
}

#[test]
fn what_is_no_operation_is_refused() {
    each(&operations(), "reject", |vector, bytes| {
        let error = read_operation(bytes, 0, SyrupLimits::default()).expect_err("an error");
        let shown = match error {
            WireError::Syrup(error) => format!("{error:?}"),
            error => format!("{error:?}"),
        };
        let expected = vector["error"].as_str().expect("a name");
        assert!(shown.starts_with(expected), "{vector}: {shown}");
    });
}

fn location(described: &Value) -> Location {
    let text = |key: &str| described[key].as_str().expect("a text").to_owned();
    let hints = described["hints"].as_object();
    Location {
        transport: text("transport"),
        designator: text("designator"),
        hints_absent: hints.is_none(),
        hints: hints
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.as_str().expect("a text").to_owned()))
            .collect(),
    }
}

#[test]
fn locations_return() {
    each(&operations(), "locations", |vector, bytes| {
        let expected = location(&vector["location"]);
        let mut reader = Reader::new(bytes, SyrupLimits::default());
        assert_eq!(Location::read(&mut reader), Ok(expected.clone()));
        for order in [KeyOrder::Utf16, KeyOrder::Encoded] {
            assert_eq!(expected.to_bytes(order), bytes);
        }
    });
}

fn key_pair(number: usize) -> KeyPair {
    let seed = unhex(&identity()["keys"][number - 1]["seed"]);
    KeyPair::from_seed(seed.try_into().expect("32 bytes"))
}

fn signature(hex: &Value) -> Signature {
    Signature(unhex(hex).try_into().expect("64 bytes"))
}

#[test]
fn keys_and_ids_are_those_of_others() {
    let file = identity();
    for number in 1..=3 {
        let expected = &file["keys"][number - 1];
        let public = key_pair(number).public();
        assert_eq!(hex(&public.0), expected["publicKey"]);
        assert_eq!(public_id(&public).to_hex(), expected["publicId"]);
    }
    let mut encoded = Vec::new();
    key_pair(1).public().write(&mut Writer::new(&mut encoded));
    assert_eq!(hex(&encoded), file["encodedKey1"]);
    let [one, two] = [1, 2].map(|number| public_id(&key_pair(number).public()));
    assert_eq!(session_id(&one, &two).to_hex(), file["session12"]);
    assert_eq!(session_id(&two, &one).to_hex(), file["session12"]);
}

#[test]
fn a_start_is_that_of_others() {
    let file = identity();
    let pair = key_pair(1);
    let place = location(&file["location"]);
    let place_bytes = place.to_bytes(KeyOrder::Utf16);
    assert_eq!(hex(&place_bytes), file["locationBytes"]);
    let payload = write::location_payload(&place_bytes);
    assert_eq!(hex(&payload), file["locationPayload"]);
    let signed = pair.sign_location(&place_bytes);
    assert_eq!(hex(&signed.0), file["locationSignatureByKey1"]);
    let mut written = Vec::new();
    write::start_session(&mut written, "1.0", &pair.public(), &place_bytes, &signed);
    assert_eq!(hex(&written), file["startSession"]);
    let Operation::StartSession(start) = one_operation(&written) else {
        panic!("another operation");
    };
    assert_eq!(start.version, "1.0");
    assert_eq!((start.key, start.signature), (pair.public(), signed));
    assert_eq!(
        (&start.location, start.location_bytes),
        (&place, &*place_bytes)
    );
    assert!(verify_location(
        &start.key,
        start.location_bytes,
        &start.signature
    ));
    let other = key_pair(2).public();
    assert!(!verify_location(
        &other,
        start.location_bytes,
        &start.signature
    ));
}

#[test]
fn a_resume_is_that_of_others() {
    let file = identity();
    let pair = key_pair(1);
    let session = unhex(&file["session12"]);
    let payload = write::resume_payload(&session, 0);
    assert_eq!(hex(&payload), file["resumePayload"]);
    let signed = pair.sign(&payload);
    assert_eq!(hex(&signed.0), file["resumeSignatureByKey1"]);
    let mut written = Vec::new();
    write::resume_session(&mut written, &session, 0, &signed);
    assert_eq!(hex(&written), file["resumeSession"]);
    let Operation::ResumeSession(resume) = one_operation(&written) else {
        panic!("another operation");
    };
    assert_eq!((resume.session_id, resume.count), (&*session, 0));
    assert!(verify_strict(&pair.public(), &payload, &resume.signature));
    let mut highest = Vec::new();
    write::resume_session(&mut highest, &session, u128::MAX, &signed);
    let Operation::ResumeSession(resume) = one_operation(&highest) else {
        panic!("another operation");
    };
    assert_eq!(resume.count, u128::MAX);
}

#[test]
fn handoffs_are_those_of_others() {
    let file = identity();
    let described = &file["handoffGive"];
    let [session, side, gift] =
        ["session", "gifterSide", "giftId"].map(|key| unhex(&described[key]));
    let give = HandoffGive {
        receiver_key: PublicKey(unhex(&described["receiverKey"]).try_into().expect("a key")),
        exporter_location: location(&described["location"]),
        session: &session,
        gifter_side: &side,
        gift_id: &gift,
    };
    let mut give_bytes = Vec::new();
    give.write(&mut Writer::new(&mut give_bytes), KeyOrder::Utf16);
    assert_eq!(hex(&give_bytes), described["payload"]);
    let give_signature = signature(&described["signatureByKey1"]);
    assert_eq!(key_pair(1).sign(&give_bytes), give_signature);

    let described = &file["handoffReceive"];
    let [session, side] = ["session", "side"].map(|key| unhex(&described[key]));
    let receive = HandoffReceive {
        receiving_session: &session,
        receiving_side: &side,
        handoff_count: described["count"].as_u64().expect("a count"),
        signed_give: Signed {
            object: give,
            bytes: &give_bytes,
            signature: give_signature,
        },
    };
    let mut receive_bytes = Vec::new();
    receive.write(&mut Writer::new(&mut receive_bytes));
    assert_eq!(hex(&receive_bytes), described["payload"]);
    let receive_signature = signature(&described["signatureByKey3"]);
    assert_eq!(key_pair(3).sign(&receive_bytes), receive_signature);

    let mut envelope = Vec::new();
    write_signed(
        &mut Writer::new(&mut envelope),
        &receive_bytes,
        &receive_signature,
    );
    let mut reader = Reader::new(&envelope, SyrupLimits::default());
    let read = Signed::read(&mut reader, HandoffReceive::read).expect("an envelope");
    assert_eq!(reader.finish(), Ok(()));
    assert_eq!(read.object, receive);
    assert_eq!(read.bytes, receive_bytes);
    let key = read.object.signed_give.object.receiver_key;
    assert!(verify_strict(&key, read.bytes, &read.signature));
}
