//! How a connection becomes a session: op:start-session and op:resume-session.
//!
//! Nothing here knows a connection or a store. Each piece judges a message against what is known
//! and says what it means; the client acts on it.

pub mod crossed;
pub mod resume;
pub mod resume_2026_01;
pub mod start;

/// Why a hello is refused: what is said on the wire (reference 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The peer speaks another version of CapTP.
    InvalidVersion,
    /// The signature of the location does not verify.
    InvalidLocationSignature,
    /// The other connection between the same two peers is kept.
    CrossedHellos,
    /// The application's hook said no, failed, or took too long.
    InvalidSessionAuth,
    /// There is no such session here.
    UnknownSession,
    /// The number of the attempt to resume is not one that may be used now.
    InvalidResumeCount,
    /// The resume was not signed by the session's key.
    InvalidSessionSignature,
    /// The session id is not 32 bytes long, or does not follow from the keys.
    InvalidSessionId,
    /// Anything else.
    InternalError,
}

impl Refusal {
    /// The text of the op:abort.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::InvalidVersion => "invalid-version",
            Refusal::InvalidLocationSignature => "Invalid location signature",
            Refusal::CrossedHellos => "Crossed hellos mitigated",
            Refusal::InvalidSessionAuth => "invalid-session-auth",
            Refusal::UnknownSession => "unknown-session",
            Refusal::InvalidResumeCount => "invalid-session-resume-count",
            Refusal::InvalidSessionSignature => "invalid-session-signature",
            Refusal::InvalidSessionId => "invalid-session-id",
            Refusal::InternalError => "internal error",
        }
    }

    /// Reads the text of an op:abort; any other text is the peer's own.
    pub fn from_text(text: &str) -> Option<Self> {
        [
            Refusal::InvalidVersion,
            Refusal::InvalidLocationSignature,
            Refusal::CrossedHellos,
            Refusal::InvalidSessionAuth,
            Refusal::UnknownSession,
            Refusal::InvalidResumeCount,
            Refusal::InvalidSessionSignature,
            Refusal::InvalidSessionId,
            Refusal::InternalError,
        ]
        .into_iter()
        .find(|refusal| refusal.text() == text)
    }
}
