//! Resuming: both sides dial, links are cut, processes are killed, an attacker says again what it heard.

use stateright::{Model, Property};

use crate::check::{is_long, walk};
use crate::process::Happening;
use crate::world::{Link, Party, World};

/// How often things may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Budget {
    dials: [u8; 2],
    crashes: u8,
    cuts: u8,
    /// Connections of the attacker's, and what it says on them.
    attacks: u8,
    says: u8,
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct State {
    world: World,
    left: Budget,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Commit(usize),
    Wake(usize),
    Dial(usize),
    DialToAttacker(usize),
    Deliver(usize, usize),
    Cut(usize),
    Notice(usize, usize),
    Crash(usize),
    Attack(usize),
    Say(usize, usize),
}

struct Resume(Budget);

impl Model for Resume {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut world = World::new(false);
        world.cut(0);
        let left = self.0;
        vec![State { world, left }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let (world, left) = (&state.world, state.left);
        for (index, side) in world.sides().iter().enumerate() {
            if side.can_commit() {
                actions.push(Action::Commit(index));
            }
            if left.dials[index] > 0 {
                if !side.dials.is_empty() {
                    actions.push(Action::Dial(index));
                    if left.attacks > 0 {
                        actions.push(Action::DialToAttacker(index));
                    }
                } else if side.can_wake() {
                    actions.push(Action::Wake(index));
                }
            }
            if left.crashes > 0 {
                actions.push(Action::Crash(index));
            }
            if left.attacks > 0 && !world.heard.is_empty() {
                actions.push(Action::Attack(index));
            }
        }
        for (number, link) in world.links.iter().enumerate() {
            for end in [0, 1] {
                if !link.queues[end].is_empty() {
                    actions.push(Action::Deliver(number, end));
                }
                let there = matches!(link.ends[end], Party::Side { .. });
                if there && (link.cut || link.is_attackers()) {
                    actions.push(Action::Notice(number, end));
                }
            }
            if link.is_attackers() && left.says > 0 {
                let all = 0..world.heard.len();
                actions.extend(all.map(|message| Action::Say(number, message)));
            }
            if !link.cut && !link.is_attackers() && left.cuts > 0 {
                actions.push(Action::Cut(number));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let State {
            mut world,
            mut left,
        } = last.clone();
        match action {
            Action::Commit(index) => world.happen(index, Happening::Commit, None),
            Action::Wake(index) => world.happen(index, Happening::Wake, None),
            Action::Dial(index) => {
                left.dials[index] -= 1;
                world.connect(index, false);
            }
            Action::DialToAttacker(index) => {
                left.dials[index] -= 1;
                left.attacks -= 1;
                world.connect(index, true);
            }
            Action::Deliver(link, end) => world.deliver(link, end),
            Action::Cut(link) => {
                left.cuts -= 1;
                world.cut(link);
            }
            Action::Notice(link, end) => world.notice(link, end),
            Action::Crash(index) => {
                left.crashes -= 1;
                world.crash(index);
            }
            Action::Attack(index) => {
                left.attacks -= 1;
                world.attack(index);
            }
            Action::Say(link, message) => {
                left.says -= 1;
                let message = world.heard.iter().nth(message)?.clone();
                world.say(link, &message);
            }
        }
        let attacker = world.links.iter().any(Link::is_attackers) || left.attacks > 0;
        if left.says == 0 || !attacker {
            world.forget_what_was_heard();
        }
        let next = State { world, left };
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("the attacker is never active", |_, state: &State| {
                !state.world.is_attacked()
            }),
            Property::always("no session ends or is refused", |_, state: &State| {
                !state.world.sides().iter().any(|side| side.over)
            }),
            // Whatever is on its way arrives in some state that follows.
            Property::always("both sides go on with it", |_, state: &State| {
                !state.world.is_quiet() || state.world.becomes_whole()
            }),
        ]
    }
}

/// One attempt each.
const ONCE: Budget = Budget {
    dials: [1, 1],
    cuts: 1,
    crashes: 0,
    attacks: 0,
    says: 0,
};

/// Two attempts each.
const TWICE: Budget = Budget {
    dials: [2, 2],
    ..ONCE
};

/// A connection of the attacker's, on which it says something that it heard.
const REPLAY: Budget = Budget {
    attacks: 1,
    says: 1,
    ..TWICE
};

#[test]
fn a_session_goes_on_whatever_becomes_of_one_attempt_each() {
    let dials = ONCE.dials;
    walk("one attempt each, cuts", Resume(ONCE));
    let crashes = 1;
    walk(
        "one attempt each, kills",
        Resume(Budget { crashes, ..ONCE }),
    );
    let replayed = Budget { dials, ..REPLAY };
    walk("one attempt each, replays", Resume(replayed));
    let all = Budget {
        crashes,
        ..replayed
    };
    walk("one attempt each, all of it", Resume(all));
}

#[test]
fn a_session_goes_on_when_links_are_cut_in_two_attempts_each() {
    let cuts = 2;
    walk("two attempts each, cuts", Resume(Budget { cuts, ..TWICE }));
}

#[test]
fn a_session_goes_on_when_processes_are_killed_in_two_attempts_each() {
    let crashes = 1;
    let killed = Budget { crashes, ..TWICE };
    walk("two attempts each, kills", Resume(killed));
}

#[test]
fn a_session_goes_on_whatever_is_replayed_in_two_attempts_each() {
    let cuts = u8::from(is_long());
    let replayed = Budget { cuts, ..REPLAY };
    walk("two attempts each, replays", Resume(replayed));
}

/// What takes longer than a test may.
#[test]
fn a_session_goes_on_whatever_becomes_of_two_attempts_each() {
    if !is_long() {
        return;
    }
    let says = 2;
    let more = Budget { says, ..REPLAY };
    walk("two attempts each, more replays", Resume(more));
    let (crashes, cuts) = (2, 2);
    let killed = Budget {
        crashes,
        cuts,
        ..TWICE
    };
    walk("two attempts each, more kills", Resume(killed));
    let crashes = 1;
    let all = Budget { crashes, ..REPLAY };
    walk("two attempts each, all of it", Resume(all));
}
