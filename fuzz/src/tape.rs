//! Tapes from JavaScript.

use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::syrup::{Reader, SyrupLimits, Writer};
use ocapn_wasm::tape::{self, OutRefs};
use ocapn_wasm::wire::{Dialect, ResolveMe};

struct Anything;

impl OutRefs for Anything {
    fn reference(&mut self, handle: u32, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        ResolveMe::Object(handle.into()).write(&mut Writer::new(out));
        Ok(())
    }
}

/// What is written is good Syrup, or an error.
pub fn run(data: &[u8]) {
    let limits = SyrupLimits::default();
    for dialect in [Dialect::V2026_01, Dialect::V2026_02, Dialect::V2026_03] {
        let mut out = Vec::new();
        let encoded = tape::encode(data, &mut out, dialect, &limits, &mut Anything);
        assert!(
            out.len() <= 64 * data.len() + 64,
            "the output is out of all proportion"
        );
        if let Ok(used) = encoded {
            assert!(used <= data.len());
            let mut reader = Reader::new(&out, limits);
            let read = reader.skip().and_then(|_| reader.finish());
            read.expect("what is written can be read");
        }
    }
}
