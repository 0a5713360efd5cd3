//! An OCapN CapTP client whose sessions outlive their sockets and their processes.
//!
//! The crate is a deterministic state machine: it performs no IO, reads no clock and draws no
//! randomness of its own. A host feeds it what happened and acts on what it answers. The same core
//! runs natively under a simulator, in Node and in browsers.
//!
//! | module | what is there |
//! |---|---|
//! | [`client`] | all sessions of one client: what the host drives, and what it is asked to do |
//! | `session` | one session: its messages, its cuts, its rows |
//! | [`handshake`] | op:start-session and op:resume-session: what a first message means |
//! | [`handoff`] | references to a third party's objects: checks, gifts, what is on its way |
//! | [`slots`] | what each position of a session means, and how often it was given |
//! | [`locals`], [`remotes`], [`handle`] | the numbers that stand for the host's objects |
//! | [`tables`] | ordered maps whose code is small |
//! | [`outbox`] | the commit rule: nothing leaves before what it depends on is durable |
//! | [`baggage`] | keys and records of the store |
//! | [`tape`] | values between JavaScript and the core |
//! | [`wire`] | OCapN's records over Syrup, in each dialect |
//! | [`syrup`] | canonical Syrup: reader, writer, framing |
//! | [`identity`] | key pairs, public ids, session ids |
//! | [`error`], [`limits`] | stable codes; every bound, with its default |
//! | `bindings` | what JavaScript calls (wasm32 only) |

pub mod baggage;
pub mod handle;
pub mod handoff;
pub mod handshake;
pub mod identity;
pub mod limits;
pub mod locals;
pub mod outbox;
pub mod remotes;
pub mod slots;
pub mod tables;
pub mod wire;

pub use ocapn_codec::{error, syrup, tape};

pub mod client;
pub mod session;

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code)]
mod bindings;
