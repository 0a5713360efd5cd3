//! The application of one side: objects that count, and a ledger of every call that it made.

mod messages;
mod objects;

use std::collections::{BTreeMap, BTreeSet};

use ocapn_wasm::client::output::{Event, Status};
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::identity::SessionId;

use crate::value::{Object, Value, Words, text};

/// What became of a call, or of a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fulfilled(Value),
    Broken(Value),
    Failed(ErrorCode),
}

#[derive(Clone, Debug)]
pub struct Call {
    /// Of the effect that it has, if it has one.
    pub effect: Option<u64>,
    #[expect(dead_code, reason = "shown when a check fails")]
    pub method: String,
    #[expect(dead_code, reason = "shown when a check fails")]
    pub asked: u64,
    pub outcome: Option<Outcome>,
    /// What it returns is kept.
    pub keep: bool,
}

/// Something that the application does because of an event.
#[derive(Clone, Debug)]
pub enum Action {
    Settle {
        wait: Option<u32>,
        answer: Option<u32>,
        outcome: Result<Value, Value>,
        after: u64,
    },
    Listen(u32),
    Effect(u64),
    /// In this session an attacker called what it says is at this position.
    Forged(u32, u64),
    Add {
        target: u32,
        id: u64,
    },
    Release(u32),
    Judge(u32),
    Fulfil {
        promise: u32,
        after: u64,
    },
    SettlePromise(u32, Result<Value, Value>),
}

/// Effects from this number on are called by attackers who never got what they call.
pub const FORGED: u64 = 1 << 30;

/// The designator of an attacker who has an identity of its own, and says anything.
pub const STRANGER: &str = "Z";

/// A promise of the application's own.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    pub outcome: Option<Result<Value, Value>>,
    pub waits: Vec<u32>,
}

impl Promise {
    pub fn settled() -> Self {
        Self {
            outcome: Some(Ok(text("later"))),
            waits: Vec::new(),
        }
    }
}

/// How `Event::Authenticate` is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Agree,
    Refuse,
    Never,
    AgreeAfter(u64),
}

#[derive(Clone, Debug)]
struct Message {
    request: Asked,
    answer: Option<u32>,
    wait: Option<u32>,
}

#[derive(Clone, Debug)]
enum Asked {
    Deliver(Vec<Value>),
    Listen,
    Index(u64),
}

#[derive(Clone, Debug)]
enum Answer {
    Pending(Vec<Message>),
    Done(Result<Value, Value>),
}

#[derive(Debug)]
pub struct Application {
    pub verdict: Verdict,
    pub objects: BTreeMap<u32, Object>,
    pub handles: BTreeMap<Object, u32>,
    answers: BTreeMap<u32, Answer>,
    /// Which answer a handle stands for.
    answer_handles: BTreeMap<u32, u32>,
    pub promises: BTreeMap<u32, Promise>,
    /// Its promises that settle as those of peers do.
    followers: BTreeMap<u32, u32>,
    /// Messages for what is not known yet.
    claims: BTreeMap<u32, Message>,
    /// Promises of peers' whose value is kept.
    keeps: BTreeSet<u32>,
    /// Sessions with an attacker under its own name.
    pub strangers: BTreeSet<u32>,
    /// What was had of them: nothing that has an effect is asked of it, since its answer is worth nothing.
    pub of_strangers: BTreeSet<u32>,
    /// Who the message came from that is being handled.
    from: u32,
    from_stranger: bool,
    pub calls: Vec<Call>,
    pub questions: BTreeMap<u32, usize>,
    pub held: BTreeSet<u32>,
    pub remote_promises: BTreeSet<u32>,
    pub promise_outcomes: Vec<Outcome>,
    pub effects: BTreeSet<u64>,
    pub twice: Vec<u64>,
    pub sessions: Vec<(u32, Status, Option<ErrorCode>, SessionId)>,
    pub provided: BTreeMap<u32, Result<u32, ErrorCode>>,
    pub damaged: Vec<String>,
    pub judged: Vec<bool>,
    pub hooks: Vec<u32>,
    pub delivered: u64,
    next: u32,
}

impl Application {
    pub fn new(effects: BTreeSet<u64>) -> Self {
        let mut objects = BTreeMap::new();
        objects.insert(0, Object::Bootstrap);
        Self {
            verdict: Verdict::Agree,
            objects,
            handles: BTreeMap::new(),
            answers: BTreeMap::new(),
            answer_handles: BTreeMap::new(),
            promises: BTreeMap::new(),
            followers: BTreeMap::new(),
            claims: BTreeMap::new(),
            keeps: BTreeSet::new(),
            strangers: BTreeSet::new(),
            of_strangers: BTreeSet::new(),
            from: 0,
            from_stranger: false,
            calls: Vec::new(),
            questions: BTreeMap::new(),
            held: BTreeSet::new(),
            remote_promises: BTreeSet::new(),
            promise_outcomes: Vec::new(),
            effects,
            twice: Vec::new(),
            sessions: Vec::new(),
            provided: BTreeMap::new(),
            damaged: Vec::new(),
            judged: Vec::new(),
            hooks: Vec::new(),
            delivered: 0,
            next: 0,
        }
    }

    pub fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    pub fn open_calls(&self) -> usize {
        self.calls
            .iter()
            .filter(|call| call.outcome.is_none())
            .count()
    }

