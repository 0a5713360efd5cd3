//! Slots, counts and resumes against a model that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ocapn_wasm::handshake::resume::{Counts, Parity};
use ocapn_wasm::slots::{Export, Exported, Exports, Imports, Releases};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const OBJECTS: u32 = 6;

/// What happens. Side 0 exports, side 1 imports; both resume.
#[derive(Clone, Debug)]
enum Step {
    /// A message with these objects; one that turns out too long is not sent.
    Send {
        objects: Vec<u32>,
        sent: bool,
    },
    /// A resolver's position is taken.
    Ask,
    Receive,
    /// The importer lets one of what it has go.
    Drop(usize),
    /// What was let go is told, once that is stored.
    Tell,
    /// The exporter hears of it.
    Hear,
    /// What is on its way is lost.
    Cut,
    /// The exporter's process is killed: rows and the mark are left.
    Restart,
    /// A side dials; whether its attempt completes.
    Resume {
        side: usize,
        completes: bool,
    },
    /// Somebody says a number of this side's.
    Replay {
        side: usize,
        number: u64,
    },
}

/// The simple model.
#[derive(Clone, Debug, Default)]
struct Simple {
    /// Sent and not known to be given back, by object.
    exported: BTreeMap<u32, u64>,
    /// Received and not let go, by object.
    imported: BTreeMap<u32, u64>,
    wire: VecDeque<Vec<u32>>,
    let_go: BTreeMap<u32, u64>,
    told: VecDeque<BTreeMap<u32, u64>>,
    /// Numbers that each side dialled with, and those that completed.
    dialled: [BTreeSet<u64>; 2],
    completed: [BTreeSet<u64>; 2],
}

impl Simple {
    fn last_dialled(&self, side: usize) -> u64 {
        self.dialled[side].last().copied().unwrap_or(0)
    }
}

/// Objects 0 to 2 have rows; the others are gone with their process.
fn is_described(object: u32) -> bool {
    object < OBJECTS / 2
}

impl ReferenceStateMachine for Simple {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let objects = prop::collection::vec(0..OBJECTS, 1..5);
        prop_oneof![
            6 => (objects, prop::bool::weighted(0.8))
                .prop_map(|(objects, sent)| Step::Send { objects, sent }),
            2 => Just(Step::Ask),
            6 => Just(Step::Receive),
            4 => (0..8_usize).prop_map(Step::Drop),
            3 => Just(Step::Tell),
            3 => Just(Step::Hear),
            1 => Just(Step::Cut),
            1 => Just(Step::Restart),
            2 => (0..2_usize, any::<bool>())
                .prop_map(|(side, completes)| Step::Resume { side, completes }),
            2 => (0..2_usize, 0..40_u64)
                .prop_map(|(side, number)| Step::Replay { side, number }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Send {
                objects,
                sent: true,
            } => {
                for object in objects {
                    *state.exported.entry(*object).or_default() += 1;
                }
                state.wire.push_back(objects.clone());
            }
            Step::Receive => {
                for object in state.wire.pop_front().unwrap_or_default() {
                    *state.imported.entry(object).or_default() += 1;
                }
            }
            Step::Drop(which) => {
                let object = state.imported.keys().nth(*which).copied();
                if let Some((object, count)) =
                    object.and_then(|object| state.imported.remove_entry(&object))
                {
                    *state.let_go.entry(object).or_default() += count;
                }
            }
            Step::Tell => {
                let told = std::mem::take(&mut state.let_go);
                state.told.push_back(told);
            }
            Step::Hear => {
                for (object, count) in state.told.pop_front().unwrap_or_default() {
                    if let Some(left) = state.exported.get_mut(&object) {
                        *left -= count;
                    }
                    state.exported.retain(|_, count| *count > 0);
                }
            }
            Step::Cut => {
                state.wire.clear();
                state.told.clear();
            }
            // Messages on their way are lost with the process. What has no row is lost to the
            // importer, which lets it go.
            Step::Restart => {
                state.wire.clear();
                state.told.clear();
                state.exported.retain(|object, _| is_described(*object));
                state.imported.retain(|object, _| is_described(*object));
                state.let_go.retain(|object, _| is_described(*object));
            }
            Step::Resume { side, completes } => {
                let parity = 1 - *side as u64;
                let next = state.last_dialled(*side) + 1;
                let number = next + u64::from(next % 2 != parity);
                state.dialled[*side].insert(number);
                if *completes {
                    state.completed[*side].insert(number);
                }
            }
            Step::Send { sent: false, .. } | Step::Ask | Step::Replay { .. } => {}
        }
        state
    }
}

