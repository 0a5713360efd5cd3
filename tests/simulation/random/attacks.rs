//! The attacker, when all is well: nothing that it says changes anything.

use crate::world::World;

/// What is worth a replay. After a hello anybody can say anything on a netlayer that authenticates
/// nothing, so calls in a session that a replayed op:start-session begins are the attacker's own.
pub fn replayable(messages: &[Vec<u8>]) -> &[Vec<u8>] {
    match messages.first() {
        Some(first) if first.starts_with(b"<16'op:start-session") => &messages[..1],
        _ => messages,
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
pub fn replays(world: &mut World) {
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

/// The attacker resumes everybody's sessions with keys of its own, and claims to be others. (What is
/// claimed on a netlayer that authenticates nothing begins a session of its own.)
pub fn forgeries(world: &mut World) {
    let before = shapes(world);
    for side in 0..world.sides.len() {
        for session in world.sessions(side) {
            for count in session.seen..session.seen + 3 {
                let link = world.forge_resume(side, session.id, count);
                world.run(60);
                world.cut(link, None);
            }
        }
        let claimed = (side + 1) % world.sides.len();
        let link = world.forge_start(side, claimed);
        world.run(60);
        world.cut(link, None);
    }
    world.run(20_000);
    unchanged(&before, world);
}
