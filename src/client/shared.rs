//! What all sessions of a client share.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::baggage::{Read, StoreError};
use crate::error::ErrorCode;
use crate::handle::Slab;
use crate::handoff::{Gifts, Passing};
use crate::locals::Locals;
use crate::outbox::Outbox;
use crate::remotes::Remotes;
use crate::tables::Table;
use crate::tape::Encoder;

use super::config::Config;
use super::output::{Event, Recipient, Write};

/// Somebody at the peer who waits for one of our answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wait {
    /// The session's key.
    pub(crate) session: u32,
    /// Which of the session's connections the question came on.
    pub(crate) epoch: u64,
    /// The peer's resolver.
    pub(crate) resolver: u64,
    /// The peer listens; it did not call.
    pub(crate) listens: bool,
}

/// Handles, messages on their way, and what the host is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) locals: Locals,
    pub(crate) remotes: Remotes,
    pub(crate) waits: Slab<Wait>,
    pub(crate) outbox: Outbox,
    pub(crate) gifts: Gifts,
    pub(crate) passing: Passing,
    pub(crate) encoder: Encoder,
    pub(crate) events: VecDeque<Event>,
    pub(crate) writes: VecDeque<Write>,
    pub(crate) words: Vec<u32>,
    pub(crate) side: Vec<u8>,
    /// Where in `side` the description of a handle begins.
    described: Table<u32, u64>,
    /// Positions of earlier sessions that the store has, about.
    pub(crate) positions: usize,
    timer: Option<u64>,
    timer_changed: bool,
}

/// The time and the store, for the length of one call.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Milliseconds; never goes back.
    pub now: u64,
    /// The store, to read.
    pub store: &'a dyn Read,
}

/// What a session works with.
pub(crate) struct Context<'a> {
    pub(crate) shared: &'a mut Shared,
    pub(crate) env: Env<'a>,
}

impl Shared {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            locals: Locals::default(),
            remotes: Remotes::default(),
            waits: Slab::default(),
            outbox: Outbox::default(),
            gifts: Gifts::default(),
            passing: Passing::default(),
            encoder: Encoder::default(),
            events: VecDeque::new(),
            writes: VecDeque::new(),
            words: Vec::new(),
            side: Vec::new(),
            described: Table::default(),
            positions: 0,
            timer: None,
            timer_changed: false,
        }
    }

    /// Hashes what decides how things go on.
    pub(crate) fn hash_state(&self, state: &mut impl Hasher) {
        self.locals.hash(state);
        self.remotes.hash(state);
        self.waits.hash(state);
        self.outbox.hash_state(state);
        self.passing.hash(state);
        self.timer.hash(state);
    }

    /// A write that everything made after it depends on.
    pub(crate) fn persist(&mut self, key: String, value: Option<Vec<u8>>) {
        self.outbox.wrote();
        let lazy = false;
        self.writes.push_back(Write { key, value, lazy });
    }

    /// A write whose loss costs only a leak.
    pub(crate) fn persist_lazily(&mut self, key: String, value: Option<Vec<u8>>) {
        let lazy = true;
        self.writes.push_back(Write { key, value, lazy });
    }

    /// The store has one more position of a session. When they are too many, some go soon.
    pub(crate) fn count_position(&mut self) {
        self.positions += 1;
        if self.positions > self.config.limits.positions {
            self.arm(1);
        }
    }

    /// Asks to be woken at a time, unless an earlier one is asked for already.
    pub(crate) fn arm(&mut self, at: u64) {
        if self.timer.is_none_or(|timer| at < timer) {
            self.timer = Some(at);
            self.timer_changed = true;
        }
    }

    /// Forgets what makes no difference to how things go on, if time does not go beyond this.
    pub(crate) fn normalise(&mut self, horizon: u64) {
        self.timer = self.timer.filter(|timer| *timer <= horizon);
        self.locals.normalise();
        self.remotes.normalise();
        self.waits.normalise();
    }

    /// The timer fired: what comes next is armed anew.
    pub(crate) fn disarm(&mut self) {
        self.timer = None;
        self.timer_changed = true;
    }

    /// When to wake, if that changed.
    pub(crate) fn take_timer(&mut self) -> Option<Option<u64>> {
        std::mem::take(&mut self.timer_changed).then_some(self.timer)
    }

    /// A local handle as the recipient of a message.
    pub(crate) fn recipient(&mut self, handle: u32) -> Recipient {
        let description = self.describe_cold(handle);
        Recipient::Local {
            handle,
            description,
        }
    }

    /// Forgets the values of events that were read.
    pub(crate) fn forget_values(&mut self) {
        self.words.clear();
        if !self.side.is_empty() {
            self.side.clear();
            self.described.clear();
        }
    }

    /// Puts the description of an object that came from the store beside the words: once, however
    /// often a peer names the object.
    pub(crate) fn describe_cold(&mut self, handle: u32) -> Option<Range<usize>> {
        let local = self.locals.get(handle)?;
        let description = local.description.as_ref().filter(|_| local.cold)?;
        let known = self.described.get(handle).map(|start| *start as usize);
        let known = known.map(|start| start..start.saturating_add(description.len()));
        // A handle may have been given anew since.
        if let Some(range) = known.filter(|at| self.side.get(at.clone()) == Some(description)) {
            return Some(range);
        }
        let start = self.side.len();
        self.side.extend_from_slice(description);
        self.described.insert(handle, start as u64);
        Some(start..self.side.len())
    }

    /// A question or imported promise is over: its handle is free once no queued call names it.
    pub(crate) fn finish(&mut self, handle: u32, code: ErrorCode) {
        self.remotes.set_broken(handle, code);
        if let Some(local) = self.passing.settled(handle) {
            self.locals.unhold(local);
        }
        if self.remotes.release(handle) {
            self.remotes.remove(handle);
        }
    }

    /// A question or imported promise ends without an answer.
    pub(crate) fn fail(&mut self, handle: u32, code: ErrorCode) {
        self.events.push_back(Event::Failed { handle, code });
        self.finish(handle, code);
    }

    /// Tells the host of a record that could not be used.
    pub(crate) fn report(&mut self, error: &StoreError) -> ErrorCode {
        let (key, why, code) = match error {
            StoreError::Damaged { key, why } => {
                (key.clone(), (*why).to_string(), ErrorCode::StoreDamaged)
            }
            StoreError::Newer { key, version } => (
                key.clone(),
                format!("version {version}"),
                ErrorCode::StoreNewer,
            ),
            StoreError::Failed { why } => (String::new(), why.clone(), ErrorCode::StoreFailed),
        };
        self.events.push_back(Event::Damaged { key, why });
        code
    }
}
