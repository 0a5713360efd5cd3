//! Messages of peers: to whom they go, and what waits for an answer.

use ocapn_wasm::client::output::{Recipient, Request};

use super::{Action, Answer, Application, Asked, Message};
use crate::value::{Value, Words, text};

impl Application {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn message(
        &mut self,
        session: u32,
        to: Recipient,
        request: Request,
        answer: Option<u32>,
        wait: Option<u32>,
        words: Words<'_>,
        side: &[u8],
    ) -> Vec<Action> {
        self.delivered += 1;
        self.from = session;
        self.from_stranger = self.strangers.contains(&session);
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
        let answer = answer.map(|handle| {
            let answer = self.fresh();
            self.answers.insert(answer, Answer::Pending(Vec::new()));
            self.answer_handles.insert(handle, answer);
            answer
        });
        let message = Message {
            request,
            answer,
            wait,
        };
        self.route(to, message, side, &mut actions);
        actions
    }

    /// What somebody waited for is here, or will never be.
    pub(super) fn gift(&mut self, claim: u32, to: Recipient, side: &[u8]) -> Vec<Action> {
        let message = self.claims.remove(&claim);
        let message = message.expect("a message waits for each claim");
        let mut actions = Vec::new();
        self.route(to, message, side, &mut actions);
        actions
    }

    fn route(&mut self, to: Recipient, message: Message, side: &[u8], actions: &mut Vec<Action>) {
        match to {
            Recipient::Nothing => self.answer(&message, Ok(Value::Undefined), 0, actions),
            Recipient::Claim(claim) => {
                self.claims.insert(claim, message);
            }
            Recipient::Broken(code) => {
                self.answer(&message, Err(text(code.as_str())), 0, actions);
            }
            Recipient::Local {
                handle,
                description,
            } => {
                if let Some(description) = description {
                    self.revive(handle, &side[description]);
                }
                self.dispatch(handle, message, actions);
            }
        }
    }

    fn dispatch(&mut self, handle: u32, message: Message, actions: &mut Vec<Action>) {
        let answer = self.answer_handles.get(&handle);
        if let Some(answer) = answer.and_then(|answer| self.answers.get_mut(answer)) {
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

    pub(super) fn answer(
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
}
