//! Small worlds of two real clients, in which everything happens in every order.
//!
//! stateright walks through them. Each transition calls the real [`Client`], whose state is hashed
//! whole (`Client::hash_state`), with stores whose commits are steps of their own. Time stands still:
//! every wait is 0 or for ever, so that what time would bring may come at any moment.
//!
//! `MODELS=long cargo test --release --test models` walks further.
//!
//! `reference` compares the tables of slots and the numbers of resumes with much simpler ones, over long
//! random stories.
//!
//! [`Client`]: ocapn_wasm::client::Client

#![allow(unreachable_pub, reason = "nothing outside a test binary sees it")]

mod check;
mod counts;
mod process;
mod reference;
mod resume;
mod steps;
mod values;
mod world;
