//! Calls, cuts, crashes, refusals, attacks, and stores that fail.

use ocapn_wasm::client::Authenticates;

use super::attacks::replayable;
use super::checks::bounded;
use crate::network::{End, Weather};
use crate::store::{Failure, Kind};
use crate::value::{Object, Value, text};
use crate::world::World;

/// Somebody else.
fn other(world: &mut World, side: usize) -> usize {
    match world.sides.len() {
        2 => 1 - side,
        sides => (side + 1 + world.below(sides as u64 - 1) as usize) % sides,
    }
}

fn pick<T: Clone>(world: &mut World, of: &[T]) -> Option<T> {
    let at = world.below(of.len() as u64) as usize;
    of.get(at).cloned()
}

/// Everything that can go wrong may.
pub fn storm(world: &mut World) {
    world.weather = Weather {
        latency: (1, world.between((1, 40))),
        refuse: world.between((0, 300)),
        lose: world.between((0, 15)),
        duplicate: world.between((0, 200)),
        cut: world.between((0, 25)),
        half_open: world.between((0, 500)),
    };
    let steps = world.between((20, 70));
    for _ in 0..steps {
        let side = world.below(world.sides.len() as u64) as usize;
        if !world.sides[side].up {
            if world.chance(600) {
                world.start(side);
            }
            let span = world.below(300);
            world.run(span);
            continue;
        }
        match world.below(100) {
            0..3 => {
                let silent = world.chance(300);
                world.crash(side, silent);
            }
            3..5 => world.doom = Some((side, world.between((1, 40)))),
            5..8 => cut_one(world),
            8..11 => fail_store(world, side),
            11..14 => replay_one(world),
            14..16 => hijack(world, side),
            16 => say_anything(world, side),
            17 => {
                let claimed = other(world, side);
                if world.sides[side].options.authenticates == Authenticates::Nothing {
                    world.forge_start(side, claimed);
                }
            }
            18..25 => {
                let other = other(world, side);
                world.request(side, other);
            }
            _ => act(world, side),
        }
        let span = match world.below(10) {
            0 => 2_500,
            1 => 400,
            _ => 30,
        };
        let span = world.below(span);
        world.run(span);
        for side in 0..world.sides.len() {
            if world.sides[side].stopped {
                world.crash(side, false);
            }
        }
        bounded(world);
    }
}

fn cut_one(world: &mut World) {
    let links = world.live_links();
    if let Some(link) = pick(world, &links) {
        let deaf = world.chance(400).then_some(if world.chance(500) {
            End::Dialler
        } else {
            End::Acceptor
        });
        world.cut(link, deaf);
    }
}

fn fail_store(world: &mut World, side: usize) {
    let store = &world.sides[side].store;
    let (writes, commits) = (store.writes, store.commits);
    let for_good = world.chance(500);
    if world.chance(500) {
        let at = writes + world.between((1, 6));
        world.sides[side].store.fail_write = Some(Failure { at, for_good });
    } else {
        let at = commits + world.between((1, 3));
        world.sides[side].store.fail_commit = Some(Failure { at, for_good });
    }
}

/// The attacker says again what somebody said once, to whom it was said or to who said it.
fn replay_one(world: &mut World) {
    let recordings = world.record();
    let Some(recording) = pick(world, &recordings) else {
        return;
    };
    let from = world.below(2) as usize;
    let target = recording.sides[world.below(2) as usize];
    if world.sides[target].up && !world.sides[target].stopped {
        world.attack(target, replayable(&recording.sent[from]));
    }
}

/// Dials of a side come to the attacker for a while, who answers what was answered once.
fn hijack(world: &mut World, side: usize) {
    if world.sides[side].options.authenticates != Authenticates::Nothing {
        return;
    }
    let recordings = world.record();
    let Some(recording) = pick(world, &recordings) else {
        return;
    };
    let from = world.below(2) as usize;
    let script = replayable(&recording.sent[from]).to_vec();
    world.hijack = Some((side, script.into()));
    let other = other(world, side);
    world.request(side, other);
    let span = world.below(500);
    world.run(span);
    world.hijack = None;
}

/// Somebody under a name of its own says what comes to its mind.
fn say_anything(world: &mut World, side: usize) {
    let recordings = world.record();
    let Some(recording) = pick(world, &recordings) else {
        return;
    };
    let from = world.below(2) as usize;
    let said = &recording.sent[from];
    let after = said.get(1..).unwrap_or_default();
    let link = if world.chance(700) {
        world.attack_as_stranger(side, after)
    } else {
        let spoilt: Vec<Vec<u8>> = replayable(said).to_vec();
        let spoilt: Vec<Vec<u8>> = spoilt.iter().map(|bytes| world.spoil(bytes)).collect();
        world.attack(side, &spoilt)
    };
    if world.chance(800) {
        let after = world.below(3_000);
        world.cut_later(link, after);
    }
}

