#![no_main]

#[path = "../src/host.rs"]
mod host;
#[allow(dead_code, reason = "only how a client comes to a phase is of use here")]
#[path = "../src/peer.rs"]
mod peer;
#[path = "../src/records.rs"]
mod records;

libfuzzer_sys::fuzz_target!(|data: &[u8]| records::run(data));
