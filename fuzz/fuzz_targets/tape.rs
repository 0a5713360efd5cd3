#![no_main]

#[path = "../src/tape.rs"]
mod tape;

libfuzzer_sys::fuzz_target!(|data: &[u8]| tape::run(data));
