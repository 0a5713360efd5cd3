//! Canonical Syrup.
