use std::ops::Range;

use smallvec::SmallVec;

use super::container::{Container, Kind, Shape};
use super::error::{Expected, SyrupError};
use super::scanner::Scanner;
use super::token::{Int, Token};
use super::{CANONICAL_NAN, MAX_LENGTH, SyrupLimits};

/// Containers that may be open before the reader allocates.
const SHALLOW: usize = 8;

/// What is no container: where it ends, what its container needs to know of it, and itself.
type Scalar<'a> = (usize, Shape, Token<'a>);

/// Reads canonical Syrup, and refuses everything else.
///
/// What was read is borrowed from the input. Up to eight containers deep nothing is allocated. A
/// dictionary may have its keys in either [`KeyOrder`](super::KeyOrder), as a whole. After an error
/// the reader is of no more use, but safe to call.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    position: usize,
    limits: SyrupLimits,
    /// The innermost container: the root when none is open.
    inner: Container,
    /// Those around it, the root first.
    outer: SmallVec<[Container; SHALLOW]>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `input`.
    pub fn new(input: &'a [u8], limits: SyrupLimits) -> Self {
        Self::at(input, 0, limits)
    }

    /// A reader at byte `position` of `input`, where a value starts.
    pub fn at(input: &'a [u8], position: usize, limits: SyrupLimits) -> Self {
        Self {
            input,
            position,
            limits,
            inner: Container::new(Kind::Root, position),
            outer: SmallVec::new(),
        }
    }

    /// The offset of the next byte.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The whole input.
    pub fn input(&self) -> &'a [u8] {
        self.input
    }

    /// The bounds it was made with.
    pub fn limits(&self) -> SyrupLimits {
        self.limits
    }

    /// Containers that are open.
    pub fn depth(&self) -> usize {
        self.outer.len()
    }

    /// The next byte, if there is one.
    pub fn peek(&self) -> Option<u8> {
        self.input.get(self.position).copied()
    }

    /// The next token, checked against the grammar of the container that it stands in.
    ///
    /// # Errors
    ///
    /// [`SyrupError::Truncated`] at the end of the input, others for what is not canonical.
    #[allow(clippy::should_implement_trait, reason = "not an iterator: it fails")]
    pub fn next(&mut self) -> Result<Token<'a>, SyrupError> {
        let at = self.position;
        let Some(&byte) = self.input.get(at) else {
            return Err(SyrupError::Truncated { at });
        };
        let (end, shape, token) = match byte {
            b'0'..=b'9' => self.counted(at)?,
            b't' | b'f' => (at + 1, Shape::Other, Token::Bool(byte == b't')),
            b'D' => self.float(at)?,
            b'[' => return self.open(Kind::List).map(|()| Token::ListOpen),
            b'<' => return self.open(Kind::Record).map(|()| Token::RecordOpen),
            b'{' => return self.open(Kind::Dict).map(|()| Token::DictOpen),
            b'#' => return self.open(Kind::Set).map(|()| Token::SetOpen),
            b']' => return self.close_kind(Kind::List),
            b'>' => return self.close_kind(Kind::Record),
            b'}' => return self.close_kind(Kind::Dict),
            b'$' => return self.close_kind(Kind::Set),
            b'F' => return Err(SyrupError::SingleFloat { at }),
            _ => return Err(SyrupError::UnexpectedByte { at }),
        };
        self.inner.begin(at, shape, self.limits.keys)?;
        self.inner.complete(self.input, at..end, shape)?;
        self.position = end;
        Ok(token)
    }

    /// Whether the next byte closes the innermost container. Nothing is consumed.
    ///
    /// # Errors
    ///
    /// [`SyrupError::Truncated`] at the end of the input.
    pub fn at_close(&self) -> Result<bool, SyrupError> {
        let at = self.position;
        let byte = self.peek().ok_or(SyrupError::Truncated { at })?;
        Ok(self.inner.kind.closing_byte() == Some(byte))
    }

    /// Passes one whole value, checks all of it, and returns where it is.
    ///
    /// # Errors
    ///
    /// As [`Reader::next`]; [`SyrupError::Unexpected`] where no value starts.
    pub fn skip(&mut self) -> Result<Range<usize>, SyrupError> {
        let start = self.position;
        let depth = self.outer.len();
        if matches!(self.next()?, Token::Close) {
            return Err(unexpected(start, Expected::Value));
        }
        while self.outer.len() > depth {
            self.next()?;
        }
        Ok(start..self.position)
    }

    /// Passes one whole value that is read later, and returns where it is: lengths and nesting are looked at, all else is for
    /// whoever reads it. One that this accepts and a reader accepts too ends where the reader says.
    ///
    /// # Errors
    ///
    /// As [`Reader::skip`], as far as it is seen.
    pub fn pass(&mut self) -> Result<Range<usize>, SyrupError> {
        let start = self.position;
        let mut limits = self.limits;
        limits.depth = limits.depth.saturating_sub(self.outer.len() as u16);
        let rest = self.input.get(start..).unwrap_or_default();
        let Ok(Some(length)) = Scanner::new(limits, usize::MAX).feed(rest) else {
            return self.skip();
        };
        let end = start + length;
        self.inner.begin(start, Shape::Other, self.limits.keys)?;
        self.inner.complete(self.input, start..end, Shape::Other)?;
        self.position = end;
        Ok(start..end)
    }

    /// Opens a list.
    ///
    /// # Errors
    ///
    /// As [`Reader::next`]; [`SyrupError::Unexpected`] when something else is there. The same
    /// holds for every typed read below.
    pub fn open_list(&mut self) -> Result<(), SyrupError> {
        self.expect_open(b'[', Kind::List, Expected::List)
    }

    /// Opens a dictionary.
    pub fn open_dict(&mut self) -> Result<(), SyrupError> {
        self.expect_open(b'{', Kind::Dict, Expected::Dictionary)
    }

    /// Opens a record, before its label.
    pub fn open_record(&mut self) -> Result<(), SyrupError> {
        self.expect_open(b'<', Kind::Record, Expected::Record)
    }

    /// Opens a record and reads its label, a symbol.
    pub fn record_label(&mut self) -> Result<&'a str, SyrupError> {
        self.open_record()?;
        self.symbol()
    }

    /// Opens a record of this label.
    pub fn record(&mut self, label: &str) -> Result<(), SyrupError> {
        let at = self.position;
        if self.record_label()? == label {
            Ok(())
        } else {
            Err(unexpected(at, Expected::Label))
        }
    }

    /// Closes the innermost container.
    pub fn close(&mut self) -> Result<(), SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::Close => Ok(()),
            _ => Err(unexpected(at, Expected::Close)),
        }
    }

    /// A boolean.
    pub fn bool(&mut self) -> Result<bool, SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::Bool(value) => Ok(value),
            _ => Err(unexpected(at, Expected::Boolean)),
        }
    }

    /// An integer of any size.
    pub fn int(&mut self) -> Result<Int<'a>, SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::Int(value) => Ok(value),
            _ => Err(unexpected(at, Expected::Integer)),
        }
    }

    /// An integer from 0 to 2^64 - 1; [`SyrupError::OutOfRange`] for another.
    pub fn u64(&mut self) -> Result<u64, SyrupError> {
        let at = self.position;
        self.int()?.to_u64().ok_or(SyrupError::OutOfRange { at })
    }

    /// An integer from 0 to 2^128 - 1; [`SyrupError::OutOfRange`] for another.
    pub fn u128(&mut self) -> Result<u128, SyrupError> {
        let at = self.position;
        self.int()?.to_u128().ok_or(SyrupError::OutOfRange { at })
    }

    /// A byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::Bytes(value) => Ok(value),
            _ => Err(unexpected(at, Expected::Bytes)),
        }
    }

    /// A string.
    pub fn string(&mut self) -> Result<&'a str, SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::String(value) => Ok(value),
            _ => Err(unexpected(at, Expected::String)),
        }
    }

    /// A symbol.
    pub fn symbol(&mut self) -> Result<&'a str, SyrupError> {
        let at = self.position;
        match self.next()? {
            Token::Symbol(value) => Ok(value),
            _ => Err(unexpected(at, Expected::Symbol)),
        }
    }

    /// Checks that everything is closed and the input is used up.
    ///
    /// # Errors
    ///
    /// [`SyrupError::Unclosed`] or [`SyrupError::TrailingBytes`].
    pub fn finish(&self) -> Result<(), SyrupError> {
        let at = self.position;
        if !self.outer.is_empty() {
            Err(SyrupError::Unclosed { at })
        } else if at < self.input.len() {
            Err(SyrupError::TrailingBytes { at })
        } else {
            Ok(())
        }
    }

    #[cfg(test)]
    pub(super) fn spilled(&self) -> bool {
        self.outer.spilled()
    }

    #[inline]
    fn expect_open(&mut self, mark: u8, kind: Kind, expected: Expected) -> Result<(), SyrupError> {
        let at = self.position;
        if self.peek() == Some(mark) {
            return self.open(kind);
        }
        // What is there may be no value at all.
        self.next()?;
        Err(unexpected(at, expected))
    }

    fn open(&mut self, kind: Kind) -> Result<(), SyrupError> {
        let at = self.position;
        self.inner.begin(at, Shape::Other, self.limits.keys)?;
        if self.outer.len() >= usize::from(self.limits.depth) {
            return Err(SyrupError::TooDeep { at });
        }
        let outer = std::mem::replace(&mut self.inner, Container::new(kind, at));
        self.outer.push(outer);
        self.position = at + 1;
        Ok(())
    }

    fn close_kind(&mut self, kind: Kind) -> Result<Token<'a>, SyrupError> {
        let at = self.position;
        if self.inner.kind != kind {
            return Err(SyrupError::WrongClose { at });
        }
        self.inner.end(at)?;
        let Some(outer) = self.outer.pop() else {
            return Err(SyrupError::WrongClose { at });
        };
        let end = at + 1;
        let closed = std::mem::replace(&mut self.inner, outer);
        self.inner
            .complete(self.input, closed.start..end, Shape::Other)?;
        self.position = end;
        Ok(Token::Close)
    }

    /// What starts with digits: an integer, or something that has its length in front.
    #[inline(always)]
    fn counted(&self, at: usize) -> Result<Scalar<'a>, SyrupError> {
        let limit = self.limits.digits as usize;
        let mut low = 0u64;
        let mut count = 0;
        let mark = loop {
            let byte = self.input.get(at + count).copied();
            let digit = byte.unwrap_or_default().wrapping_sub(b'0');
            if digit > 9 {
                break byte;
            }
            if count == limit {
                return Err(SyrupError::TooManyDigits { at });
            }
            low = low.wrapping_mul(10).wrapping_add(u64::from(digit));
            count += 1;
        };
        if count > 1 && self.input.get(at) == Some(&b'0') {
            return Err(SyrupError::LeadingZero { at });
        }
        let body = at + count + 1;
        match mark {
            Some(mark @ (b'+' | b'-')) => {
                let negative = mark == b'-';
                if negative && low == 0 && count == 1 {
                    return Err(SyrupError::NegativeZero { at });
                }
                let digits = self.input.get(at..at + count).unwrap_or_default();
                let int = Int::checked(negative, digits, low);
                Ok((body, Shape::Other, Token::Int(int)))
            }
            Some(mark @ (b':' | b'"' | b'\'')) => {
                // A length has at most ten digits.
                if count > 10 || low > MAX_LENGTH {
                    return Err(SyrupError::LengthTooLarge { at });
                }
                let end = body.saturating_add(low as usize);
                let Some(data) = self.input.get(body..end) else {
                    return Err(SyrupError::Truncated { at });
                };
                if mark == b':' {
                    return Ok((end, Shape::Other, Token::Bytes(data)));
                }
                let Ok(text) = std::str::from_utf8(data) else {
                    return Err(SyrupError::InvalidUtf8 { at });
                };
                if mark == b'"' {
                    let text_at = (count + 1) as u8;
                    Ok((end, Shape::String { text: text_at }, Token::String(text)))
                } else {
                    Ok((end, Shape::Symbol, Token::Symbol(text)))
                }
            }
            Some(_) => Err(SyrupError::UnexpectedByte { at: body - 1 }),
            None => Err(SyrupError::Truncated { at }),
        }
    }

    #[inline(always)]
    fn float(&self, at: usize) -> Result<Scalar<'a>, SyrupError> {
        let end = at + 9;
        let Some(Ok(bytes)) = self.input.get(at + 1..end).map(<[u8; 8]>::try_from) else {
            return Err(SyrupError::Truncated { at });
        };
        let bits = u64::from_be_bytes(bytes);
        if f64::from_bits(bits).is_nan() && bits != CANONICAL_NAN {
            return Err(SyrupError::NonCanonicalNan { at });
        }
        Ok((end, Shape::Other, Token::Float(bits)))
    }
}

fn unexpected(at: usize, expected: Expected) -> SyrupError {
    SyrupError::Unexpected { at, expected }
}
