//! SHA-256 for the records that JavaScript seals: browsers only have an asynchronous one.

use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

/// The SHA-256 of some bytes, 32 bytes.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}
