//! Values as the vector files describe them, to and from Syrup.

use ocapn_wasm::syrup::{Reader, SyrupError, Token, Writer};
use serde_json::{Value, json};

pub(crate) fn unhex(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().expect("hexadecimal");
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> Value {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

/// Reads one value.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Value, SyrupError> {
    Ok(match reader.next()? {
        Token::Bool(value) => json!(value),
        Token::Int(int) => {
            let sign = if int.negative { "-" } else { "" };
            json!({ "int": format!("{sign}{}", int.digits()) })
        }
        Token::Float(bits) => json!({ "float": bits }),
        Token::Bytes(bytes) => json!({ "bytes": hex(bytes) }),
        Token::String(text) => json!(text),
        Token::Symbol(text) => json!({ "symbol": text }),
        Token::ListOpen => json!(items(reader)?),
        Token::SetOpen => json!({ "set": items(reader)? }),
        Token::RecordOpen => json!({ "record": items(reader)? }),
        Token::DictOpen => json!({ "struct": items(reader)?.chunks(2).collect::<Vec<_>>() }),
        Token::Close => panic!("a close where a value belongs"),
    })
}

fn items(reader: &mut Reader<'_>) -> Result<Vec<Value>, SyrupError> {
    let mut items = Vec::new();
    while !reader.at_close()? {
        items.push(read(reader)?);
    }
    reader.close()?;
    Ok(items)
}

/// Makes the floats of a description comparable: their bits stand for them.
pub(crate) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(tagged) => tagged
            .iter()
            .map(|(tag, inner)| match (tag.as_str(), inner) {
                ("float", Value::String(text)) => (tag.clone(), json!(bits(text))),
                _ => (tag.clone(), normal(inner)),
            })
            .collect(),
        _ => value.clone(),
    }
}

fn bits(text: &str) -> u64 {
    text.parse::<f64>().expect("a float").to_bits()
}

/// Writes a description.
pub(crate) fn write(writer: &mut Writer<'_>, value: &Value) {
    match value {
        Value::Bool(value) => writer.bool(*value),
        Value::String(text) => writer.string(text),
        Value::Array(items) => {
            writer.open_list();
            items.iter().for_each(|item| write(writer, item));
            writer.close_list();
        }
        Value::Object(tagged) => {
            let (tag, inner) = tagged.iter().next().expect("a tag");
            write_tagged(writer, tag, inner);
        }
        _ => panic!("not a description: {value}"),
    }
}

fn write_tagged(writer: &mut Writer<'_>, tag: &str, inner: &Value) {
    let text = || inner.as_str().expect("a text");
    let items = || inner.as_array().expect("a list");
    match tag {
        "int" => match text().strip_prefix('-') {
            Some(digits) => writer.int(true, digits),
            None => writer.int(false, text()),
        },
        "float" => writer.float(bits(text())),
        "bytes" => writer.bytes(&unhex(inner)),
        "symbol" => writer.symbol(text()),
        "struct" => {
            writer.open_dict();
            for item in items().iter().flat_map(|entry| entry.as_array()) {
                item.iter().for_each(|part| write(writer, part));
            }
            writer.close_dict();
        }
        "record" => bracketed(writer, b"<", items(), b">"),
        "set" => bracketed(writer, b"#", items(), b"$"),
        _ => panic!("not a tag: {tag}"),
    }
}

fn bracketed(writer: &mut Writer<'_>, open: &[u8], items: &[Value], close: &[u8]) {
    writer.raw(open);
    items.iter().for_each(|item| write(writer, item));
    writer.raw(close);
}
