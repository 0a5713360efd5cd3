//! wasm-bindgen only.
