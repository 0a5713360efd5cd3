use std::fmt;

use crate::error::ErrorCode;
use crate::syrup::SyrupError;

/// Why a tape is no value that can be sent, or a message holds no value that can be passed.
///
/// Offsets are in bytes: into the tape when encoding, into the message when decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TapeError {
    /// The tape ends inside an item.
    Truncated {
        /// Where the tape ends.
        at: usize,
    },
    /// A word that is no tag, or not one that belongs here.
    UnexpectedTag {
        /// The offset of the word.
        at: usize,
    },
    /// Text on the tape is not UTF-8.
    InvalidUtf8 {
        /// The offset of its length.
        at: usize,
    },
    /// Digits on the tape are not those of a canonical integer.
    InvalidDigits {
        /// The offset of their length.
        at: usize,
    },
    /// An integer on the tape has too many digits.
    TooManyDigits {
        /// The offset of their length.
        at: usize,
    },
    /// Text or bytes are longer than a message can hold.
    TooLong {
        /// The offset of their length.
        at: usize,
    },
    /// A value is nested more deeply than a reader would accept.
    TooDeep {
        /// The offset of the item that is one too deep.
        at: usize,
    },
    /// A struct on the tape has a key twice.
    DuplicateKey {
        /// The offset of the second one.
        at: usize,
    },
    /// A symbol on the tape has a name that starts with `@@`: no peer accepts it.
    ReservedSymbol {
        /// The offset of the symbol.
        at: usize,
    },
    /// A symbol of the message has a name that starts with `@@`: no peer may send it.
    ReservedSymbolReceived {
        /// The offset of the symbol.
        at: usize,
    },
    /// The reference cannot be passed.
    Reference {
        /// The offset of the reference.
        at: usize,
        /// Why.
        code: ErrorCode,
    },
    /// The message is not canonical Syrup.
    Syrup(SyrupError),
    /// A record that is no value.
    UnknownRecord {
        /// The offset of the record.
        at: usize,
    },
    /// A set: OCapN has none.
    Set {
        /// The offset of the set.
        at: usize,
    },
    /// The message has more than 2^32 - 1 bytes.
    MessageTooLong,
}

impl TapeError {
    /// What an application can branch on.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Truncated { .. }
            | Self::UnexpectedTag { .. }
            | Self::InvalidUtf8 { .. }
            | Self::InvalidDigits { .. } => ErrorCode::ApiMisuse,
            Self::TooManyDigits { .. }
            | Self::TooLong { .. }
            | Self::TooDeep { .. }
            | Self::MessageTooLong => ErrorCode::LimitExceeded,
            Self::Syrup(error) if error.is_limit() => ErrorCode::LimitExceeded,
            Self::DuplicateKey { .. } | Self::ReservedSymbol { .. } => ErrorCode::NotPassable,
            Self::Reference { code, .. } => code,
            Self::ReservedSymbolReceived { .. }
            | Self::Syrup(_)
            | Self::UnknownRecord { .. }
            | Self::Set { .. } => ErrorCode::MalformedMessage,
        }
    }
}

impl From<SyrupError> for TapeError {
    fn from(error: SyrupError) -> Self {
        Self::Syrup(error)
    }
}

impl fmt::Display for TapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, at) = match self {
            Self::Truncated { at } => ("the tape ends inside an item", at),
            Self::UnexpectedTag { at } => ("a word that is not the tag of an item", at),
            Self::InvalidUtf8 { at } => ("text is not UTF-8", at),
            Self::InvalidDigits { at } => ("digits are not those of an integer", at),
            Self::TooManyDigits { at } => ("an integer has too many digits", at),
            Self::TooLong { at } => ("text or bytes are too long", at),
            Self::TooDeep { at } => ("values are nested too deeply", at),
            Self::DuplicateKey { at } => ("a struct has a key twice", at),
            Self::ReservedSymbol { at } | Self::ReservedSymbolReceived { at } => {
                ("a symbol's name starts with @@", at)
            }
            Self::Reference { at, code } => {
                return write!(f, "{} ({}, at byte {at})", code.text(), code.as_str());
            }
            Self::Syrup(error) => return error.fmt(f),
            Self::UnknownRecord { at } => ("a record that is no value", at),
            Self::Set { at } => ("a set", at),
            Self::MessageTooLong => return f.write_str("the message is too long"),
        };
        write!(f, "{text}, at byte {at}")
    }
}

impl std::error::Error for TapeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syrup(error) => Some(error),
            _ => None,
        }
    }
}
