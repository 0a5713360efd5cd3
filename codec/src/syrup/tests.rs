//! The reader against single inputs. Vectors of other implementations are in `tests/vectors.rs`.

use super::*;

fn reader(input: &[u8]) -> Reader<'_> {
    Reader::new(input, SyrupLimits::default())
}

/// Reads one value and nothing more.
fn judge(input: impl AsRef<[u8]>) -> Result<(), SyrupError> {
    let mut reader = reader(input.as_ref());
    reader.skip()?;
    reader.finish()
}

#[test]
fn tokens_in_order() {
    let mut reader = reader(b"<3'foo[1+22-]{1\"at}2:ab1\"xD\0\0\0\0\0\0\0\0>");
    let int = |negative, digits| Token::Int(Int::new(negative, digits).expect("canonical"));
    let expected = [
        Token::RecordOpen,
        Token::Symbol("foo"),
        Token::ListOpen,
        int(false, "1"),
        int(true, "22"),
        Token::Close,
        Token::DictOpen,
        Token::String("a"),
        Token::Bool(true),
        Token::Close,
        Token::Bytes(b"ab"),
        Token::String("x"),
        Token::Float(0),
        Token::Close,
    ];
    for token in expected {
        assert_eq!(reader.next(), Ok(token));
    }
    assert_eq!(reader.finish(), Ok(()));
    assert!(matches!(reader.next(), Err(SyrupError::Truncated { .. })));
}

#[test]
fn typed_reads() {
    let mut reader = reader(b"<4'call[1+2+]{1\"kf}3:abcn");
    assert_eq!(reader.record("call"), Ok(()));
    assert_eq!(reader.open_list(), Ok(()));
    assert_eq!(reader.at_close(), Ok(false));
    assert_eq!(reader.u64(), Ok(1));
    assert_eq!(reader.u128(), Ok(2));
    assert_eq!(reader.at_close(), Ok(true));
    assert_eq!(reader.close(), Ok(()));
    assert_eq!(reader.skip(), Ok(13..19));
    assert_eq!(reader.bytes(), Ok(&b"abc"[..]));
    assert_eq!(reader.finish(), Err(SyrupError::Unclosed { at: 24 }));
    assert_eq!(reader.next(), Err(SyrupError::UnexpectedByte { at: 24 }));
}

#[test]
fn typed_reads_refuse_other_types() {
    use Expected::*;
    let expected = |expected| SyrupError::Unexpected { at: 0, expected };
    assert_eq!(reader(b"1+").bool(), Err(expected(Boolean)));
    assert_eq!(reader(b"t").int(), Err(expected(Integer)));
    assert_eq!(reader(b"1\"a").bytes(), Err(expected(Bytes)));
    assert_eq!(reader(b"1'a").string(), Err(expected(String)));
    assert_eq!(reader(b"1\"a").symbol(), Err(expected(Symbol)));
    assert_eq!(reader(b"{}").open_list(), Err(expected(List)));
    assert_eq!(reader(b"[]").open_dict(), Err(expected(Dictionary)));
    assert_eq!(reader(b"[]").record_label(), Err(expected(Record)));
    assert_eq!(reader(b"<1'a>").record("b"), Err(expected(Label)));
    assert_eq!(reader(b"1-").u64(), Err(SyrupError::OutOfRange { at: 0 }));
    let mut inside = reader(b"[1+]");
    assert_eq!(inside.open_list(), Ok(()));
    assert!(inside.clone().close().is_err());
    assert_eq!(inside.u64(), Ok(1));
    assert!(inside.skip().is_err());
}

#[test]
fn several_values_follow_each_other() {
    let mut reader = Reader::at(b"xx1+2+", 2, SyrupLimits::default());
    assert_eq!(reader.u64(), Ok(1));
    assert_eq!(reader.finish(), Err(SyrupError::TrailingBytes { at: 4 }));
    assert_eq!(reader.u64(), Ok(2));
    assert_eq!(reader.finish(), Ok(()));
    let beyond = Reader::at(b"1+", 7, SyrupLimits::default()).next();
    assert_eq!(beyond, Err(SyrupError::Truncated { at: 7 }));
}

