//! Operations against single inputs. Vectors of other implementations are in `tests/vectors.rs`.

use super::*;
use crate::syrup::{Expected, Reader, SyrupError, SyrupLimits};

fn read(input: &str) -> Result<Operation<'_>, WireError> {
    let (operation, end) = read_operation(input.as_bytes(), 0, SyrupLimits::default())?;
    assert_eq!(end, input.len());
    Ok(operation)
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn deliver_in_every_form() {
    let call = "<10'op:deliver<11'desc:answer3+>[8'make-car]4+f>";
    let operation = read(call).expect("an operation");
    let Operation::Deliver { ref args, .. } = operation else {
        panic!("{operation:?}");
    };
    assert_eq!(&call[args.clone()], "[8'make-car]");
    assert_eq!(
        operation,
        Operation::Deliver {
            to: Target::Answer(3),
            args: args.clone(),
            answer: Some(4),
            resolve_me: None,
            only: false,
        }
    );
    assert_eq!(operation.shows(), Dialects::SINCE_2026_02);
    let only = read("<15'op:deliver-only<11'desc:export1+>[]>").expect("an operation");
    assert_eq!(only.shows(), Dialects::only(Dialect::V2026_01));
    let promise = read("<10'op:deliver<11'desc:export1+>[]f<19'desc:import-promise2+>>");
    assert!(matches!(
        promise,
        Ok(Operation::Deliver {
            resolve_me: Some(ResolveMe::Promise(2)),
            answer: None,
            ..
        })
    ));
}

#[test]
fn deliver_refuses_what_does_not_belong() {
    assert_eq!(
        read("<10'op:deliver<11'desc:export1+>{}ff>"),
        Err(WireError::Syrup(SyrupError::Unexpected {
            at: 32,
            expected: Expected::List
        }))
    );
    for wrong in [
        "<10'op:deliver<18'desc:import-object1+>[]ff>",
        "<10'op:deliver<11'desc:export1+>[]f<11'desc:export1+>>",
        "<10'op:deliver<11'desc:export1->[]ff>",
        "<10'op:deliver<11'desc:export18446744073709551616+>[]ff>",
        "<10'op:deliver<11'desc:export1+2+>[]ff>",
        "<10'op:deliver<11'desc:export1+>[]tf>",
        "<10'op:deliver<11'desc:export1+>[]fff>",
        "<10'op:deliver<11'desc:export1+>[]f>",
        "<15'op:deliver-only<11'desc:export1+>[]f>",
        "<11'op:deliver!<11'desc:export1+>[]f>",
        "[]",
        "10'op:deliver",
    ] {
        let error = read(wrong).expect_err(wrong);
        assert!(!error.is_truncated(), "{wrong}");
    }
}

#[test]
fn listen_of_two_and_three_fields() {
    let two = read("<9'op:listen<11'desc:export1+><18'desc:import-object2+>>").expect("two");
    assert_eq!(two.shows(), Dialects::only(Dialect::V2026_03));
    let three = read("<9'op:listen<11'desc:export1+><18'desc:import-object2+>f>").expect("three");
    assert_eq!(three.shows(), Dialects::UNTIL_2026_02);
    assert!(matches!(
        three,
        Operation::Listen {
            to: Target::Export(1),
            resolve_me: ResolveMe::Object(2),
            wants_partial: Some(false),
        }
    ));
}

#[test]
fn releases_in_every_form() {
    let pairs = |input| match read(input) {
        Ok(Operation::GcExports(list)) => Ok(list.iter().collect::<Vec<_>>()),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    };
    let max = u64::MAX;
    assert_eq!(
        pairs("<13'op:gc-exports[1+7+][2+1+]>"),
        Ok(vec![(1, 2), (7, 1)])
    );
    assert_eq!(pairs("<12'op:gc-export1+2+>"), Ok(vec![(1, 2)]));
    assert_eq!(pairs("<12'op:gc-export[1+][2+]>"), Ok(vec![(1, 2)]));
    assert_eq!(pairs("<13'op:gc-exports[][]>"), Ok(vec![]));
    assert_eq!(
        pairs("<13'op:gc-exports[18446744073709551615+][1+]>"),
        Ok(vec![(max, 1)])
    );
    assert_eq!(
        pairs("<13'op:gc-exports[1+][0+]>"),
        Err(WireError::DeltaIsZero { at: 22 })
    );
    assert_eq!(
        pairs("<13'op:gc-exports[1+][2+3+]>"),
        Err(WireError::DeltasDoNotMatch { at: 21 })
    );
    assert!(pairs("<13'op:gc-exports[1+]2+>").is_err());
    assert!(pairs("<13'op:gc-exports[1+]>").is_err());
    let positions = |input| match read(input) {
        Ok(Operation::GcAnswers(list)) => Some((list.len(), list.iter().collect::<Vec<_>>())),
        _ => None,
    };
    assert_eq!(positions("<13'op:gc-answers[0+3+]>"), Some((2, vec![0, 3])));
    assert_eq!(positions("<12'op:gc-answer3+>"), Some((1, vec![3])));
    assert_eq!(positions("<12'op:gc-answer[3+]>"), Some((1, vec![3])));
    assert_eq!(positions("<12'op:gc-answer-3+>"), None);
}

