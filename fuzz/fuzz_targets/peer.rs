#![no_main]

#[path = "../src/host.rs"]
mod host;
#[path = "../src/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| peer::run(data));
