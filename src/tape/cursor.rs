use super::error::TapeError;
use crate::syrup::MAX_LENGTH;

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

    #[inline]
    pub(super) fn word(&mut self) -> Result<u32, TapeError> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub(super) fn two_words(&mut self) -> Result<u64, TapeError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length. The padding may be cut off by the end of the tape.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], TapeError> {
        let at = self.at;
        let len = self.word()?;
        if u64::from(len) > MAX_LENGTH {
            return Err(TapeError::TooLong { at });
        }
        let len = len as usize;
        let bytes = self.tape.get(self.at..).and_then(|rest| rest.get(..len));
        let bytes = bytes.ok_or(TapeError::Truncated {
            at: self.tape.len(),
        })?;
        let padded = self.at + len.next_multiple_of(4);
        self.at = padded.min(self.tape.len());
        Ok(bytes)
    }

    #[inline]
    pub(super) fn text(&mut self) -> Result<&'a str, TapeError> {
        let at = self.at;
        std::str::from_utf8(self.bytes()?).map_err(|_| TapeError::InvalidUtf8 { at })
    }

    #[inline]
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