#[test]
fn each_dialect_writes_its_own_form() {
    use Dialect::*;
    let to = Target::Export(1);
    let resolver = ResolveMe::Object(2);
    let deliver = |dialect, answer, resolve_me| {
        let mut out = b"before".to_vec();
        write::deliver(&mut out, dialect, to, b"[]", answer, resolve_me)
            .map(|()| String::from_utf8(out.split_off(6)).expect("ASCII"))
            .inspect_err(|_| assert_eq!(out, b"before"))
    };
    let both = "<10'op:deliver<11'desc:export1+>[]3+<18'desc:import-object2+>>";
    for dialect in Dialect::ALL {
        let text = deliver(dialect, Some(3), Some(resolver));
        assert_eq!(text.as_deref(), Ok(both));
    }
    assert_eq!(
        deliver(V2026_01, None, None).as_deref(),
        Ok("<15'op:deliver-only<11'desc:export1+>[]>")
    );
    assert_eq!(
        deliver(V2026_02, None, None).as_deref(),
        Ok("<10'op:deliver<11'desc:export1+>[]ff>")
    );
    assert_eq!(deliver(V2026_01, Some(3), None), Err(NotInDialect));
    assert_eq!(
        written(|out| write::listen(out, V2026_02, to, resolver)),
        "<9'op:listen<11'desc:export1+><18'desc:import-object2+>f>"
    );
    assert_eq!(
        written(|out| write::listen(out, V2026_03, to, resolver)),
        "<9'op:listen<11'desc:export1+><18'desc:import-object2+>>"
    );
}

#[test]
fn releases_are_one_record_or_one_each() {
    let mut frames = Vec::new();
    let pairs = [(1, 2), (7, 1)];
    let out = written(|out| {
        write::gc_exports(out, Dialect::V2026_01, &pairs, |range| frames.push(range));
    });
    assert_eq!(out, "<12'op:gc-export1+2+><12'op:gc-export7+1+>");
    assert_eq!(frames, [0..21, 21..42]);
    frames.clear();
    let out = written(|out| {
        write::gc_answers(out, Dialect::V2026_02, &[0, 3], |range| frames.push(range));
        write::gc_answers(out, Dialect::V2026_02, &[], |range| frames.push(range));
        write::gc_exports(out, Dialect::V2026_02, &[], |range| frames.push(range));
    });
    assert_eq!(out, "<13'op:gc-answers[0+3+]>");
    assert_eq!(frames.len(), 1);
}

#[test]
fn locations() {
    let read = |input: &str| {
        let mut reader = Reader::new(input.as_bytes(), SyrupLimits::default());
        let location = Location::read(&mut reader)?;
        reader.finish()?;
        Ok::<_, WireError>(location)
    };
    let absent = "<10'ocapn-peer5'onion3\"abcf>";
    let empty = "<10'ocapn-peer5'onion3\"abc{}>";
    let hints = "<10'ocapn-peer5'onion3\"abc{4\"port1\"p3\"url1\"u}>";
    let encoded = "<10'ocapn-peer5'onion3\"abc{3\"url1\"u4\"port1\"p}>";
    for input in [absent, empty, hints] {
        let location = read(input).expect("a location");
        let again = location.to_bytes(Dialect::V2026_02.key_order());
        assert_eq!(again, input.as_bytes());
        assert_eq!(location.id(), "onion/abc");
    }
    let location = read(encoded).expect("a location");
    assert_eq!(read(hints), Ok(location.clone()));
    assert_eq!(
        location.to_bytes(Dialect::V2026_03.key_order()),
        encoded.as_bytes()
    );
    let bare = read(absent).expect("a location");
    assert!(bare.same_peer(&location));
    assert_ne!(bare, location);
    for wrong in [
        "<10'ocapn-peer5\"onion3\"abcf>",
        "<10'ocapn-peer5'onion3\"abct>",
        "<10'ocapn-peer5'onion3\"abc{1\"at}>",
        "<10'ocapn-peer5'onion3\"abcff>",
        "<10'ocapn-pear5'onion3\"abcf>",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn ids_of_peers_do_not_collide() {
    let id = |transport: &str, designator: &str| {
        let location = Location {
            transport: transport.into(),
            designator: designator.into(),
            hints: Default::default(),
            hints_absent: true,
        };
        location.id()
    };
    assert_eq!(id("a/b", "c"), "a%2Fb/c");
    assert_ne!(id("a/b", "c"), id("a", "b/c"));
}

#[test]
fn keys_and_signatures_have_one_form() {
    let read = |input: &[u8]| PublicKey::read(&mut Reader::new(input, SyrupLimits::default()));
    let mut out = Vec::new();
    let key = PublicKey([0xab; 32]);
    key.write(&mut crate::syrup::Writer::new(&mut out));
    assert_eq!(read(&out), Ok(key));
    let flags = out.windows(5).position(|window| window == b"eddsa");
    let mut wrong = out.clone();
    wrong[flags.expect("there")] = b'x';
    assert_eq!(read(&wrong), Err(WireError::NotPublicKey { at: 0 }));
    assert_eq!(read(b"[]"), Err(WireError::NotPublicKey { at: 0 }));
    let mut reader = Reader::new(&out, SyrupLimits::default());
    assert_eq!(
        Signature::read(&mut reader),
        Err(WireError::NotSignature { at: 0 })
    );
}

#[test]
fn dialects_have_names() {
    for dialect in Dialect::ALL {
        assert_eq!(dialect.as_str().parse(), Ok(dialect));
    }
    assert_eq!("2026-04".parse::<Dialect>(), Err(UnknownDialect));
    assert_eq!(Dialect::default(), Dialect::V2026_02);
}
