//! What a client asks of its host.

use std::ops::Range;

use crate::error::ErrorCode;
use crate::identity::SessionId;
use crate::wire::{Location, PublicKey};

/// One thing for the host to do, from [`Client::poll_output`](super::Client::poll_output).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write to the store. All writes come before anything that depends on them.
    Persist(Write),
    /// Send these bytes of [`Client::bytes`](super::Client::bytes) as one message.
    Transmit {
        /// The connection's number.
        connection: u32,
        /// Where in the buffer the message is.
        frame: Range<usize>,
    },
    /// Open a connection.
    Dial {
        /// To be named in `handle_opened` or `handle_dial_failed`.
        dial: u32,
        /// The netlayer's number.
        netlayer: u32,
        /// Where to.
        location: Location,
    },
    /// Close a connection; nothing is heard from or said to it any more.
    Close {
        /// The connection's number.
        connection: u32,
    },
    /// Call `handle_timeout` at this time (ms), instead of what was asked before.
    Timeout(Option<u64>),
    /// Something for the application.
    Event(Event),
}

/// A write to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key.
    pub key: String,
    /// The value; `None` deletes.
    pub value: Option<Vec<u8>>,
    /// Nothing depends on it: it may be committed with a later write.
    pub lazy: bool,
}

/// Who a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One of our objects. The description is there when the application may not have it at hand.
    Local {
        /// Its handle.
        handle: u32,
        /// Where in [`Client::side`](super::Client::side) its description is.
        description: Option<Range<usize>>,
    },
    /// Nobody: the call breaks with this.
    Broken(ErrorCode),
    /// Nothing in particular: the undefined value.
    Nothing,
    /// What is not known yet: `Event::Gift` will tell.
    Claim(u32),
}

/// What happened to a gift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GiftChange {
    /// It waits for its receiver.
    Kept(Recipient),
    /// Its receiver has it.
    Taken,
    /// Its receiver is here before it, with this claim.
    Wanted(u32),
}

/// What a message asks of its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A call. The arguments are words of [`Client::words`](super::Client::words).
    Deliver(Range<usize>),
    /// To hear of a promise's settlement.
    Listen,
    /// A field of a struct: its name, in [`Client::input`](super::Client::input).
    Get(Range<usize>),
    /// An item of a list.
    Index(u64),
    /// What a tagged value holds: its tag, in the input.
    Untag(Range<usize>),
    /// The recipient itself.
    Identify,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It began.
    Fresh,
    /// It goes on over a new connection.
    Resumed,
    /// Its connection is gone.
    Suspended,
    /// It is over.
    Severed,
    /// The peer, unproven, refuses to resume it: it is kept aside.
    Refused,
}

/// Something for the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message for one of our objects.
    Message {
        /// The session's key.
        session: u32,
        /// Who it is for.
        to: Recipient,
        /// What it asks.
        request: Request,
        /// The local handle that names its answer, when the peer may send messages to that.
        answer: Option<u32>,
        /// What to settle when the answer is known, when the peer wants to hear of it.
        wait: Option<u32>,
    },
    /// A question or imported promise settled; its handle is free.
    Settled {
        /// The handle.
        handle: u32,
        /// Or broken.
        fulfilled: bool,
        /// The value's words.
        value: Range<usize>,
    },
    /// A question or imported promise will never settle otherwise; its handle is free.
    Failed {
        /// The handle.
        handle: u32,
        /// Why.
        code: ErrorCode,
    },
    /// What a message is for that was for `Recipient::Claim`.
    Gift {
        /// The claim.
        claim: u32,
        /// Who it is for.
        to: Recipient,
    },
    /// A change that a table of gifts of the host's is to show.
    GiftTable {
        /// `<gifter's session id>:<gift id>`, in hexadecimal, as `@endo/ocapn` has it.
        key: String,
        /// What changed.
        change: GiftChange,
    },
    /// A local promise is to settle as a question or imported promise of another session does.
    Follow {
        /// The local handle, of a new promise.
        local: u32,
        /// The question's or promise's handle.
        remote: u32,
    },
    /// Nothing names this local handle any more; it is free.
    Released(u32),
    /// `provide_session` succeeded.
    Provided {
        /// Its request.
        request: u32,
        /// The session's key.
        session: u32,
    },
    /// `provide_session` failed.
    NotProvided {
        /// Its request.
        request: u32,
        /// Why.
        code: ErrorCode,
    },
    /// A session changed.
    Session {
        /// The session's key.
        session: u32,
        /// To what.
        status: Status,
        /// Why.
        code: Option<ErrorCode>,
        /// Its id.
        id: SessionId,
        /// Who is at the other end, as it said.
        peer: Location,
        /// Whether we dialled the connection that it is on.
        outgoing: bool,
    },
    /// The host is to judge a session that is about to begin or to go on.
    Authenticate {
        /// To be named in `handle_authenticated`.
        hook: u32,
        /// Whether it is a resume.
        resume: bool,
        /// The session's id.
        id: SessionId,
        /// The peer's key.
        key: PublicKey,
        /// Where the peer says that it is.
        peer: Location,
    },
    /// A peer's op:abort came, and said this, as far as it is short enough to show. What follows
    /// from it comes next.
    PeerSaid(String),
    /// A stored record does not verify, or could not be read; the rest goes on.
    Damaged {
        /// Its key.
        key: String,
        /// What is wrong.
        why: String,
    },
}
