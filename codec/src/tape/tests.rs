use proptest::prelude::*;

use super::model::{Exports, Value, Words, tagged_text, value, word};
use super::{DataOnly, Encoder, TapeError, decode, encode, tags};
use crate::Dialect;
use crate::error::ErrorCode;
use crate::syrup::{Reader, SyrupLimits};

fn limits() -> SyrupLimits {
    SyrupLimits::default()
}

fn encoded(tape: &[u8], dialect: Dialect) -> Result<Vec<u8>, TapeError> {
    let mut out = b"before".to_vec();
    let result = encode(tape, &mut out, dialect, &limits(), &mut Exports);
    match result {
        Ok(used) => {
            assert_eq!(used, tape.len());
            Ok(out.split_off(6))
        }
        Err(error) => {
            assert_eq!(out, b"before", "an error leaves the output as it was");
            Err(error)
        }
    }
}

fn syrup(value: &Value) -> String {
    let bytes = encoded(&value.to_tape(), Dialect::V2026_02).expect("a value");
    String::from_utf8(bytes).expect("text")
}

fn words(message: &[u8]) -> Result<Vec<u32>, TapeError> {
    let mut words = vec![7];
    let mut reader = Reader::new(message, limits());
    let result = decode(&mut reader, &mut words, &mut Exports);
    if result.is_err() {
        assert_eq!(words, [7], "an error leaves the words as they were");
    }
    result.map(|()| words.split_off(1))
}

