//! Named cases.

mod start;
