//! Stable error codes, the same in Rust and in JavaScript.

macro_rules! codes {
    ($($name:ident = $number:literal, $code:literal, $text:literal;)*) => {
        /// Why something failed: what an application can branch on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum ErrorCode { $(#[doc = $text] $name = $number,)* }

        impl ErrorCode {
            /// Every code, in the order of its number.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The stable upper-case name that JavaScript shows as `error.code`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// What happened and what to do about it.
            pub fn text(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)* }
            }

            /// The code with this number.
            pub fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(ErrorCode::$name),)* _ => None }
            }
        }
    };
}

codes! {
    MayHaveRun = 1, "MAY_HAVE_RUN", "Session disconnected after this call was written: it may have run, or not.";
    DidNotRun = 2, "DID_NOT_RUN", "Session disconnected before this call was written: it did not run.";
    SessionSevered = 3, "SESSION_SEVERED", "Session disconnected for good: enliven the sturdyref of this reference again.";
    SessionRefused = 4, "SESSION_REFUSED", "The peer refuses to resume the session of this reference: enliven its sturdyref again.";
    Lost = 5, "LOST", "The object or promise at this position was lost when the process that held it ended.";
    NotRevivable = 6, "NOT_REVIVABLE", "The stored description of this object could not be revived.";
    QueueTimeout = 7, "QUEUE_TIMEOUT", "The session stayed suspended for longer than times.queue: this call did not run.";
    QueueFull = 8, "QUEUE_FULL", "Too many bytes of calls wait for the suspended session: this call did not run.";
    CallTimeout = 9, "CALL_TIMEOUT", "The peer did not answer within times.call: the call may have run.";
    AuthRefused = 10, "AUTH_REFUSED", "Connection closed during handshake: authenticateSession refused this session.";
    PeerChanged = 11, "PEER_CHANGED", "Connection closed during handshake: the peer that answered is not the one that was dialled, or has another key than the session's.";
    PeerAborted = 12, "PEER_ABORTED", "Session ended: the peer aborted it.";
    PeerMisbehaved = 13, "PEER_MISBEHAVED", "The peer broke the protocol.";
    VersionMismatch = 14, "VERSION_MISMATCH", "Connection closed during handshake: the peer speaks another version of CapTP.";
    HandshakeTimeout = 15, "HANDSHAKE_TIMEOUT", "Connection closed during handshake: the peer did not finish it in time.";
    ConnectionClosed = 16, "CONNECTION_CLOSED", "Connection closed during handshake.";
    CrossedHellos = 17, "CROSSED_HELLOS", "Crossed hellos mitigated: another connection to this peer was kept, and did not become a session.";
    SelfConnect = 18, "SELF_CONNECT", "Refusing to connect to self";
    NotDialable = 19, "NOT_DIALABLE", "This location cannot be dialled.";
    NoNetlayer = 20, "NO_NETLAYER", "No netlayer is registered for this location's transport.";
    PeerBusy = 21, "PEER_BUSY", "The peer holds another session with this location and cannot resume it.";
    ShutDown = 22, "SHUT_DOWN", "The client was shut down.";
    AbortedLocally = 23, "ABORTED_LOCALLY", "Session disconnected: this side aborted it.";
    StoreFailed = 24, "STORE_FAILED", "The baggage failed: open it again before going on.";
    StoreDamaged = 25, "STORE_DAMAGED", "A stored record does not verify.";
    StoreNewer = 26, "STORE_NEWER", "A stored record was written by a newer version of this library.";
    BaggageReentrant = 27, "BAGGAGE_REENTRANT", "The baggage called back into its client while the client was reading it.";
    InternalError = 28, "INTERNAL_ERROR", "A bug in this library: the wasm module is unusable, start the process again.";
    LimitExceeded = 29, "LIMIT_EXCEEDED", "A limit of this client was reached.";
    NotPassable = 30, "NOT_PASSABLE", "This value cannot be passed to a peer.";
    NotInDialect = 31, "NOT_IN_DIALECT", "This cannot be said in the session's dialect.";
    UnknownSlot = 32, "UNKNOWN_SLOT", "The peer named a slot that was never given to it.";
    MalformedMessage = 33, "MALFORMED_MESSAGE", "The message is not canonical Syrup, or not a record of OCapN.";
    EphemeralExport = 34, "EPHEMERAL_EXPORT", "This object or promise cannot be described, and ephemeralExports is 'reject'.";
    HandoffRefused = 35, "HANDOFF_REFUSED", "This handoff of a third party's object does not verify.";
    Expired = 36, "EXPIRED", "The suspended session was not resumed in time.";
    DialFailed = 37, "DIAL_FAILED", "Connection closed during handshake: the netlayer could not open it.";
    ApiMisuse = 38, "API_MISUSE", "The call does not fit the state of the object it was made on.";
    TransportMismatch = 39, "TRANSPORT_MISMATCH", "The peer claims a location of another transport than the connection's.";
    HandoffUsed = 40, "HANDOFF_USED", "Gift handoff already used.";
    GiftTaken = 41, "GIFT_TAKEN", "Another gift has this id, or another waits for this gift.";
    GiftTimeout = 42, "GIFT_TIMEOUT", "The gifter did not deposit this gift in time.";
    GifterGone = 43, "GIFTER_GONE", "The exporter of this gift has no session with its gifter any more.";
    TokenUnknown = 44, "TOKEN_UNKNOWN", "This token names no reference: it was released, or its session has ended for good: enliven the sturdyref again.";
}
