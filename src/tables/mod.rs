//! Ordered maps whose code is small: a `BTreeMap` costs 6 kB of wasm for each pair of types, and
//! the core has two dozen tables.
//!
//! * [`Table`] for what has a number and may be many: one index of integers serves every type.
//! * [`SortedMap`] for what is few, or comes in order: a sorted vector.
//! * [`in_order`] for what has to be sorted.

mod index;
mod numbered;
#[cfg(test)]
mod properties;
mod sorted;

pub use numbered::{Number, Table};
pub use ocapn_codec::{in_order, sort_and_dedup};
pub use sorted::SortedMap;