fn decoded(message: &[u8]) -> Value {
    let words = words(message).expect("a value");
    let mut rest = Words {
        words: &words,
        message,
    };
    let value = rest.value();
    assert!(rest.words.is_empty(), "no word is left");
    value
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn entries(keys: &[&str]) -> Value {
    let entries = keys.iter().zip(0..);
    Value::Struct(
        entries
            .map(|(key, value)| ((*key).to_owned(), Value::Int(value)))
            .collect(),
    )
}

#[test]
fn values_are_written_as_peers_write_them() {
    let cases = [
        (Value::Undefined, "<4'void>"),
        (Value::Null, "<4'null>"),
        (Value::Bool(true), "t"),
        (Value::Int(0), "0+"),
        (Value::Int(-1), "1-"),
        (Value::Int(1 << 64), "18446744073709551616+"),
        (Value::Int(i64::MIN.into()), "9223372036854775808-"),
        (
            Value::Int(-123456789012345678901234567890),
            "123456789012345678901234567890-",
        ),
        (string("é🚀"), "6\"é🚀"),
        (
            Value::Symbol("make-car-factory".to_owned()),
            "16'make-car-factory",
        ),
        (Value::Bytes(b"ab".to_vec()), "2:ab"),
        (
            Value::List(vec![
                string("abc"),
                Value::Bool(true),
                Value::List(vec![]),
                entries(&[]),
            ]),
            "[3\"abct[]{}]",
        ),
        (
            Value::Tagged("decimal".to_owned(), Box::new(string("3.14"))),
            "<11'desc:tagged7'decimal4\"3.14>",
        ),
        (Value::Error("boom".to_owned()), "<10'desc:error4\"boom>"),
        (Value::Ref(7), "<11'desc:export7+>"),
        (
            Value::SturdyRef {
                transport: "onion".to_owned(),
                designator: "abc".to_owned(),
                hints: None,
                swissnum: b"a".to_vec(),
            },
            "<15'ocapn-sturdyref<10'ocapn-peer5'onion3\"abcf>1:a>",
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(syrup(&value), expected);
        assert_eq!(decoded(expected.as_bytes()), value);
    }
}

#[test]
fn keys_take_the_order_of_the_dialect() {
    let value = entries(&["aa", "b", ""]);
    let tape = value.to_tape();
    let utf16 = encoded(&tape, Dialect::V2026_02).expect("a value");
    assert_eq!(utf16, b"{0\"2+2\"aa0+1\"b1+}");
    let by_bytes = encoded(&tape, Dialect::V2026_03).expect("a value");
    assert_eq!(by_bytes, b"{0\"2+1\"b1+2\"aa0+}");
    assert_eq!(decoded(&utf16).normal(true), value.clone().normal(true));
    assert_eq!(decoded(&by_bytes).normal(true), value.normal(true));
}

#[test]
fn a_struct_in_a_struct_is_sorted_with_its_entry() {
    let inner = entries(&["z", "y"]);
    let value = Value::Struct(vec![
        ("b".to_owned(), inner.clone()),
        ("a".to_owned(), Value::List(vec![inner])),
    ]);
    let expected = "{1\"a[{1\"y1+1\"z0+}]1\"b{1\"y1+1\"z0+}}";
    assert_eq!(syrup(&value), expected);
}

#[test]
fn keys_beyond_the_plane_take_the_order_of_utf16() {
    let value = entries(&["\u{e000}", "\u{1f680}"]);
    assert_eq!(syrup(&value), "{4\"\u{1f680}1+3\"\u{e000}0+}");
}

#[test]
fn a_key_twice_is_refused() {
    for keys in [&["a", "a"][..], &["b", "a", "c", "b"]] {
        let error = encoded(&entries(keys).to_tape(), Dialect::V2026_02).expect_err("twice");
        assert!(matches!(error, TapeError::DuplicateKey { .. }), "{error:?}");
        assert_eq!(error.code(), ErrorCode::NotPassable);
    }
}

#[test]
fn minus_zero_goes_to_those_who_know_it() {
    let tape = Value::Float((-0.0f64).to_bits()).to_tape();
    for dialect in Dialect::ALL {
        let sign = u8::from(dialect.minus_zero()) << 7;
        let written = encoded(&tape, dialect).expect("a value");
        assert_eq!(written, [b'D', sign, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            decoded(&written),
            Value::Float(u64::from(sign) << 56),
            "kept on read"
        );
    }
}

#[test]
fn every_kind_of_reference_is_read() {
    let message = b"[<18'desc:import-object1+><19'desc:import-promise2+><11'desc:export3+>\
        <11'desc:answer4+><17'desc:sig-envelope[1+]{}>]";
    let expected = [
        vec![tags::LIST, 5],
        vec![tags::REF, tags::KIND_REMOTE_OBJECT, 1],
        vec![tags::REF, tags::KIND_REMOTE_PROMISE, 2],
        vec![tags::REF, tags::KIND_LOCAL, 3],
        vec![tags::REF, tags::KIND_BROKEN, ErrorCode::Lost as u32],
        vec![tags::REF, tags::KIND_DESCRIBED, 1, 88, 28],
    ];
    assert_eq!(words(message).expect("a value"), expected.concat());
}

#[test]
fn what_is_no_value_is_refused() {
    let cases: &[&[u8]] = &[
        b"",
        b"]",
        b"[1+",
        b"#1+$",
        b"<10'ocapn-peer5'onion3\"abcf>",
        b"<4\"void>",
        b"<4'voidt>",
        b"<4'odd>",
        b"4'@@it",
        b"<11'desc:tagged1'a>",
        b"<11'desc:tagged1'att>",
        b"<11'desc:tagged1\"at>",
        b"<10'desc:error4:boom>",
        b"<10'desc:error4\"boomf>",
        b"<18'desc:import-object1->",
        b"<18'desc:import-object18446744073709551616+>",
        b"<18'desc:import-object>",
        b"<15'ocapn-sturdyref<10'ocapn-peer5'onion3\"abct>1:a>",
        b"<15'ocapn-sturdyref<10'ocapn-peer5'onion3\"abc{1\"a1+}>1:a>",
        b"<15'ocapn-sturdyref<10'ocapn-peer5'onion3\"abcf>1\"a>",
        b"{1'a1+}",
        b"{1\"b1+1\"a1+}x",
    ];
    for case in cases {
        let text = String::from_utf8_lossy(case);
        match words(case) {
            // What follows the value is the caller's business.
            Ok(_) => assert!(case.ends_with(b"x"), "{text}"),
            Err(error) => assert_eq!(error.code(), ErrorCode::MalformedMessage, "{text}"),
        }
    }
}

#[test]
fn a_reference_that_is_refused_says_why() {
    let mut out = Vec::new();
    let tape = Value::List(vec![Value::Ref(1)]).to_tape();
    let error = encode(&tape, &mut out, Dialect::V2026_02, &limits(), &mut DataOnly);
    let code = ErrorCode::NotPassable;
    assert_eq!(error, Err(TapeError::Reference { at: 8, code }));
    let mut reader = Reader::new(b"[<11'desc:export3+>]", limits());
    let error = decode(&mut reader, &mut Vec::new(), &mut DataOnly);
    assert_eq!(error, Err(TapeError::Reference { at: 1, code }));
}

#[test]
fn a_wrong_tape_is_refused() {
    let text = |tag, text: &str| {
        let mut tape = Vec::new();
        tagged_text(&mut tape, tag, text);
        tape
    };
    let words = |words: &[u32]| {
        let mut tape = Vec::new();
        words.iter().for_each(|each| word(&mut tape, *each));
        tape
    };
    let mut bad_text = words(&[tags::STRING, 2]);
    bad_text.extend([0xc0, 0x80, 0, 0]);
    let cases = [
        (Vec::new(), TapeError::Truncated { at: 0 }),
        (words(&[99]), TapeError::UnexpectedTag { at: 0 }),
        (words(&[tags::LIST]), TapeError::Truncated { at: 4 }),
        (
            words(&[tags::LIST, u32::MAX, tags::NULL]),
            TapeError::Truncated { at: 12 },
        ),
        (words(&[tags::BYTES, 5, 0]), TapeError::Truncated { at: 12 }),
        (words(&[tags::BYTES, 1 << 31]), TapeError::TooLong { at: 4 }),
        (bad_text, TapeError::InvalidUtf8 { at: 4 }),
        (
            text(tags::SYMBOL, "@@iterator"),
            TapeError::ReservedSymbol { at: 4 },
        ),
        (text(tags::BIGINT, "-0"), TapeError::InvalidDigits { at: 4 }),
        (text(tags::BIGINT, ""), TapeError::InvalidDigits { at: 4 }),
        (text(tags::BIGINT, "+1"), TapeError::InvalidDigits { at: 4 }),
        (
            text(tags::BIGINT, &"9".repeat(4097)),
            TapeError::TooManyDigits { at: 4 },
        ),
        (
            words(&[tags::STURDYREF, tags::SYMBOL]),
            TapeError::UnexpectedTag { at: 4 },
        ),
    ];
    for (tape, expected) in cases {
        assert_eq!(encoded(&tape, Dialect::V2026_02), Err(expected));
    }
}

#[test]
fn what_is_nested_too_deeply_is_refused_as_a_reader_would() {
    let nested =
        |depth: usize, leaf: Value| (0..depth).fold(leaf, |inner, _| Value::List(vec![inner]));
    let depth = usize::from(limits().depth);
    for (leaf, own) in [
        (Value::Int(1), 0),
        (Value::Undefined, 1),
        (Value::Error(String::new()), 1),
        (Value::Ref(1), 1),
        (Value::Tagged(String::new(), Box::new(Value::Int(1))), 1),
    ] {
        let deepest = nested(depth - own, leaf.clone());
        let written = encoded(&deepest.to_tape(), Dialect::V2026_02).expect("deep");
        assert_eq!(decoded(&written), deepest);
        let error = encoded(&nested(depth - own + 1, leaf).to_tape(), Dialect::V2026_02);
        let error = error.expect_err("too deep");
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}

#[test]
fn an_encoder_is_used_again_after_an_error() {
    let mut encoder = Encoder::default();
    let mut out = Vec::new();
    let mut encode = |tape: &[u8]| {
        out.clear();
        let used = encoder.encode(tape, &mut out, Dialect::V2026_02, &limits(), &mut Exports);
        used.map(|_| out.clone())
    };
    let tape = entries(&["b", "a"]).to_tape();
    let (cut, _) = tape.split_at(tape.len() - 4);
    assert!(encode(cut).is_err());
    assert_eq!(encode(&tape), Ok(b"{1\"a1+1\"b0+}".to_vec()));
}

proptest! {
    #[test]
    fn values_survive(value in value(), dialect in proptest::sample::select(&Dialect::ALL[..])) {
        let message = encoded(&value.to_tape(), dialect);
        let message = message.expect("a value");
        let mut reader = Reader::new(&message, limits());
        reader.skip().expect("canonical");
        reader.finish().expect("nothing more");
        let expected = value.normal(dialect.minus_zero());
        prop_assert_eq!(decoded(&message).normal(true), expected);
    }

    #[test]
    fn any_bytes_are_a_tape_or_an_error(tape: Vec<u8>) {
        let _ = encode(&tape, &mut Vec::new(), Dialect::V2026_02, &limits(), &mut Exports);
    }

    #[test]
    fn any_words_are_a_tape_or_an_error(
        words in proptest::collection::vec(prop_oneof![0u32..20, any::<u32>()], 0..60),
    ) {
        let mut tape = Vec::new();
        words.iter().for_each(|each| word(&mut tape, *each));
        let mut out = Vec::new();
        if encode(&tape, &mut out, Dialect::V2026_03, &limits(), &mut Exports).is_ok() {
            let mut reader = Reader::new(&out, limits());
            prop_assert!(reader.skip().is_ok());
            prop_assert!(reader.finish().is_ok());
        }
    }

    #[test]
    fn a_damaged_tape_is_a_tape_or_an_error(
        value in value(), at: proptest::sample::Index, byte: u8, cut: proptest::sample::Index,
    ) {
        let mut tape = value.to_tape();
        if let Some(place) = { let at = at.index(tape.len()); tape.get_mut(at) } {
            *place = byte;
        }
        tape.truncate(cut.index(tape.len() + 1));
        let _ = encode(&tape, &mut Vec::new(), Dialect::V2026_02, &limits(), &mut Exports);
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(message: Vec<u8>) {
        let _ = words(&message);
    }

    #[test]
    fn a_damaged_message_is_a_message_or_an_error(
        value in value(), at: proptest::sample::Index, byte: u8,
    ) {
        let mut message = encoded(&value.to_tape(), Dialect::V2026_02).expect("a value");
        if let Some(place) = { let at = at.index(message.len()); message.get_mut(at) } {
            *place = byte;
        }
        if let Ok(words) = words(&message) {
            let mut rest = Words { words: &words, message: &message };
            // A reference may have become of another kind, which the model does not build.
            if !words.windows(2).any(|pair| matches!(pair, [tags::REF, kind] if *kind > 0)) {
                rest.value();
            }
        }
    }
}
