use std::fmt;

use crate::error::ErrorCode;

/// Why the store gives no answer, or not one to rely on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StoreError {
    /// A record does not verify, or is not of the kind that its key says.
    Damaged {
        /// Its key.
        key: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A record was written by a newer version of this library.
    Newer {
        /// Its key.
        key: String,
        /// The version of the record.
        version: u64,
    },
    /// The store itself failed.
    Failed {
        /// What it said.
        why: String,
    },
}

impl StoreError {
    /// The code that an application sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Damaged { .. } => ErrorCode::StoreDamaged,
            Self::Newer { .. } => ErrorCode::StoreNewer,
            Self::Failed { .. } => ErrorCode::StoreFailed,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { key, why } => write!(f, "the record at {key} {why}"),
            Self::Newer { key, version } => {
                write!(
                    f,
                    "the record at {key} is of version {version}, unknown here"
                )
            }
            Self::Failed { why } => write!(f, "the store failed: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}