    pub fn handle(&mut self, event: Event, words: Words<'_>, side: &[u8]) -> Vec<Action> {
        match event {
            Event::Message {
                session,
                to,
                request,
                answer,
                wait,
            } => self.message(session, to, request, answer, wait, words, side),
            Event::Gift { claim, to } => self.gift(claim, to, side),
            Event::GiftTable { .. } => Vec::new(),
            Event::Follow { local, remote } => {
                let promise = self.fresh();
                self.promises.insert(promise, Promise::default());
                self.followers.insert(remote, promise);
                let object = Object::Promise(promise);
                self.objects.insert(local, object.clone());
                self.handles.insert(object, local);
                Vec::new()
            }
            Event::Settled {
                handle,
                fulfilled,
                value,
            } => {
                let value = Words {
                    at: value.start,
                    ..words
                }
                .read();
                let mut actions = Vec::new();
                let asked = self.questions.get(&handle);
                let keep = self.keeps.remove(&handle)
                    || self.followers.contains_key(&handle)
                    || asked.is_some_and(|call| self.calls[*call].keep);
                self.receive(&value, keep, &mut actions);
                let passed = self.passed(&value);
                let passed = if fulfilled { Ok(passed) } else { Err(passed) };
                self.followed(handle, passed, &mut actions);
                let outcome = if fulfilled {
                    Outcome::Fulfilled(value)
                } else {
                    Outcome::Broken(value)
                };
                self.settled(handle, outcome);
                actions
            }
            Event::Failed { handle, code } => {
                let mut actions = Vec::new();
                self.keeps.remove(&handle);
                self.followed(handle, Err(text(code.as_str())), &mut actions);
                self.settled(handle, Outcome::Failed(code));
                actions
            }
            Event::Released(handle) => {
                // What waits for it goes on waiting.
                self.answer_handles.remove(&handle);
                if let Some(object) = self.objects.remove(&handle) {
                    self.handles.remove(&object);
                }
                Vec::new()
            }
            Event::Provided { request, session } => {
                self.provided.insert(request, Ok(session));
                Vec::new()
            }
            Event::NotProvided { request, code } => {
                self.provided.insert(request, Err(code));
                Vec::new()
            }
            Event::Session {
                session,
                status,
                code,
                id,
                peer,
                ..
            } => {
                if peer.designator == STRANGER {
                    self.strangers.insert(session);
                }
                self.sessions.push((session, status, code, id));
                Vec::new()
            }
            Event::Authenticate { hook, resume, .. } => {
                self.judged.push(resume);
                self.hooks.push(hook);
                vec![Action::Judge(hook)]
            }
            Event::PeerSaid(_) => Vec::new(),
            Event::Damaged { key, .. } => {
                self.damaged.push(key);
                Vec::new()
            }
        }
    }

    /// A promise of its own that stands for a peer's settles with it.
    fn followed(&mut self, handle: u32, outcome: Result<Value, Value>, actions: &mut Vec<Action>) {
        if let Some(promise) = self.followers.remove(&handle) {
            actions.push(Action::SettlePromise(promise, outcome));
        }
    }

    /// A value of a peer's, to be passed on.
    fn passed(&self, value: &Value) -> Value {
        match value {
            Value::List(items) => Value::List(items.iter().map(|item| self.passed(item)).collect()),
            Value::RemoteObject(handle) | Value::RemotePromise(handle) | Value::Gift(handle) => {
                Value::Ref(*handle)
            }
            Value::Local { handle, .. } => match self.objects.get(handle) {
                Some(object) => Value::Own(object.clone()),
                None => Value::Undefined,
            },
            Value::Other => Value::Undefined,
            value => value.clone(),
        }
    }

    fn settled(&mut self, handle: u32, outcome: Outcome) {
        if let Some(call) = self.questions.remove(&handle) {
            let call = &mut self.calls[call];
            assert!(call.outcome.is_none(), "{call:?} settles twice");
            call.outcome = Some(outcome);
        } else {
            assert!(
                self.remote_promises.remove(&handle),
                "handle {handle} is nobody's, but settles with {outcome:?}"
            );
            self.promise_outcomes.push(outcome);
        }
        self.held.remove(&handle);
    }

    /// References in a value of the peer's: promises are listened to, objects kept or let go.
    fn receive(&mut self, value: &Value, keep: bool, actions: &mut Vec<Action>) {
        for reference in value.references() {
            match reference {
                Value::RemotePromise(handle) if self.remote_promises.insert(*handle) => {
                    actions.push(Action::Listen(*handle));
                }
                Value::Gift(handle) => {
                    self.remote_promises.insert(*handle);
                    if keep {
                        self.keeps.insert(*handle);
                    }
                }
                Value::RemoteObject(handle) if keep => {
                    self.held.insert(*handle);
                }
                Value::RemoteObject(handle) if !self.held.contains(handle) => {
                    actions.push(Action::Release(*handle));
                }
                Value::Local {
                    handle,
                    description: Some(description),
                } => self.revive(*handle, description),
                _ => {}
            }
        }
    }

    fn revive(&mut self, handle: u32, description: &[u8]) {
        let object = Object::Named(String::from_utf8(description.to_vec()).expect("a name"));
        self.handles.insert(object.clone(), handle);
        if let Some(before) = self.objects.insert(handle, object.clone()) {
            assert_eq!(before, object, "a handle changes its object");
        }
    }
}
