//! An OCapN CapTP client whose sessions outlive their sockets and their processes.
//!
//! The crate is a deterministic state machine: it performs no IO, reads no clock and draws no
//! randomness of its own. A host feeds it what happened and acts on what it answers. The same core
//! runs natively under a simulator, in Node and in browsers.

pub mod baggage;
pub mod error;
pub mod handle;
pub mod handoff;
pub mod handshake;
pub mod identity;
pub mod limits;
pub mod locals;
pub mod outbox;
pub mod remotes;
pub mod slots;
pub mod syrup;
pub mod tape;
pub mod wire;

pub mod client;
pub mod session;

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod bindings;
