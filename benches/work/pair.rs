//! Two clients of the core, and what is under way between them.
//!
//! It makes no garbage of its own once it is warm, so that what a warm call allocates is the core's.

use std::collections::VecDeque;

use ocapn_wasm::baggage::MemoryStore;
use ocapn_wasm::client::config::Config;
use ocapn_wasm::client::output::{Event, Output, Request};
use ocapn_wasm::client::{Asked, Authenticates, Client, Env, Netlayer};
use ocapn_wasm::tape::tags;
use ocapn_wasm::wire::Location;

/// One end: a client and its store.
pub(crate) struct End {
    pub(crate) client: Client,
    store: MemoryStore,
    location: Location,
    netlayer: u32,
    connection: Option<u32>,
    pub(crate) session: u32,
    timeout: Option<u64>,
    /// What its application answers every call with.
    pub(crate) answer: Vec<u8>,
    /// How many answers it heard.
    pub(crate) settled: u32,
    /// How many calls it heard.
    pub(crate) heard: u32,
}

impl End {
    fn new(name: &str, seed: u8) -> Self {
        let config = Config {
            resume: true,
            ..Config::default()
        };
        let mut client = Client::new(config, [seed; 32]);
        let location = Location {
            transport: "memory".into(),
            designator: name.into(),
            hints: Default::default(),
            hints_absent: false,
        };
        let netlayer = client
            .add_netlayer(Netlayer {
                location: location.clone(),
                authenticates: Authenticates::Nothing,
                framed: true,
                trust_claims: true,
            })
            .expect("the only netlayer");
        Self {
            client,
            store: MemoryStore::new(),
            location,
            netlayer,
            connection: None,
            session: 0,
            timeout: None,
            answer: hello(),
            settled: 0,
            heard: 0,
        }
    }

