//! Two or more sides, the network between them, and virtual time. Everything follows from one seed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ocapn_wasm::client::config::{Config, Times};
use ocapn_wasm::client::output::{Output, Status};
use ocapn_wasm::client::{Asked, Authenticates, Client, Env, Netlayer, SessionInspection};
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::wire::Location;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::application::{Action, Application, Call, Outcome, Verdict};
use crate::network::{End, Link, Parcel, Party, Recording, Weather};
use crate::store::Store;
use crate::value::{Object, Value, Words, list, symbol};
use crate::watch::Watch;

pub const TRANSPORT: &str = "sim";

/// What a side is made with.
#[derive(Clone, Debug)]
pub struct Options {
    pub config: Config,
    pub authenticates: Authenticates,
    pub framed: bool,
    pub trust_claims: bool,
    /// How long a commit takes.
    pub commit: (u64, u64),
}

impl Default for Options {
    fn default() -> Self {
        let times = Times {
            handshake: 3_000,
            idle: 5_000,
            probe: 2_000,
            queue: 10_000,
            call: 0,
            resume_grace: 8_000,
            expiry: 3_600_000,
            retry_least: 50,
            retry_most: 2_000,
            gather: 20,
            unclaimed: 1_000,
        };
        Self {
            config: Config {
                resume: true,
                times,
                ..Config::default()
            },
            authenticates: Authenticates::Nothing,
            framed: true,
            trust_claims: true,
            commit: (1, 1),
        }
    }
}

#[derive(Debug)]
pub struct Side {
    pub name: char,
    pub options: Options,
    pub location: Location,
    pub client: Client,
    pub netlayer: u32,
    pub store: Store,
    pub app: Application,
    pub life: u32,
    pub up: bool,
    /// Its store failed: it does nothing any more.
    pub stopped: bool,
    timer: Option<u64>,
    pub connections: BTreeMap<u32, (u32, End)>,
    /// What the host was asked to dial, and what became of it: for tests.
    pub dials: u64,
    /// Calls of earlier processes.
    pub past: Vec<Call>,
}

#[derive(Clone, Debug)]
enum Happening {
    Arrive {
        link: u32,
        end: End,
        parcel: Parcel,
    },
    DialEnds {
        side: usize,
        life: u32,
        dial: u32,
        location: Location,
    },
    Timer {
        side: usize,
        life: u32,
        at: u64,
    },
    Committed {
        side: usize,
        life: u32,
    },
    Act {
        side: usize,
        life: u32,
        action: Action,
    },
    Cut {
        link: u32,
        deaf: Option<End>,
    },
    Crash {
        side: usize,
    },
    Start {
        side: usize,
    },
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambush {
    /// The link is cut in its place.
    Close,
    /// It and what follows never arrive, and nobody is told.
    Silence,
    /// Something else arrives.
    Garbage,
    /// Its sender is killed with it.
    KillSender,
    /// It arrives, and its receiver is killed.
    KillReceiver,
    /// It is late.
    Delay(u64),
}

pub struct World {
    pub rng: ChaCha20Rng,
    pub now: u64,
    pub sides: Vec<Side>,
    pub links: BTreeMap<u32, Link>,
    next_link: u32,
    agenda: BTreeMap<(u64, u64), Happening>,
    order: u64,
    pub weather: Weather,
    pub watch: Watch,
    pub next_effect: u64,
    /// Dials of this side come to the attacker, who answers with these messages.
    pub hijack: Option<(usize, VecDeque<Vec<u8>>)>,
    /// Loses each message that it says yes to, with all that follow on its link.
    pub lose: Option<fn(&[u8]) -> bool>,
    /// So many messages from now, something happens.
    pub ambush: Option<(u64, Ambush)>,
    pub tracing: bool,
}

impl World {
    pub fn new(seed: u64, options: Vec<Options>) -> Self {
        let mut world = Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            now: 1_000_000,
            sides: Vec::new(),
            links: BTreeMap::new(),
            next_link: 1,
            agenda: BTreeMap::new(),
            order: 0,
            weather: Weather::fair(),
            watch: Watch::default(),
            next_effect: 1,
            hijack: None,
            lose: None,
            ambush: None,
            tracing: std::env::var_os("SIM_TRACE").is_some(),
        };
        for (index, options) in options.into_iter().enumerate() {
            let name = (b'A' + index as u8) as char;
            let location = Location {
                transport: TRANSPORT.into(),
                designator: name.to_string(),
                hints: BTreeMap::new(),
                hints_absent: false,
            };
            let client = world.client(&options);
            world.sides.push(Side {
                name,
                options,
                location,
                client,
                netlayer: 0,
                store: Store::default(),
                app: Application::new(BTreeSet::new()),
                life: 0,
                up: false,
                stopped: false,
                timer: None,
                connections: BTreeMap::new(),
                dials: 0,
                past: Vec::new(),
            });
            world.start(index);
        }
        world
    }

