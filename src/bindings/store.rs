//! The host's store, read while the core runs. The one way out of wasm while the core is borrowed.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::baggage::{Read, StoreError};
use crate::error::ErrorCode;

#[wasm_bindgen]
extern "C" {
    /// `{ get(key), keys(prefix) }`, guarded against calling back into its client.
    #[derive(Debug, Clone)]
    pub type StoreReader;

    #[wasm_bindgen(method, structural, catch)]
    fn get(this: &StoreReader, key: &str) -> Result<Option<Uint8Array>, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn keys(this: &StoreReader, prefix: &str) -> Result<Array, JsValue>;
}

/// The store of a client, or none.
#[derive(Debug)]
pub(super) struct Store(pub(super) Option<StoreReader>);

impl Read for Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match &self.0 {
            Some(reader) => {
                let found = reader.get(key).map_err(|error| failed(key, &error))?;
                Ok(found.map(|bytes| bytes.to_vec()))
            }
            None => Ok(None),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        match &self.0 {
            Some(reader) => {
                let keys = reader
                    .keys(prefix)
                    .map_err(|error| failed(prefix, &error))?;
                Ok(keys.iter().filter_map(|key| key.as_string()).collect())
            }
            None => Ok(Vec::new()),
        }
    }
}

/// What the reader threw. An adapter may find out by itself that a record is damaged.
fn failed(key: &str, error: &JsValue) -> StoreError {
    if code_of(error).as_deref() == Some(ErrorCode::StoreDamaged.as_str()) {
        return StoreError::Damaged {
            key: key.to_owned(),
            why: "is refused by the baggage",
        };
    }
    let why = match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "the store threw something that is no error".to_owned(),
    };
    StoreError::Failed { why }
}

fn code_of(error: &JsValue) -> Option<String> {
    js_sys::Reflect::get(error, &JsValue::from_str("code"))
        .ok()?
        .as_string()
}
