//! What JavaScript can call; the only Rust that knows wasm-bindgen, js-sys and web-sys.

// Exported by wasm-bindgen, which asks for `pub`, and not by the crate.
#![allow(unreachable_pub)]

mod client;
mod codec;
mod digest;
mod header;
mod host;
mod inspection;
mod messages;
mod options;
mod outputs;
mod records;
mod sealing;
mod signing;
mod store;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of this crate.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
