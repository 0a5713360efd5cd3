//! Fixed scripts between two clients of the core, whose instructions are counted.
//!
//! ```text
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*measured_echo*' work echo
//! ```
//!
//! Nothing here depends on the time, the machine or chance. `benches/work/check.mjs` runs it.

use std::collections::{BTreeMap, VecDeque};
use std::process::ExitCode;

use ocapn_wasm::baggage::MemoryStore;
use ocapn_wasm::client::config::Config;
use ocapn_wasm::client::output::{Event, Output, Request};
use ocapn_wasm::client::{Asked, Authenticates, Client, Env, Netlayer};
use ocapn_wasm::tape::tags;
use ocapn_wasm::wire::Location;

/// How often a script does its thing.
const TIMES: u32 = 1000;

/// One end: a client and its store.
struct End {
    client: Client,
    store: MemoryStore,
    location: Location,
    netlayer: u32,
    connection: Option<u32>,
    session: u32,
    timeout: Option<u64>,
    settled: u32,
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
            hints: BTreeMap::new(),
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
            settled: 0,
        }
    }

    /// Runs something on the client with its store.
    fn at<T>(&mut self, now: u64, run: impl FnOnce(&mut Client, Env<'_>) -> T) -> T {
        let env = Env {
            now,
            store: &self.store,
        };
        run(&mut self.client, env)
    }
}

/// Two ends and what is under way between them.
struct Pair {
    now: u64,
    ends: [End; 2],
    wire: VecDeque<(usize, Vec<u8>)>,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            now: 1_000_000,
            ends: [End::new("a", 1), End::new("b", 2)],
            wire: VecDeque::new(),
        };
        for end in &mut pair.ends {
            end.at(1_000_000, |client, env| client.load(env))
                .expect("an empty store");
        }
        pair
    }

    fn connected() -> Self {
        let mut pair = Self::new();
        pair.provide();
        pair
    }

    /// Provides the session with the second end to the first.
    fn provide(&mut self) {
        let [a, b] = &mut self.ends;
        let location = b.location.clone();
        a.at(self.now, |client, env| {
            client.provide_session(env, &location)
        });
        self.run();
    }

    /// Goes on until nothing is left to be done.
    fn run(&mut self) {
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
                let bytes = self.ends[this].client.bytes()[frame].to_vec();
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

    /// The application: it answers every call with the same text.
    fn hear(&mut self, this: usize, event: Event) {
        let now = self.now;
        let end = &mut self.ends[this];
        match event {
            Event::Message {
                request: Request::Deliver(_),
                wait: Some(wait),
                ..
            } => {
                let mut tape = Vec::new();
                text(&mut tape, tags::STRING, "hello");
                end.at(now, |client, env| client.settle(env, wait, true, &tape))
                    .expect("an answer");
            }
            Event::Settled { fulfilled, .. } if fulfilled => end.settled += 1,
            Event::Provided { session, .. } => end.session = session,
            _ => {}
        }
    }

    /// A call of the first end's on the second's bootstrap object.
    fn call(&mut self, tape: &[u8]) {
        let now = self.now;
        let end = &mut self.ends[0];
        let session = end.session;
        end.at(now, |client, env| {
            let target = client.bootstrap(env, session).expect("a session");
            client.ask(env, target, Asked::Deliver { answer: true }, tape)
        })
        .expect("a call");
        self.run();
    }

    /// Time passes, and timers fire.
    fn pass(&mut self, ms: u64) {
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

    fn cut(&mut self) {
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

fn word(tape: &mut Vec<u8>, word: u32) {
    tape.extend_from_slice(&word.to_le_bytes());
}

fn text(tape: &mut Vec<u8>, tag: u32, text: &str) {
    word(tape, tag);
    word(tape, text.len() as u32);
    tape.extend_from_slice(text.as_bytes());
    tape.resize(tape.len().next_multiple_of(4), 0);
}

fn arguments(method: &str, count: u32) -> Vec<u8> {
    let mut tape = Vec::new();
    word(&mut tape, tags::LIST);
    word(&mut tape, 1 + count);
    text(&mut tape, tags::SYMBOL, method);
    tape
}

#[inline(never)]
fn measured_handshake() -> Pair {
    Pair::connected()
}

/// An echo of a short text, a millisecond after the last.
#[inline(never)]
fn measured_echo(pair: &mut Pair) {
    let mut tape = arguments("echo", 1);
    text(&mut tape, tags::STRING, "hello");
    for _ in 0..TIMES {
        pair.call(&tape);
        pair.pass(1);
    }
}

/// Objects that outlive the process are given away, one a message.
#[inline(never)]
fn measured_exports(pair: &mut Pair) {
    for index in 0..TIMES {
        let description = format!("[4'host{index:04}]").into_bytes();
        let client = &mut pair.ends[0].client;
        let handle = client.allocate_local(false, Some(description));
        let mut tape = arguments("keep", 1);
        word(&mut tape, tags::REF);
        word(&mut tape, handle);
        pair.call(&tape);
        pair.pass(1);
    }
}

/// The connection breaks, and the session goes on over another.
#[inline(never)]
fn measured_resume(pair: &mut Pair) {
    pair.cut();
    pair.provide();
}

fn main() -> ExitCode {
    let script = std::env::args().nth(1).unwrap_or_default();
    let mut pair = measured_handshake();
    let expected = match &*script {
        "handshake" => 0,
        "echo" => {
            measured_echo(&mut pair);
            TIMES
        }
        "exports" => {
            measured_exports(&mut pair);
            TIMES
        }
        "resume" => {
            measured_exports(&mut pair);
            measured_resume(&mut pair);
            pair.call(&arguments("echo", 0));
            TIMES + 1
        }
        _ => {
            eprintln!("work: one of handshake, echo, exports, resume is to be named");
            return ExitCode::FAILURE;
        }
    };
    let [a, _] = &pair.ends;
    if a.session == 0 || a.settled != expected {
        eprintln!(
            "work {script}: {} of {expected} calls were answered",
            a.settled
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
