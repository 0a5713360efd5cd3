use super::{MAX_LENGTH, SyrupError, SyrupLimits};

/// Finds the end of values in a stream that has no frames, as bytes arrive.
///
/// It looks at lengths and nesting only, each byte once, and holds nothing of the stream. What it
/// finds may still be no Syrup: that is for the [`Reader`](super::Reader) to say.
///
/// ```
/// # use ocapn_codec::syrup::{Scanner, SyrupLimits};
/// let mut scanner = Scanner::new(SyrupLimits::default(), 1 << 20);
/// assert_eq!(scanner.feed(b"<3'fo"), Ok(None));
/// assert_eq!(scanner.feed(b"<3'foo>[]"), Ok(Some(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scanner {
    depth_limit: u16,
    digits_limit: u32,
    max_len: usize,
    /// Where to go on: past the end of the buffer inside a long string.
    position: usize,
    depth: u16,
    /// The number being read: its digits so far, and its value while that is a possible length.
    digits: u32,
    number: u64,
    /// The value ends at `position`.
    whole: bool,
}

impl Scanner {
    /// A scanner at the first byte of a value of at most `max_len` bytes.
    pub fn new(limits: SyrupLimits, max_len: usize) -> Self {
        Self {
            depth_limit: limits.depth,
            digits_limit: limits.digits,
            max_len,
            position: 0,
            depth: 0,
            digits: 0,
            number: 0,
            whole: false,
        }
    }

    /// Values may be longer from now on, or must be shorter.
    pub fn set_max_len(&mut self, max_len: usize) {
        self.max_len = max_len;
    }

    /// Starts over at the first byte of another value.
    pub fn reset(&mut self) {
        self.position = 0;
        self.depth = 0;
        self.digits = 0;
        self.number = 0;
        self.whole = false;
    }

    /// Goes on. `buf` starts at the first byte of the value and has grown since the last call.
    /// Returns the length of the value once it is there; then call [`Scanner::reset`].
    ///
    /// # Errors
    ///
    /// What no continuation can make a value, or only one that is over a limit. The stream is of
    /// no more use then.
    pub fn feed(&mut self, buf: &[u8]) -> Result<Option<usize>, SyrupError> {
        while !self.whole {
            let at = self.position;
            let Some(&byte) = buf.get(at) else {
                return if at < self.max_len {
                    Ok(None)
                } else {
                    Err(SyrupError::TooLong { at })
                };
            };
            self.byte(at, byte)?;
            if self.position > self.max_len {
                return Err(SyrupError::TooLong { at });
            }
        }
        Ok((self.position <= buf.len()).then_some(self.position))
    }

    #[inline]
    fn byte(&mut self, at: usize, byte: u8) -> Result<(), SyrupError> {
        self.position = at + 1;
        if byte.is_ascii_digit() {
            return self.digit(at, byte);
        }
        if self.digits > 0 {
            return self.end_number(at, byte);
        }
        match byte {
            b'[' | b'{' | b'<' | b'#' => {
                if self.depth >= self.depth_limit {
                    return Err(SyrupError::TooDeep { at });
                }
                self.depth += 1;
            }
            b']' | b'}' | b'>' | b'$' => {
                self.depth = match self.depth.checked_sub(1) {
                    Some(depth) => depth,
                    None => return Err(SyrupError::WrongClose { at }),
                };
                self.whole = self.depth == 0;
            }
            b't' | b'f' => self.whole = self.depth == 0,
            b'D' => self.pass(8),
            b'F' => return Err(SyrupError::SingleFloat { at }),
            _ => return Err(SyrupError::UnexpectedByte { at }),
        }
        Ok(())
    }

    fn digit(&mut self, at: usize, byte: u8) -> Result<(), SyrupError> {
        if self.digits >= self.digits_limit {
            return Err(SyrupError::TooManyDigits { at });
        }
        self.digits += 1;
        self.number = self
            .number
            .saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'));
        Ok(())
    }

    fn end_number(&mut self, at: usize, byte: u8) -> Result<(), SyrupError> {
        let number = self.number;
        self.digits = 0;
        self.number = 0;
        match byte {
            b'+' | b'-' => self.whole = self.depth == 0,
            b':' | b'"' | b'\'' if number > MAX_LENGTH => {
                return Err(SyrupError::LengthTooLarge { at });
            }
            b':' | b'"' | b'\'' => self.pass(number as usize),
            _ => return Err(SyrupError::UnexpectedByte { at }),
        }
        Ok(())
    }

    fn pass(&mut self, length: usize) {
        self.position = self.position.saturating_add(length);
        self.whole = self.depth == 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanner(max_len: usize) -> Scanner {
        Scanner::new(SyrupLimits::default(), max_len)
    }

    #[test]
    fn one_byte_at_a_time() {
        let input = b"<10'op:deliver[1+22-{1\"at}D12345678#$]2:ab>rest";
        let end = input.len() - 4;
        let mut scanner = scanner(1000);
        for length in 0..end {
            assert_eq!(scanner.feed(&input[..length]), Ok(None), "{length}");
        }
        assert_eq!(scanner.feed(input), Ok(Some(end)));
        assert_eq!(scanner.feed(input), Ok(Some(end)));
        scanner.reset();
        assert_eq!(scanner.feed(b"t"), Ok(Some(1)));
    }

    #[test]
    fn scalars_at_the_top() {
        for input in ["1+", "0:", "3'foo", "3\"foo", "f", "D12345678"] {
            let mut scanner = scanner(1000);
            assert_eq!(scanner.feed(input.as_bytes()), Ok(Some(input.len())));
        }
    }

    #[test]
    fn limits_show_before_the_bytes_come() {
        assert_eq!(scanner(10).feed(b"<9:"), Err(SyrupError::TooLong { at: 2 }));
        assert_eq!(scanner(10).feed(b"8:"), Ok(None));
        assert_eq!(scanner(3).feed(b"[[["), Err(SyrupError::TooLong { at: 3 }));
        assert_eq!(
            scanner(usize::MAX).feed(b"99999999999999999999999:"),
            Err(SyrupError::LengthTooLarge { at: 23 })
        );
        assert_eq!(
            scanner(1000).feed(&[b'['; 129]),
            Err(SyrupError::TooDeep { at: 128 })
        );
        assert_eq!(
            scanner(10_000).feed(&[b'1'; 4097]),
            Err(SyrupError::TooManyDigits { at: 4096 })
        );
    }

    #[test]
    fn what_no_value_starts_with() {
        for input in [" ", "]", "(", "1 ", "F", "GET / HTTP/1.1"] {
            assert!(scanner(100).feed(input.as_bytes()).is_err(), "{input}");
        }
    }
}
