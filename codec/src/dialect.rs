use std::fmt;
use std::str::FromStr;

use crate::syrup::KeyOrder;

/// Which of the forms of OCapN a session writes, named by its date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// January 2026: op:deliver-only, a resolver in every op:deliver, one position a release.
    V2026_01,
    /// `@endo/ocapn` 1.1: resolver or `f`, lists of positions, op:listen of three fields.
    #[default]
    V2026_02,
    /// The spec's main branch since March 2026: op:listen of two fields, -0, Syrup's key order.
    V2026_03,
}

impl Dialect {
    /// Every dialect, oldest first.
    pub const ALL: [Self; 3] = [Self::V2026_01, Self::V2026_02, Self::V2026_03];

    /// Its name: year and month.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2026_01 => "2026-01",
            Self::V2026_02 => "2026-02",
            Self::V2026_03 => "2026-03",
        }
    }

    /// The order in which it writes the keys of a struct.
    pub fn key_order(self) -> KeyOrder {
        match self {
            Self::V2026_01 | Self::V2026_02 => KeyOrder::Utf16,
            Self::V2026_03 => KeyOrder::Encoded,
        }
    }

    /// Whether it writes -0 as such. Peers of the others abort on it, so they get +0.
    pub fn minus_zero(self) -> bool {
        self == Self::V2026_03
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No dialect has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDialect;

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the dialects are 2026-01, 2026-02 and 2026-03")
    }
}

impl std::error::Error for UnknownDialect {}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == name)
            .ok_or(UnknownDialect)
    }
}
