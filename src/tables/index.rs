//! Where things are, by number.

/// Entries of a chunk that is full.
const CHUNK: usize = 32;

/// Chunks that are kept, empty, for entries to come: 8 kB.
const SPARE: usize = 16;

/// A map from numbers to places, in the order of the numbers.
///
/// It is made for numbers that rise and are dropped at the other end, as positions are: then chunks are used again, and
/// nothing is allocated. Any other order costs a move within a chunk, or of the list of chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// In order, and none of them empty.
    chunks: Vec<Chunk>,
    spare: Vec<Chunk>,
    len: usize,
}

type Chunk = Vec<(u64, u32)>;

/// Where a number belongs that is not there. It holds until the next change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    chunk: usize,
    at: usize,
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The place of a number, or where it belongs.
    pub(super) fn find(&self, number: u64) -> Result<u32, Gap> {
        let chunk = self.chunk_of(number);
        let entries = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
        let at = first_from(entries, number);
        match entries.get(at) {
            Some(entry) if entry.0 == number => Ok(entry.1),
            _ => Err(Gap { chunk, at }),
        }
    }

    /// The last chunk that does not begin beyond a number, or the first.
    fn chunk_of(&self, number: u64) -> usize {
        let (mut low, mut high) = (0, self.chunks.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.chunks.get(middle).and_then(|chunk| chunk.first()) {
                Some(first) if first.0 <= number => low = middle,
                _ => high = middle,
            }
        }
        low
    }

    pub(super) fn get(&self, number: u64) -> Option<u32> {
        self.find(number).ok()
    }

    /// Adds a number where [`Index::find`] found that it belongs.
    pub(super) fn insert(&mut self, Gap { chunk, at }: Gap, number: u64, place: u32) {
        self.len += 1;
        let entry = (number, place);
        let Some(entries) = self.chunks.get_mut(chunk) else {
            return self.insert_chunk(chunk, entry);
        };
        if entries.len() < CHUNK {
            entries.insert(at, entry);
        } else if at < entries.len() {
            let rest = entries.get(CHUNK / 2..).unwrap_or_default();
            let mut upper = self.spare.pop().unwrap_or_else(empty);
            upper.extend_from_slice(rest);
            entries.truncate(CHUNK / 2);
            match at.checked_sub(CHUNK / 2) {
                Some(at) => upper.insert(at, entry),
                None => entries.insert(at, entry),
            }
            self.chunks.insert(chunk + 1, upper);
        } else {
            match self.chunks.get_mut(chunk + 1) {
                Some(next) if next.len() < CHUNK => next.insert(0, entry),
                // What rises leaves full chunks behind.
                _ => self.insert_chunk(chunk + 1, entry),
            }
        }
    }

    fn insert_chunk(&mut self, at: usize, entry: (u64, u32)) {
        let mut chunk = self.spare.pop().unwrap_or_else(empty);
        chunk.push(entry);
        self.chunks.insert(at, chunk);
    }

    /// Takes a number out, and returns its place.
    pub(super) fn remove(&mut self, number: u64) -> Option<u32> {
        let found = self.chunk_of(number);
        let entries = self.chunks.get_mut(found)?;
        let at = first_from(entries, number);
        let place = match entries.get(at) {
            Some(entry) if entry.0 == number => entry.1,
            _ => return None,
        };
        entries.remove(at);
        self.len -= 1;
        let left = entries.len();
        if left == 0 {
            self.drop_chunk(found);
        } else if left < CHUNK / 4 {
            self.merge(found);
            if let Some(before) = found.checked_sub(1) {
                self.merge(before);
            }
        }
        Some(place)
    }

    /// Puts two chunks that follow each other together if they hold little: else few numbers could keep many chunks.
    fn merge(&mut self, at: usize) {
        if let Some([few, next]) = self.chunks.get_mut(at..at.saturating_add(2))
            && few.len() + next.len() <= CHUNK / 2
        {
            few.append(next);
            self.drop_chunk(at + 1);
        }
    }

    fn drop_chunk(&mut self, at: usize) {
        let mut chunk = self.chunks.remove(at);
        if self.spare.len() < SPARE {
            chunk.clear();
            self.spare.push(chunk);
        }
    }

    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.chunks.truncate(SPARE);
        while !self.chunks.is_empty() {
            self.drop_chunk(self.chunks.len() - 1);
        }
    }

    /// All places, in the order of their numbers.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flatten().map(|entry| entry.1)
    }
}

