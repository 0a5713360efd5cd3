//! One session: two peers, their keys, and the slots between them. It outlives its connections.

mod continuity;
mod cut;
mod deposits;
mod dialect;
mod earlier;
mod erase;
mod gift_rows;
mod handoffs;
mod incoming;
mod outgoing;
mod receive;
mod recount;
mod rows;
mod send;
mod tokens;

use std::collections::VecDeque;

use crate::baggage::UsedCounts;
use crate::error::ErrorCode;
use crate::handoff::Repeats;
use crate::handshake::resume::{Counts, Parity};
use crate::handshake::resume_2026_01::SharedCount;
use crate::identity::{KeyPair, PublicId, SessionId};
use crate::slots::{Answers, Export, Exports, Imports, Questions, Releases};
use crate::tables::{SortedMap, Table};
use crate::wire::{Dialect, Dialects, Location, PublicKey, Signature};

use continuity::Continuity;
pub(crate) use deposits::{Given, read_give};
use earlier::Earlier;
pub(crate) use erase::erase;
use recount::Recount;
pub use send::Ask;
pub(crate) use tokens::Secret;

/// Whether a session has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Messages flow.
    Active {
        /// Over which connection.
        connection: u32,
    },
    /// The connection is gone.
    Suspended {
        /// Since when, in ms.
        since: u64,
    },
    /// Suspended, and refused by someone whom the netlayer does not vouch for.
    Parked {
        /// Since when, in ms.
        since: u64,
    },
}

/// Who the two peers of a session are. It does not change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Parties {
    pub(crate) id: SessionId,
    pub(crate) own: KeyPair,
    pub(crate) own_id: PublicId,
    pub(crate) own_location: Location,
    pub(crate) peer_key: PublicKey,
    pub(crate) peer_id: PublicId,
    pub(crate) peer: Location,
    pub(crate) peer_bytes: Vec<u8>,
    pub(crate) peer_signature: Signature,
}

/// What is known of resuming a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Resumption {
    pub(crate) counts: Counts,
    pub(crate) shared: SharedCount,
    /// The peer resumed this session with us once, at least.
    pub(crate) peer_resumed: bool,
    /// How often it was resumed, in this process.
    pub(crate) times: u64,
    /// Attempts in a row that came to nothing.
    pub(crate) failures: u32,
    /// Since when the peer answers attempts with closing or garbage.
    pub(crate) refusing_since: Option<u64>,
    /// Which of the neighbouring shared counts is tried (dialect 2026-01).
    pub(crate) tries: u8,
    /// When to dial again.
    pub(crate) retry_at: Option<u64>,
}

impl Resumption {
    /// What is stored as the number below which no attempt of the peer's may complete: in dialect
    /// 2026-01 the shared count, once the peer was heard after the reply that led to it.
    pub(crate) fn seen(&self, dialect: Dialect) -> u64 {
        if dialect == Dialect::V2026_01 && self.shared.heard {
            self.counts.seen.max(self.shared.count)
        } else {
            self.counts.seen
        }
    }
}

/// A call that waits for a suspended session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Queued {
    pub(crate) question: Option<u32>,
    pub(crate) target: u32,
    pub(crate) ask: Ask,
    pub(crate) tape: Vec<u8>,
    pub(crate) locals: Vec<u32>,
    pub(crate) remotes: Vec<u32>,
    pub(crate) since: u64,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Session {
    pub(crate) key: u32,
    pub(crate) parties: Parties,
    /// What is written where dialects differ.
    pub(crate) dialect: Dialect,
    /// What the peer may speak, as far as it is known.
    pub(crate) dialects: Dialects,
    /// What is to be listened to as soon as it is known how that is written: where each handle is.
    pub(crate) unheard: Table<u32, u64>,
    /// The peer was asked something, on this connection, so that it shows its dialect.
    pub(crate) enquired: bool,
    pub(crate) state: State,
    /// Counts connections: what belongs to an earlier one is void.
    pub(crate) epoch: u64,
    /// We dialled its connection, or the last one.
    pub(crate) outgoing: bool,
    /// We dialled the peer for it at least once: it is no stranger's.
    pub(crate) dialled: bool,
    /// The netlayer vouches for the peer's location.
    pub(crate) proven: bool,
    /// It has a record in the store.
    pub(crate) stored: bool,
    /// Where the peer was last reached, when that is not what it told us: hints do not identify.
    pub(crate) address: Option<Location>,
    pub(crate) resumption: Resumption,
    pub(crate) exports: Exports,
    pub(crate) imports: Imports,
    /// Imported objects that the application has a token of, by position. Their handles are pinned.
    pub(crate) tokens: Table<u64, Secret>,
    pub(crate) questions: Questions,
    pub(crate) answers: Answers,
    /// Questions of the peer's that our application has not answered, of all connections.
    pub(crate) waiting: usize,
    /// Promises of ours that the peer listens to and that have not settled, of all connections.
    pub(crate) listened: usize,
    pub(crate) releases: Releases,
    pub(crate) queue: VecDeque<Queued>,
    pub(crate) queued_bytes: usize,
    /// The peer sent something after its hello.
    pub(crate) heard: bool,
    pub(crate) last_heard: u64,
    /// When the store is next told that the session lives.
    pub(crate) note_at: u64,
    pub(crate) probe: Option<Probe>,
    pub(crate) gather_at: Option<u64>,
    /// It came from the store, and rows may name references that nobody holds any more.
    pub(crate) unclaimed_at: Option<u64>,
    pub(crate) restored: bool,
    /// What of the store is not in memory.
    pub(crate) earlier: Earlier,
    pub(crate) bootstrap: Option<u32>,
    /// The application has the handle of the bootstrap object; else only probes do.
    pub(crate) bootstrap_given: bool,
    pub(crate) recount: Recount,
    pub(crate) continuity: Continuity,
    pub(crate) handoffs: Handoffs,
    /// Gifts that the peer has not acknowledged.
    pub(crate) deposits: Vec<Given>,
    /// The store may have gifts of the peer that are not in memory.
    pub(crate) gifts_in_store: bool,
    /// Gifts that the peer may leave again.
    pub(crate) repeats: Repeats,
    /// Questions of our own, whose answers nobody but us waits for.
    pub(crate) probes: SortedMap<u32, ()>,
}

