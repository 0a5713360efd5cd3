//! The application of one side: objects that count, and a ledger of every call that it made.

use std::collections::{BTreeMap, BTreeSet};

use ocapn_wasm::client::output::{Event, Recipient, Request, Status};
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::identity::SessionId;

use crate::value::{Object, Value, Words, list, text};

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
    SettlePromise(u32),
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
    /// Promises of its own: who waits, and what became of them.
    pub promises: BTreeMap<u32, (bool, Vec<u32>)>,
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
            promises: BTreeMap::new(),
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
                to,
                request,
                answer,
                wait,
                ..
            } => self.message(to, request, answer, wait, words, side),
            Event::Gift { .. } | Event::GiftTable { .. } | Event::Follow { .. } => {
                panic!("this application hands nothing off")
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
                let keep = self
                    .questions
                    .get(&handle)
                    .is_some_and(|call| self.calls[*call].keep);
                self.receive(&value, keep, &mut actions);
                let outcome = if fulfilled {
                    Outcome::Fulfilled(value)
                } else {
                    Outcome::Broken(value)
                };
                self.settled(handle, outcome);
                actions
            }
            Event::Failed { handle, code } => {
                self.settled(handle, Outcome::Failed(code));
                Vec::new()
            }
            Event::Released(handle) => {
                self.answers.remove(&handle);
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
                ..
            } => {
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

    fn message(
        &mut self,
        to: Recipient,
        request: Request,
        answer: Option<u32>,
        wait: Option<u32>,
        words: Words<'_>,
        side: &[u8],
    ) -> Vec<Action> {
        self.delivered += 1;
        let mut actions = Vec::new();
        let request = match request {
            Request::Deliver(range) => {
                let args = Words {
                    at: range.start,
                    ..words
                }
                .read();
                let keep = matches!(&args, Value::List(items)
                    if matches!(items.first(), Some(Value::Symbol(name)) if name == "keep" || name == "callback"));
                self.receive(&args, keep, &mut actions);
                match args {
                    Value::List(items) => Asked::Deliver(items),
                    other => panic!("arguments are a list, not {other:?}"),
                }
            }
            Request::Listen | Request::Identify => Asked::Listen,
            Request::Index(index) => Asked::Index(index),
            Request::Get(_) | Request::Untag(_) => Asked::Deliver(Vec::new()),
        };
        if let Some(answer) = answer {
            self.answers.insert(answer, Answer::Pending(Vec::new()));
        }
        let message = Message {
            request,
            answer,
            wait,
        };
        match to {
            Recipient::Nothing | Recipient::Claim(_) => {
                panic!("this application hands nothing off")
            }
            Recipient::Broken(code) => {
                self.answer(&message, Err(text(code.as_str())), 0, &mut actions);
            }
            Recipient::Local {
                handle,
                description,
            } => {
                if let Some(description) = description {
                    self.revive(handle, &side[description]);
                }
                self.dispatch(handle, message, &mut actions);
            }
        }
        actions
    }

    fn dispatch(&mut self, handle: u32, message: Message, actions: &mut Vec<Action>) {
        if let Some(answer) = self.answers.get_mut(&handle) {
            match answer {
                Answer::Pending(waiting) => waiting.push(message),
                Answer::Done(outcome) => {
                    let outcome = outcome.clone();
                    self.forward(outcome, message, actions);
                }
            }
            return;
        }
        let object = self.objects.get(&handle).cloned();
        match object {
            Some(object) => self.call(object, message, actions),
            None => panic!("no object has handle {handle}: {message:?}"),
        }
    }

    /// A message for something that has settled.
    fn forward(
        &mut self,
        outcome: Result<Value, Value>,
        message: Message,
        actions: &mut Vec<Action>,
    ) {
        match (outcome, &message.request) {
            (outcome, Asked::Listen) => self.answer(&message, outcome, 0, actions),
            (Ok(Value::Own(object)), _) => self.call(object, message, actions),
            (Ok(Value::List(items)), Asked::Index(index)) => {
                let item = items.get(*index as usize).cloned();
                self.answer(&message, item.ok_or(text("no item")), 0, actions);
            }
            (Ok(_), _) => self.answer(&message, Err(text("not callable")), 0, actions),
            (Err(reason), _) => self.answer(&message, Err(reason), 0, actions),
        }
    }

    fn answer(
        &mut self,
        message: &Message,
        outcome: Result<Value, Value>,
        after: u64,
        actions: &mut Vec<Action>,
    ) {
        if message.wait.is_some() || message.answer.is_some() {
            actions.push(Action::Settle {
                wait: message.wait,
                answer: message.answer,
                outcome,
                after,
            });
        }
    }

    /// An answer is known: what was pipelined on it goes on.
    pub fn resolve(&mut self, answer: u32, outcome: Result<Value, Value>) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(entry) = self.answers.get_mut(&answer) {
            let before = std::mem::replace(entry, Answer::Done(outcome.clone()));
            if let Answer::Pending(waiting) = before {
                for message in waiting {
                    self.forward(outcome.clone(), message, &mut actions);
                }
            }
        }
        actions
    }

    fn effect(&mut self, id: i32, actions: &mut Vec<Action>) {
        let id = id.cast_unsigned().into();
        if !self.effects.insert(id) {
            self.twice.push(id);
        }
        actions.push(Action::Effect(id));
    }

    fn call(&mut self, object: Object, message: Message, actions: &mut Vec<Action>) {
        let args = match &message.request {
            Asked::Deliver(args) => args.clone(),
            Asked::Listen => {
                if let (Object::Promise(promise), Some(wait)) = (&object, message.wait)
                    && let Some((settled, waiting)) = self.promises.get_mut(promise)
                {
                    if *settled {
                        self.answer(&message, Ok(text("later")), 0, actions);
                    } else {
                        waiting.push(wait);
                    }
                    return;
                }
                self.answer(&message, Ok(Value::Own(object)), 0, actions);
                return;
            }
            Asked::Index(_) => return self.answer(&message, Err(text("no list")), 0, actions),
        };
        let method = match args.first() {
            Some(Value::Symbol(name)) => name.clone(),
            _ => return self.answer(&message, Err(text("no method")), 0, actions),
        };
        let int = |at: usize| match args.get(at) {
            Some(Value::Int(value)) => *value,
            _ => 0,
        };
        let (outcome, after) = match (&object, method.as_str()) {
            (Object::Bootstrap, "fetch") => match args.get(1) {
                Some(Value::Bytes(name)) if name.starts_with(b"n:") => {
                    let name = String::from_utf8_lossy(name).into_owned();
                    (Ok(Value::Own(Object::Named(name))), 0)
                }
                _ => (Err(text("no such swissnum")), 0),
            },
            (_, "add") => {
                self.effect(int(1), actions);
                (Ok(Value::Int(self.effects.len() as i32)), 0)
            }
            (_, "slow") => {
                self.effect(int(1), actions);
                (Ok(Value::Int(0)), int(2) as u64)
            }
            (_, "echo" | "keep") => (Ok(list(echo(&args[1..]))), 0),
            (_, "self") => (Ok(Value::Own(object.clone())), 0),
            (_, "give") => match args.get(1) {
                Some(Value::Text(name)) => (Ok(Value::Own(Object::Named(name.clone()))), 0),
                _ => (Err(text("no name")), 0),
            },
            (_, "callback") => {
                if let Some(Value::RemoteObject(target)) = args.get(1) {
                    let (target, id) = (*target, int(2).cast_unsigned().into());
                    actions.push(Action::Add { target, id });
                }
                (Ok(Value::Undefined), 0)
            }
            (_, "make") => (Ok(Value::Own(Object::Ephemeral(self.fresh()))), 0),
            (_, "promise") => {
                let promise = self.fresh();
                self.promises.insert(promise, (false, Vec::new()));
                let after = int(1) as u64;
                if after > 0 {
                    actions.push(Action::Fulfil { promise, after });
                }
                (Ok(list([Value::Own(Object::Promise(promise))])), 0)
            }
            (_, "drop") => {
                actions.extend(
                    std::mem::take(&mut self.held)
                        .into_iter()
                        .map(Action::Release),
                );
                (Ok(Value::Undefined), 0)
            }
            (_, "never") => return,
            _ => (Err(text("no such method")), 0),
        };
        self.answer(&message, outcome, after, actions);
    }
}

/// What comes back of arguments: our own objects by their handles, and no promises.
fn echo(args: &[Value]) -> Vec<Value> {
    args.iter()
        .filter(|value| !matches!(value, Value::RemotePromise(_) | Value::RemoteObject(_)))
        .cloned()
        .collect()
}
