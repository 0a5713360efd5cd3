//! What holds for all values and for all bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Value {
    Bool(bool),
    Small(i64),
    Unsigned(u128),
    Big(bool, String),
    Float(u64),
    Bytes(Vec<u8>),
    String(String),
    Symbol(String),
    List(Vec<Value>),
    Record(String, Vec<Value>),
    Struct(BTreeMap<String, Value>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Small),
        any::<u128>().prop_map(Value::Unsigned),
        (any::<bool>(), "[1-9][0-9]{0,60}").prop_map(|(sign, digits)| Value::Big(sign, digits)),
        any::<u64>().prop_map(Value::Float),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        any::<String>().prop_map(Value::String),
        "\\PC{0,12}".prop_map(Value::Symbol),
    ];
    leaf.prop_recursive(12, 64, 6, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..6);
        let key = "[ab\u{ffff}\u{10000}]{0,11}|\\PC{0,3}";
        prop_oneof![
            items.clone().prop_map(Value::List),
            ("[a-z:-]{0,12}", items).prop_map(|(label, items)| Value::Record(label, items)),
            prop::collection::btree_map(key, inner, 0..6).prop_map(Value::Struct),
        ]
    })
}

fn write(writer: &mut Writer<'_>, order: KeyOrder, value: &Value) {
    match value {
        Value::Bool(value) => writer.bool(*value),
        Value::Small(value) => writer.i64(*value),
        Value::Unsigned(value) => writer.u128(*value),
        Value::Big(negative, digits) => writer.int(*negative, digits),
        Value::Float(bits) => writer.float(*bits),
        Value::Bytes(bytes) => writer.bytes(bytes),
        Value::String(text) => writer.string(text),
        Value::Symbol(text) => writer.symbol(text),
        Value::List(items) => {
            writer.open_list();
            items.iter().for_each(|item| write(writer, order, item));
            writer.close_list();
        }
        Value::Record(label, items) => {
            writer.open_record(label);
            items.iter().for_each(|item| write(writer, order, item));
            writer.close_record();
        }
        Value::Struct(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| compare_keys(order, a, b));
            writer.open_dict();
            for (key, value) in entries {
                writer.string(key);
                write(writer, order, value);
            }
            writer.close_dict();
        }
    }
}

fn check(reader: &mut Reader<'_>, value: &Value) -> Result<(), TestCaseError> {
    let at = reader.position();
    match value {
        Value::Bool(value) => prop_assert_eq!(reader.bool(), Ok(*value)),
        Value::Small(value) => prop_assert_eq!(reader.int().map(Int::to_i64), Ok(Some(*value))),
        Value::Unsigned(value) => prop_assert_eq!(reader.u128(), Ok(*value)),
        Value::Big(negative, digits) => {
            let int = reader
                .int()
                .map(|int| (int.negative, int.digits().to_owned()));
            prop_assert_eq!(int, Ok((*negative, digits.clone())));
        }
        Value::Float(bits) => {
            let nan = f64::from_bits(*bits).is_nan();
            let bits = if nan { CANONICAL_NAN } else { *bits };
            prop_assert_eq!(reader.next(), Ok(Token::Float(bits)));
        }
        Value::Bytes(bytes) => prop_assert_eq!(reader.bytes(), Ok(&**bytes)),
        Value::String(text) => prop_assert_eq!(reader.string(), Ok(&**text)),
        Value::Symbol(text) => prop_assert_eq!(reader.symbol(), Ok(&**text)),
        Value::List(items) => {
            prop_assert_eq!(reader.open_list(), Ok(()));
            for item in items {
                prop_assert_eq!(reader.at_close(), Ok(false));
                check(reader, item)?;
            }
            prop_assert_eq!(reader.close(), Ok(()));
        }
        Value::Record(label, items) => {
            prop_assert_eq!(reader.record(label), Ok(()));
            for item in items {
                check(reader, item)?;
            }
            prop_assert_eq!(reader.close(), Ok(()));
        }
        Value::Struct(entries) => {
            prop_assert_eq!(reader.open_dict(), Ok(()));
            let mut count = 0;
            while reader.at_close() == Ok(false) {
                let key = reader.string();
                let value = key.ok().and_then(|key| entries.get(key));
                let value = value.ok_or_else(|| TestCaseError::fail("no such key"))?;
                check(reader, value)?;
                count += 1;
            }
            prop_assert_eq!(count, entries.len());
            prop_assert_eq!(reader.close(), Ok(()));
        }
    }
    let mut skipping = Reader::at(reader.input(), at, reader.limits());
    prop_assert_eq!(skipping.skip(), Ok(at..reader.position()));
    Ok(())
}

fn encode(order: KeyOrder, value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut Writer::new(&mut out), order, value);
    out
}

