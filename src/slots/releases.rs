//! Releases that have not been told to the peer yet, gathered so that one message says many.

use crate::tables::Table;

/// What the peer may let go of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Releases {
    imports: Table<u64, u64>,
    resolvers: Table<u64, u64>,
    answers: Vec<u64>,
    /// Room for what is being told; empty otherwise.
    told: Vec<(u64, u64)>,
}

/// Room for so many receipts is kept for the next ones.
const ROOM: usize = 1024;

impl Releases {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.imports.is_empty() && self.resolvers.is_empty() && self.answers.is_empty()
    }

    /// How many positions wait to be told.
    pub fn len(&self) -> usize {
        self.imports.len() + self.resolvers.len() + self.answers.len()
    }

    /// Receipts of an imported reference. They wait across a cut, since they were not written.
    pub fn import(&mut self, position: u64, delta: u64) {
        if delta > 0 {
            add(&mut self.imports, position, delta);
        }
    }

    /// The receipt of a resolver. It belongs to the connection.
    pub fn resolver(&mut self, position: u64) {
        // Position 0 is the peer's bootstrap object: a peer that gives it as a resolver
        // (the Python suite does) keeps it all the same.
        if position > 0 {
            add(&mut self.resolvers, position, 1);
        }
    }

    /// An answer of the peer's. It belongs to the connection.
    pub fn answer(&mut self, position: u64) {
        self.answers.push(position);
    }

    /// How many receipts of a position wait to be told.
    pub fn waiting(&self, position: u64) -> u64 {
        let tables = [&self.imports, &self.resolvers].into_iter();
        let counts = tables.filter_map(|table| table.get(position));
        counts.fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The connection is gone, and with it what belonged to it.
    pub fn cut(&mut self) {
        self.resolvers.clear();
        self.answers.clear();
    }

    /// Imports that were let go are not told of: the peer counts anew.
    pub fn forget_imports(&mut self) {
        self.imports.clear();
    }

    /// Takes out all that is to be told, exports with their deltas and answers, and shows it.
    pub fn tell(&mut self, tell: impl FnOnce(&[(u64, u64)], &[u64])) {
        let Self {
            imports,
            resolvers,
            answers,
            told,
        } = self;
        resolvers.drain_into(told);
        for (position, delta) in told.drain(..) {
            add(imports, position, delta);
        }
        imports.drain_into(told);
        tell(told, answers);
        if told.capacity().max(answers.capacity()) > ROOM {
            (*told, *answers) = Default::default();
        }
        told.clear();
        answers.clear();
    }
}

fn add(releases: &mut Table<u64, u64>, position: u64, delta: u64) {
    if !releases.insert_new(position, delta)
        && let Some(sum) = releases.get_mut(position)
    {
        *sum = sum.saturating_add(delta);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_outlives_a_connection_is_kept_at_a_cut() {
        let mut releases = Releases::default();
        releases.import(5, 2);
        releases.import(5, 1);
        releases.resolver(9);
        releases.resolver(0);
        releases.answer(1);
        releases.cut();
        releases.tell(|exports, answers| assert_eq!((exports, answers), (&[(5, 3)][..], &[][..])));
        assert!(releases.is_empty());
        assert_eq!(releases, Releases::default());
    }
}
