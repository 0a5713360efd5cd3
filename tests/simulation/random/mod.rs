//! Random runs: everything that can go wrong does, then the network heals, and all must be well.

mod attacks;
mod checks;
mod counts;
mod storm;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ocapn_wasm::client::Authenticates;
use ocapn_wasm::client::config::Reconnect;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use self::attacks::{forgeries, replays};
use self::checks::{checks, release_all};
use self::storm::{heal, storm};
use crate::store::Kind;
use crate::world::{Options, World};

/// How long runs go on when nobody says how many are to be made.
const BUDGET: Duration = Duration::from_secs(12);

/// Seeds that are run each time, so that what passed still passes.
const KEPT: u64 = 150;

#[test]
fn random_runs_end_well() {
    let variable = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    if let Some(seed) = variable("SEED") {
        run(seed);
        return;
    }
    let runs = variable("SIM_RUNS");
    let begun = Instant::now();
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let first = clock.map_or(0, |time| time.as_nanos() as u64 % 1_000_000_000_000);
    let enough = |run: u64| match runs {
        Some(runs) => run >= runs,
        None => run >= KEPT && begun.elapsed() >= BUDGET,
    };
    let gifts = AtomicU64::new(0);
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let failures = || failed.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if enough(index) || failures().len() >= 5 {
                return;
            }
            let seed = if index < KEPT { index } else { first + index };
            match std::panic::catch_unwind(|| run(seed)) {
                Ok(withdrawn) => {
                    gifts.fetch_add(withdrawn, Ordering::Relaxed);
                }
                Err(_) => {
                    eprintln!("SEED={seed} cargo test --test simulation random");
                    failures().push(seed);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let failed = failures();
    assert!(failed.is_empty(), "failing seeds: {failed:?}");
    let runs = next.load(Ordering::Relaxed).saturating_sub(threads as u64);
    eprintln!("{runs} random runs, {} gifts", gifts.into_inner());
}

/// Gives how many gifts reached their receivers.
fn run(seed: u64) -> u64 {
    let mut dice = ChaCha20Rng::seed_from_u64(seed ^ 0x5eed);
    let mut in_100 = |chance: u64| dice.next_u64() % 100 < chance;
    let mut options = Options {
        framed: in_100(66),
        ..Options::default()
    };
    options.commit = if in_100(33) {
        (0, 0)
    } else if in_100(50) {
        (1, 5)
    } else {
        (0, 60)
    };
    options.store = if in_100(40) {
        Kind::Atomic
    } else if in_100(40) {
        Kind::Ordered
    } else if in_100(70) {
        Kind::Sloppy
    } else {
        Kind::Torn
    };
    if in_100(15) {
        options.authenticates = Authenticates::Dialled;
    }
    if in_100(20) {
        options.config.reconnect = Reconnect::OnDemand;
    }
    options.config.authenticate = in_100(10);
    options.config.auto_dialect = in_100(10);
    if in_100(12) {
        tighten(&mut options);
    }
    let sides = if in_100(40) { 3 } else { 2 };
    let mut world = World::new(seed, vec![options; sides]);
    for _ in 0..2 {
        storm(&mut world);
        heal(&mut world);
        checks(&mut world);
    }
    replays(&mut world);
    forgeries(&mut world);
    checks(&mut world);
    release_all(&mut world);
    world.watch.gifts.withdrawals
}

/// Limits that a run comes to.
fn tighten(options: &mut Options) {
    let limits = &mut options.config.limits;
    limits.frame = 3_000;
    limits.exports = 24;
    limits.imports = 12;
    limits.questions = 6;
    limits.answers = 10;
    limits.queued_bytes = 600;
    limits.gifts = 2;
    limits.client_gifts = 3;
    limits.sessions = 12;
    limits.parked = 2;
    limits.handshakes = 6;
}
