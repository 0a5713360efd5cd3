//! Values between JavaScript and the core.
//!
//! Neither side calls the other for each node of a value. JavaScript writes an outgoing value as a
//! *tape* of bytes into the core's memory, and [`encode`] turns it into canonical Syrup. For an
//! incoming value [`decode`] writes *words* that say what to build, with text and bytes as ranges of
//! the message, and JavaScript reads those. Both judge everything: a tape comes from our own
//! JavaScript, but also from a host that may be wrong; a message comes from a peer.
//!
//! The [`tags`] say what a tape and words look like.

mod cursor;
mod decode;
mod encode;
mod entries;
mod error;
pub mod tags;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use decode::decode;
pub use encode::{Encoder, encode};
pub use error::TapeError;

use crate::error::ErrorCode;

/// How references in outgoing values are written.
pub trait OutRefs {
    /// Appends the descriptor of what the handle stands for.
    ///
    /// # Errors
    ///
    /// Why it cannot be passed. The value is then not sent; what this counted is to be undone.
    fn reference(&mut self, handle: u32, out: &mut Vec<u8>) -> Result<(), ErrorCode>;
}

/// What references in incoming values stand for.
///
/// An error ends the decoding. What can be had as a broken promise is [`InRef::Broken`] instead.
pub trait InRefs {
    /// The sender's own object at this position.
    fn import_object(&mut self, position: u64) -> Result<InRef, ErrorCode>;
    /// The sender's own promise at this position.
    fn import_promise(&mut self, position: u64) -> Result<InRef, ErrorCode>;
    /// Our own object or promise at this position.
    fn export(&mut self, position: u64) -> Result<InRef, ErrorCode>;
    /// Our own answer at this position.
    fn answer(&mut self, position: u64) -> Result<InRef, ErrorCode>;
    /// A signed envelope, at this range of the message: well-formed Syrup, not looked into.
    fn handoff(&mut self, envelope: Range<usize>) -> Result<InRef, ErrorCode>;
}

/// What JavaScript makes of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InRef {
    /// An object or promise of this side.
    Local(u32),
    /// An object of the peer.
    RemoteObject(u32),
    /// A promise of the peer.
    RemotePromise(u32),
    /// A promise for an object of a third party's. It is not to be named to anybody: it settles.
    Gift(u32),
    /// A promise that is broken for this reason.
    Broken(ErrorCode),
    /// An object of this side that is yet to be made of its description.
    Described {
        /// Its handle from now on.
        handle: u32,
        /// Where the description starts in the side buffer.
        offset: u32,
        /// How long it is.
        len: u32,
    },
}

/// No references: for values that are data alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataOnly;

impl OutRefs for DataOnly {
    fn reference(&mut self, _: u32, _: &mut Vec<u8>) -> Result<(), ErrorCode> {
        Err(ErrorCode::NotPassable)
    }
}

impl InRefs for DataOnly {
    fn import_object(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::NotPassable)
    }

    fn import_promise(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::NotPassable)
    }

    fn export(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::NotPassable)
    }

    fn answer(&mut self, _: u64) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::NotPassable)
    }

    fn handoff(&mut self, _: Range<usize>) -> Result<InRef, ErrorCode> {
        Err(ErrorCode::NotPassable)
    }
}
