//! wasm-bindgen only.

mod codec;
mod header;
