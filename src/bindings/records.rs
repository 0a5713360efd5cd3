//! The records of a baggage, as JavaScript shows them.

use wasm_bindgen::prelude::*;

use crate::baggage::{StoreError, reading};
use crate::syrup::Writer;

/// What is in a record of the core, without secrets: the encoding of a list, which is a kind, and
/// names and values in turn. Of a record that cannot be used the kind is its error code, and one
/// text follows. Nothing when the key is none of the core's.
#[wasm_bindgen]
pub fn read_record(key: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    reading::read(key, bytes).unwrap_or_else(|error| Some(refused(&error)))
}

fn refused(error: &StoreError) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.open_list();
    writer.string(error.code().as_str());
    match error {
        StoreError::Damaged { why, .. } => writer.string(why),
        StoreError::Newer { version, .. } => writer.string(&version.to_string()),
        StoreError::Failed { why } => writer.string(why),
    }
    writer.close_list();
    out
}
