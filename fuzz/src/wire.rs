//! Bytes of a peer's, as Syrup and as operations.

use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::handoff::request::Request;
use ocapn_wasm::syrup::{Reader, Scanner, SyrupLimits};
use ocapn_wasm::tape::{self, InRef, InRefs};
use ocapn_wasm::wire::{Location, Operation, read_operation};

/// A peer that may name anything.
struct Anything;

impl InRefs for Anything {
    fn import_object(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::RemoteObject(position as u32))
    }

    fn import_promise(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::RemotePromise(position as u32))
    }

    fn export(&mut self, position: u64) -> Result<InRef, ErrorCode> {
        Ok(InRef::Local(position as u32))
    }

    fn answer(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::UnknownSlot)
    }

    fn handoff(&mut self, _: std::ops::Range<usize>) -> Result<InRef, ErrorCode> {
        Ok(InRef::Gift(1))
    }
}

/// Reads the bytes in every way that there is.
pub fn run(data: &[u8]) {
    let limits = SyrupLimits::default();
    let mut reader = Reader::new(data, limits);
    let whole = reader.skip().and_then(|value| {
        reader.finish()?;
        Ok(value)
    });
    // The scanner finds the same end, however the bytes come.
    if whole.is_ok() {
        for step in [1, 7] {
            let mut scanner = Scanner::new(limits, data.len());
            let mut upto = 0;
            let end = loop {
                upto = (upto + step).min(data.len());
                let end = scanner.feed(&data[..upto]).expect("it is good Syrup");
                if end.is_some() || upto == data.len() {
                    break end;
                }
            };
            assert_eq!(end, Some(data.len()));
        }
    } else {
        let _ = Scanner::new(limits, data.len()).feed(data);
    }
    let mut words = Vec::new();
    let mut reader = Reader::new(data, limits);
    let decoded = tape::decode(&mut reader, &mut words, &mut Anything);
    assert!(
        words.len() <= 8 * data.len() + 8,
        "words grow beyond the bytes"
    );
    if decoded.is_ok() {
        let end = reader.position();
        let mut again = Reader::new(data, limits);
        assert_eq!(again.skip().map(|value| value.end), Ok(end));
    }
    let _ = Location::read(&mut Reader::new(data, limits));
    match read_operation(data, 0, limits) {
        Ok((Operation::Deliver { args, .. }, end)) => {
            assert!(args.end <= end && end <= data.len());
            let _ = Request::read(data, args, limits);
        }
        Ok((Operation::GcExports(pairs), _)) => assert!(pairs.iter().count() <= data.len()),
        Ok((Operation::GcAnswers(positions), _)) => {
            assert!(positions.iter().count() <= data.len());
        }
        _ => {}
    }
}
