//! Commits take time, and stores fail.

use ocapn_wasm::client::Env;

use super::World;
use super::time::Happening;
use crate::store::Kind;

impl World {
    pub(super) fn store_failed(&mut self, index: usize) {
        let side = &mut self.sides[index];
        side.stopped = true;
        let name = side.name;
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        side.client.handle_store_failed(env);
        self.log(|| format!("{name}'s store failed"));
    }

    pub(super) fn commit(&mut self, index: usize) {
        loop {
            let side = &mut self.sides[index];
            if !side.up || side.stopped || side.store.is_committing() || !side.store.has_pending() {
                return;
            }
            let mark = side.client.written();
            side.store.begin_commit(mark);
            let (life, commit) = (side.life, side.options.commit);
            let ordered = side.options.store == Kind::Ordered;
            let time = if ordered { 0 } else { self.between(commit) };
            if time > 0 {
                self.plan(self.now + time, Happening::Committed { side: index, life });
                return;
            }
            self.committed(index);
        }
    }

    pub(super) fn committed(&mut self, index: usize) {
        match self.sides[index].store.end_commit() {
            Some(mark) => self.sides[index].client.handle_committed(mark),
            None if !self.sides[index].stopped => self.store_failed(index),
            None => {}
        }
        self.drain(index);
    }
}
