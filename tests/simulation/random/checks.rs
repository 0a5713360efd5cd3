//! What must be true when all is well again.

use ocapn_wasm::error::ErrorCode;

use super::counts::{counts_agree, stored_bytes_decode};
use crate::application::{Call, Outcome};
use crate::store::Kind;
use crate::value::Value;
use crate::world::World;

/// Nothing grows beyond its limit.
pub fn bounded(world: &World) {
    for side in world.sides.iter().filter(|side| side.up) {
        let limits = side.options.config.limits;
        let (name, inside) = (side.name, side.client.inspect());
        let mut least: Vec<(&str, usize, usize)> = vec![(
            "claims and gifts",
            inside.gifts + inside.claims,
            limits.client_gifts,
        )];
        let parked = inside.sessions.iter().filter(|s| s.status == "parked");
        least.push(("parked sessions", parked.count(), limits.parked));
        for session in &inside.sessions {
            least.push(("exports", session.exports.len(), limits.exports));
            least.push(("imports", session.imports.len(), limits.imports));
            least.push(("questions", session.questions, limits.questions));
            least.push(("answers", session.answers, limits.answers));
            least.push(("queued calls", session.queued, limits.queued_bytes / 64));
            least.push(("deposits", session.deposits, limits.gifts));
        }
        for (what, there, limit) in least {
            assert!(
                there <= limit,
                "{name} has {there} {what}, more than {limit}"
            );
        }
    }
}

fn calls(world: &World, side: usize) -> Vec<Call> {
    let side = &world.sides[side];
    side.past.iter().chain(&side.app.calls).cloned().collect()
}

pub fn checks(world: &mut World) {
    for side in 0..world.sides.len() {
        let app = &world.sides[side].app;
        assert_eq!(app.twice, [0u64; 0], "effects ran twice");
        let torn = world.sides[side].options.store == Kind::Torn;
        assert!(
            torn || app.damaged.is_empty(),
            "{:?} do not verify",
            app.damaged
        );
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
            app.remote_promises.is_empty(),
            "promises of {} hang: {:?}",
            world.sides[side].name,
            app.remote_promises
        );
        let inside = world.sides[side].client.inspect();
        assert_eq!(inside.handshakes, 0, "a handshake goes on for ever");
        assert_eq!(inside.claims, 0, "a withdrawal waits for ever");
        let lasts = |effect: &u64| {
            let others = world.sides.iter().enumerate();
            let mut others = others.filter(|(other, _)| *other != side);
            others.any(|(_, other)| other.app.effects.contains(effect))
        };
        for call in calls(world, side) {
            let Some(effect) = call.effect else { continue };
            match call.outcome {
                Some(Outcome::Fulfilled(Value::Int(_))) => {
                    assert!(lasts(&effect), "an acknowledged effect is lost: {call:?}");
                }
                Some(Outcome::Failed(
                    ErrorCode::DidNotRun | ErrorCode::QueueTimeout | ErrorCode::QueueFull,
                )) => {
                    assert!(!world.ran.contains_key(&effect), "it did run: {call:?}");
                }
                _ => {}
            }
        }
        stored_bytes_decode(world, side);
    }
    let twice = world.ran.iter().find(|(_, sides)| sides.len() > 1);
    assert_eq!(twice, None, "an effect ran twice");
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

/// Applications let everything go: nothing is left but the bootstrap objects.
pub fn release_all(world: &mut World) {
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
            let name = world.sides[side].name;
            // What is given away stays until the exporter has said that it has the gift.
            let given = session.deposits;
            let left = session.imports.len();
            assert!(left <= given, "imports are left: {name} {session:?}");
        }
        let given = inspection.sessions.iter().map(|session| session.deposits);
        let most = inspection.sessions.len() + given.sum::<usize>();
        assert!(
            inspection.remotes <= most,
            "{} remote handles are left, more than {most}",
            inspection.remotes
        );
    }
}