#[test]
fn keys_follow_either_order_as_a_whole() {
    assert_eq!(judge("{1\"b1+2\"aa2+}"), Ok(()));
    assert_eq!(judge("{2\"aa2+1\"b1+}"), Ok(()));
    // Text order to the second key, order of the encoding to the third.
    assert_eq!(
        judge("{2\"aa1+1\"b1+2\"ab1+}"),
        Err(SyrupError::Unordered { at: 12 })
    );
    assert_eq!(
        judge("{1\"a1+1\"a2+}"),
        Err(SyrupError::Duplicate { at: 6 })
    );
    // The duplicate is not next to the first.
    assert!(judge("{1\"b1+2\"aa1+1\"b1+}").is_err());
}

#[test]
fn sets_are_ordered() {
    assert_eq!(judge("#1+2+$"), Ok(()));
    assert_eq!(judge("#2+1+$"), Err(SyrupError::Unordered { at: 3 }));
    assert_eq!(judge("#1+1+$"), Err(SyrupError::Duplicate { at: 3 }));
}

#[test]
fn keys_and_labels_have_their_types() {
    assert_eq!(judge("{1'a1+}"), Err(SyrupError::KeyIsNotString { at: 1 }));
    assert_eq!(judge("{[]1+}"), Err(SyrupError::KeyIsNotString { at: 1 }));
    assert_eq!(judge("{1\"a}"), Err(SyrupError::ValueIsMissing { at: 4 }));
    assert_eq!(judge("<>"), Err(SyrupError::LabelIsMissing { at: 1 }));
    assert_eq!(judge("<1\"a>"), Err(SyrupError::LabelIsNotSymbol { at: 1 }));
    assert_eq!(judge("<1:a>"), Err(SyrupError::LabelIsNotSymbol { at: 1 }));
    let any = SyrupLimits {
        keys: DictKeys::Any,
        ..SyrupLimits::default()
    };
    for input in ["{1'a1+}", "<1:a>", "{1\"bt[1+]f}", "{{1+2+}3+{}[]}"] {
        let mut reader = Reader::new(input.as_bytes(), any);
        assert!(reader.skip().is_ok(), "{input}");
    }
    let mut reader = Reader::new(b"{[1+]t1\"bf}", any);
    assert_eq!(reader.skip(), Err(SyrupError::Unordered { at: 6 }));
    assert!(Reader::new(b"<>", any).skip().is_err());
}

#[test]
fn closing_bytes_match() {
    assert_eq!(judge("[}"), Err(SyrupError::WrongClose { at: 1 }));
    assert_eq!(judge("]"), Err(SyrupError::WrongClose { at: 0 }));
    assert_eq!(judge("{1\"a[>}"), Err(SyrupError::WrongClose { at: 5 }));
}

#[test]
fn minus_zero_and_byte_order_marks_are_kept() {
    let mut floats = reader(b"D\x80\0\0\0\0\0\0\0");
    assert_eq!(floats.next(), Ok(Token::Float(1 << 63)));
    let marked = "6\"\u{feff}abc".as_bytes();
    assert_eq!(reader(marked).string(), Ok("\u{feff}abc"));
}

#[test]
fn huge_lengths_cost_nothing() {
    assert_eq!(judge("999999999:a"), Err(SyrupError::Truncated { at: 0 }));
    assert_eq!(judge("2147483647\""), Err(SyrupError::Truncated { at: 0 }));
    assert_eq!(
        judge("2147483648:"),
        Err(SyrupError::LengthTooLarge { at: 0 })
    );
    assert_eq!(
        judge("18446744073709551617:a"),
        Err(SyrupError::LengthTooLarge { at: 0 })
    );
}

#[test]
fn huge_integers_are_bounded() {
    let digits = |count| "1".repeat(count);
    assert_eq!(judge(digits(4096) + "+"), Ok(()));
    let too_many = Err(SyrupError::TooManyDigits { at: 0 });
    assert_eq!(judge(digits(4097) + "+"), too_many);
    assert_eq!(judge(digits(1_000_000)), too_many);
    assert_eq!(judge(digits(4096)), Err(SyrupError::Truncated { at: 0 }));
}

#[test]
fn deep_nesting_is_bounded() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(judge(nested(128)), Ok(()));
    assert_eq!(judge(nested(129)), Err(SyrupError::TooDeep { at: 128 }));
    assert_eq!(
        judge("{1\"a".repeat(1_000_000)),
        Err(SyrupError::TooDeep { at: 512 })
    );
}

#[test]
fn a_shallow_reader_stays_on_the_stack() {
    let mut reader = reader(b"[[[[[[[[]]]]]]]]");
    assert!(reader.skip().is_ok());
    assert!(!reader.spilled());
}
