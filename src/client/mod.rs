//! All sessions of one client: connections come and go, sessions stay.
//!
//! The host drives it with four families of methods, as quinn-proto and str0m are driven:
//! getters; `handle_*` for what happened; plain methods for what the application asks; and
//! [`Client::poll_output`] for what to do next. After each `handle_*` or application method the
//! host polls until there is nothing left.

mod accept;
mod application;
mod attempts;
pub mod config;
mod connection;
mod digest;
mod gifting;
mod handoffs;
mod hello;
mod hooks;
mod input;
mod inspect;
mod keeping;
pub mod output;
mod positions;
mod proving;
mod random;
mod resuming;
mod sessions;
pub(crate) mod shared;
mod store;
mod stored_gifts;
mod timers;
mod tokens;

use std::collections::VecDeque;

use crate::error::ErrorCode;
use crate::identity::{KeyPair, PublicId, SessionId};
use crate::outbox::Departure;
pub use crate::session::Ask as Asked;
use crate::session::Session;
use crate::tables::SortedMap;
use crate::wire::Location;

use attempts::Attempt;
use config::Config;
use connection::Connection;
use keeping::Keeping;
use output::Output;
use positions::Rounds;
use random::Random;
use shared::{Context, Shared};

pub use inspect::{Inspection, SessionInspection};
pub use shared::Env;
pub use tokens::Token;

/// What a netlayer vouches for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Authenticates {
    /// Nothing: anybody can claim to be anybody.
    #[default]
    Nothing,
    /// The side that we dialled is the one that we asked for.
    Dialled,
    /// Both sides are who they say.
    Both,
}

/// A way to connect.
#[derive(Clone, Debug)]
pub struct Netlayer {
    /// Where peers reach us by it.
    pub location: Location,
    /// What it vouches for.
    pub authenticates: Authenticates,
    /// Each piece of input is exactly one message.
    pub framed: bool,
    /// Where nothing is authenticated: an incoming claim may become the session with that peer,
    /// as the specification has it.
    pub trust_claims: bool,
}

/// Somebody waits for a session with a peer.
#[derive(Clone, Debug)]
struct Wanted {
    peer: String,
    /// Where whoever asked says that it is.
    location: Location,
    deadline: u64,
}

/// All sessions of one client. See the [module](self).
#[derive(Clone, Debug)]
pub struct Client {
    random: Random,
    shared: Shared,
    netlayers: Vec<Netlayer>,
    connections: SortedMap<u32, Connection>,
    sessions: SortedMap<u32, Box<Session>>,
    /// The session with each peer: what `provide_session` gives.
    current: SortedMap<String, u32>,
    by_id: SortedMap<SessionId, u32>,
    /// Sessions in the store that are not loaded, by id: our public id in each.
    stored: SortedMap<SessionId, Vec<PublicId>>,
    keeping: Keeping,
    rounds: Rounds,
    attempts: SortedMap<String, Attempt>,
    wanted: SortedMap<u32, Wanted>,
    /// Which connection waits for which judgement of the host's.
    hooks: SortedMap<u32, u32>,
    /// Peers that do not speak op:resume-session.
    no_resume: VecDeque<String>,
    /// Sessions that we ended, whose peers may still try to resume them (dialect 2026-01).
    tombstones: VecDeque<(SessionId, Location)>,
    next_number: u32,
    input: Vec<u8>,
    /// How much of `input` is of this call.
    input_end: usize,
    pending: VecDeque<(u32, std::ops::Range<usize>)>,
    /// Input that waited and may go on: connection, ends of its pieces, bytes.
    later: Vec<(u32, Vec<usize>, Vec<u8>)>,
    dials: VecDeque<Output>,
    closes: VecDeque<u32>,
    ended: Option<ErrorCode>,
}

impl Client {
    /// A client without netlayers or sessions. The seed must come from a source fit for keys, and
    /// be used once.
    pub fn new(config: Config, seed: [u8; 32]) -> Self {
        Self {
            random: Random::new(seed),
            shared: Shared::new(config),
            netlayers: Vec::new(),
            connections: SortedMap::new(),
            sessions: SortedMap::new(),
            current: SortedMap::new(),
            by_id: SortedMap::new(),
            stored: SortedMap::new(),
            keeping: Keeping::default(),
            rounds: Rounds::default(),
            attempts: SortedMap::new(),
            wanted: SortedMap::new(),
            hooks: SortedMap::new(),
            no_resume: VecDeque::new(),
            tombstones: VecDeque::new(),
            next_number: 1,
            input: Vec::new(),
            input_end: 0,
            pending: VecDeque::new(),
            later: Vec::new(),
            dials: VecDeque::new(),
            closes: VecDeque::new(),
            ended: None,
        }
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The buffer that [`Output::Transmit`] names ranges of.
    pub fn bytes(&self) -> &[u8] {
        self.shared.outbox.bytes()
    }

    /// The words of the values that events name ranges of. Valid until the next `handle_*` or
    /// application method.
    pub fn words(&self) -> &[u32] {
        &self.shared.words
    }

    /// Descriptions that events name ranges of; as long as [`Self::words`].
    pub fn side(&self) -> &[u8] {
        &self.shared.side
    }

    /// The messages that the words point into; as long as [`Self::words`].
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// The number of writes so far: what a commit that begins now covers.
    pub fn written(&self) -> u64 {
        self.shared.outbox.written()
    }

    /// What the host is to do next. Writes come first, then what the application is to hear, then
    /// what leaves.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(write) = self.shared.writes.pop_front() {
            return Some(Output::Persist(write));
        }
        if let Some(event) = self.shared.events.pop_front() {
            return Some(Output::Event(event));
        }
        if let Some(handle) = self.shared.locals.pop_released() {
            return Some(Output::Event(output::Event::Released(handle)));
        }
        if let Some((connection, departure)) = self.shared.outbox.pop() {
            return Some(match departure {
                Departure::Frame(frame) => Output::Transmit { connection, frame },
                Departure::Close => Output::Close { connection },
            });
        }
        if let Some(connection) = self.closes.pop_front() {
            return Some(Output::Close { connection });
        }
        if let Some(dial) = self.dials.pop_front() {
            return Some(dial);
        }
        self.shared.take_timer().map(Output::Timeout)
    }

    /// Begins a call from the host: values of the last one are over.
    fn begin(&mut self) {
        if self.shared.events.is_empty() {
            self.shared.forget_values();
            self.input_end = 0;
        }
    }

    /// Ends a call from the host.
    fn end(&mut self) {
        self.shared.locals.sweep();
    }

    fn context<'a>(shared: &'a mut Shared, env: Env<'a>) -> Context<'a> {
        Context { shared, env }
    }

    /// A number that names a connection, session, dial, request or hook. Never 0.
    fn number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number = self.next_number.checked_add(1).unwrap_or(1);
        number
    }

    fn make_key(&mut self) -> KeyPair {
        KeyPair::from_seed(self.random.bytes())
    }

    fn random(&mut self) -> u64 {
        self.random.number()
    }

    fn netlayer(&self, index: u32) -> Option<&Netlayer> {
        self.netlayers.get(index as usize)
    }

    fn netlayer_for(&self, transport: &str) -> Option<u32> {
        self.netlayers
            .iter()
            .position(|netlayer| netlayer.location.transport == transport)
            .map(|index| index as u32)
    }
}
