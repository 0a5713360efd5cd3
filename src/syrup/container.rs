use std::cmp::Ordering;
use std::ops::Range;

use super::DictKeys;
use super::error::SyrupError;
use super::order::compare_utf16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Record,
    Dict,
    Set,
}

impl Kind {
    pub(super) fn closing_byte(self) -> u8 {
        match self {
            Self::List => b']',
            Self::Record => b'>',
            Self::Dict => b'}',
            Self::Set => b'$',
        }
    }
}

/// What a container needs to know of a value in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A string, whose text starts there.
    String {
        text: usize,
    },
    Symbol,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// A record's label, a dictionary's key, or an item of a set comes next.
    First,
    /// A record's field or a dictionary's value comes next.
    Second,
}

/// An open container, and the part of its grammar that depends on what was read before.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) kind: Kind,
    turn: Turn,
    /// Whether all keys so far follow [`KeyOrder::Utf16`](super::KeyOrder::Utf16).
    utf16: bool,
    /// Whether all keys so far follow [`KeyOrder::Encoded`](super::KeyOrder::Encoded).
    encoded: bool,
    pub(super) start: usize,
    /// The last key or item, encoded. Empty before the first.
    last: Range<usize>,
    /// Where the text of the last key starts.
    last_text: usize,
}

impl Container {
    pub(super) fn new(kind: Kind, start: usize) -> Self {
        Self {
            kind,
            turn: Turn::First,
            utf16: true,
            encoded: true,
            start,
            last: 0..0,
            last_text: 0,
        }
    }

    /// Whether a value of this shape may start here.
    #[inline]
    pub(super) fn begin(&self, at: usize, shape: Shape, keys: DictKeys) -> Result<(), SyrupError> {
        if self.turn == Turn::Second || keys == DictKeys::Any {
            return Ok(());
        }
        match self.kind {
            Kind::Record if shape != Shape::Symbol => Err(SyrupError::LabelIsNotSymbol { at }),
            Kind::Dict if !matches!(shape, Shape::String { .. }) => {
                Err(SyrupError::KeyIsNotString { at })
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a whole value.
    #[inline]
    pub(super) fn complete(
        &mut self,
        input: &[u8],
        value: Range<usize>,
        shape: Shape,
    ) -> Result<(), SyrupError> {
        match (self.kind, self.turn) {
            (Kind::List, _) => Ok(()),
            (Kind::Record, _) => {
                self.turn = Turn::Second;
                Ok(())
            }
            (Kind::Dict, Turn::Second) => {
                self.turn = Turn::First;
                Ok(())
            }
            (Kind::Dict, Turn::First) => {
                self.turn = Turn::Second;
                self.order(input, value, shape)
            }
            (Kind::Set, _) => self.order(input, value, Shape::Other),
        }
    }

    /// Whether it may end here.
    pub(super) fn end(&self, at: usize) -> Result<(), SyrupError> {
        match (self.kind, self.turn) {
            (Kind::Record, Turn::First) => Err(SyrupError::LabelIsMissing { at }),
            (Kind::Dict, Turn::Second) => Err(SyrupError::ValueIsMissing { at }),
            _ => Ok(()),
        }
    }

    /// Checks a key or item against the one before. Strict order all along leaves no room for
    /// duplicates further apart.
    fn order(&mut self, input: &[u8], value: Range<usize>, shape: Shape) -> Result<(), SyrupError> {
        let at = value.start;
        let slice = |range: Range<usize>| input.get(range).unwrap_or_default();
        let text = match shape {
            Shape::String { text } => text,
            // Only strings have a UTF-16 order.
            _ => {
                self.utf16 = false;
                at
            }
        };
        if !self.last.is_empty() {
            match slice(self.last.clone()).cmp(slice(value.clone())) {
                Ordering::Less => {}
                Ordering::Equal => return Err(SyrupError::Duplicate { at }),
                Ordering::Greater => self.encoded = false,
            }
            self.utf16 = self.utf16
                && compare_utf16(slice(self.last_text..self.last.end), slice(text..value.end))
                    .is_lt();
            if !self.utf16 && !self.encoded {
                return Err(SyrupError::Unordered { at });
            }
        }
        self.last = value;
        self.last_text = text;
        Ok(())
    }
}