    pub fn pair(seed: u64) -> Self {
        Self::new(seed, vec![Options::default(), Options::default()])
    }

    fn client(&mut self, options: &Options) -> Client {
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        Client::new(options.config.clone(), seed)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            0
        } else {
            self.rng.next_u64() % limit
        }
    }

    pub fn between(&mut self, range: (u64, u64)) -> u64 {
        range.0 + self.below(range.1 - range.0 + 1)
    }

    pub fn chance(&mut self, in_1000: u64) -> bool {
        in_1000 > 0 && self.below(1000) < in_1000
    }

    pub fn log(&mut self, line: impl FnOnce() -> String) {
        if self.tracing {
            let line = format!("{:>8} {}", self.now - 1_000_000, line());
            eprintln!("{line}");
        }
    }

    fn plan(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.agenda
            .insert((at.max(self.now), self.order), happening);
    }

    // ---- processes

    /// A process of this side begins, on what the store has.
    pub fn start(&mut self, index: usize) {
        let options = self.sides[index].options.clone();
        let client = self.client(&options);
        let side = &mut self.sides[index];
        side.client = client;
        side.life += 1;
        side.up = true;
        side.stopped = false;
        side.timer = None;
        side.connections.clear();
        let effects = side.store.visible.iter();
        let effects = effects.filter_map(|(key, _)| key.strip_prefix("app/effect/")?.parse().ok());
        let verdict = side.app.verdict;
        let app = Application::new(effects.collect());
        let past = std::mem::replace(&mut side.app, app);
        side.past.extend(past.calls);
        side.app.verdict = verdict;
        let netlayer = Netlayer {
            location: side.location.clone(),
            authenticates: options.authenticates,
            framed: options.framed,
            trust_claims: options.trust_claims,
        };
        side.netlayer = side.client.add_netlayer(netlayer).expect("one netlayer");
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        side.client.load(env).expect("the store opens");
        self.log(|| format!("{} starts", (b'A' + index as u8) as char));
        self.drain(index);
    }

    /// The process is killed. Peers hear of it, unless `silent`.
    pub fn crash(&mut self, index: usize, silent: bool) {
        let done = self.chance(500);
        let side = &mut self.sides[index];
        if !side.up {
            return;
        }
        side.up = false;
        side.store.crash(done);
        let connections = std::mem::take(&mut side.connections);
        let name = side.name;
        self.log(|| format!("{name} is killed"));
        for (link, end) in connections.into_values() {
            self.leave(link, end, silent);
        }
    }

    pub fn restart(&mut self, index: usize) {
        self.crash(index, false);
        self.start(index);
    }

    /// An end of a link is given up by its owner.
    fn leave(&mut self, number: u32, end: End, silent: bool) {
        let latency = self.weather.latency;
        let latency = self.between(latency);
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        link.parties[end as usize] = Party::Nobody;
        if silent {
            link.dead = true;
        } else {
            let at = link.last[end.other() as usize].max(self.now + latency);
            link.last[end.other() as usize] = at;
            let end = end.other();
            self.plan(
                at,
                Happening::Arrive {
                    link: number,
                    end,
                    parcel: Parcel::Close,
                },
            );
        }
    }

    // ---- driving a client

    /// Does something with a running client, and all that follows at once.
    pub fn with<T>(&mut self, index: usize, run: impl FnOnce(&mut Client, Env<'_>) -> T) -> T {
        let side = &mut self.sides[index];
        assert!(side.up, "{} is down", side.name);
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let result = run(&mut side.client, env);
        self.drain(index);
        result
    }

    pub fn drain(&mut self, index: usize) {
        let mut actions = VecDeque::new();
        loop {
            if !self.sides[index].up {
                return;
            }
            self.poll(index, &mut actions);
            let Some(action) = actions.pop_front() else {
                break;
            };
            self.act(index, action);
        }
        self.commit(index);
    }

    fn poll(&mut self, index: usize, actions: &mut VecDeque<Action>) {
        while let Some(output) = self.sides[index].client.poll_output() {
            match output {
                Output::Persist(write) => {
                    let side = &mut self.sides[index];
                    if !side.store.write(&write.key, write.value) && !side.stopped {
                        self.store_failed(index);
                    }
                }
                Output::Event(event) => {
                    let line = self.tracing.then(|| format!("{event:?}"));
                    let side = &mut self.sides[index];
                    let words = Words {
                        words: side.client.words(),
                        input: side.client.input(),
                        side: side.client.side(),
                        at: 0,
                    };
                    let bytes = side.client.side();
                    let name = side.name;
                    actions.extend(side.app.handle(event, words, bytes));
                    if let Some(line) = line {
                        self.log(|| format!("{name}   {line}"));
                    }
                }
                Output::Transmit { connection, frame } => {
                    let bytes = self.sides[index].client.bytes()[frame].to_vec();
                    self.transmit(index, connection, bytes);
                }
                Output::Close { connection } => {
                    let side = &mut self.sides[index];
                    let name = side.name;
                    let removed = side.connections.remove(&connection);
                    self.log(|| format!("{name} closes {connection}"));
                    if let Some((link, end)) = removed {
                        self.leave(link, end, false);
                    }
                }
                Output::Dial { dial, location, .. } => {
                    let latency = self.weather.latency;
                    let at = self.now + self.between(latency);
                    let side = &mut self.sides[index];
                    side.dials += 1;
                    let (name, life) = (side.name, side.life);
                    self.log(|| format!("{name} dials {} ({dial})", location.designator));
                    self.plan(
                        at,
                        Happening::DialEnds {
                            side: index,
                            life,
                            dial,
                            location,
                        },
                    );
                }
                Output::Timeout(at) => {
                    let side = &mut self.sides[index];
                    side.timer = at;
                    let life = side.life;
                    if let Some(at) = at {
                        self.plan(
                            at,
                            Happening::Timer {
                                side: index,
                                life,
                                at,
                            },
                        );
                    }
                }
            }
        }
    }

    fn store_failed(&mut self, index: usize) {
        let side = &mut self.sides[index];
        side.stopped = true;
        let name = side.name;
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        side.client.handle_store_failed(env);
        self.log(|| format!("{name}'s store failed"));
    }

    fn commit(&mut self, index: usize) {
        loop {
            let side = &mut self.sides[index];
            if !side.up || side.stopped || side.store.is_committing() || !side.store.has_pending() {
                return;
            }
            let mark = side.client.written();
            side.store.begin_commit(mark);
            let (life, commit) = (side.life, side.options.commit);
            let time = self.between(commit);
            if time > 0 {
                self.plan(self.now + time, Happening::Committed { side: index, life });
                return;
            }
            self.committed(index);
        }
    }

    fn committed(&mut self, index: usize) {
        match self.sides[index].store.end_commit() {
            Some(mark) => self.sides[index].client.handle_committed(mark),
            None if !self.sides[index].stopped => self.store_failed(index),
            None => {}
        }
        self.drain(index);
    }

    // ---- what applications do

    /// Gives handles to what is the application's own.
    fn resolve(&mut self, index: usize, value: &Value) -> Value {
        let side = &mut self.sides[index];
        match value {
            Value::Own(Object::Bootstrap) => Value::Ref(0),
            Value::Own(object) => {
                let handle = match side.app.handles.get(object) {
                    Some(handle) => *handle,
                    None => {
                        let description = match object {
                            Object::Named(name) => Some(name.clone().into_bytes()),
                            _ => None,
                        };
                        let promise = matches!(object, Object::Promise(_));
                        let handle = side.client.allocate_local(promise, description);
                        side.app.objects.insert(handle, object.clone());
                        side.app.handles.insert(object.clone(), handle);
                        handle
                    }
                };
                Value::Ref(handle)
            }
            Value::List(items) => list(items.clone().iter().map(|item| self.resolve(index, item))),
            other => other.clone(),
        }
    }

    fn act(&mut self, index: usize, action: Action) {
        let life = self.sides[index].life;
        match action {
            Action::Settle {
                wait,
                answer,
                outcome,
                after,
            } if after > 0 => {
                let action = Action::Settle {
                    wait,
                    answer,
                    outcome,
                    after: 0,
                };
                self.plan(
                    self.now + after,
                    Happening::Act {
                        side: index,
                        life,
                        action,
                    },
                );
            }
            Action::Fulfil { promise, after } => {
                let action = Action::SettlePromise(promise);
                self.plan(
                    self.now + after,
                    Happening::Act {
                        side: index,
                        life,
                        action,
                    },
                );
            }
            Action::SettlePromise(promise) => {
                let side = &mut self.sides[index];
                let waits = match side.app.promises.get_mut(&promise) {
                    Some((settled, waits)) => {
                        *settled = true;
                        std::mem::take(waits)
                    }
                    None => Vec::new(),
                };
                for wait in waits {
                    self.settle(index, wait, &Ok(Value::Text("later".into())));
                }
            }
            Action::Settle {
                wait,
                answer,
                outcome,
                ..
            } => {
                if let Some(wait) = wait {
                    self.settle(index, wait, &outcome);
                }
                if let Some(answer) = answer {
                    let actions = self.sides[index].app.resolve(answer, outcome);
                    for action in actions {
                        self.act(index, action);
                    }
                }
            }
            Action::Listen(promise) => {
                let side = &mut self.sides[index];
                let env = Env {
                    now: self.now,
                    store: &side.store,
                };
                let _ = side.client.listen(env, promise);
            }
            Action::Effect(id) => {
                let side = &mut self.sides[index];
                if side.stopped {
                    return;
                }
                let written = side.store.write(&format!("app/effect/{id}"), Some(vec![1]));
                side.client.handle_written();
                if !written {
                    self.store_failed(index);
                }
            }
            Action::Add { target, id } => {
                let args = list([symbol("add"), Value::Int(id as i32)]);
                let _ = self.ask(index, target, "add", Some(id), &args, true, false);
            }
            Action::Release(handle) => {
                let side = &mut self.sides[index];
                let env = Env {
                    now: self.now,
                    store: &side.store,
                };
                side.client.release_remote(env, handle);
            }
            Action::Judge(hook) => {
                let verdict = self.sides[index].app.verdict;
                let agreed = match verdict {
                    Verdict::Agree => true,
                    Verdict::Refuse => false,
                    Verdict::Never => return,
                    Verdict::AgreeAfter(after) => {
                        self.sides[index].app.verdict = Verdict::Agree;
                        let action = Action::Judge(hook);
                        self.plan(
                            self.now + after,
                            Happening::Act {
                                side: index,
                                life,
                                action,
                            },
                        );
                        return;
                    }
                };
                let side = &mut self.sides[index];
                let env = Env {
                    now: self.now,
                    store: &side.store,
                };
                side.client.handle_authenticated(env, hook, agreed);
            }
        }
    }

    fn settle(&mut self, index: usize, wait: u32, outcome: &Result<Value, Value>) {
        let (fulfilled, value) = match outcome {
            Ok(value) => (true, value),
            Err(reason) => (false, reason),
        };
        let value = self.resolve(index, value);
        let side = &mut self.sides[index];
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let settled = side.client.settle(env, wait, fulfilled, &value.tape());
        if settled.is_err() && !side.stopped {
            let env = Env {
                now: self.now,
                store: &side.store,
            };
            let reason = Value::Text("cannot be passed".into());
            let _ = side.client.settle(env, wait, false, &reason.tape());
        }
    }

    /// One call, without what follows of it. Gives its place in the ledger.
    #[allow(clippy::too_many_arguments)]
    fn ask(
        &mut self,
        index: usize,
        target: u32,
        method: &str,
        effect: Option<u64>,
        args: &Value,
        answer: bool,
        keep: bool,
    ) -> Result<usize, ErrorCode> {
        let tape = self.resolve(index, args).tape();
        let side = &mut self.sides[index];
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let asked = side
            .client
            .ask(env, target, Asked::Deliver { answer }, &tape)?;
        Ok(self.note(index, asked, method, effect, keep))
    }

    fn note(
        &mut self,
        index: usize,
        question: Option<u32>,
        method: &str,
        effect: Option<u64>,
        keep: bool,
    ) -> usize {
        let side = &mut self.sides[index];
        let outcome = question
            .is_none()
            .then_some(Outcome::Fulfilled(Value::Undefined));
        side.app.calls.push(Call {
            effect,
            method: method.into(),
            asked: self.now,
            outcome,
            keep,
        });
        let call = side.app.calls.len() - 1;
        if let Some(question) = question {
            let before = side.app.questions.insert(question, call);
            assert!(before.is_none(), "a handle names two questions");
        }
        call
    }

    /// Calls a method of a remote object, promise or unanswered question.
    pub fn call(
        &mut self,
        index: usize,
        target: u32,
        method: &str,
        args: impl IntoIterator<Item = Value>,
    ) -> Result<usize, ErrorCode> {
        let args = list(std::iter::once(symbol(method)).chain(args));
        let call = self.ask(index, target, method, None, &args, true, true);
        self.drain(index);
        call
    }

    /// Calls a method with an effect of its own.
    pub fn add(&mut self, index: usize, target: u32) -> Result<usize, ErrorCode> {
        let id = self.effect_id();
        let args = list([symbol("add"), Value::Int(id as i32)]);
        let call = self.ask(index, target, "add", Some(id), &args, true, false);
        self.drain(index);
        call
    }

    pub fn send_only(&mut self, index: usize, target: u32) -> Result<u64, ErrorCode> {
        let id = self.effect_id();
        let args = list([symbol("add"), Value::Int(id as i32)]);
        let sent = self.ask(index, target, "add", Some(id), &args, false, false);
        self.drain(index);
        sent.map(|_| id)
    }

    pub fn index_of(&mut self, index: usize, target: u32, item: u64) -> Result<usize, ErrorCode> {
        let asked = self.with(index, |client, env| {
            client.ask(env, target, Asked::Index(item), &[])
        })?;
        Ok(self.note(index, asked, "index", None, true))
    }

    pub fn effect_id(&mut self) -> u64 {
        self.next_effect += 1;
        self.next_effect - 1
    }

    /// The question of a call that has not settled.
    pub fn question(&self, index: usize, call: usize) -> u32 {
        let questions = self.sides[index].app.questions.iter();
        let mut questions = questions.filter(|(_, other)| **other == call);
        *questions.next().expect("the call is open").0
    }

    pub fn outcome(&self, index: usize, call: usize) -> Option<Outcome> {
        self.sides[index].app.calls[call].outcome.clone()
    }

    // ---- the network

    fn transmit(&mut self, index: usize, connection: u32, bytes: Vec<u8>) {
        let side = &self.sides[index];
        assert!(
            !side.stopped,
            "{} transmits though its store failed",
            side.name
        );
        let Some((number, end)) = side.connections.get(&connection).copied() else {
            panic!(
                "{} transmits on connection {connection}, which is closed",
                side.name
            );
        };
        if self.tracing {
            let line = crate::watch::summary(&bytes);
            let name = self.sides[index].name;
            self.log(|| format!("{name} -> link {number} {line}"));
        }
        self.watch
            .transmitted(&self.sides[index], index, number, end, &bytes);
        if let Some(link) = self.links.get_mut(&number) {
            link.sent[end as usize].push(bytes.clone());
        }
        if self.lose.is_some_and(|lose| lose(&bytes)) {
            self.silence(number);
            return;
        }
        if self.is_ambushed(index, number, end) {
            return;
        }
        let chunks = if self.sides[index].options.framed {
            vec![bytes]
        } else {
            self.chop(&bytes)
        };
        for chunk in chunks {
            self.send(number, end, chunk);
        }
        let (lose, cut, half_open) = (self.weather.lose, self.weather.cut, self.weather.half_open);
        if self.chance(lose) {
            self.silence(number);
        } else if self.chance(cut) {
            let deaf = self.chance(half_open).then_some(if self.chance(500) {
                End::Dialler
            } else {
                End::Acceptor
            });
            let after = self.below(20);
            self.plan(self.now + after, Happening::Cut { link: number, deaf });
        }
    }

    /// Whether a message meets something that keeps it from arriving.
    fn is_ambushed(&mut self, index: usize, link: u32, end: End) -> bool {
        let Some((left, ambush)) = self.ambush else {
            return false;
        };
        if left > 0 {
            self.ambush = Some((left - 1, ambush));
            return false;
        }
        self.ambush = None;
        self.log(|| format!("ambush: {ambush:?}"));
        match ambush {
            Ambush::Close => self.plan(self.now, Happening::Cut { link, deaf: None }),
            Ambush::Silence => self.silence(link),
            Ambush::Garbage => self.send(link, end, b"<7'garbage>".to_vec()),
            Ambush::KillSender => {
                self.silence(link);
                self.plan(self.now, Happening::Crash { side: index });
                self.plan(self.now + 300, Happening::Start { side: index });
            }
            Ambush::KillReceiver => {
                if let Some([dialler, acceptor]) = self.watch.sides_of(link) {
                    let side = if end == End::Dialler {
                        acceptor
                    } else {
                        dialler
                    };
                    self.plan(self.now + 7, Happening::Crash { side });
                    self.plan(self.now + 300, Happening::Start { side });
                }
                return false;
            }
            Ambush::Delay(time) => {
                let at = self.now + time;
                if let Some(link) = self.links.get_mut(&link) {
                    let last = &mut link.last[end.other() as usize];
                    *last = at.max(*last);
                }
                return false;
            }
        }
        true
    }

    /// A stream has no messages: pieces of any length arrive.
    fn chop(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        let most = if self.chance(300) { 3 } else { 200 };
        while !rest.is_empty() {
            let len = (1 + self.below(most) as usize).min(rest.len());
            chunks.push(rest[..len].to_vec());
            rest = &rest[len..];
        }
        chunks
    }

    /// From now on nothing arrives; both ends are told of the end, much later.
    pub fn silence(&mut self, link: u32) {
        if let Some(link) = self.links.get_mut(&link) {
            link.dead = true;
        }
    }

    fn send(&mut self, number: u32, from: End, bytes: Vec<u8>) {
        let latency = self.weather.latency;
        let latency = self.between(latency);
        let Some(link) = self.links.get_mut(&number).filter(|link| !link.dead) else {
            return;
        };
        let end = from.other();
        let at = link.last[end as usize].max(self.now + latency);
        link.last[end as usize] = at;
        let parcel = Parcel::Bytes(bytes);
        self.plan(
            at,
            Happening::Arrive {
                link: number,
                end,
                parcel,
            },
        );
    }

    /// The link is gone. An end may not notice.
    pub fn cut(&mut self, number: u32, deaf: Option<End>) {
        self.log(|| {
            format!(
                "link {number} is cut{}",
                deaf.map(|end| format!(", {end:?} deaf"))
                    .unwrap_or_default()
            )
        });
        self.silence(number);
        for end in [End::Dialler, End::Acceptor] {
            if deaf != Some(end) {
                self.close_end(number, end);
            }
        }
    }

    /// One end is told that its link is closed.
    pub fn close_end(&mut self, number: u32, end: End) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let party = std::mem::replace(&mut link.parties[end as usize], Party::Nobody);
        if let Party::Side {
            side,
            life,
            connection,
        } = party
            && self.sides[side].life == life
            && self.sides[side].up
            && self.sides[side].connections.remove(&connection).is_some()
        {
            self.with(side, |client, env| client.handle_closed(env, connection));
        }
    }

    /// Links that both their ends have.
    pub fn live_links(&self) -> Vec<u32> {
        let live = |link: &Link| !link.parties.contains(&Party::Nobody) && !link.dead;
        let links = self.links.iter().filter(|(_, link)| live(link));
        links.map(|(number, _)| *number).collect()
    }

    pub fn cut_all(&mut self) {
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            let parties = self.links[&link].parties;
            if parties != [Party::Nobody; 2] {
                self.cut(link, None);
            }
        }
    }

    fn dial_ends(&mut self, index: usize, dial: u32, location: &Location) {
        let refused = self.weather.refuse;
        let refused = self.chance(refused);
        let target = self
            .sides
            .iter()
            .position(|side| side.location.same_peer(location));
        let hijacked = self.hijack.as_ref().is_some_and(|(side, _)| *side == index);
        let target = target.filter(|target| {
            !refused && (hijacked || (self.sides[*target].up && !self.sides[*target].stopped))
        });
        let Some(target) = target else {
            self.with(index, |client, env| client.handle_dial_failed(env, dial));
            return;
        };
        let number = self.next_link;
        self.next_link += 1;
        self.links
            .insert(number, Link::new(Party::Nobody, Party::Nobody));
        if hijacked {
            if let (Some(link), Some((_, script))) = (self.links.get_mut(&number), &self.hijack) {
                link.parties[1] = Party::Attacker;
                link.script = script.clone();
            }
        } else if !self.open(target, number, End::Acceptor, None) {
            self.with(index, |client, env| client.handle_dial_failed(env, dial));
            return;
        }
        self.watch.linked(number, index, target, hijacked);
        self.open(index, number, End::Dialler, Some(dial));
    }

    /// A side gets one end of a link.
    fn open(&mut self, index: usize, number: u32, end: End, dial: Option<u32>) -> bool {
        let side = &mut self.sides[index];
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let connection = side.client.handle_opened(env, side.netlayer, dial);
        let life = side.life;
        match connection {
            Some(connection) => {
                side.connections.insert(connection, (number, end));
                let party = Party::Side {
                    side: index,
                    life,
                    connection,
                };
                if let Some(link) = self.links.get_mut(&number) {
                    link.parties[end as usize] = party;
                }
                if dial.is_some() {
                    self.sides[index].client.handle_established(connection);
                }
                self.log(|| {
                    format!(
                        "{} has link {number} as connection {connection}",
                        (b'A' + index as u8) as char
                    )
                });
            }
            None => self.leave(number, end, false),
        }
        self.drain(index);
        connection.is_some()
    }

    fn arrive(&mut self, number: u32, end: End, parcel: Parcel) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        match (link.party(end), parcel) {
            (Party::Nobody, _) => {}
            (Party::Attacker, Parcel::Close) => link.parties[end as usize] = Party::Nobody,
            (Party::Attacker, Parcel::Bytes(_)) => {
                if let Some(answer) = link.script.pop_front() {
                    self.send(number, end, answer);
                }
            }
            (Party::Side { .. }, Parcel::Close) => self.close_end(number, end),
            (
                Party::Side {
                    side,
                    life,
                    connection,
                },
                Parcel::Bytes(bytes),
            ) => {
                if link.dead || self.sides[side].life != life || !self.sides[side].up {
                    return;
                }
                self.watch.delivered(&self.sides[side], number, end, &bytes);
                self.with(side, |client, env| {
                    client.input_buffer(bytes.len()).copy_from_slice(&bytes);
                    client.handle_input(env, connection, bytes.len());
                });
            }
        }
    }

    /// The attacker connects to a side and says these things.
    pub fn attack(&mut self, target: usize, messages: &[Vec<u8>]) -> u32 {
        let number = self.next_link;
        self.next_link += 1;
        self.links
            .insert(number, Link::new(Party::Attacker, Party::Nobody));
        self.watch.linked(number, usize::MAX, target, true);
        if self.open(target, number, End::Acceptor, None) {
            for message in messages {
                self.send(number, End::Dialler, message.clone());
            }
        }
        number
    }

    /// A message that the owner of this end never wrote.
    pub fn inject(&mut self, link: u32, from: End, bytes: Vec<u8>) {
        self.send(link, from, bytes);
    }

    /// Everything that went over links so far.
    pub fn record(&mut self) -> Vec<Recording> {
        let mut all = Vec::new();
        for (number, link) in &self.links {
            if let Some(sides) = self.watch.sides_of(*number) {
                all.push(Recording {
                    sides,
                    sent: link.sent.clone(),
                });
            }
        }
        all
    }

    // ---- time

    /// Does what comes next. False when nothing will ever come.
    pub fn step(&mut self) -> bool {
        let Some(((at, _), happening)) = self.agenda.pop_first() else {
            return false;
        };
        self.now = at;
        match happening {
            Happening::Arrive { link, end, parcel } => self.arrive(link, end, parcel),
            Happening::DialEnds {
                side,
                life,
                dial,
                location,
            } => {
                if self.alive(side, life) {
                    self.dial_ends(side, dial, &location);
                }
            }
            Happening::Timer { side, life, at } => {
                if self.alive(side, life) && self.sides[side].timer == Some(at) {
                    self.sides[side].timer = None;
                    self.with(side, |client, env| client.handle_timeout(env));
                }
            }
            Happening::Committed { side, life } => {
                if self.alive(side, life) {
                    self.committed(side);
                }
            }
            Happening::Act { side, life, action } => {
                if self.alive(side, life) {
                    self.act(side, action);
                    self.drain(side);
                }
            }
            Happening::Cut { link, deaf } => self.cut(link, deaf),
            Happening::Crash { side } => self.crash(side, false),
            Happening::Start { side } => {
                if !self.sides[side].up {
                    self.start(side);
                }
            }
        }
        true
    }

    fn alive(&self, side: usize, life: u32) -> bool {
        self.sides[side].life == life && self.sides[side].up
    }

    /// Lets time pass.
    pub fn run(&mut self, span: u64) {
        let end = self.now + span;
        let mut steps = 0;
        while self
            .agenda
            .first_key_value()
            .is_some_and(|((at, _), _)| *at <= end)
        {
            self.step();
            steps += 1;
            assert!(steps < 200_000, "the world does not come to rest");
        }
        self.now = end;
    }

    /// Lets time pass until something holds. Panics when it does not within `span`.
    pub fn until(&mut self, span: u64, what: &str, holds: impl Fn(&World) -> bool) {
        let end = self.now + span;
        let mut steps = 0;
        while !holds(self) {
            let next = self
                .agenda
                .first_key_value()
                .is_some_and(|((at, _), _)| *at <= end);
            assert!(next, "{what}: did not come to be");
            self.step();
            steps += 1;
            assert!(steps < 200_000, "{what}: the world does not come to rest");
        }
    }

    // ---- shorthands

    pub fn sessions(&self, index: usize) -> Vec<SessionInspection> {
        self.sides[index].client.inspect().sessions
    }

    pub fn session(&self, index: usize) -> SessionInspection {
        let sessions = self.sessions(index);
        assert_eq!(
            sessions.len(),
            1,
            "{} has one session",
            self.sides[index].name
        );
        sessions.into_iter().next().expect("one session")
    }

    pub fn request(&mut self, from: usize, to: usize) -> u32 {
        let location = self.sides[to].location.clone();
        self.with(from, |client, env| client.provide_session(env, &location))
    }

    pub fn provided(&self, index: usize, request: u32) -> Option<Result<u32, ErrorCode>> {
        self.sides[index].app.provided.get(&request).copied()
    }

    /// Connects, and gives the session's key.
    pub fn connect(&mut self, from: usize, to: usize) -> u32 {
        let request = self.request(from, to);
        self.until(60_000, "a session", |world| {
            world.provided(from, request).is_some()
        });
        self.provided(from, request)
            .expect("an outcome")
            .expect("a session")
    }

    /// The peer's object of a name, kept.
    pub fn fetch(&mut self, index: usize, session: u32, name: &str) -> u32 {
        match self.try_fetch(index, session, name) {
            Some(Outcome::Fulfilled(Value::RemoteObject(handle))) => handle,
            other => panic!("fetch gives {other:?}"),
        }
    }

    pub fn try_fetch(&mut self, index: usize, session: u32, name: &str) -> Option<Outcome> {
        let bootstrap = self.bootstrap(index, session)?;
        let name = Value::Bytes(name.as_bytes().to_vec());
        let call = self.call(index, bootstrap, "fetch", [name]).ok()?;
        self.settles(index, call);
        self.outcome(index, call)
    }

    /// The bootstrap object of a session's peer, kept.
    pub fn bootstrap(&mut self, index: usize, session: u32) -> Option<u32> {
        let bootstrap = self.with(index, |client, env| client.bootstrap(env, session))?;
        self.sides[index].app.held.insert(bootstrap);
        Some(bootstrap)
    }

    pub fn settles(&mut self, index: usize, call: usize) {
        self.until(60_000, "a call settles", |world| {
            world.outcome(index, call).is_some()
        });
    }

    /// A call that works.
    pub fn works(&mut self, index: usize, target: u32) {
        let call = self.add(index, target).expect("asked");
        self.settles(index, call);
        match self.outcome(index, call) {
            Some(Outcome::Fulfilled(Value::Int(_))) => {}
            other => panic!("a call gives {other:?}"),
        }
    }

    /// The counter of the peer. An old connection may have to be found dead first, on either side.
    pub fn reach(&mut self, from: usize, to: usize) -> u32 {
        let mut seen = Vec::new();
        for _ in 0..4 {
            let request = self.request(from, to);
            self.until(60_000, "an outcome", |world| {
                world.provided(from, request).is_some()
            });
            let provided = self.provided(from, request);
            seen.push(format!("{provided:?}"));
            if let Some(Ok(session)) = provided {
                let fetched = self.try_fetch(from, session, "n:counter");
                if let Some(Outcome::Fulfilled(Value::RemoteObject(handle))) = fetched {
                    return handle;
                }
                seen.push(format!("{fetched:?}"));
            }
            self.run(5_000);
        }
        panic!("{} gets no session: {seen:?}", self.sides[from].name);
    }

    /// A call works after a few tries: a dead connection has to be noticed first.
    pub fn comes_to_work(&mut self, index: usize, target: u32) {
        for _ in 0..4 {
            if let Ok(call) = self.add(index, target) {
                self.settles(index, call);
                if let Some(Outcome::Fulfilled(_)) = self.outcome(index, call) {
                    return;
                }
            }
            self.run(5_000);
        }
        panic!("no call works");
    }

    pub fn statuses(&self, index: usize) -> Vec<Status> {
        self.sides[index]
            .app
            .sessions
            .iter()
            .map(|(_, status, ..)| *status)
            .collect()
    }

    /// A release of the application's.
    pub fn release(&mut self, index: usize, handle: u32) {
        self.sides[index].app.held.remove(&handle);
        self.with(index, |client, env| client.release_remote(env, handle));
    }
}
