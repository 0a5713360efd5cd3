//! Canonical Syrup: a strict reader, a writer, and a scanner that frames a stream.
//!
//! Syrup has one encoding of each value. The [`Reader`] refuses everything else, so that what was
//! signed is what was received. Nothing here knows OCapN.

mod container;
mod error;
mod order;
mod reader;
mod scanner;
mod token;
mod writer;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use error::{Expected, SyrupError};
pub use order::{KeyOrder, compare_keys};
pub use reader::Reader;
pub use scanner::Scanner;
pub use token::{Int, Token};
pub use writer::{CANONICAL_NAN, Writer};

/// The longest byte string, string or symbol: 2^31 - 1 bytes, the same on every platform.
pub const MAX_LENGTH: u64 = (1 << 31) - 1;

/// What may be a key of a dictionary, and a label of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DictKeys {
    /// Keys are strings and labels are symbols, as OCapN has it.
    #[default]
    Strings,
    /// Any value, as in plain Syrup: for tools and for test data.
    Any,
}

/// Bounds and grammar of one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyrupLimits {
    /// Containers that may be open at once.
    pub depth: u16,
    /// Decimal digits of one integer.
    pub digits: u32,
    /// What keys and labels may be.
    pub keys: DictKeys,
}

impl Default for SyrupLimits {
    fn default() -> Self {
        Self {
            depth: 128,
            digits: 4096,
            keys: DictKeys::Strings,
        }
    }
}