/// The real tables.
struct Real {
    exports: Exports,
    imports: Imports,
    releases: Releases,
    rows: BTreeMap<u64, (u32, u64)>,
    mark: u64,
    wire: VecDeque<Vec<u64>>,
    told: VecDeque<Vec<(u64, u64)>>,
    counts: [Counts; 2],
    /// What each position stood for, ever; `None` for a resolver.
    ever: BTreeMap<u64, Option<(u32, u32)>>,
    life: u32,
}

impl Real {
    fn handle(&self, object: u32) -> u32 {
        2 * (object + 1 + self.life * OBJECTS)
    }

    fn object(&self, local: u32) -> u32 {
        local / 2 - 1 - self.life * OBJECTS
    }

    /// This position is this object's, for ever.
    fn stands_for(&mut self, position: u64, object: Option<u32>) {
        let lives = |object| if is_described(object) { 0 } else { self.life };
        let what = object.map(|object| (object, lives(object)));
        let before = self.ever.entry(position).or_insert(what);
        assert_eq!(*before, what, "position {position} comes back");
    }

    fn reserve(&mut self) {
        if self.exports.reserve() {
            self.mark = self.exports.reserved();
        }
        assert!(self.exports.next() <= self.mark, "above the stored mark");
    }

    fn send(&mut self, objects: &[u32], sent: bool) {
        let locals = objects.iter().map(|object| self.handle(*object));
        let locals: Vec<u32> = locals.collect();
        let positions: Vec<u64> = locals
            .iter()
            .map(|local| self.exports.stage(*local, false).0)
            .collect();
        if !sent {
            self.exports.rollback(|_| {});
            return;
        }
        self.reserve();
        for (position, object) in positions.iter().zip(objects) {
            self.stands_for(*position, Some(*object));
        }
        let mut rows = Vec::new();
        self.exports
            .commit(|position, value| rows.push((position, value.local, value.count)));
        for (position, local, count) in rows {
            let object = self.object(local);
            if is_described(object) {
                self.rows.insert(position, (object, count));
            }
        }
        self.wire.push_back(positions);
    }

    fn hear(&mut self, told: Vec<(u64, u64)>) {
        for (position, count) in told {
            let left = self
                .exports
                .release(position, count)
                .expect("never too many");
            match left {
                Some(left) if left.count > 0 => {
                    if let Some(row) = self.rows.get_mut(&position) {
                        row.1 = left.count;
                    }
                }
                _ => {
                    self.rows.remove(&position);
                }
            }
        }
    }

    /// What the receiver may let go of: positions and counts.
    fn take_releases(&mut self) -> Vec<(u64, u64)> {
        let mut told = Vec::new();
        self.releases
            .tell(|exports, _| told.extend_from_slice(exports));
        told
    }

    fn restart(&mut self) {
        self.life += 1;
        self.wire.clear();
        self.told.clear();
        let lost: Vec<u64> = self.imports.iter().map(|(position, ..)| position).collect();
        for position in lost {
            if !self.rows.contains_key(&position) {
                self.imports.remove(position, false);
            }
        }
        // Releases of what is lost are ignored by the new process.
        for (position, count) in self.take_releases() {
            if self.rows.contains_key(&position) {
                self.releases.import(position, count);
            }
        }
        self.exports = Exports::restored(self.mark);
        for (position, (object, count)) in self.rows.clone() {
            let exported = Exported {
                local: self.handle(object),
                promise: false,
                count,
                stored: true,
            };
            assert!(self.exports.may_be_stored(position), "a row above the mark");
            self.exports.restore(position, exported);
        }
    }

