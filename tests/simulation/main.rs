//! One seeded simulator drives real clients over a network and stores that fail.
//!
//! `SEED=... cargo test --test simulation random` repeats one random run, `SIM_RUNS=...` asks for
//! more of them, `SIM_TRACE=1` tells what happens.

#![allow(unreachable_pub, reason = "nothing outside a test binary sees it")]

mod application;
mod network;
mod old_peer;
mod random;
mod recounts;
mod scenarios;
mod store;
mod value;
mod watch;
mod world;
