//! A value as a tree, to test both directions against: what JavaScript does, in Rust.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::{InRef, InRefs, OutRefs, tags};
use crate::error::ErrorCode;
use crate::syrup::{CANONICAL_NAN, Writer};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Int(i128),
    Float(u64),
    String(String),
    Symbol(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    /// In the order in which the tape has them.
    Struct(Vec<(String, Value)>),
    Tagged(String, Box<Value>),
    Error(String),
    Ref(u32),
    SturdyRef {
        transport: String,
        designator: String,
        hints: Option<Vec<(String, String)>>,
        swissnum: Vec<u8>,
    },
}

/// References are exports, and their handles are the positions.
pub(super) struct Exports;

impl OutRefs for Exports {
    fn reference(&mut self, handle: u32, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        let mut writer = Writer::new(out);
        writer.open_record("desc:export");
        writer.u64(u64::from(handle));
        writer.close_record();
        Ok(())
    }
}

impl InRefs for Exports {
    fn import_object(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::RemoteObject(handle(position)?))
    }

    fn import_promise(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::RemotePromise(handle(position)?))
    }

    fn export(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::Local(handle(position)?))
    }

    fn answer(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::Broken(ErrorCode::Lost))
    }

    fn handoff(&mut self, envelope: Range<usize>) -> Result<InRef, ErrorCode> {
        Ok(InRef::Described {
            handle: 1,
            offset: envelope.start as u32,
            len: envelope.len() as u32,
        })
    }
}

fn handle(position: u64) -> Result<u32, ErrorCode> {
    u32::try_from(position).map_err(|_| ErrorCode::UnknownSlot)
}

impl Value {
    /// What a peer reads of it: the canonical NaN, and entries in one order.
    pub(super) fn normal(mut self, minus_zero: bool) -> Self {
        match &mut self {
            Self::Float(bits) if f64::from_bits(*bits).is_nan() => *bits = CANONICAL_NAN,
            Self::Float(bits) if *bits == 1 << 63 && !minus_zero => *bits = 0,
            Self::List(items) => {
                for item in items {
                    *item = item.clone().normal(minus_zero);
                }
            }
            Self::Struct(entries) => {
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                for (_, value) in entries {
                    *value = value.clone().normal(minus_zero);
                }
            }
            Self::Tagged(_, value) => **value = value.clone().normal(minus_zero),
            Self::SturdyRef {
                hints: Some(hints), ..
            } => hints.sort(),
            _ => {}
        }
        self
    }

    pub(super) fn to_tape(&self) -> Vec<u8> {
        let mut tape = Vec::new();
        self.write(&mut tape);
        tape
    }

    fn write(&self, tape: &mut Vec<u8>) {
        match self {
            Self::Undefined => word(tape, tags::UNDEFINED),
            Self::Null => word(tape, tags::NULL),
            Self::Bool(false) => word(tape, tags::FALSE),
            Self::Bool(true) => word(tape, tags::TRUE),
            Self::Int(value) => write_int(tape, *value),
            Self::Float(bits) => {
                word(tape, tags::FLOAT64);
                tape.extend(bits.to_le_bytes());
            }
            Self::String(text) => tagged_text(tape, tags::STRING, text),
            Self::Symbol(name) => tagged_text(tape, tags::SYMBOL, name),
            Self::Bytes(bytes) => {
                word(tape, tags::BYTES);
                counted(tape, bytes);
            }
            Self::List(items) => {
                word(tape, tags::LIST);
                word(tape, items.len() as u32);
                items.iter().for_each(|item| item.write(tape));
            }
            Self::Struct(entries) => {
                word(tape, tags::STRUCT);
                word(tape, entries.len() as u32);
                for (key, value) in entries {
                    counted(tape, key.as_bytes());
                    value.write(tape);
                }
            }
            Self::Tagged(tag, value) => {
                tagged_text(tape, tags::TAGGED, tag);
                value.write(tape);
            }
            Self::Error(message) => tagged_text(tape, tags::ERROR, message),
            Self::Ref(handle) => {
                word(tape, tags::REF);
                word(tape, *handle);
            }
            Self::SturdyRef {
                transport,
                designator,
                hints,
                swissnum,
            } => {
                word(tape, tags::STURDYREF);
                tagged_text(tape, tags::STRING, transport);
                tagged_text(tape, tags::STRING, designator);
                match hints {
                    None => word(tape, tags::FALSE),
                    Some(hints) => {
                        word(tape, tags::STRUCT);
                        word(tape, hints.len() as u32);
                        for (key, value) in hints {
                            counted(tape, key.as_bytes());
                            tagged_text(tape, tags::STRING, value);
                        }
                    }
                }
                word(tape, tags::BYTES);
                counted(tape, swissnum);
            }
        }
    }
}

fn write_int(tape: &mut Vec<u8>, value: i128) {
    if let Ok(value) = i32::try_from(value) {
        word(tape, tags::INT32);
        word(tape, value.cast_unsigned());
    } else if let Ok(value) = i64::try_from(value) {
        word(tape, tags::INT64);
        tape.extend(value.to_le_bytes());
    } else {
        tagged_text(tape, tags::BIGINT, &value.to_string());
    }
}

