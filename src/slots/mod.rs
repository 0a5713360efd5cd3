//! The tables of one session: what each position means, and how often it was given.
//!
//! Positions only ever go up, across restarts too. Counts are staged while a message is being
//! written or read and become real when the whole message is good (reference, section 5).

mod answers;
mod exports;
mod imports;
mod questions;
mod releases;

pub use answers::Answers;
pub use exports::{Export, Exported, Exports, OverRelease};
pub use imports::{Import, Imports};
pub use questions::{Question, Questions};
pub use releases::Releases;
