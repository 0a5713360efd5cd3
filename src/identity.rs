//! Keys and identifiers.
