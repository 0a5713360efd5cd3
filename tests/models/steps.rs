//! What processes go through, worked out once.
//!
//! A world consists of two processes and what is between them, and the same process is part of very
//! many worlds. So each state of a process is kept once, and what follows of each happening to it is
//! worked out once, by the real client.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock, RwLock};

use ocapn_wasm::syrup::SyrupLimits;
use ocapn_wasm::wire::{Operation, read_operation};

use crate::process::{Happening, Outcome, Process, Step};

/// A process, and what tells it from others.
#[derive(Clone, Debug)]
pub struct Kept {
    pub process: Arc<Process>,
    pub digest: u128,
    /// Random parts of counts that it waits for, or is about to say.
    pub randoms: Arc<BTreeSet<u64>>,
}

/// What follows of a happening.
#[derive(Debug)]
pub struct Followed {
    pub kept: Kept,
    pub step: Step,
    /// The number of each of its connections, before and after.
    pub numbers: BTreeMap<u32, u32>,
}

/// Every process that there was.
fn all() -> &'static RwLock<HashMap<u128, Kept>> {
    static ALL: OnceLock<RwLock<HashMap<u128, Kept>>> = OnceLock::new();
    ALL.get_or_init(RwLock::default)
}

type Known = RwLock<HashMap<(u128, Happening, u8), Arc<Followed>>>;

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(Known::default)
}

impl Kept {
    /// Keeps a process, in the form that it shares with those that go on alike.
    pub fn new(mut process: Process) -> (Self, BTreeMap<u32, u32>) {
        let numbers = process.normalise();
        let mut reader = Reader::default();
        process.hash(&mut reader);
        let digest = reader.digest();
        let mut all = all().write().expect("no panic");
        let kept = all.entry(digest).or_insert_with(|| Self {
            process: Arc::new(process),
            digest,
            randoms: Arc::new(reader.randoms),
        });
        (kept.clone(), numbers)
    }

    /// What follows of a happening, with random numbers of a seed.
    pub fn follow(&self, happening: Happening, seed: u8) -> Arc<Followed> {
        let key = (self.digest, happening, seed);
        if let Some(followed) = known().read().expect("no panic").get(&key) {
            return Arc::clone(followed);
        }
        let mut process = (*self.process).clone();
        let step = process.go_through(&key.1, seed);
        let (kept, numbers) = Kept::new(process);
        for random in kept.randoms.iter().copied().chain(step.randoms()) {
            if !self.randoms.contains(&random) {
                names()
                    .write()
                    .expect("no panic")
                    .entry(random)
                    .or_insert(seed);
            }
        }
        let followed = Arc::new(Followed {
            kept,
            step,
            numbers,
        });
        known()
            .write()
            .expect("no panic")
            .insert(key, Arc::clone(&followed));
        followed
    }
}

/// How many steps of processes were worked out.
pub fn worked_out() -> usize {
    known().read().expect("no panic").len()
}

/// Which seed a random number came from, first.
fn names() -> &'static RwLock<HashMap<u64, u8>> {
    static NAMES: OnceLock<RwLock<HashMap<u64, u8>>> = OnceLock::new();
    NAMES.get_or_init(RwLock::default)
}

/// The lowest seed of which nothing is left.
pub fn fresh<'a>(randoms: impl Iterator<Item = &'a u64>) -> u8 {
    let names = names().read().expect("no panic");
    let used: BTreeSet<u8> = randoms
        .filter_map(|random| names.get(random))
        .copied()
        .collect();
    (1..)
        .find(|seed| !used.contains(seed))
        .expect("few are used")
}

/// The random part of a count, if this is an answer or a confirmation.
pub fn random_of(bytes: &[u8]) -> Option<u64> {
    if !bytes.starts_with(b"<17'op:resume-session") {
        return None;
    }
    match read_operation(bytes, 0, SyrupLimits::default()) {
        Ok((Operation::ResumeSession(resume), _)) => random_part(resume.count),
        _ => None,
    }
}

fn random_part(count: u128) -> Option<u64> {
    (count >> 64 != 0).then_some(count as u64)
}

impl Step {
    fn randoms(&self) -> impl Iterator<Item = u64> + '_ {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Sent(_, bytes) => random_of(bytes),
            Outcome::Closed(_) => None,
        })
    }
}

/// A hasher that sees the counts which it is given. 128 bits, since many states are compared by it.
#[derive(Default)]
struct Reader {
    first: DefaultHasher,
    second: DefaultHasher,
    length: u64,
    randoms: BTreeSet<u64>,
}

impl Reader {
    fn digest(&self) -> u128 {
        let mut second = self.second.clone();
        self.length.hash(&mut second);
        (u128::from(self.first.finish()) << 64) | u128::from(second.finish())
    }
}

impl Hasher for Reader {
    fn finish(&self) -> u64 {
        self.first.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.randoms.extend(random_of(bytes));
        self.length += 1;
        self.first.write(bytes);
        self.second.write(bytes);
        self.second.write_u8(0x5a);
    }

    fn write_u128(&mut self, number: u128) {
        self.randoms.extend(random_part(number));
        self.write(&number.to_le_bytes());
    }
}
