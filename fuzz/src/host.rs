//! A client with an application, and the peer's end of its connections.

use ocapn_wasm::baggage::MemoryStore;
use ocapn_wasm::client::config::Config;
use ocapn_wasm::client::output::{Event, Output, Request};
use ocapn_wasm::client::{Asked, Authenticates, Client, Env, Netlayer};
use ocapn_wasm::handshake::{resume, start};
use ocapn_wasm::identity::{KeyPair, SessionId, public_id, session_id};
use ocapn_wasm::syrup::{SyrupLimits, Writer};
use ocapn_wasm::wire::{Dialect, Location, Operation, PublicKey, read_operation};

/// `undefined`, as a tape.
pub const UNDEFINED: [u8; 4] = [0; 4];

/// How the client is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub framed: bool,
    pub old: bool,
    pub dialled: bool,
}

#[derive(Debug)]
pub struct Host {
    pub client: Client,
    pub store: MemoryStore,
    pub now: u64,
    setup: Setup,
    netlayer: u32,
    /// The connection that the peer speaks on.
    pub connection: Option<u32>,
    dials: Vec<u32>,
    pub sessions: Vec<u32>,
    pub waits: Vec<u32>,
    pub remotes: Vec<u32>,
    hooks: Vec<u32>,
    /// The client's key in its last start, as the peer heard it.
    heard: Option<PublicKey>,
    /// The count of its last resume.
    pub count: u128,
}

fn location(designator: &str) -> Location {
    Location {
        transport: "fuzz".into(),
        designator: designator.into(),
        hints: Default::default(),
        hints_absent: true,
    }
}

pub fn peer_key() -> KeyPair {
    KeyPair::from_seed([9; 32])
}

impl Host {
    pub fn new(setup: Setup, store: MemoryStore) -> Self {
        let mut config = Config {
            resume: true,
            ..Config::default()
        };
        if setup.old {
            config.dialect = Dialect::V2026_01;
        }
        let limits = &mut config.limits;
        (limits.exports, limits.imports) = (64, 64);
        (limits.questions, limits.answers) = (16, 16);
        (limits.sessions, limits.handshakes) = (8, 8);
        (limits.gifts, limits.client_gifts) = (8, 12);
        limits.frame = 1 << 16;
        let mut client = Client::new(config, [7; 32]);
        let netlayer = Netlayer {
            location: location("us"),
            authenticates: if setup.dialled {
                Authenticates::Dialled
            } else {
                Authenticates::Nothing
            },
            framed: setup.framed,
            trust_claims: true,
        };
        let netlayer = client.add_netlayer(netlayer).expect("one netlayer");
        let mut host = Self {
            client,
            store,
            now: 1_000_000,
            setup,
            netlayer,
            connection: None,
            dials: Vec::new(),
            sessions: Vec::new(),
            waits: Vec::new(),
            remotes: Vec::new(),
            hooks: Vec::new(),
            heard: None,
            count: 0,
        };
        let _ = host.with(|client, env| client.load(env));
        host
    }

    /// Another process goes on with the store.
    pub fn restarted(self) -> Self {
        Self::new(self.setup, self.store)
    }

