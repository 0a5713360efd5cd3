//! Virtual time: what is still to happen, in its order.

use ocapn_wasm::wire::Location;

use super::World;
use crate::application::Action;
use crate::network::{End, Parcel};

#[derive(Clone, Debug)]
pub enum Happening {
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

impl World {
    pub(super) fn plan(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.agenda
            .insert((at.max(self.now), self.order), happening);
    }

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
                    self.drain_with(side, Some(action));
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
}
