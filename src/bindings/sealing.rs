//! What an encrypted baggage needs of the core.

use wasm_bindgen::prelude::*;

use crate::baggage::sealing::{self, RANDOM};

/// Seals and opens names and values of one store.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Sealer(sealing::Sealer);

#[wasm_bindgen]
impl Sealer {
    /// With the owner's key, 32 bytes, and the store's id, 16 bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(key: &[u8], id: &[u8]) -> Result<Sealer, JsValue> {
        match (key.try_into(), id.try_into()) {
            (Ok(key), Ok(id)) => Ok(Self(sealing::Sealer::new(key, id))),
            _ => Err(js_sys::TypeError::new("a key has 32 bytes, and an id 16").into()),
        }
    }

    /// What only the same key makes of the same settings.
    pub fn check(&self, settings: &[u8]) -> Vec<u8> {
        self.0.check(settings).to_vec()
    }

    /// Encrypts a value. `random` are 24 fresh random bytes; `undefined` for any other number of
    /// them.
    pub fn seal(&self, name: &str, value: &[u8], random: &[u8]) -> Option<Vec<u8>> {
        let random: &[u8; RANDOM] = random.try_into().ok()?;
        Some(self.0.seal(name.as_bytes(), value, random))
    }

    /// The value; `undefined` when this is no sealed value of that name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.open(name.as_bytes(), sealed)
    }

    /// Encrypts a name, always to the same bytes.
    pub fn seal_name(&self, name: &str) -> Vec<u8> {
        self.0.seal_name(name.as_bytes())
    }

    /// The name; `undefined` when this is no sealed name.
    pub fn open_name(&self, sealed: &[u8]) -> Option<String> {
        String::from_utf8(self.0.open_name(sealed)?).ok()
    }
}
