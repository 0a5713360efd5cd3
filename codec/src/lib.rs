//! Canonical Syrup, and the values that OCapN passes.
//!
//! What each message goes through, and nothing else, so that it can be compiled for speed where the rest of
//! `ocapn-wasm` is compiled for size.
//!
//! | module | what is there |
//! |---|---|
//! | [`syrup`] | canonical Syrup: reader, writer, framing |
//! | [`tape`] | values between JavaScript and the core |
//! | [`label`] | what OCapN's records are called |
//! | [`Dialect`] | what the forms of OCapN write differently |
//! | [`error`] | stable codes |
//! | [`in_order`] | sorting |

mod dialect;
pub mod error;
pub mod label;
mod order;
pub mod syrup;
pub mod tape;

pub use dialect::{Dialect, UnknownDialect};
pub use order::{in_order, sort_and_dedup};
