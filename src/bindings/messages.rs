//! Messages as JavaScript's debugging shows and makes them. Nothing here is used without it.

use wasm_bindgen::prelude::*;

use crate::syrup::{Int, Reader, SyrupError, SyrupLimits, Token};
use crate::wire::{Dialect, read_operation, write};

/// The messages of one chunk, in order, each a record; what cannot be read is left out, with what
/// follows it. A record is `{ label, fields }`, a symbol a registered symbol, an
/// integer a bigint, bytes a `Uint8Array`.
#[wasm_bindgen]
pub fn show_messages(chunk: &[u8]) -> js_sys::Array {
    let limits = SyrupLimits::default();
    let shown = js_sys::Array::new();
    let mut start = 0;
    while start < chunk.len() {
        let Ok((_, end)) = read_operation(chunk, start, limits) else {
            break;
        };
        let mut reader = Reader::at(chunk, start, limits);
        match value(&mut reader) {
            Ok(Some(message)) => shown.push(&message),
            _ => break,
        };
        start = end;
    }
    shown
}

/// A release as dialect 2026-02 writes it, or, with `scalar`, as 2026-01 does: of exports, where
/// there are deltas, or of answers. The bytes of all its records, one after the other.
#[wasm_bindgen]
pub fn write_release(positions: &[u64], deltas: Option<Vec<u64>>, scalar: bool) -> Vec<u8> {
    let dialect = if scalar {
        Dialect::V2026_01
    } else {
        Dialect::V2026_02
    };
    let mut out = Vec::new();
    match deltas {
        Some(deltas) => {
            let pairs: Vec<_> = positions.iter().copied().zip(deltas).collect();
            write::gc_exports(&mut out, dialect, &pairs, |_| ());
        }
        None => write::gc_answers(&mut out, dialect, positions, |_| ()),
    }
    out
}

/// The next value, or nothing at the end of its container. The reader bounds the depth.
fn value(reader: &mut Reader<'_>) -> Result<Option<JsValue>, SyrupError> {
    Ok(Some(match reader.next()? {
        Token::Bool(value) => value.into(),
        Token::Int(int) => integer(int),
        Token::Float(bits) => f64::from_bits(bits).into(),
        Token::Bytes(bytes) => js_sys::Uint8Array::from(bytes).into(),
        Token::String(text) => text.into(),
        Token::Symbol(name) => js_sys::Symbol::for_(name).into(),
        Token::ListOpen | Token::SetOpen => items(reader)?.into(),
        Token::DictOpen => {
            let entries = js_sys::Array::new();
            while let Some(key) = value(reader)? {
                let held = value(reader)?.unwrap_or(JsValue::UNDEFINED);
                entries.push(&js_sys::Array::of2(&key, &held));
            }
            let object = js_sys::Object::from_entries(&entries);
            object.map_or(JsValue::UNDEFINED, JsValue::from)
        }
        Token::RecordOpen => {
            let label = reader.symbol()?;
            let record = js_sys::Object::new();
            let fields = items(reader)?;
            let _ = js_sys::Reflect::set(&record, &"label".into(), &label.into());
            let _ = js_sys::Reflect::set(&record, &"fields".into(), &fields);
            record.into()
        }
        Token::Close => return Ok(None),
    }))
}

fn items(reader: &mut Reader<'_>) -> Result<js_sys::Array, SyrupError> {
    let items = js_sys::Array::new();
    while let Some(item) = value(reader)? {
        items.push(&item);
    }
    Ok(items)
}

fn integer(int: Int<'_>) -> JsValue {
    let sign = if int.negative { "-" } else { "" };
    let text = format!("{sign}{}", int.digits());
    js_sys::BigInt::new(&text.as_str().into()).map_or(JsValue::UNDEFINED, JsValue::from)
}
