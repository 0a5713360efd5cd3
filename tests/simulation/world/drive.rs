//! Drives a client, and does what it asks its host for.

use std::collections::VecDeque;

use ocapn_wasm::client::output::Output;
use ocapn_wasm::client::{Client, Env};

use super::World;
use super::time::Happening;
use crate::application::Action;
use crate::value::Words;

impl World {
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
        self.drain_with(index, None);
    }

    /// What follows of what was done, after something that is to be done.
    pub(super) fn drain_with(&mut self, index: usize, first: Option<Action>) {
        let mut actions = VecDeque::from_iter(first);
        loop {
            if !self.sides[index].up {
                return;
            }
            self.poll(index, &mut actions);
            let Some(action) = actions.pop_front() else {
                break;
            };
            let next = self.act(index, action);
            for action in next.into_iter().rev() {
                actions.push_front(action);
            }
        }
        self.commit(index);
    }

    fn poll(&mut self, index: usize, actions: &mut VecDeque<Action>) {
        while let Some(output) = self.sides[index].client.poll_output() {
            if self.is_doomed(index) {
                return;
            }
            match output {
                Output::Persist(write) => {
                    let (name, len) = (self.sides[index].name, write.value.as_ref().map(Vec::len));
                    self.log(|| format!("{name} stores {} {len:?}", write.key));
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
}
