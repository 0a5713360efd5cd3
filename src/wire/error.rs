use std::fmt;

use crate::syrup::SyrupError;

/// Why bytes are not an OCapN record. `at` is an offset in bytes from the start of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireError {
    /// The Syrup is not canonical, or has another shape.
    Syrup(SyrupError),
    /// No operation has this label.
    UnknownOperation {
        /// The offset of the record.
        at: usize,
    },
    /// The label of this descriptor does not belong here.
    UnknownDescriptor {
        /// The offset of the record.
        at: usize,
    },
    /// The list is not an Ed25519 public key.
    NotPublicKey {
        /// The offset of the list.
        at: usize,
    },
    /// The list is not an EdDSA signature.
    NotSignature {
        /// The offset of the list.
        at: usize,
    },
    /// A release of a reference that releases nothing.
    DeltaIsZero {
        /// The offset of the delta.
        at: usize,
    },
    /// A release has not as many deltas as positions.
    DeltasDoNotMatch {
        /// The offset of the deltas.
        at: usize,
    },
}

impl WireError {
    /// Whether more bytes could make the record whole.
    pub fn is_truncated(self) -> bool {
        matches!(self, Self::Syrup(SyrupError::Truncated { .. }))
    }

    /// Where it went wrong, in bytes from the start of the input.
    pub fn at(self) -> usize {
        match self {
            Self::Syrup(error) => error.at(),
            Self::UnknownOperation { at }
            | Self::UnknownDescriptor { at }
            | Self::NotPublicKey { at }
            | Self::NotSignature { at }
            | Self::DeltaIsZero { at }
            | Self::DeltasDoNotMatch { at } => at,
        }
    }
}

impl From<SyrupError> for WireError {
    fn from(error: SyrupError) -> Self {
        Self::Syrup(error)
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Syrup(error) => return error.fmt(f),
            Self::UnknownOperation { .. } => "an unknown operation",
            Self::UnknownDescriptor { .. } => "a descriptor that does not belong there",
            Self::NotPublicKey { .. } => "this is no Ed25519 public key",
            Self::NotSignature { .. } => "this is no EdDSA signature",
            Self::DeltaIsZero { .. } => "a release of zero references",
            Self::DeltasDoNotMatch { .. } => "a release has not as many deltas as positions",
        };
        write!(f, "{text}, at byte {}", self.at())
    }
}

impl std::error::Error for WireError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Syrup(error) => Some(error),
            _ => None,
        }
    }
}

/// The session's dialect has no form for this operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotInDialect;

impl fmt::Display for NotInDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session's dialect has no form for this operation")
    }
}

impl std::error::Error for NotInDialect {}
