use std::cmp::Ordering;
use std::ops::Range;

use super::DictKeys;
use super::error::SyrupError;
use super::order::compare_utf16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What is around the values at the top: nothing.
    Root,
    List,
    Record,
    Dict,
    Set,
}

impl Kind {
    pub(super) fn closing_byte(self) -> Option<u8> {
        match self {
            Self::Root => None,
            Self::List => Some(b']'),
            Self::Record => Some(b'>'),
            Self::Dict => Some(b'}'),
            Self::Set => Some(b'$'),
        }
    }
}

/// What a container needs to know of a value in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A string, whose text starts so many bytes after its first digit.
    String {
        text: u8,
    },
    Symbol,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Any values from here on: nothing to check.
    Any,
    /// The label of a record.
    Label,
    /// A key of a dictionary.
    Key,
    /// A value of a dictionary.
    Value,
    /// An item of a set.
    Item,
}

/// An open container, and the part of its grammar that depends on what was read before.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) start: usize,
    /// The last key or item, encoded. Empty before the first.
    last: Range<usize>,
    /// Where the text of the last key starts in it.
    last_text: u8,
    pub(super) kind: Kind,
    turn: Turn,
    /// Whether all keys so far follow [`KeyOrder::Utf16`](super::KeyOrder::Utf16).
    utf16: bool,
    /// Whether all keys so far follow [`KeyOrder::Encoded`](super::KeyOrder::Encoded).
    encoded: bool,
}

impl Container {
    #[inline]
    pub(super) fn new(kind: Kind, start: usize) -> Self {
        let turn = match kind {
            Kind::Root | Kind::List => Turn::Any,
            Kind::Record => Turn::Label,
            Kind::Dict => Turn::Key,
            Kind::Set => Turn::Item,
        };
        Self {
            start,
            last: 0..0,
            last_text: 0,
            kind,
            turn,
            utf16: true,
            encoded: true,
        }
    }

    /// Whether a value of this shape may start here.
    #[inline(always)]
    pub(super) fn begin(&self, at: usize, shape: Shape, keys: DictKeys) -> Result<(), SyrupError> {
        match self.turn {
            Turn::Label if shape != Shape::Symbol && keys == DictKeys::Strings => {
                Err(SyrupError::LabelIsNotSymbol { at })
            }
            Turn::Key if !matches!(shape, Shape::String { .. }) && keys == DictKeys::Strings => {
                Err(SyrupError::KeyIsNotString { at })
            }
            _ => Ok(()),
        }
    }

    /// Takes note of a whole value.
    #[inline(always)]
    pub(super) fn complete(
        &mut self,
        input: &[u8],
        value: Range<usize>,
        shape: Shape,
    ) -> Result<(), SyrupError> {
        match self.turn {
            Turn::Any => {}
            Turn::Label => self.turn = Turn::Any,
            Turn::Value => self.turn = Turn::Key,
            Turn::Key => {
                self.turn = Turn::Value;
                self.order(input, value, shape)?;
            }
            Turn::Item => self.order(input, value, Shape::Other)?,
        }
        Ok(())
    }

    /// Whether it may end here.
    pub(super) fn end(&self, at: usize) -> Result<(), SyrupError> {
        match self.turn {
            Turn::Label => Err(SyrupError::LabelIsMissing { at }),
            Turn::Value => Err(SyrupError::ValueIsMissing { at }),
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
                0
            }
        };
        if !self.last.is_empty() {
            match slice(self.last.clone()).cmp(slice(value.clone())) {
                Ordering::Less => {}
                Ordering::Equal => return Err(SyrupError::Duplicate { at }),
                Ordering::Greater => self.encoded = false,
            }
            let last_text = self.last.start + usize::from(self.last_text)..self.last.end;
            let text = at + usize::from(text)..value.end;
            self.utf16 = self.utf16 && compare_utf16(slice(last_text), slice(text)).is_lt();
            if !self.utf16 && !self.encoded {
                return Err(SyrupError::Unordered { at });
            }
        }
        self.last = value;
        self.last_text = text;
        Ok(())
    }
}
