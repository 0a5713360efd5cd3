//! The first word of each item.
//!
//! On an outgoing tape words are little-endian, and an item's text or bytes stand behind their
//! length, padded to a multiple of four (`text` below). In incoming words they are an offset into
//! the message and a length (`range` below).

/// The undefined value.
pub const UNDEFINED: u32 = 0;
/// The null value.
pub const NULL: u32 = 1;
/// A boolean.
pub const FALSE: u32 = 2;
/// A boolean.
pub const TRUE: u32 = 3;
/// An integer: one word, signed.
pub const INT32: u32 = 4;
/// An integer: two words, low first, signed.
pub const INT64: u32 = 5;
/// An integer. Out: `text`, decimal, with a minus sign in front if negative. In: 1 if negative, then
/// the `range` of the digits.
pub const BIGINT: u32 = 6;
/// A float: its bits in two words, low first.
pub const FLOAT64: u32 = 7;
/// A string. Out: `text`. In: `range`, then 1 if it is ASCII.
pub const STRING: u32 = 8;
/// A symbol. Out: `text`. In: `range`.
pub const SYMBOL: u32 = 9;
/// A byte string. Out: `text`. In: `range`.
pub const BYTES: u32 = 10;
/// A list: the count, then so many items.
pub const LIST: u32 = 11;
/// A struct: the count, then so many keys, each followed by its value. A key is what follows the tag
/// of a string. Out, keys stand in any order.
pub const STRUCT: u32 = 12;
/// A tagged value: its tag, as a symbol's without the tag word, then the value.
pub const TAGGED: u32 = 13;
/// An error: its message, as `text` or `range`.
pub const ERROR: u32 = 14;
/// A reference. Out: the handle. In: the kind, then the handle, or the number of an error code if
/// broken; then, if described, the range in the side buffer.
pub const REF: u32 = 15;
/// A sturdyref: transport and designator as strings, hints as a struct of strings or false, swissnum
/// as bytes, each with its tag.
pub const STURDYREF: u32 = 16;

/// Kind of a reference: an object or promise of this side.
pub const KIND_LOCAL: u32 = 0;
/// Kind of a reference: an object of the peer.
pub const KIND_REMOTE_OBJECT: u32 = 1;
/// Kind of a reference: a promise of the peer.
pub const KIND_REMOTE_PROMISE: u32 = 2;
/// Kind of a reference: a broken promise.
pub const KIND_BROKEN: u32 = 3;
/// Kind of a reference: an object of this side, to be made of its description.
pub const KIND_DESCRIBED: u32 = 4;
/// Kind of a reference: a promise that the core settles, and that travels as one of this side.
pub const KIND_GIFT: u32 = 5;
