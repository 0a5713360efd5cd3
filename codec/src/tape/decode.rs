use smallvec::SmallVec;

use super::error::TapeError;
use super::{InRef, InRefs, tags};
use crate::error::ErrorCode;
use crate::label;
use crate::syrup::{Expected, Int, Reader, SyrupError, Token};

/// Containers that may be open before the decoder allocates.
const SHALLOW: usize = 16;

/// Words that are appended at once.
const MOST_WORDS: usize = 8;

/// Reads one value and appends the words that say how to build it.
///
/// Allocates nothing but room in `words`, up to sixteen containers deep.
///
/// # Errors
///
/// [`TapeError`]; `words` are then as they were, and the reader is of no more use.
pub fn decode(
    reader: &mut Reader<'_>,
    words: &mut Vec<u32>,
    refs: &mut dyn InRefs,
) -> Result<(), TapeError> {
    if u32::try_from(reader.input().len()).is_err() {
        return Err(TapeError::MessageTooLong);
    }
    let start = words.len();
    let mut decoder = Decoder {
        reader,
        words,
        refs,
        outer: SmallVec::new(),
    };
    let result = decoder.value();
    if result.is_err() {
        words.truncate(start);
    }
    result
}

struct Decoder<'d, 'a> {
    reader: &'d mut Reader<'a>,
    words: &'d mut Vec<u32>,
    refs: &'d mut dyn InRefs,
    /// The containers around the innermost one.
    outer: SmallVec<[Frame; SHALLOW]>,
}

/// A container that is open, and what comes next in it.
#[derive(Clone, Copy)]
struct Frame {
    next: Next,
    /// Items that were read.
    count: u32,
    /// Which word gets the count.
    slot: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The value itself: nothing is open.
    Root,
    /// An item of a list, or its end.
    Item,
    /// A key of a struct, or its end.
    Key,
    /// The value of a key.
    Entry,
    /// A tagged value.
    Payload,
    /// The end of a tagged value.
    End,
}

/// What a token did.
enum Did {
    /// Ended a value.
    Value,
    /// Began a container.
    Open(Next),
}

