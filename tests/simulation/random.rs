//! Random runs: everything that can go wrong does, then the network heals, and all must be well.

use ocapn_wasm::baggage::{
    ExportRow, ImportRow, IndexRow, LocationEntry, PositionRow, Read, Record, SchemaRecord,
    SessionRecord, schema,
};
use ocapn_wasm::client::config::Reconnect;
use ocapn_wasm::client::{Authenticates, SessionInspection};
use ocapn_wasm::error::ErrorCode;

use crate::application::{Call, Outcome};
use crate::network::{End, Weather};
use crate::value::{Object, Value, text};
use crate::world::{Options, World};

const RUNS: u64 = 300;

#[test]
fn random_runs_end_well() {
    let variable = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    if let Some(seed) = variable("SEED") {
        run(seed);
        return;
    }
    let runs = variable("SIM_RUNS").unwrap_or(RUNS);
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let first = clock.map_or(0, |time| time.as_nanos() as u64 % 1_000_000_000_000);
    // Half of the seeds are the same each time, so that what passed still passes.
    let fresh = (0..runs / 2).map(|run| first + run);
    let seeds: Vec<u64> = (0..runs - runs / 2).chain(fresh).collect();
    let mut failed = Vec::new();
    for seed in seeds {
        if std::panic::catch_unwind(|| run(seed)).is_err() {
            eprintln!("SEED={seed} cargo test --test simulation random");
            failed.push(seed);
            if failed.len() >= 5 {
                break;
            }
        }
    }
    assert!(failed.is_empty(), "failing seeds: {failed:?}");
}

fn run(seed: u64) {
    let mut options = Options {
        framed: !seed.is_multiple_of(3),
        commit: [(0, 0), (1, 5), (0, 60)][(seed / 3 % 3) as usize],
        ..Options::default()
    };
    if seed % 7 == 3 {
        options.authenticates = Authenticates::Dialled;
    }
    if seed % 5 == 4 {
        options.config.reconnect = Reconnect::OnDemand;
    }
    if seed % 11 == 8 {
        options.config.authenticate = true;
    }
    if seed % 13 == 6 {
        options.config.auto_dialect = true;
    }
    let sides = if seed % 4 == 1 { 3 } else { 2 };
    let mut world = World::new(seed, vec![options; sides]);
    for _ in 0..2 {
        storm(&mut world);
        heal(&mut world);
        checks(&mut world);
    }
    replays(&mut world);
    checks(&mut world);
    release_all(&mut world);
}

/// Somebody else.
fn other(world: &mut World, side: usize) -> usize {
    match world.sides.len() {
        2 => 1 - side,
        sides => (side + 1 + world.below(sides as u64 - 1) as usize) % sides,
    }
}

