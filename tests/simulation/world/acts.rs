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

    pub(super) fn act(&mut self, index: usize, action: Action) {
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
}
