//! Walks through a model, and says how large it is.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::Instant;

use stateright::{Checker, Model};

use crate::steps::worked_out;

/// Whether somebody has time.
pub fn is_long() -> bool {
    std::env::var_os("MODELS").is_some_and(|models| models == "long")
}

/// Walks through all states, and panics with the way to a bad one.
pub fn walk<M>(name: &str, model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + Debug + PartialEq + Send + Sync,
{
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    let checker = model.checker().threads(threads).spawn_bfs().join();
    if let Some((property, path)) = checker.discoveries().into_iter().next() {
        let actions = path.into_actions();
        panic!("{name}: {property}, after {actions:#?}");
    }
    let (unique, all) = (checker.unique_state_count(), checker.state_count());
    eprintln!(
        "{name}: {unique} states, {all} steps, depth {}, {} of processes, {} s",
        checker.max_depth(),
        worked_out(),
        begun.elapsed().as_secs(),
    );
}
