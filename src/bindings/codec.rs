use wasm_bindgen::prelude::*;

use super::header::{self, Header, address};
use crate::error::ErrorCode;
use crate::syrup::{Reader, SyrupLimits};
use crate::tape::{DataOnly, Encoder, TapeError, decode};
use crate::wire::Dialect;

/// Turns values that are data alone into bytes and back, without a session: descriptions, and what
/// an application keeps in its baggage.
///
/// JavaScript writes a tape into the scratch buffer, or bytes into the input buffer, and finds the
/// results where the header says. -0 is kept, and keys stand in the order of Syrup.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ValueCodec {
    header: Header,
    scratch: Vec<u8>,
    input: Vec<u8>,
    bytes: Vec<u8>,
    words: Vec<u32>,
    encoder: Encoder,
    limits: SyrupLimits,
    failure: Option<TapeError>,
}

/// Of stored values: JavaScript of any version has to read them, so it is no session's.
const DIALECT: Dialect = Dialect::V2026_03;

/// What the buffers start with: most values fit.
const INITIAL: u32 = 4096;

#[wasm_bindgen]
impl ValueCodec {
    /// A codec with buffers of its own.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "made by JavaScript alone")]
    pub fn new() -> Self {
        let mut codec = Self {
            header: Header::new(),
            scratch: Vec::new(),
            input: Vec::new(),
            bytes: Vec::new(),
            words: Vec::new(),
            encoder: Encoder::default(),
            limits: SyrupLimits::default(),
            failure: None,
        };
        codec.grow_scratch(INITIAL);
        codec.grow_input(INITIAL);
        codec
    }

    /// The address of the header.
    pub fn header_ptr(&self) -> u32 {
        self.header.address()
    }

    /// Makes the scratch buffer at least this long. What is in it stays.
    pub fn grow_scratch(&mut self, min: u32) {
        grow(&mut self.scratch, min);
        let (at, len) = place(&self.scratch);
        self.header.set(header::SCRATCH_PTR, at);
        self.header.set(header::SCRATCH_CAP, len);
    }

    /// Makes the input buffer at least this long. What is in it stays.
    pub fn grow_input(&mut self, min: u32) {
        grow(&mut self.input, min);
        let (at, len) = place(&self.input);
        self.header.set(header::IN_PTR, at);
        self.header.set(header::IN_CAP, len);
    }

    /// Encodes the tape in the scratch buffer and returns the length of what `BYTES_PTR` then points
    /// at. 0 after an error: no value has an empty encoding.
    pub fn encode(&mut self, len: u32) -> u32 {
        self.bytes.clear();
        let tape = self.scratch.get(..len as usize).unwrap_or_default();
        let bytes = &mut self.bytes;
        let encoded = self
            .encoder
            .encode(tape, bytes, DIALECT, &self.limits, &mut DataOnly);
        let whole = encoded.and_then(|used| {
            if used == tape.len() {
                Ok(())
            } else {
                Err(TapeError::UnexpectedTag { at: used })
            }
        });
        let (at, len) = place(&self.bytes);
        self.header.set(header::BYTES_PTR, at);
        self.result(whole, len)
    }

    /// Decodes the bytes in the input buffer and returns the number of words that `OUT_PTR` then
    /// points at. 0 after an error. Offsets count from `IN_PTR`.
    pub fn decode(&mut self, len: u32) -> u32 {
        self.words.clear();
        let input = self.input.get(..len as usize).unwrap_or_default();
        let mut reader = Reader::new(input, self.limits);
        let decoded = decode(&mut reader, &mut self.words, &mut DataOnly);
        let whole = decoded.and_then(|()| reader.finish().map_err(TapeError::from));
        let len = self.words.len() as u32;
        self.header
            .set(header::OUT_PTR, address(self.words.as_ptr()));
        self.header.set(header::OUT_LEN, len);
        self.result(whole, len)
    }

    /// The code of the last failure, as JavaScript shows it; empty when the last call succeeded.
    pub fn failure_code(&self) -> String {
        self.failure.map_or("", |it| it.code().as_str()).to_owned()
    }

    /// The last failure in words.
    pub fn failure_text(&self) -> String {
        self.failure.map_or_else(String::new, |it| it.to_string())
    }

    fn result(&mut self, result: Result<(), TapeError>, value: u32) -> u32 {
        self.failure = result.err();
        let code = self.failure.map(TapeError::code);
        let number = code.map_or(0, |code: ErrorCode| code as u32);
        self.header.set(header::ERROR_CODE, number);
        if number == 0 { value } else { 0 }
    }
}

fn grow(buffer: &mut Vec<u8>, min: u32) {
    if buffer.len() < min as usize {
        buffer.resize(min as usize, 0);
    }
}

/// Address and length.
fn place(buffer: &[u8]) -> (u32, u32) {
    (address(buffer.as_ptr()), buffer.len() as u32)
}
