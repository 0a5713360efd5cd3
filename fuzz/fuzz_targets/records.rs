#![no_main]

#[path = "../src/host.rs"]
mod host;
#[path = "../src/peer.rs"]
mod peer;
#[path = "../src/records.rs"]
mod records;

libfuzzer_sys::fuzz_target!(|data: &[u8]| records::run(data));