/// The application does something with what it has.
fn act(world: &mut World, side: usize) {
    let sessions = world.sessions(side);
    if sessions.is_empty() {
        let other = other(world, side);
        world.request(side, other);
        return;
    }
    let session = sessions[world.below(sessions.len() as u64) as usize].session;
    let Some(bootstrap) = world.bootstrap(side, session) else {
        return;
    };
    if world.sides[side].app.strangers.contains(&session) {
        world.ask_stranger(side, bootstrap);
        return;
    }
    if world.sides.len() > 2 && world.chance(250) {
        introduce(world, side);
        return;
    }
    let mut targets: Vec<u32> = world.sides[side].app.held.iter().copied().collect();
    targets.extend(world.sides[side].app.questions.keys());
    targets.extend(&world.sides[side].app.remote_promises);
    targets.retain(|target| !world.sides[side].app.of_strangers.contains(target));
    let target = match targets.len() {
        0 => None,
        len => Some(targets[world.below(len as u64) as usize]),
    };
    let name = ["n:counter", "n:greeter", "n:third"][world.below(3) as usize];
    let Some(target) = target.filter(|_| world.chance(850)) else {
        let name = Value::Bytes(name.as_bytes().to_vec());
        let _ = world.call(side, bootstrap, "fetch", [name]);
        return;
    };
    let own = |world: &mut World| match world.below(3) {
        0 => Value::Own(Object::Ephemeral(world.sides[side].app.fresh())),
        _ => Value::Own(Object::Named(name.into())),
    };
    match world.below(15) {
        0..4 => {
            let _ = world.add(side, target);
        }
        4 => {
            let _ = world.send_only(side, target);
        }
        5 => {
            let (a, b) = (own(world), own(world));
            let _ = world.call(side, target, "keep", [a, b]);
        }
        6 => {
            let a = own(world);
            let _ = world.call(side, target, "echo", [a.clone(), a]);
        }
        7 => {
            let (a, id) = (own(world), world.effect_id() as i32);
            let _ = world.call(side, target, "callback", [a, Value::Int(id)]);
        }
        8 => {
            let after = 1 + world.below(3_000) as i32;
            let _ = world.call(side, target, "promise", [Value::Int(after)]);
        }
        9 => {
            let _ = world.call(side, target, "drop", []);
        }
        10 => {
            let _ = world.call(side, target, "make", []);
        }
        11 => {
            let _ = world.call(side, target, "give", [text(name)]);
        }
        12 => {
            let id = world.effect_id() as i32;
            let after = world.below(4_000) as i32;
            let _ = world.call(side, target, "slow", [Value::Int(id), Value::Int(after)]);
        }
        13 => {
            let at = world.below(8) as i32;
            let _ = world.call(side, target, "share", [Value::Int(at)]);
        }
        _ => {
            if world.sides[side].app.held.contains(&target) {
                world.release(side, target);
            }
        }
    }
}

/// One peer gets what another has.
fn introduce(world: &mut World, side: usize) {
    let app = &world.sides[side].app;
    let held: Vec<u32> = app.held.iter().copied().collect();
    let mut given = held.clone();
    given.extend(app.questions.keys());
    given.extend(&app.remote_promises);
    let (Some(target), Some(gift)) = (pick(world, &held), pick(world, &given)) else {
        return;
    };
    let other = Value::Ref(pick(world, &given).unwrap_or(gift));
    let _ = world.call(side, target, "keep", [Value::Ref(gift), other]);
}

/// All is well from now on, and everybody is there.
pub fn heal(world: &mut World) {
    world.weather = Weather::fair();
    world.doom = None;
    for side in 0..world.sides.len() {
        let stopped = world.sides[side].stopped;
        let torn = !world.sides[side].store.torn.is_empty();
        if stopped || torn {
            world.crash(side, false);
        }
        if world.sides[side].options.store == Kind::Torn && !world.sides[side].up {
            world.sides[side].store.repair();
        }
        world.sides[side].store.fail_write = None;
        world.sides[side].store.fail_commit = None;
        if !world.sides[side].up {
            world.start(side);
        }
    }
    world.end_strangers();
    world.run(60_000);
}
