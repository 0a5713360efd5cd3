//! What applications do of themselves: they settle, listen, release and judge.

use ocapn_wasm::client::Env;

use super::World;
use super::time::Happening;
use crate::application::{Action, Verdict};
use crate::value::{Object, Value, list, symbol};

impl World {
    /// Gives handles to what is the application's own.
    pub(super) fn resolve(&mut self, index: usize, value: &Value) -> Value {
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

    /// Does one thing. Gives what is to be done next, when the client was asked for its outputs.
    pub(super) fn act(&mut self, index: usize, action: Action) -> Vec<Action> {
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
                let later = Ok(Value::Text("later".into()));
                let action = Action::SettlePromise(promise, later);
                self.plan(
                    self.now + after,
                    Happening::Act {
                        side: index,
                        life,
                        action,
                    },
                );
            }
            Action::SettlePromise(promise, outcome) => {
                let promise = self.sides[index].app.promises.entry(promise).or_default();
                promise.outcome = Some(outcome.clone());
                let waits = std::mem::take(&mut promise.waits).into_iter();
                let settle = waits.map(|wait| Action::Settle {
                    wait: Some(wait),
                    answer: None,
                    outcome: outcome.clone(),
                    after: 0,
                });
                return settle.collect();
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
                    return self.sides[index].app.resolve(answer, outcome);
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
                    return Vec::new();
                }
                self.ran.entry(id).or_default().push(index);
                let written = side.store.write(&format!("app/effect/{id}"), Some(vec![1]));
                side.client.handle_written();
                if !written {
                    self.store_failed(index);
                }
            }
            Action::Forged(session, position) => {
                self.forged(index, session, position);
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
                    Verdict::Never => return Vec::new(),
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
                        return Vec::new();
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
        Vec::new()
    }

    /// An attacker reached something. Where claims are believed, it may have been given that in a
    /// session of its own, whose row that is then.
    fn forged(&self, index: usize, session: u32, position: u64) {
        let side = &self.sides[index];
        let sessions = side.client.inspect().sessions;
        let Some(session) = sessions.iter().find(|other| other.session == session) else {
            return;
        };
        let what = format!("{}: an attacker reached o+{position}", side.name);
        assert!(
            !self.watch.is_honest(session.id),
            "{what} of another's session"
        );
        let mut exports = session.exports.iter();
        let export = exports.find(|export| export.0 == position);
        let object = export.and_then(|export| side.app.objects.get(&export.1));
        if let Some(Object::Named(_)) = object
            && side.options.config.resume
        {
            let row = format!("/{}/o+{position}", session.id.to_hex());
            let mut keys = side.store.visible.iter().map(|(key, _)| key);
            assert!(
                keys.any(|key| key.ends_with(&row)),
                "{what}, which it never got"
            );
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
}