/// Calls, cuts, crashes, refusals.
fn storm(world: &mut World) {
    world.weather = Weather {
        latency: (1, world.between((1, 40))),
        refuse: world.between((0, 300)),
        lose: world.between((0, 15)),
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
            0..4 => {
                let silent = world.chance(300);
                world.crash(side, silent);
            }
            4..7 => {
                let links = world.live_links();
                if !links.is_empty() {
                    let link = links[world.below(links.len() as u64) as usize];
                    let deaf = world.chance(400).then_some(if world.chance(500) {
                        End::Dialler
                    } else {
                        End::Acceptor
                    });
                    world.cut(link, deaf);
                }
            }
            7..9 => {
                let store = &mut world.sides[side].store;
                let (writes, commits) = (store.writes, store.commits);
                if world.chance(500) {
                    let after = world.between((1, 6));
                    world.sides[side].store.fail_write = Some(writes + after);
                } else {
                    let after = world.between((1, 3));
                    world.sides[side].store.fail_commit = Some(commits + after);
                }
            }
            9..12 => replay_one(world),
            12..20 => {
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
    let mut targets: Vec<u32> = world.sides[side].app.held.iter().copied().collect();
    targets.extend(world.sides[side].app.questions.keys());
    targets.extend(&world.sides[side].app.remote_promises);
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
    match world.below(14) {
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
        _ => {
            if world.sides[side].app.held.contains(&target) {
                world.release(side, target);
            }
        }
    }
}

/// The attacker says again what somebody said once.
fn replay_one(world: &mut World) {
    let recordings = world.record();
    if recordings.is_empty() {
        return;
    }
    let recording = recordings[world.below(recordings.len() as u64) as usize].clone();
    let from = world.below(2) as usize;
    let target = recording.sides[1 - from];
    if world.sides[target].up && !world.sides[target].stopped {
        world.attack(target, replayable(&recording.sent[from]));
    }
}

/// What is worth a replay. After a hello anybody can say anything on a netlayer that authenticates
/// nothing, so calls in a session that a replayed op:start-session begins are the attacker's own.
fn replayable(messages: &[Vec<u8>]) -> &[Vec<u8>] {
    match messages.first() {
        Some(first) if first.starts_with(b"<16'op:start-session") => &messages[..1],
        _ => messages,
    }
}

/// All is well from now on, and everybody is there.
fn heal(world: &mut World) {
    world.weather = Weather::fair();
    for side in 0..world.sides.len() {
        let stopped = world.sides[side].stopped;
        if stopped {
            world.crash(side, false);
        }
        world.sides[side].store.fail_write = None;
        world.sides[side].store.fail_commit = None;
        if !world.sides[side].up {
            world.start(side);
        }
    }
    world.run(60_000);
}

fn calls(world: &World, side: usize) -> Vec<Call> {
    let side = &world.sides[side];
    side.past.iter().chain(&side.app.calls).cloned().collect()
}

fn checks(world: &mut World) {
    for side in 0..world.sides.len() {
        let app = &world.sides[side].app;
        assert_eq!(app.twice, [0u64; 0], "effects ran twice");
        assert_eq!(app.damaged, [""; 0], "stored bytes verify");
        let open: Vec<&Call> = app
            .calls
            .iter()
            .filter(|call| call.outcome.is_none())
            .collect();
        assert!(
            open.is_empty(),
            "calls of {} hang: {open:?}",
            world.sides[side].name
        );
        assert!(
            app.remote_promises.is_empty() || has_active(world, side),
            "promises hang"
        );
        let ran = |effect: &u64| {
            let others = world.sides.iter().enumerate();
            let mut others = others.filter(|(other, _)| *other != side);
            others.any(|(_, other)| other.app.effects.contains(effect))
        };
        for call in calls(world, side) {
            let Some(effect) = call.effect else { continue };
            match call.outcome {
                Some(Outcome::Fulfilled(Value::Int(_))) => {
                    assert!(ran(&effect), "an acknowledged effect is lost: {call:?}");
                }
                Some(Outcome::Failed(
                    ErrorCode::DidNotRun | ErrorCode::QueueTimeout | ErrorCode::QueueFull,
                )) => {
                    assert!(!ran(&effect), "it did run: {call:?}");
                }
                _ => {}
            }
        }
        stored_bytes_decode(world, side);
    }
    for side in 0..world.sides.len() {
        for other in (0..world.sides.len()).filter(|other| *other != side) {
            let counter = world.reach(side, other);
            world.works(side, counter);
            world.release(side, counter);
        }
    }
    world.run(1_000);
    counts_agree(world);
    // After a resume in peace, nothing that a cut leaked is left.
    world.cut_all();
    world.run(5_000);
    for side in 0..world.sides.len() {
        for other in (0..world.sides.len()).filter(|other| *other != side) {
            let counter = world.reach(side, other);
            world.works(side, counter);
            world.release(side, counter);
        }
    }
    world.run(5_000);
    counts_agree(world);
    crate::scenarios::recount::counts_are_equal(world);
}

fn has_active(world: &World, side: usize) -> bool {
    world
        .sessions(side)
        .iter()
        .any(|session| session.status == "active")
}

/// What the importer got and did not give back, the exporter still has.
fn counts_agree(world: &World) {
    for side in 0..world.sides.len() {
        for session in world
            .sessions(side)
            .iter()
            .filter(|session| session.status == "active")
        {
            let others = (0..world.sides.len()).filter(|other| *other != side);
            let mut peers = others.flat_map(|other| {
                let sessions = world.sessions(other).into_iter();
                sessions.map(move |session| (other, session))
            });
            let Some((other, peer)) = peers.find(|(_, peer)| peer.id == session.id) else {
                continue;
            };
            for (position, _, promise, count) in &session.imports {
                match exported(world, other, &peer, *position) {
                    Some(exported) => assert!(
                        exported >= *count,
                        "{}: position {position} (promise {promise}) counts {exported}, but the peer has {count}",
                        world.sides[other].name
                    ),
                    None => {
                        let restarted = world.sides[other].life > 1;
                        assert!(restarted, "position {position} was dropped too early");
                    }
                }
            }
        }
    }
}

fn exported(world: &World, side: usize, session: &SessionInspection, position: u64) -> Option<u64> {
    let exports = session.exports.iter();
    let mut exports = exports.filter(|(other, ..)| *other == position);
    if let Some((_, _, _, count, _)) = exports.next() {
        return Some(*count);
    }
    let store = &world.sides[side].store.visible;
    let suffix = format!("/{}/o+{position}", session.id.to_hex());
    let keys = store.keys(schema::TABLES).expect("a store");
    let key = keys.into_iter().find(|key| key.ends_with(&suffix))?;
    let bytes = store.get(&key).expect("a store")?;
    Some(ExportRow::decode(&key, &bytes).expect("a row").count)
}

fn stored_bytes_decode(world: &World, side: usize) {
    for store in [
        &world.sides[side].store.visible,
        &world.sides[side].store.durable,
    ] {
        for (key, value) in store.iter() {
            if key == schema::SCHEMA {
                SchemaRecord::decode(key, value).expect("the schema record");
            } else if key.starts_with(schema::SESSION_RECORDS) {
                SessionRecord::decode(key, value).expect("a session record");
            } else if key.starts_with(schema::LOCATION_ENTRIES) {
                LocationEntry::decode(key, value).expect("a location entry");
            } else if key.starts_with(schema::POSITIONS) {
                PositionRow::decode(key, value).expect("a position");
            } else if let Some((own, id, entry)) = schema::parse_table_key(key) {
                let record = schema::session_record(&own, &id);
                let there = store.get(&record).expect("a store").is_some();
                assert!(there, "{key} belongs to no session");
                match entry {
                    schema::TableKey::Description(_) | schema::TableKey::Token(_) => {
                        IndexRow::decode(key, value)
                            .map(|_| ())
                            .expect("an index row");
                    }
                    schema::TableKey::Deposit(_) => panic!("nobody hands anything off: {key}"),
                    schema::TableKey::Slot(schema::Slot::Export(_)) => {
                        ExportRow::decode(key, value)
                            .map(|_| ())
                            .expect("an export row");
                    }
                    schema::TableKey::Slot(_) => {
                        ImportRow::decode(key, value)
                            .map(|_| ())
                            .expect("an import row");
                    }
                }
            } else {
                assert!(key.starts_with("app/"), "a stray key: {key}");
            }
        }
    }
}

/// The sessions of a side: id, status, and how often they were resumed.
fn shape(world: &World, side: usize) -> Vec<(String, &'static str, u64)> {
    let sessions = world.sessions(side).into_iter();
    let shape = sessions.map(|session| (session.id.to_hex(), session.status, session.resumes));
    shape.collect()
}

fn shapes(world: &World) -> Vec<Vec<(String, &'static str, u64)>> {
    (0..world.sides.len())
        .map(|side| shape(world, side))
        .collect()
}

/// No session ended, and none was resumed by one side alone. (A replay may make a side look whether
/// its connection lives, and find that it does not: then both resume.)
fn unchanged(before: &[Vec<(String, &'static str, u64)>], world: &World) {
    let after = shapes(world);
    for (id, status, _) in before.iter().flatten() {
        let there =
            |side: &[(String, &str, u64)]| side.iter().any(|s| (&s.0, s.1) == (id, *status));
        assert!(
            after.iter().any(|side| there(side)),
            "a replay changed {before:?} to {after:?}"
        );
        let times = |side: &[(String, &str, u64)]| Some(side.iter().find(|s| s.0 == *id)?.2);
        let both = before.iter().zip(&after);
        let rose: Vec<u64> = both
            .filter_map(|(before, after)| Some(times(after)? - times(before)?))
            .collect();
        if let [a, b] = rose[..] {
            assert_eq!(a, b, "a replay resumed {id}: {before:?}, {after:?}");
        }
    }
}

/// The attacker replays everything that was ever said, to whom it was said and to who said it.
fn replays(world: &mut World) {
    // A fresh start is a stranger's: it makes a session of its own, and touches no other.
    let before = shapes(world);
    let recordings = world.record();
    for recording in recordings.iter().rev().take(40) {
        for from in 0..2 {
            for target in [recording.sides[1 - from], recording.sides[from]] {
                if recording.sent[from].is_empty() {
                    continue;
                }
                let link = world.attack(target, replayable(&recording.sent[from]));
                world.run(60);
                world.cut(link, None);
            }
        }
    }
    world.run(20_000);
    unchanged(&before, world);
}

/// Applications let everything go: nothing is left but the bootstrap objects.
fn release_all(world: &mut World) {
    for side in 0..world.sides.len() {
        for handle in std::mem::take(&mut world.sides[side].app.held) {
            world.release(side, handle);
        }
    }
    world.run(30_000);
    for side in 0..world.sides.len() {
        let inspection = world.sides[side].client.inspect();
        let held = world.sides[side].app.held.len();
        assert_eq!(held, 0);
        for session in &inspection.sessions {
            assert_eq!(session.questions, 0, "questions are left");
            assert_eq!(session.queued, 0, "queued calls are left");
            assert_eq!(session.imports, [], "imports are left");
        }
        let most = inspection.sessions.len();
        assert!(
            inspection.remotes <= most,
            "{} remote handles are left of {most} sessions",
            inspection.remotes
        );
    }
}