    /// Runs something on the client with its store.
    pub(crate) fn at<T>(&mut self, now: u64, run: impl FnOnce(&mut Client, Env<'_>) -> T) -> T {
        let env = Env {
            now,
            store: &self.store,
        };
        run(&mut self.client, env)
    }
}

/// Two ends and what is under way between them.
pub(crate) struct Pair {
    now: u64,
    pub(crate) ends: [End; 2],
    wire: VecDeque<(usize, Vec<u8>)>,
    /// Buffers of messages that arrived.
    spare: Vec<Vec<u8>>,
    /// How many messages either end sent.
    pub(crate) messages: u32,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            now: 1_000_000,
            ends: [End::new("a", 1), End::new("b", 2)],
            wire: VecDeque::new(),
            spare: Vec::new(),
            messages: 0,
        };
        for end in &mut pair.ends {
            end.at(1_000_000, |client, env| client.load(env))
                .expect("an empty store");
        }
        pair
    }

    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        pair.provide();
        pair
    }

    /// Provides the session with the second end to the first.
    pub(crate) fn provide(&mut self) {
        let [a, b] = &mut self.ends;
        let location = b.location.clone();
        a.at(self.now, |client, env| {
            client.provide_session(env, &location)
        });
        self.run();
    }

    /// Goes on until nothing is left to be done.
    pub(crate) fn run(&mut self) {
        loop {
            while self.step(0) || self.step(1) {}
            let Some((to, bytes)) = self.wire.pop_front() else {
                return;
            };
            let now = self.now;
            let end = &mut self.ends[to];
            if let Some(connection) = end.connection {
                let len = bytes.len();
                end.client.input_buffer(len).copy_from_slice(&bytes);
                end.at(now, |client, env| client.handle_input(env, connection, len));
            }
            self.spare.push(bytes);
        }
    }

    /// Does what one end asks for next.
    fn step(&mut self, this: usize) -> bool {
        let now = self.now;
        let Some(output) = self.ends[this].client.poll_output() else {
            return false;
        };
        match output {
            Output::Persist(write) => {
                let end = &mut self.ends[this];
                end.store.apply(&write.key, write.value.as_deref());
                let written = end.client.written();
                end.client.handle_committed(written);
            }
            Output::Transmit { frame, .. } => {
                let mut bytes = self.spare.pop().unwrap_or_default();
                bytes.clear();
                bytes.extend_from_slice(&self.ends[this].client.bytes()[frame]);
                self.messages += 1;
                self.wire.push_back((1 - this, bytes));
            }
            Output::Dial { dial, .. } => {
                for (index, dial) in [(this, Some(dial)), (1 - this, None)] {
                    let end = &mut self.ends[index];
                    let netlayer = end.netlayer;
                    end.connection =
                        end.at(now, |client, env| client.handle_opened(env, netlayer, dial));
                }
            }
            Output::Close { .. } => self.ends[this].connection = None,
            Output::Timeout(at) => self.ends[this].timeout = at,
            Output::Event(event) => self.hear(this, event),
        }
        true
    }

    /// The application: it answers every call alike.
    fn hear(&mut self, this: usize, event: Event) {
        let now = self.now;
        let end = &mut self.ends[this];
        match event {
            Event::Message {
                request: Request::Deliver(_),
                wait,
                ..
            } => {
                end.heard += 1;
                if let Some(wait) = wait {
                    let answer = std::mem::take(&mut end.answer);
                    end.at(now, |client, env| client.settle(env, wait, true, &answer))
                        .expect("an answer");
                    end.answer = answer;
                }
            }
            Event::Settled { fulfilled, .. } if fulfilled => end.settled += 1,
            Event::Provided { session, .. } => end.session = session,
            _ => {}
        }
    }

    /// The first end's reference to the second's bootstrap object.
    pub(crate) fn target(&mut self) -> u32 {
        let now = self.now;
        let end = &mut self.ends[0];
        let session = end.session;
        end.at(now, |client, env| client.bootstrap(env, session))
            .expect("a session")
    }

    /// A call of the first end's that is not under way yet. Gives its question, if it has one.
    pub(crate) fn ask(&mut self, target: u32, answer: bool, tape: &[u8]) -> Option<u32> {
        let now = self.now;
        self.ends[0]
            .at(now, |client, env| {
                client.ask(env, target, Asked::Deliver { answer }, tape)
            })
            .expect("a call")
    }

    /// A call on the second end's bootstrap object, until it is answered.
    pub(crate) fn call(&mut self, tape: &[u8]) {
        let target = self.target();
        self.ask(target, true, tape);
        self.run();
    }

    /// Time passes, and timers fire.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now += ms;
        let now = self.now;
        for this in [0, 1] {
            let end = &mut self.ends[this];
            if end.timeout.is_some_and(|at| at <= now) {
                end.timeout = None;
                end.at(now, |client, env| client.handle_timeout(env));
                self.run();
            }
        }
    }

    pub(crate) fn cut(&mut self) {
        let now = self.now;
        self.wire.clear();
        for end in &mut self.ends {
            if let Some(connection) = end.connection.take() {
                end.at(now, |client, env| client.handle_closed(env, connection));
            }
        }
        self.run();
    }
}

pub(crate) fn word(tape: &mut Vec<u8>, word: u32) {
    tape.extend_from_slice(&word.to_le_bytes());
}

pub(crate) fn text(tape: &mut Vec<u8>, tag: u32, text: &str) {
    word(tape, tag);
    word(tape, text.len() as u32);
    tape.extend_from_slice(text.as_bytes());
    tape.resize(tape.len().next_multiple_of(4), 0);
}

/// A short text.
pub(crate) fn hello() -> Vec<u8> {
    let mut tape = Vec::new();
    text(&mut tape, tags::STRING, "hello");
    tape
}

/// The arguments of a call, of which `count` are still to be written.
pub(crate) fn arguments(method: &str, count: u32) -> Vec<u8> {
    let mut tape = Vec::new();
    word(&mut tape, tags::LIST);
    word(&mut tape, 1 + count);
    text(&mut tape, tags::SYMBOL, method);
    tape
}