/// A probe that waits for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Probe {
    pub(crate) sent: u64,
    pub(crate) deadline: u64,
}

/// The counts of third-party handoffs that a session keeps through restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Handoffs {
    pub(crate) given: u64,
    pub(crate) used: UsedCounts,
}

impl Session {
    pub(crate) fn new(
        key: u32,
        parties: Parties,
        dialect: Dialect,
        state: State,
        now: u64,
    ) -> Self {
        Self {
            key,
            parties,
            dialect,
            dialects: Dialects::only(dialect),
            unheard: Table::default(),
            enquired: false,
            state,
            epoch: 0,
            outgoing: false,
            dialled: false,
            proven: false,
            stored: false,
            address: None,
            resumption: Resumption::default(),
            exports: Exports::new(),
            imports: Imports::default(),
            tokens: Table::default(),
            questions: Questions::default(),
            answers: Answers::default(),
            waiting: 0,
            listened: 0,
            releases: Releases::default(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            heard: false,
            last_heard: now,
            note_at: now,
            probe: None,
            gather_at: None,
            unclaimed_at: None,
            restored: false,
            earlier: Earlier::default(),
            bootstrap: None,
            bootstrap_given: false,
            recount: Recount::default(),
            continuity: Continuity::default(),
            handoffs: Handoffs::default(),
            deposits: Vec::new(),
            gifts_in_store: false,
            repeats: Repeats::default(),
            probes: SortedMap::new(),
        }
    }

    pub(crate) fn connection(&self) -> Option<u32> {
        match self.state {
            State::Active { connection } => Some(connection),
            State::Suspended { .. } | State::Parked { .. } => None,
        }
    }

    pub(crate) fn is_parked(&self) -> bool {
        matches!(self.state, State::Parked { .. })
    }

    pub(crate) fn own_parity(&self) -> Parity {
        Parity::of(&self.parties.own_id, &self.parties.peer_id)
    }

    /// Whether anybody would miss this session.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        let exported = self.exports.iter();
        let mut exported = exported.filter(|(_, export)| matches!(export, Export::Value(_)));
        let used = exported.next().is_some()
            || !self.imports.is_empty()
            || self.bootstrap_given
            || !self.deposits.is_empty()
            || self.restored;
        // A hello alone may be a stranger's, or a replay.
        used && self.heard
    }

    /// Whether somebody began it of whom nothing is known.
    pub(crate) fn is_strangers(&self) -> bool {
        !self.dialled && !self.proven
    }

    /// How many wait for an answer of our application's: who listens, or who called.
    pub(crate) fn waits_of(&mut self, listens: bool) -> &mut usize {
        if listens {
            &mut self.listened
        } else {
            &mut self.waiting
        }
    }

    /// Whether nobody, here or there, waits for an answer, as far as we know.
    pub(crate) fn is_quiet(&self) -> bool {
        self.questions.is_empty() && self.waiting == 0 && self.queue.is_empty()
    }

    /// Whether the peer owes us something, so that silence tells.
    pub(crate) fn is_owed(&self) -> bool {
        !self.questions.is_empty() || self.imports.promises() > 0
    }
}

/// A peer broke the protocol: its session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Violation(pub(crate) ErrorCode);

impl From<ErrorCode> for Violation {
    fn from(code: ErrorCode) -> Self {
        Violation(code)
    }
}