impl<'a> Decoder<'_, 'a> {
    fn value(&mut self) -> Result<(), TapeError> {
        let mut top = Frame {
            next: Next::Root,
            count: 0,
            slot: 0,
        };
        loop {
            let at = self.reader.position();
            let token = self.reader.next()?;
            if top.next == Next::Key
                && let Token::String(key) = token
            {
                self.string(key);
                top.next = Next::Entry;
                continue;
            }
            if matches!(token, Token::Close) {
                top = self.close(at, top)?;
            } else {
                match self.token(at, token)? {
                    Did::Value => {}
                    Did::Open(next) => {
                        self.outer.push(top);
                        let slot = self.words.len().wrapping_sub(1);
                        top = Frame {
                            next,
                            count: 0,
                            slot,
                        };
                        continue;
                    }
                }
            }
            // A value of the innermost container is complete.
            top.count += 1;
            top.next = match top.next {
                Next::Root => return Ok(()),
                Next::Item => Next::Item,
                Next::Entry => Next::Key,
                Next::Payload => Next::End,
                Next::Key | Next::End => return Err(unexpected(at, Expected::Close)),
            };
        }
    }

    /// Ends the innermost container, and returns the one around it.
    #[inline(always)]
    fn close(&mut self, at: usize, top: Frame) -> Result<Frame, TapeError> {
        match top.next {
            Next::Item | Next::Key => {
                if let Some(word) = self.words.get_mut(top.slot) {
                    *word = top.count;
                }
            }
            Next::End => {}
            Next::Root | Next::Entry | Next::Payload => {
                return Err(unexpected(at, Expected::Value));
            }
        }
        self.outer
            .pop()
            .ok_or_else(|| unexpected(at, Expected::Value))
    }

    /// A value that has no items, or the beginning of one that has.
    #[inline(always)]
    fn token(&mut self, at: usize, token: Token<'a>) -> Result<Did, TapeError> {
        match token {
            Token::Bool(value) => self
                .words
                .push(if value { tags::TRUE } else { tags::FALSE }),
            Token::Int(value) => self.int(value),
            Token::Float(bits) => self.put([tags::FLOAT64, low(bits), high(bits)]),
            Token::Bytes(value) => self.range(tags::BYTES, value.len()),
            Token::String(value) => {
                self.words.push(tags::STRING);
                self.string(value);
            }
            Token::Symbol(name) => {
                if name.starts_with("@@") {
                    return Err(TapeError::ReservedSymbolReceived { at });
                }
                self.range(tags::SYMBOL, name.len());
            }
            Token::ListOpen => {
                self.put([tags::LIST, 0]);
                return Ok(Did::Open(Next::Item));
            }
            Token::DictOpen => {
                self.put([tags::STRUCT, 0]);
                return Ok(Did::Open(Next::Key));
            }
            Token::RecordOpen => return self.record(at),
            Token::SetOpen => return Err(TapeError::Set { at }),
            Token::Close => return Err(unexpected(at, Expected::Value)),
        }
        Ok(Did::Value)
    }

    /// Appends words, without a call where there is room.
    #[inline(always)]
    fn put<const N: usize>(&mut self, words: [u32; N]) {
        if self.words.capacity() - self.words.len() < N {
            more_room(self.words);
        }
        for word in words {
            self.words.push(word);
        }
    }

    /// Offset and length of what was read last, and whether it is ASCII.
    #[inline(always)]
    fn string(&mut self, text: &str) {
        let offset = self.offset(text.len());
        let ascii = u32::from(text.is_ascii());
        self.put([offset, text.len() as u32, ascii]);
    }

    #[inline(always)]
    fn range(&mut self, tag: u32, len: usize) {
        let offset = self.offset(len);
        self.put([tag, offset, len as u32]);
    }

    /// Where the last `len` bytes start. They fit: the message's length does.
    #[inline(always)]
    fn offset(&self, len: usize) -> u32 {
        (self.reader.position() - len) as u32
    }

    #[inline(always)]
    fn int(&mut self, value: Int<'a>) {
        match value.to_i64() {
            Some(value) => match i32::try_from(value) {
                Ok(value) => self.put([tags::INT32, value.cast_unsigned()]),
                Err(_) => {
                    let bits = value.cast_unsigned();
                    self.put([tags::INT64, low(bits), high(bits)]);
                }
            },
            None => {
                let digits = value.digits().len();
                // The sign stands behind the digits.
                let offset = self.offset(digits + 1);
                let negative = u32::from(value.negative);
                let words = [tags::BIGINT, negative, offset, digits as u32];
                self.put(words);
            }
        }
    }

    fn record(&mut self, at: usize) -> Result<Did, TapeError> {
        let name = self.reader.symbol()?;
        match name {
            label::VOID => self.words.push(tags::UNDEFINED),
            label::NULL => self.words.push(tags::NULL),
            label::TAGGED => {
                let tag = self.reader.symbol()?;
                self.range(tags::TAGGED, tag.len());
                return Ok(Did::Open(Next::Payload));
            }
            label::ERROR => {
                let message = self.reader.string()?;
                self.range(tags::ERROR, message.len());
            }
            label::IMPORT_OBJECT | label::IMPORT_PROMISE | label::EXPORT | label::ANSWER => {
                let position = self.reader.u64()?;
                let found = match name {
                    label::IMPORT_OBJECT => self.refs.import_object(position),
                    label::IMPORT_PROMISE => self.refs.import_promise(position),
                    label::EXPORT => self.refs.export(position),
                    _ => self.refs.answer(position),
                };
                self.reference(at, found)?;
            }
            label::STURDYREF => self.sturdyref()?,
            label::SIG_ENVELOPE => {
                while !self.reader.at_close()? {
                    self.reader.skip()?;
                }
                self.reader.close()?;
                let found = self.refs.handoff(at..self.reader.position());
                self.reference(at, found)?;
                return Ok(Did::Value);
            }
            _ => return Err(TapeError::UnknownRecord { at }),
        }
        self.reader.close()?;
        Ok(Did::Value)
    }

    fn reference(&mut self, at: usize, found: Result<InRef, ErrorCode>) -> Result<(), TapeError> {
        let found = found.map_err(|code| TapeError::Reference { at, code })?;
        self.words.push(tags::REF);
        match found {
            InRef::Local(handle) => self.put([tags::KIND_LOCAL, handle]),
            InRef::RemoteObject(handle) => self.put([tags::KIND_REMOTE_OBJECT, handle]),
            InRef::RemotePromise(handle) => self.put([tags::KIND_REMOTE_PROMISE, handle]),
            InRef::Gift(handle) => self.put([tags::KIND_GIFT, handle]),
            InRef::Broken(code) => self.put([tags::KIND_BROKEN, code as u32]),
            InRef::Described {
                handle,
                offset,
                len,
            } => {
                let words = [tags::KIND_DESCRIBED, handle, offset, len];
                self.put(words);
            }
        }
        Ok(())
    }

    /// The fields of a sturdyref: a location and a swissnum.
    fn sturdyref(&mut self) -> Result<(), TapeError> {
        self.reader.record(label::PEER)?;
        self.put([tags::STURDYREF, tags::STRING]);
        let transport = self.reader.symbol()?;
        self.string(transport);
        self.words.push(tags::STRING);
        let designator = self.reader.string()?;
        self.string(designator);
        self.hints()?;
        self.reader.close()?;
        let swissnum = self.reader.bytes()?;
        self.range(tags::BYTES, swissnum.len());
        Ok(())
    }

    /// A struct of strings, or `f`.
    fn hints(&mut self) -> Result<(), TapeError> {
        let at = self.reader.position();
        match self.reader.next()? {
            Token::Bool(false) => self.words.push(tags::FALSE),
            Token::DictOpen => {
                let slot = self.words.len() + 1;
                self.put([tags::STRUCT, 0]);
                let mut count = 0;
                while !self.reader.at_close()? {
                    count += 1;
                    let key = self.reader.string()?;
                    self.string(key);
                    self.words.push(tags::STRING);
                    let value = self.reader.string()?;
                    self.string(value);
                }
                self.reader.close()?;
                if let Some(word) = self.words.get_mut(slot) {
                    *word = count;
                }
            }
            _ => return Err(unexpected(at, Expected::Dictionary)),
        }
        Ok(())
    }
}

#[cold]
#[inline(never)]
fn more_room(words: &mut Vec<u32>) {
    words.reserve(MOST_WORDS);
}

fn unexpected(at: usize, expected: Expected) -> TapeError {
    SyrupError::Unexpected { at, expected }.into()
}

fn low(bits: u64) -> u32 {
    bits as u32
}

fn high(bits: u64) -> u32 {
    (bits >> 32) as u32
}
