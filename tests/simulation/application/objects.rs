//! What the objects of the application do.

use super::{Action, Application, Asked, FORGED, Message, Promise};
use crate::value::{Object, Value, list, text};

impl Application {
    fn effect(&mut self, id: i32, actions: &mut Vec<Action>) {
        // What a stranger says is its own affair.
        if self.from_stranger {
            return;
        }
        let id = id.cast_unsigned().into();
        if id >= FORGED {
            actions.push(Action::Forged(self.from, id - FORGED));
            return;
        }
        if !self.effects.insert(id) {
            self.twice.push(id);
        }
        actions.push(Action::Effect(id));
    }

    pub(super) fn call(&mut self, object: Object, message: Message, actions: &mut Vec<Action>) {
        let args = match &message.request {
            Asked::Deliver(args) => args.clone(),
            Asked::Listen => {
                if let (Object::Promise(promise), Some(wait)) = (&object, message.wait)
                    && let Some(promise) = self.promises.get_mut(promise)
                {
                    match promise.outcome.clone() {
                        Some(outcome) => self.answer(&message, outcome, 0, actions),
                        None => promise.waits.push(wait),
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
                (Ok(Value::Int(0)), span(int(2)))
            }
            (_, "echo" | "keep") => (Ok(list(echo(&args[1..]))), 0),
            (_, "self") => (Ok(Value::Own(object.clone())), 0),
            (_, "give") => match args.get(1) {
                Some(Value::Text(name)) => (Ok(Value::Own(Object::Named(name.clone()))), 0),
                _ => (Err(text("no name")), 0),
            },
            (_, "callback") => {
                if let Some(Value::RemoteObject(target)) = args.get(1)
                    && !self.from_stranger
                {
                    let (target, id) = (*target, int(2).cast_unsigned().into());
                    actions.push(Action::Add { target, id });
                }
                (Ok(Value::Undefined), 0)
            }
            (_, "make") => (Ok(Value::Own(Object::Ephemeral(self.fresh()))), 0),
            (_, "promise") => {
                let promise = self.fresh();
                self.promises.insert(promise, Promise::default());
                let after = span(int(1));
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
            // Something of somebody's, whoever that is.
            (_, "share") => {
                let held: Vec<u32> = self.held.iter().copied().collect();
                let at = span(int(1)) as usize;
                match held.get(at % held.len().max(1)) {
                    Some(handle) => (Ok(list([Value::Ref(*handle)])), 0),
                    None => (Err(text("nothing")), 0),
                }
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
        .filter(|value| {
            let there = value.references().is_empty() || matches!(value, Value::Local { .. });
            there && value.is_plain()
        })
        .cloned()
        .collect()
}

fn span(value: i32) -> u64 {
    value.clamp(0, 10_000) as u64
}
