//! Ed25519 for netlayers whose designators are keys: JavaScript has no implementation that every
//! host offers, and none that verifies as strictly as sessions do.

use wasm_bindgen::prelude::*;

use crate::identity::{KeyPair, verify_strict};
use crate::wire::{PublicKey, Signature};

/// The public key, 32 bytes, of a secret of 32 bytes; `undefined` for a secret of another length.
#[wasm_bindgen]
pub fn ed25519_public_key(seed: &[u8]) -> Option<Vec<u8>> {
    pair(seed).map(|pair| pair.public().0.to_vec())
}

/// The signature, 64 bytes, of a message; `undefined` for a secret that is not of 32 bytes.
#[wasm_bindgen]
pub fn ed25519_sign(seed: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    pair(seed).map(|pair| pair.sign(message).0.to_vec())
}

/// Whether the holder of a key signed this message. Strict: no key of small order has signed
/// anything. Never for a key or a signature of the wrong length.
#[wasm_bindgen]
pub fn ed25519_verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match (key.try_into(), signature.try_into()) {
        (Ok(key), Ok(signature)) => verify_strict(&PublicKey(key), message, &Signature(signature)),
        _ => false,
    }
}

fn pair(seed: &[u8]) -> Option<KeyPair> {
    seed.try_into().ok().map(KeyPair::from_seed)
}