    pub fn with<T>(&mut self, run: impl FnOnce(&mut Client, Env<'_>) -> T) -> T {
        let env = Env {
            now: self.now,
            store: &self.store,
        };
        let result = run(&mut self.client, env);
        self.poll();
        result
    }

    fn poll(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Persist(write) => {
                    self.store.apply(&write.key, write.value.as_deref());
                    let written = self.client.written();
                    self.client.handle_committed(written);
                }
                Output::Transmit { frame, .. } => {
                    let bytes = &self.client.bytes()[frame];
                    match read_operation(bytes, 0, SyrupLimits::default()) {
                        Ok((Operation::StartSession(hello), _)) => self.heard = Some(hello.key),
                        Ok((Operation::ResumeSession(resume), _)) => self.count = resume.count,
                        Ok(_) => {}
                        Err(error) => panic!("what leaves cannot be read: {error:?}"),
                    }
                }
                Output::Dial { dial, .. } => self.dials.push(dial),
                Output::Close { connection } => {
                    self.connection = self.connection.filter(|open| *open != connection);
                }
                Output::Timeout(_) => {}
                Output::Event(event) => self.hear(event),
            }
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Message { request, wait, .. } => {
                self.waits.extend(wait);
                if let Request::Deliver(range) = request {
                    self.keep(range);
                }
            }
            Event::Settled { value, .. } => self.keep(value),
            Event::Authenticate { hook, .. } => self.hooks.push(hook),
            Event::Session { session, .. } => self.sessions.push(session),
            _ => {}
        }
    }

    /// References in a value: `REF kind handle`, anywhere.
    fn keep(&mut self, value: std::ops::Range<usize>) {
        let words = &self.client.words()[value];
        for at in words.windows(3) {
            if at[0] == 15 && matches!(at[1], 1 | 2) {
                self.remotes.push(at[2]);
            }
        }
    }

    /// The peer connects.
    pub fn accept(&mut self) {
        let netlayer = self.netlayer;
        self.connection = self.with(|client, env| client.handle_opened(env, netlayer, None));
    }

    /// A dial of the client's reaches the peer.
    pub fn dialled(&mut self) {
        if let Some(dial) = self.dials.pop() {
            let netlayer = self.netlayer;
            let opened = self.with(|client, env| client.handle_opened(env, netlayer, Some(dial)));
            self.connection = opened.or(self.connection);
        }
    }

    pub fn ask_for_session(&mut self) {
        let peer = location("peer");
        self.with(|client, env| client.provide_session(env, &peer));
    }

    pub fn receive(&mut self, bytes: &[u8]) {
        if let Some(connection) = self.connection {
            self.with(|client, env| {
                client.input_buffer(bytes.len()).copy_from_slice(bytes);
                client.handle_input(env, connection, bytes.len());
            });
        }
    }

    pub fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.with(|client, env| client.handle_closed(env, connection));
        }
    }

    pub fn pass(&mut self, span: u64) {
        self.now += span;
        self.with(|client, env| client.handle_timeout(env));
    }

    /// The peer says hello.
    pub fn hello(&mut self) {
        let (mut bytes, mut hello) = (Vec::new(), Vec::new());
        let order = Dialect::default().key_order();
        location("peer").write(&mut Writer::new(&mut bytes), order);
        start::write_hello(&mut hello, "1.0", &peer_key(), &bytes);
        self.receive(&hello);
    }

    fn session_id(&self) -> Option<SessionId> {
        let ours = public_id(&self.heard?);
        Some(session_id(&ours, &public_id(&peer_key().public())))
    }

    /// The peer resumes the session, with this count.
    pub fn resume(&mut self, id: Option<SessionId>, count: u128) {
        if let Some(id) = id.or_else(|| self.session_id()) {
            let mut dial = Vec::new();
            resume::write_resume(&mut dial, &peer_key(), &id, count);
            self.receive(&dial);
        }
    }

    pub fn id(&self) -> Option<SessionId> {
        self.session_id()
    }

    /// The application does something with what it has.
    pub fn act(&mut self, what: u8) {
        match what % 8 {
            0 => {
                for wait in std::mem::take(&mut self.waits) {
                    let _ = self.with(|client, env| client.settle(env, wait, true, &UNDEFINED));
                }
            }
            1 => {
                if let Some(wait) = self.waits.pop() {
                    let own = self.own(what);
                    let _ = self.with(|client, env| client.settle(env, wait, true, &own));
                }
            }
            2 => {
                for remote in std::mem::take(&mut self.remotes) {
                    self.with(|client, env| client.release_remote(env, remote));
                }
            }
            3 => {
                if let Some(remote) = self.remotes.last().copied() {
                    self.ask(remote, what);
                }
            }
            4 => {
                if let Some(remote) = self.remotes.last().copied() {
                    let _ = self.with(|client, env| client.listen(env, remote));
                }
            }
            5 => self.with(|client, env| client.flush(env)),
            6 => {
                for hook in std::mem::take(&mut self.hooks) {
                    self.with(|client, env| client.handle_authenticated(env, hook, true));
                }
            }
            _ => {
                if let Some(session) = self.sessions.last().copied() {
                    let bootstrap = self.with(|client, env| client.bootstrap(env, session));
                    if let Some(bootstrap) = bootstrap {
                        self.ask(bootstrap, what);
                    }
                }
            }
        }
    }

    /// An object of our own, as a tape; some have a description.
    fn own(&mut self, what: u8) -> Vec<u8> {
        let described = (what & 0x10 != 0).then(|| vec![what]);
        let handle = self.client.allocate_local(what & 0x20 != 0, described);
        [15_u32, handle]
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect()
    }

    fn ask(&mut self, target: u32, what: u8) {
        let mut tape: Vec<u8> = [11_u32, 1].iter().flat_map(|w| w.to_le_bytes()).collect();
        tape.extend(self.own(what));
        let asked = match what & 0xc0 {
            0 => Asked::Index(3),
            _ => Asked::Deliver {
                answer: what & 0x40 != 0,
            },
        };
        let _ = self.with(|client, env| client.ask(env, target, asked, &tape));
    }

    /// Nothing is beyond its limit.
    pub fn check(&self) {
        let limits = self.client.config().limits;
        let inside = self.client.inspect();
        assert!(inside.sessions.len() <= limits.sessions + 1);
        assert!(inside.gifts + inside.claims <= limits.client_gifts);
        for session in &inside.sessions {
            assert!(session.exports.len() <= limits.exports);
            assert!(session.imports.len() <= limits.imports);
            assert!(session.questions <= limits.questions);
            assert!(session.answers <= limits.answers);
        }
    }
}
