use std::fmt;

/// Why bytes are not canonical Syrup, or not what the caller expected. `at` is an offset in bytes
/// from the start of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyrupError {
    /// The input ends inside a value: more bytes may make it whole.
    Truncated {
        /// Where the unfinished part starts.
        at: usize,
    },
    /// No value starts with this byte, or no number ends with it. Whitespace is such a byte.
    UnexpectedByte {
        /// The offset of the byte.
        at: usize,
    },
    /// A number has a zero before its first digit.
    LeadingZero {
        /// The offset of the number.
        at: usize,
    },
    /// Zero is written `0+`.
    NegativeZero {
        /// The offset of the number.
        at: usize,
    },
    /// An integer has more digits than the limit.
    TooManyDigits {
        /// The offset of the number.
        at: usize,
    },
    /// A length is over [`MAX_LENGTH`](super::MAX_LENGTH).
    LengthTooLarge {
        /// The offset of the length.
        at: usize,
    },
    /// A value is longer than the scanner's limit.
    TooLong {
        /// Where the part starts that passes the limit.
        at: usize,
    },
    /// More containers are open than the limit.
    TooDeep {
        /// The offset of the container that is one too many.
        at: usize,
    },
    /// A NaN other than `7ff8000000000000`.
    NonCanonicalNan {
        /// The offset of the float.
        at: usize,
    },
    /// A float of single precision.
    SingleFloat {
        /// The offset of the float.
        at: usize,
    },
    /// A string or symbol is not UTF-8.
    InvalidUtf8 {
        /// The offset of its length.
        at: usize,
    },
    /// A key of a dictionary is not a string.
    KeyIsNotString {
        /// The offset of the key.
        at: usize,
    },
    /// A label of a record is not a symbol.
    LabelIsNotSymbol {
        /// The offset of the label.
        at: usize,
    },
    /// A record without a label.
    LabelIsMissing {
        /// The offset of the closing byte.
        at: usize,
    },
    /// A dictionary ends after a key.
    ValueIsMissing {
        /// The offset of the closing byte.
        at: usize,
    },
    /// The keys of a dictionary, or the items of a set, follow no order.
    Unordered {
        /// The offset of the key or item that comes too late.
        at: usize,
    },
    /// A dictionary has a key, or a set an item, twice.
    Duplicate {
        /// The offset of the second one.
        at: usize,
    },
    /// A closing byte that does not close the innermost container.
    WrongClose {
        /// The offset of the closing byte.
        at: usize,
    },
    /// A well-formed value, but not the one that belongs here.
    Unexpected {
        /// The offset of the value.
        at: usize,
        /// What belongs here.
        expected: Expected,
    },
    /// An integer that does not fit the type it is read as.
    OutOfRange {
        /// The offset of the integer.
        at: usize,
    },
    /// Input goes on after its last value.
    TrailingBytes {
        /// Where the rest starts.
        at: usize,
    },
    /// The caller finished while a container is open.
    Unclosed {
        /// Where reading stopped.
        at: usize,
    },
}

/// What a typed read of a [`Reader`](super::Reader) looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// Any value, but not a closing byte.
    Value,
    /// `t` or `f`.
    Boolean,
    /// An integer.
    Integer,
    /// A byte string.
    Bytes,
    /// A string.
    String,
    /// A symbol.
    Symbol,
    /// The start of a list.
    List,
    /// The start of a dictionary.
    Dictionary,
    /// The start of a record.
    Record,
    /// A record of another label.
    Label,
    /// The end of the innermost container.
    Close,
}

impl SyrupError {
    /// Whether it may be Syrup, of more than is taken.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            Self::TooDeep { .. }
                | Self::TooLong { .. }
                | Self::TooManyDigits { .. }
                | Self::LengthTooLarge { .. }
        )
    }

    /// Where it went wrong, in bytes from the start of the input.
    pub fn at(self) -> usize {
        match self {
            Self::Truncated { at }
            | Self::UnexpectedByte { at }
            | Self::LeadingZero { at }
            | Self::NegativeZero { at }
            | Self::TooManyDigits { at }
            | Self::LengthTooLarge { at }
            | Self::TooLong { at }
            | Self::TooDeep { at }
            | Self::NonCanonicalNan { at }
            | Self::SingleFloat { at }
            | Self::InvalidUtf8 { at }
            | Self::KeyIsNotString { at }
            | Self::LabelIsNotSymbol { at }
            | Self::LabelIsMissing { at }
            | Self::ValueIsMissing { at }
            | Self::Unordered { at }
            | Self::Duplicate { at }
            | Self::WrongClose { at }
            | Self::Unexpected { at, .. }
            | Self::OutOfRange { at }
            | Self::TrailingBytes { at }
            | Self::Unclosed { at } => at,
        }
    }
}

impl fmt::Display for SyrupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Truncated { .. } => "the input ends inside a value",
            Self::UnexpectedByte { .. } => "unexpected byte",
            Self::LeadingZero { .. } => "a number has a leading zero",
            Self::NegativeZero { .. } => "zero has a minus sign",
            Self::TooManyDigits { .. } => "an integer has too many digits",
            Self::LengthTooLarge { .. } => "a length is too large",
            Self::TooLong { .. } => "a value is too long",
            Self::TooDeep { .. } => "values are nested too deeply",
            Self::NonCanonicalNan { .. } => "a NaN is not the canonical one",
            Self::SingleFloat { .. } => "a float has single precision",
            Self::InvalidUtf8 { .. } => "text is not UTF-8",
            Self::KeyIsNotString { .. } => "a key is not a string",
            Self::LabelIsNotSymbol { .. } => "a label is not a symbol",
            Self::LabelIsMissing { .. } => "a record has no label",
            Self::ValueIsMissing { .. } => "a key has no value",
            Self::Unordered { .. } => "keys are not in order",
            Self::Duplicate { .. } => "a key is there twice",
            Self::WrongClose { .. } => "a closing byte fits no open container",
            Self::Unexpected { expected, .. } => return write_expected(f, *expected, self.at()),
            Self::OutOfRange { .. } => "an integer is out of range",
            Self::TrailingBytes { .. } => "bytes follow the last value",
            Self::Unclosed { .. } => "a container is still open",
        };
        write!(f, "{text}, at byte {}", self.at())
    }
}

fn write_expected(f: &mut fmt::Formatter<'_>, expected: Expected, at: usize) -> fmt::Result {
    let what = match expected {
        Expected::Value => "a value",
        Expected::Boolean => "a boolean",
        Expected::Integer => "an integer",
        Expected::Bytes => "a byte string",
        Expected::String => "a string",
        Expected::Symbol => "a symbol",
        Expected::List => "a list",
        Expected::Dictionary => "a dictionary",
        Expected::Record => "a record",
        Expected::Label => "a record of another label",
        Expected::Close => "the end of a container",
    };
    write!(f, "{what} was expected, at byte {at}")
}

impl std::error::Error for SyrupError {}
