use super::error::TapeError;
use crate::syrup::{MAX_LENGTH, Writer};

/// Up to this long, text is copied as a block of fixed size: a copy of any size is a call in wasm.
const BLOCK: usize = 16;

/// Reads a tape, and never beyond its end.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    tape: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tape: &'a [u8]) -> Self {
        Self { tape, at: 0 }
    }

    /// The offset of the next word.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    pub(super) fn word(&mut self) -> Result<u32, TapeError> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn two_words(&mut self) -> Result<u64, TapeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length. The padding may be cut off by the end of the tape.
    #[inline(always)]
    pub(super) fn bytes(&mut self) -> Result<Span<'a>, TapeError> {
        let at = self.at;
        let len = self.word()?;
        if u64::from(len) > MAX_LENGTH {
            return Err(TapeError::TooLong { at });
        }
        let len = len as usize;
        let tape = self.tape.get(self.at..).unwrap_or_default();
        let bytes = tape.get(..len).ok_or(TapeError::Truncated {
            at: self.tape.len(),
        })?;
        let padded = self.at + len.next_multiple_of(4);
        self.at = padded.min(self.tape.len());
        Ok(Span { bytes, tape })
    }

    /// Text behind its length: UTF-8.
    #[inline(always)]
    pub(super) fn text(&mut self) -> Result<Text<'a>, TapeError> {
        let at = self.at;
        let span = self.bytes()?;
        let text = std::str::from_utf8(span.bytes);
        let text = text.map_err(|_| TapeError::InvalidUtf8 { at })?;
        Ok(Text { text, span })
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], TapeError> {
        let rest = self.tape.get(self.at..);
        let bytes = rest.and_then(|rest| rest.first_chunk::<N>());
        let bytes = bytes.ok_or(TapeError::Truncated {
            at: self.tape.len(),
        })?;
        self.at += N;
        Ok(*bytes)
    }
}

/// Bytes on the tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    bytes: &'a [u8],
    /// The tape from there on.
    tape: &'a [u8],
}

impl Span<'_> {
    /// Appends them behind their length and this mark.
    #[inline(always)]
    pub(super) fn write(self, mark: u8, out: &mut Vec<u8>) {
        let len = self.bytes.len();
        if len <= BLOCK
            && let Some(block) = self.tape.first_chunk::<BLOCK>()
        {
            if len >= 10 {
                out.push(b'1');
            }
            out.extend_from_slice(&[b'0' + (len % 10) as u8, mark]);
            let end = out.len() + len;
            out.extend_from_slice(block);
            out.truncate(end);
        } else {
            self.write_long(mark, out);
        }
    }

    fn write_long(self, mark: u8, out: &mut Vec<u8>) {
        out.reserve(self.bytes.len() + 12);
        Writer::new(out).u64(self.bytes.len() as u64);
        if let Some(sign) = out.last_mut() {
            *sign = mark;
        }
        out.extend_from_slice(self.bytes);
    }
}

/// Text on the tape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    span: Span<'a>,
}

impl Text<'_> {
    /// Appends it as a string.
    #[inline(always)]
    pub(super) fn write_string(self, out: &mut Vec<u8>) {
        self.span.write(b'"', out);
    }

    /// Appends it as a symbol.
    #[inline(always)]
    pub(super) fn write_symbol(self, out: &mut Vec<u8>) {
        self.span.write(b'\'', out);
    }
}