pub(super) fn word(tape: &mut Vec<u8>, word: u32) {
    tape.extend(word.to_le_bytes());
}

fn counted(tape: &mut Vec<u8>, bytes: &[u8]) {
    word(tape, bytes.len() as u32);
    tape.extend(bytes);
    tape.resize(tape.len().next_multiple_of(4), 0);
}

pub(super) fn tagged_text(tape: &mut Vec<u8>, tag: u32, text: &str) {
    word(tape, tag);
    counted(tape, text.as_bytes());
}

/// Builds a value of words, as JavaScript does.
pub(super) struct Words<'a> {
    pub(super) words: &'a [u32],
    pub(super) message: &'a [u8],
}

impl Words<'_> {
    fn next(&mut self) -> u32 {
        let (word, rest) = self.words.split_first().expect("a word more");
        self.words = rest;
        *word
    }

    fn bytes(&mut self) -> Vec<u8> {
        let (offset, len) = (self.next() as usize, self.next() as usize);
        self.message[offset..offset + len].to_vec()
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).expect("checked")
    }

    fn string(&mut self) -> String {
        let text = self.text();
        assert_eq!(self.next() == 1, text.is_ascii());
        text
    }

    fn bits(&mut self) -> u64 {
        u64::from(self.next()) | u64::from(self.next()) << 32
    }

    pub(super) fn value(&mut self) -> Value {
        match self.next() {
            tags::UNDEFINED => Value::Undefined,
            tags::NULL => Value::Null,
            tags::FALSE => Value::Bool(false),
            tags::TRUE => Value::Bool(true),
            tags::INT32 => Value::Int(self.next().cast_signed().into()),
            tags::INT64 => Value::Int(self.bits().cast_signed().into()),
            tags::BIGINT => {
                let negative = self.next() == 1;
                let digits = self.text();
                assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
                // A damaged digit can make an integer that this model has no room for.
                let value = digits.parse().unwrap_or(i128::MAX);
                Value::Int(if negative { -value } else { value })
            }
            tags::FLOAT64 => Value::Float(self.bits()),
            tags::STRING => Value::String(self.string()),
            tags::SYMBOL => Value::Symbol(self.text()),
            tags::BYTES => Value::Bytes(self.bytes()),
            tags::LIST => Value::List((0..self.next()).map(|_| self.value()).collect()),
            tags::STRUCT => {
                let entries = (0..self.next()).map(|_| (self.string(), self.value()));
                Value::Struct(entries.collect())
            }
            tags::TAGGED => Value::Tagged(self.text(), Box::new(self.value())),
            tags::ERROR => Value::Error(self.text()),
            tags::REF => {
                assert_eq!(self.next(), tags::KIND_LOCAL);
                Value::Ref(self.next())
            }
            tags::STURDYREF => self.sturdyref(),
            tag => panic!("no tag: {tag}"),
        }
    }

    fn sturdyref(&mut self) -> Value {
        let mut part = || match self.value() {
            Value::String(text) => text,
            other => panic!("no string: {other:?}"),
        };
        let (transport, designator) = (part(), part());
        let hints = match self.value() {
            Value::Bool(false) => None,
            Value::Struct(entries) => Some(
                entries
                    .into_iter()
                    .map(|(key, value)| match value {
                        Value::String(text) => (key, text),
                        other => panic!("no string: {other:?}"),
                    })
                    .collect(),
            ),
            other => panic!("no hints: {other:?}"),
        };
        let Value::Bytes(swissnum) = self.value() else {
            panic!("no bytes");
        };
        Value::SturdyRef {
            transport,
            designator,
            hints,
            swissnum,
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,12}", any::<String>(), Just("__proto__".to_owned())]
}

fn name() -> impl Strategy<Value = String> {
    text().prop_filter("reserved", |name| !name.starts_with("@@"))
}

fn shuffled<T: Clone + std::fmt::Debug>(
    map: BTreeMap<String, T>,
) -> impl Strategy<Value = Vec<(String, T)>> {
    Just(map.into_iter().collect::<Vec<_>>()).prop_shuffle()
}

/// Any value, its structs in any order.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let hints = proptest::option::of(btree_map(text(), text(), 0..4).prop_flat_map(shuffled));
    let leaf = prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|value| Value::Int(value.into())),
        any::<i64>().prop_map(|value| Value::Int(value.into())),
        any::<i128>().prop_map(Value::Int),
        any::<f64>().prop_map(|value| Value::Float(value.to_bits())),
        Just(Value::Float((-0.0f64).to_bits())),
        text().prop_map(Value::String),
        name().prop_map(Value::Symbol),
        vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        text().prop_map(Value::Error),
        any::<u32>().prop_map(Value::Ref),
        (name(), text(), hints, vec(any::<u8>(), 0..9)).prop_map(
            |(transport, designator, hints, swissnum)| Value::SturdyRef {
                transport,
                designator,
                hints,
                swissnum
            }
        ),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::List),
            btree_map(text(), inner.clone(), 0..8)
                .prop_flat_map(shuffled)
                .prop_map(Value::Struct),
            (text(), inner).prop_map(|(tag, value)| Value::Tagged(tag, Box::new(value))),
        ]
    })
}
