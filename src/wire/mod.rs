//! OCapN records over Syrup: operations, descriptors, locations, keys and handoffs.
//!
//! Reading takes every dialect where the label or the shape decides; writing takes the session's
//! [`Dialect`]. Nothing here holds state.

mod descriptor;
mod dialects;
mod error;
pub mod handoff;
mod keys;
mod location;
mod operation;
mod positions;
pub mod text;
pub mod write;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use descriptor::{ResolveMe, Target};
pub use dialects::Dialects;
pub use error::{NotInDialect, WireError};
pub use keys::{PublicKey, Signature};
pub use location::Location;
pub use ocapn_codec::{Dialect, UnknownDialect, label};
pub use operation::{Operation, ResumeSession, StartSession, read_operation};
pub use positions::{PairList, PosList};
