//! Every bound of a client, with its default.

use crate::syrup::{DictKeys, SyrupLimits};

/// Bounds on what a peer, a store or the application may make a client hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message, in or out.
    pub frame: usize,
    /// Bytes that a peer may send on a connection that it opened, before that has a session.
    pub hello_frame: usize,
    /// Nesting of containers in one message.
    pub depth: u16,
    /// Decimal digits of one integer.
    pub digits: u32,
    /// Live exports of one session, resolvers included.
    pub exports: usize,
    /// Live imports of one session.
    pub imports: usize,
    /// Calls of one session that wait for their answer.
    pub questions: usize,
    /// Answers that the peer of one session may hold, and calls of its that wait for theirs.
    pub answers: usize,
    /// Promises of ours that the peer of one session listens to.
    pub listens: usize,
    /// Bytes of calls that wait while one session is suspended.
    pub queued_bytes: usize,
    /// Bytes encoded and not yet handed to a netlayer, since they wait for a commit, of one client. No
    /// call is sent beyond it; when answers alone are more, the session that most are for ends.
    /// What waits in a netlayer for one connection is the netlayer's to bound.
    pub unsent_bytes: usize,
    /// Gifts that the peer of one session left with us for others, those that it waits for, and those
    /// that we left with it and that it has not acknowledged.
    pub gifts: usize,
    /// Gifts and claims of all sessions of one client.
    pub client_gifts: usize,
    /// Sessions of one client; those that are suspended, parked, or only in the store, included.
    pub sessions: usize,
    /// Of those that have no connection, the ones that strangers began: peers that the netlayer does
    /// not vouch for and that we never dialled.
    pub strangers: usize,
    /// Sessions of one client that are parked.
    pub parked: usize,
    /// Objects whose positions in ended sessions are remembered.
    pub positions: usize,
    /// Connections of one client that have not finished their handshake.
    pub handshakes: usize,
}

impl Limits {
    /// The bounds that concern the reading of one message.
    pub fn syrup(&self) -> SyrupLimits {
        SyrupLimits {
            depth: self.depth,
            digits: self.digits,
            keys: DictKeys::Strings,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let SyrupLimits { depth, digits, .. } = SyrupLimits::default();
        Self {
            frame: 16 << 20,
            hello_frame: 64 << 10,
            depth,
            digits,
            exports: 1 << 20,
            imports: 1 << 20,
            questions: 1 << 16,
            answers: 1 << 16,
            listens: 1 << 16,
            queued_bytes: 16 << 20,
            unsent_bytes: 256 << 20,
            gifts: 1024,
            client_gifts: 1 << 16,
            sessions: 4096,
            strangers: 1024,
            parked: 64,
            positions: 4096,
            handshakes: 1024,
        }
    }
}