/// Writes what a reader reads.
fn copy(input: &[u8], limits: SyrupLimits) -> Result<Vec<u8>, SyrupError> {
    let mut reader = Reader::new(input, limits);
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    let mut open = Vec::new();
    loop {
        match reader.next()? {
            Token::Bool(value) => writer.bool(value),
            Token::Int(int) => writer.int(int.negative, int.digits()),
            Token::Float(bits) => writer.float(bits),
            Token::Bytes(bytes) => writer.bytes(bytes),
            Token::String(text) => writer.string(text),
            Token::Symbol(text) => writer.symbol(text),
            token @ (Token::ListOpen | Token::DictOpen | Token::RecordOpen | Token::SetOpen) => {
                let (mark, end) = match token {
                    Token::ListOpen => (b"[", b"]"),
                    Token::DictOpen => (b"{", b"}"),
                    Token::RecordOpen => (b"<", b">"),
                    _ => (b"#", b"$"),
                };
                writer.raw(mark);
                open.push(end);
            }
            Token::Close => writer.raw(open.pop().expect("balanced")),
        }
        if open.is_empty() {
            return Ok(out);
        }
    }
}

/// What all inputs have in common: no panic, one form of each value, and a scanner that agrees.
fn judge(input: &[u8]) -> Result<(), TestCaseError> {
    for keys in [DictKeys::Strings, DictKeys::Any] {
        let limits = SyrupLimits {
            keys,
            ..SyrupLimits::default()
        };
        let read = Reader::new(input, limits).skip();
        let mut scanner = Scanner::new(limits, usize::MAX);
        let scanned = scanner.feed(input);
        match &read {
            Ok(range) => {
                prop_assert_eq!(scanned, Ok(Some(range.end)));
                let copied = copy(input, limits);
                prop_assert_eq!(copied.as_deref(), Ok(&input[range.clone()]));
            }
            // A stream that may go on is not given up.
            Err(SyrupError::Truncated { .. }) => prop_assert_eq!(scanned, Ok(None)),
            Err(_) => {}
        }
        // What is passed ends where it is found to end when it is read, also inside of something.
        for (before, after) in [("", ""), ("<1'a[", "]>"), ("{1\"a", "}")] {
            let within = [before.as_bytes(), input, after.as_bytes()].concat();
            let mut reader = Reader::new(&within, limits);
            while reader.position() < before.len() {
                prop_assert!(reader.next().is_ok());
            }
            let mut passing = reader.clone();
            let (skipped, passed) = (reader.skip(), passing.pass());
            match &passed {
                Ok(range) => prop_assert_eq!(range.end, passing.position()),
                Err(_) => prop_assert_eq!(&passed, &skipped),
            }
            if skipped.is_ok() {
                prop_assert_eq!(passed, skipped);
                prop_assert_eq!(passing.next(), reader.next());
            }
        }
        let mut bytewise = Scanner::new(limits, usize::MAX);
        let steps: Result<Vec<_>, _> = (0..=input.len())
            .map(|length| bytewise.feed(&input[..length]))
            .collect();
        match steps {
            Ok(steps) => prop_assert_eq!(Ok(steps.last().copied().flatten()), scanned),
            Err(error) => prop_assert_eq!(Err(error), scanned),
        }
        let mut reader = Reader::new(input, limits);
        while reader.next().is_ok() {}
        let mut reader = Reader::new(input, limits);
        while reader.skip().is_ok() {}
        let _ = (reader.at_close(), reader.finish(), reader.next());
    }
    Ok(())
}

/// Bytes that look like Syrup more often than not.
fn syrupy() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "[0-9]{1,3}[+-]",
        "[0-9]{0,2}[:\"'][a-c]{0,3}",
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("<1'a".to_owned()),
        Just(">".to_owned()),
        Just("#".to_owned()),
        Just("$".to_owned()),
        Just("1\"a".to_owned()),
        Just("1\"b".to_owned()),
        Just("2\"aa".to_owned()),
        Just("t".to_owned()),
        "D[\\x00-\\x7f]{8}",
        "\\PC",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn values_return(value in value()) {
        for order in [KeyOrder::Utf16, KeyOrder::Encoded] {
            let bytes = encode(order, &value);
            let mut reader = Reader::new(&bytes, SyrupLimits::default());
            check(&mut reader, &value)?;
            prop_assert_eq!(reader.finish(), Ok(()));
            judge(&bytes)?;
        }
    }

    #[test]
    fn a_value_cut_off_is_truncated(value in value()) {
        let bytes = encode(KeyOrder::Encoded, &value);
        let mut scanner = Scanner::new(SyrupLimits::default(), bytes.len());
        for cut in 0..bytes.len() {
            let cut_off = Reader::new(&bytes[..cut], SyrupLimits::default()).skip();
            let truncated = matches!(cut_off, Err(SyrupError::Truncated { .. }));
            prop_assert!(truncated);
            prop_assert_eq!(scanner.feed(&bytes[..cut]), Ok(None));
        }
        prop_assert_eq!(scanner.feed(&bytes), Ok(Some(bytes.len())));
    }

    #[test]
    fn any_bytes_are_judged(bytes in any::<Vec<u8>>()) {
        judge(&bytes)?;
    }

    #[test]
    fn bytes_like_syrup_are_judged(bytes in syrupy()) {
        judge(&bytes)?;
    }

    #[test]
    fn values_with_an_error_are_judged(
        value in value(),
        place in any::<prop::sample::Index>(),
        with in prop_oneof![any::<u8>(), prop::sample::select(b"0123456789+-:\"'[]{}<>#$tfD".to_vec())],
    ) {
        let mut bytes = encode(KeyOrder::Utf16, &value);
        let place = place.index(bytes.len());
        bytes[place] = with;
        judge(&bytes)?;
        bytes.remove(place);
        judge(&bytes)?;
    }
}
