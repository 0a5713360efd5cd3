use std::ops::Range;

use super::{
    Dialect, Dialects, Location, PairList, PosList, PublicKey, ResolveMe, Signature, Target,
    WireError,
};
use crate::syrup::{Expected, Reader, SyrupError, SyrupLimits};

/// One message of CapTP, of any dialect. What is text or bytes stays in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// The first message of a session.
    StartSession(Box<StartSession<'a>>),
    /// Goes on with a session over another connection.
    ResumeSession(Box<ResumeSession<'a>>),
    /// Ends the session.
    Abort {
        /// Why, for people.
        reason: &'a str,
    },
    /// Calls something.
    Deliver {
        /// What is called.
        to: Target,
        /// Where the list of arguments is in the input, brackets included. Lengths and nesting were
        /// looked at; whether it is Syrup, whoever decodes it finds out.
        args: Range<usize>,
        /// The position that the answer takes, to be pipelined on.
        answer: Option<u64>,
        /// Whom to tell the outcome.
        resolve_me: Option<ResolveMe>,
        /// Whether it was op:deliver-only.
        only: bool,
    },
    /// Asks for the outcome of a promise.
    Listen {
        /// The promise.
        to: Target,
        /// Whom to tell.
        resolve_me: ResolveMe,
        /// The third field, where there is one: whether promises count as outcomes.
        wants_partial: Option<bool>,
    },
    /// Takes a field of a struct that a promise becomes.
    Get {
        /// The promise.
        to: Target,
        /// The key.
        field: &'a str,
        /// The position that the answer takes.
        answer: u64,
    },
    /// Takes an item of a list that a promise becomes.
    Index {
        /// The promise.
        to: Target,
        /// Counted from zero.
        index: u64,
        /// The position that the answer takes.
        answer: u64,
    },
    /// Takes the payload of a tagged value that a promise becomes.
    Untag {
        /// The promise.
        to: Target,
        /// The tag that it must have.
        tag: &'a str,
        /// The position that the answer takes.
        answer: u64,
    },
    /// Gives back references to objects and promises of the receiver.
    GcExports(PairList<'a>),
    /// Gives back answers of the receiver.
    GcAnswers(PosList<'a>),
}

/// The fields of op:start-session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartSession<'a> {
    /// The version of CapTP; `1.0`.
    pub version: &'a str,
    /// The session key of the sender.
    pub key: PublicKey,
    /// Where the sender claims to be.
    pub location: Location,
    /// The location as it was received: what [`write::location_payload`] takes.
    ///
    /// [`write::location_payload`]: super::write::location_payload
    pub location_bytes: &'a [u8],
    /// The sender's signature of its location.
    pub signature: Signature,
}

/// The fields of op:resume-session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeSession<'a> {
    /// The session, of any length.
    pub session_id: &'a [u8],
    /// Which attempt it is.
    pub count: u128,
    /// The sender's signature of both.
    pub signature: Signature,
}

impl Operation<'_> {
    /// The dialects that write this message as it is.
    pub fn shows(&self) -> Dialects {
        let old = Dialects::only(Dialect::V2026_01);
        match self {
            Self::Deliver { only: true, .. } => old,
            Self::Deliver {
                resolve_me: None, ..
            } => Dialects::SINCE_2026_02,
            Self::Listen {
                wants_partial: None,
                ..
            } => Dialects::only(Dialect::V2026_03),
            Self::Listen { .. } => Dialects::UNTIL_2026_02,
            Self::GcExports(list) if list.is_scalar() => old,
            Self::GcAnswers(list) if list.is_scalar() => old,
            Self::GcExports(_) | Self::GcAnswers(_) => Dialects::SINCE_2026_02,
            _ => Dialects::ALL,
        }
    }
}

/// Reads one operation that starts at byte `start` of the input, and returns where it ends. What
/// follows it is the caller's business, and so are the arguments of a call: whoever decodes them judges them.
///
/// # Errors
///
/// [`WireError`] when it is not canonical, or no operation of any dialect. Truncated input is told
/// from wrong input; see [`WireError::is_truncated`].
pub fn read_operation(
    input: &[u8],
    start: usize,
    limits: SyrupLimits,
) -> Result<(Operation<'_>, usize), WireError> {
    let mut reader = Reader::at(input, start, limits);
    let operation = fields(&mut reader, start)?;
    reader.close()?;
    Ok((operation, reader.position()))
}

fn fields<'a>(reader: &mut Reader<'a>, start: usize) -> Result<Operation<'a>, WireError> {
    Ok(match reader.record_label()? {
        "op:deliver" => Operation::Deliver {
            to: Target::read(reader)?,
            args: args(reader)?,
            answer: or_false(reader, |reader| Ok(reader.u64()?))?,
            resolve_me: or_false(reader, ResolveMe::read)?,
            only: false,
        },
        "op:deliver-only" => Operation::Deliver {
            to: Target::read(reader)?,
            args: args(reader)?,
            answer: None,
            resolve_me: None,
            only: true,
        },
        "op:listen" => Operation::Listen {
            to: Target::read(reader)?,
            resolve_me: ResolveMe::read(reader)?,
            wants_partial: if reader.at_close()? {
                None
            } else {
                Some(reader.bool()?)
            },
        },
        "op:get" => Operation::Get {
            to: Target::read(reader)?,
            field: reader.string()?,
            answer: reader.u64()?,
        },
        "op:index" => Operation::Index {
            to: Target::read(reader)?,
            index: reader.u64()?,
            answer: reader.u64()?,
        },
        "op:untag" => Operation::Untag {
            to: Target::read(reader)?,
            tag: reader.string()?,
            answer: reader.u64()?,
        },
        "op:gc-exports" | "op:gc-export" => Operation::GcExports(PairList::read(reader)?),
        "op:gc-answers" | "op:gc-answer" => Operation::GcAnswers(PosList::read(reader)?),
        "op:abort" => Operation::Abort {
            reason: reader.string()?,
        },
        "op:start-session" => Operation::StartSession(Box::new(start_session(reader)?)),
        "op:resume-session" => Operation::ResumeSession(Box::new(ResumeSession {
            session_id: reader.bytes()?,
            count: reader.u128()?,
            signature: Signature::read(reader)?,
        })),
        _ => return Err(WireError::UnknownOperation { at: start }),
    })
}

fn start_session<'a>(reader: &mut Reader<'a>) -> Result<StartSession<'a>, WireError> {
    let version = reader.string()?;
    let key = PublicKey::read(reader)?;
    let start = reader.position();
    let location = Location::read(reader)?;
    let location_bytes = reader.input().get(start..reader.position());
    Ok(StartSession {
        version,
        key,
        location,
        location_bytes: location_bytes.unwrap_or_default(),
        signature: Signature::read(reader)?,
    })
}

fn args(reader: &mut Reader<'_>) -> Result<Range<usize>, WireError> {
    let at = reader.position();
    match reader.peek() {
        None | Some(b'[') => Ok(reader.pass()?),
        Some(_) => Err(WireError::Syrup(SyrupError::Unexpected {
            at,
            expected: Expected::List,
        })),
    }
}

fn or_false<'a, T>(
    reader: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, WireError>,
) -> Result<Option<T>, WireError> {
    if reader.peek() == Some(b'f') {
        reader.bool()?;
        return Ok(None);
    }
    read(reader).map(Some)
}