    fn after(mut self, simple: &Simple, step: Step) -> Self {
        match step {
            Step::Send { objects, sent } => self.send(&objects, sent),
            Step::Ask => {
                let resolver = Export::Resolver { question: 1 };
                let position = self.exports.add_transient(resolver);
                self.reserve();
                self.stands_for(position, None);
            }
            Step::Receive => {
                for position in self.wire.pop_front().unwrap_or_default() {
                    if self.imports.get(position, false).is_none() {
                        self.imports.insert(position, false, 1, 0);
                    }
                    self.imports.stage(position, false);
                }
                self.imports.commit(|_, _, _| {});
            }
            Step::Drop(which) => {
                // The model knows objects, the tables positions.
                let mut held: Vec<(u32, u64)> = self
                    .imports
                    .iter()
                    .filter_map(|(position, ..)| Some((self.ever[&position]?.0, position)))
                    .collect();
                held.sort_unstable();
                if let Some((_, position)) = held.get(which) {
                    let import = self.imports.remove(*position, false);
                    self.releases
                        .import(*position, import.expect("an import").count);
                }
            }
            Step::Tell => {
                let told = self.take_releases();
                self.told.push_back(told);
            }
            Step::Hear => {
                let told = self.told.pop_front().unwrap_or_default();
                self.hear(told);
            }
            Step::Cut => {
                self.wire.clear();
                self.told.clear();
                self.exports.forget_transient();
                self.releases.cut();
            }
            Step::Restart => self.restart(),
            Step::Resume { side, completes } => {
                let parity = [Parity::Odd, Parity::Even][side];
                let number = self.counts[side].take_attempt(parity).expect("a number");
                assert_eq!(number, simple.last_dialled(side));
                if completes {
                    let judged = self.counts[1 - side].judge(parity, number.into());
                    assert_eq!(judged, Ok(number));
                    self.counts[1 - side].complete(number);
                }
            }
            Step::Replay { side, number } => {
                let parity = [Parity::Odd, Parity::Even][side];
                let good = self.counts[1 - side].judge(parity, number.into()).is_ok();
                let newer = simple.completed[side]
                    .last()
                    .is_none_or(|last| number > *last);
                let its = number % 2 == 1 - side as u64 && number > 0;
                assert_eq!(good, newer && its, "number {number} of side {side}");
            }
        }
        self
    }
}

impl StateMachineTest for Real {
    type SystemUnderTest = Self;
    type Reference = Simple;

    fn init_test(_: &Simple) -> Self {
        Self {
            exports: Exports::new(),
            imports: Imports::default(),
            releases: Releases::default(),
            rows: BTreeMap::new(),
            mark: 1,
            wire: VecDeque::new(),
            told: VecDeque::new(),
            counts: [Counts::default(); 2],
            ever: BTreeMap::new(),
            life: 0,
        }
    }

    fn apply(real: Self, simple: &Simple, step: Step) -> Self {
        real.after(simple, step)
    }

    fn check_invariants(real: &Self, simple: &Simple) {
        let mut exported = BTreeMap::new();
        for (position, export) in real.exports.iter() {
            if let Export::Value(value) = export {
                assert_eq!(real.exports.position_of(value.local), Some(position));
                *exported.entry(real.object(value.local)).or_insert(0) += value.count;
            }
        }
        assert_eq!(exported, simple.exported);
        let mut imported = BTreeMap::new();
        for (position, _, import) in real.imports.iter() {
            let (object, _) = real.ever[&position].expect("an object");
            *imported.entry(object).or_insert(0) += import.count;
        }
        let both: BTreeMap<u32, u64> = simple.imported.clone();
        assert_eq!(imported, both);
        // Leak before loss.
        for (object, count) in imported {
            assert!(exported.get(&object).is_some_and(|there| *there >= count));
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn tables_agree_with_a_simple_model(sequential 1..120 => Real);
}
