//! What a client is told at its making.

use crate::limits::Limits;
use crate::wire::Dialect;

/// Whether what cannot be described may be exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EphemeralExports {
    /// It may; in another process it reads as lost.
    #[default]
    Break,
    /// It may not.
    Reject,
}

/// When a suspended session is dialled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reconnect {
    /// By itself, with backoff.
    #[default]
    Auto,
    /// When the application asks for the peer, or a call waits.
    OnDemand,
}

/// Spans of time, in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Times {
    /// From the opening of a connection to its session.
    pub handshake: u64,
    /// Silence, while something is owed, after which the peer is probed.
    pub idle: u64,
    /// From a probe to the conclusion that the connection is dead.
    pub probe: u64,
    /// How long a call waits for a suspended session.
    pub queue: u64,
    /// How long a call may take; 0 is for ever.
    pub call: u64,
    /// How long a peer may answer attempts to resume with closing or garbage before that is a refusal.
    pub resume_grace: u64,
    /// How long a suspended or parked session is kept.
    pub expiry: u64,
    /// The first wait before a dial is tried again.
    pub retry_least: u64,
    /// The longest such wait.
    pub retry_most: u64,
    /// How long releases are gathered.
    pub gather: u64,
    /// After the first resume in a new process: how long rows that nothing names are kept.
    pub unclaimed: u64,
    /// From a resume to the question how often the peer still holds what it was given.
    pub recount: u64,
    /// How long the withdrawal of a gift waits for its deposit.
    pub gift: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            handshake: 30_000,
            idle: 30_000,
            probe: 10_000,
            queue: 60_000,
            call: 0,
            resume_grace: 60_000,
            expiry: 7 * 24 * 3_600_000,
            retry_least: 200,
            retry_most: 30_000,
            gather: 20,
            unclaimed: 30_000,
            recount: 5_000,
            gift: 60_000,
        }
    }
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// The version of CapTP that hellos carry.
    pub captp_version: String,
    /// What is written, and whose way to resume is used.
    pub dialect: Dialect,
    /// Each peer shows what is written to it; until then it is what all dialects share. Then
    /// `dialect` is the default one, and says nothing.
    pub auto_dialect: bool,
    /// Whether sessions outlive their connections.
    pub resume: bool,
    /// Whether peers are told what they may let go of.
    pub collect: bool,
    /// Whether the host judges each session before it begins.
    pub authenticate: bool,
    /// Whether what cannot be described may be exported.
    pub ephemeral_exports: EphemeralExports,
    /// When a suspended session is dialled.
    pub reconnect: Reconnect,
    /// Spans of time.
    pub times: Times,
    /// Bounds.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            captp_version: "1.0".into(),
            dialect: Dialect::default(),
            auto_dialect: false,
            resume: false,
            collect: true,
            authenticate: false,
            ephemeral_exports: EphemeralExports::default(),
            reconnect: Reconnect::default(),
            times: Times::default(),
            limits: Limits::default(),
        }
    }
}