/// Where the first number is that is not below this one. Every message looks for several: by hand, since the closures of
/// a search in the library are calls of their own in a core that is compiled for size.
fn first_from(entries: &[(u64, u32)], number: u64) -> usize {
    let (mut low, mut high) = (0, entries.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match entries.get(middle) {
            Some(entry) if entry.0 < number => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

fn empty() -> Chunk {
    Vec::with_capacity(CHUNK)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// So many, rising from the highest that there ever was.
        Rise(u8),
        /// So many from the lowest on are dropped.
        Drop(u8),
        /// So many, falling from here.
        Fall(u16, u8),
        Insert(u16),
        Remove(u16),
        /// All but each so many is removed, from one end or the other.
        Thin(u8, bool),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => any::<u8>().prop_map(Step::Rise),
            4 => any::<u8>().prop_map(Step::Drop),
            3 => (any::<u16>(), any::<u8>()).prop_map(|(from, count)| Step::Fall(from, count)),
            4 => (0..600u16).prop_map(Step::Insert),
            4 => (0..600u16).prop_map(Step::Remove),
            2 => (2..40u8, any::<bool>()).prop_map(|(each, rising)| Step::Thin(each, rising)),
            1 => Just(Step::Clear),
        ]
    }

    #[derive(Default)]
    struct Both {
        index: Index,
        model: BTreeMap<u64, u32>,
        high: u64,
        place: u32,
    }

    impl Both {
        fn insert(&mut self, number: u64) {
            self.high = self.high.max(number + 1);
            self.place += 1;
            match self.index.find(number) {
                Ok(place) => assert_eq!(self.model.get(&number), Some(&place)),
                Err(gap) => {
                    self.index.insert(gap, number, self.place);
                    assert_eq!(self.model.insert(number, self.place), None);
                }
            }
        }

        fn remove(&mut self, number: u64) {
            assert_eq!(self.index.remove(number), self.model.remove(&number));
        }

        fn run(&mut self, step: &Step) {
            match *step {
                Step::Rise(count) => (0..count).for_each(|_| self.insert(self.high)),
                Step::Drop(count) => {
                    let lowest: Vec<u64> = self.model.keys().copied().take(count.into()).collect();
                    lowest.into_iter().for_each(|number| self.remove(number));
                }
                Step::Fall(from, count) => {
                    let from = u64::from(from);
                    let numbers = (from.saturating_sub(count.into())..=from).rev();
                    numbers.for_each(|number| self.insert(number));
                }
                Step::Insert(number) => self.insert(number.into()),
                Step::Remove(number) => self.remove(number.into()),
                Step::Thin(each, rising) => {
                    let mut numbers: Vec<u64> = self.model.keys().copied().collect();
                    if !rising {
                        numbers.reverse();
                    }
                    for (nth, number) in numbers.into_iter().enumerate() {
                        if nth % usize::from(each) != 0 {
                            self.remove(number);
                        }
                    }
                }
                Step::Clear => {
                    self.index.clear();
                    self.model.clear();
                }
            }
        }

        fn check(&self) -> Result<(), TestCaseError> {
            let Self { index, model, .. } = self;
            prop_assert_eq!(index.len(), model.len());
            prop_assert_eq!(index.is_empty(), model.is_empty());
            prop_assert!(index.places().eq(model.values().copied()));
            let chunks = &index.chunks;
            prop_assert!(
                chunks
                    .iter()
                    .all(|chunk| (1..=CHUNK).contains(&chunk.len()))
            );
            prop_assert!(
                chunks.len() <= model.len() / (CHUNK / 8) + 2,
                "{} chunks",
                chunks.len()
            );
            prop_assert!(index.spare.len() <= SPARE);
            for number in 0..700 {
                prop_assert_eq!(index.get(number), model.get(&number).copied());
            }
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn an_index_is_a_map(steps in prop::collection::vec(step(), 0..40)) {
            let mut both = Both::default();
            for step in steps {
                both.run(&step);
                both.check()?;
            }
        }
    }

    #[test]
    fn what_rises_and_is_dropped_uses_the_same_chunks() {
        let mut both = Both::default();
        both.run(&Step::Rise(100));
        for _ in 0..1000 {
            both.run(&Step::Rise(1));
            both.run(&Step::Drop(1));
            let held = both.index.chunks.len() + both.index.spare.len();
            assert!(held <= 6, "{held} chunks for 100 numbers");
        }
        assert!(
            both.index
                .chunks
                .iter()
                .chain(&both.index.spare)
                .all(|chunk| chunk.capacity() == CHUNK)
        );
    }
}
