//! Processes begin and are killed.

use ocapn_wasm::baggage::StoreError;
use ocapn_wasm::client::{Env, Netlayer};

use super::World;
use crate::application::Application;

impl World {
    /// A side is killed in the middle of something, when its time has come.
    pub(super) fn is_doomed(&mut self, index: usize) -> bool {
        let Some((side, left)) = &mut self.doom else {
            return false;
        };
        if *side != index {
            return false;
        }
        *left = left.saturating_sub(1);
        if *left > 0 {
            return false;
        }
        self.doom = None;
        self.crash(index, false);
        true
    }

    /// A process of this side begins, on what the store has.
    pub fn start(&mut self, index: usize) {
        let options = self.sides[index].options.clone();
        let client = self.client(&options);
        let side = &mut self.sides[index];
        side.client = client;
        side.life += 1;
        side.up = true;
        side.stopped = false;
        side.timer = None;
        side.connections.clear();
        let effects = side.store.visible.iter();
        let effects = effects.filter_map(|(key, _)| key.strip_prefix("app/effect/")?.parse().ok());
        let verdict = side.app.verdict;
        let app = Application::new(effects.collect());
        let past = std::mem::replace(&mut side.app, app);
        side.past.extend(past.calls);
        side.app.verdict = verdict;
        let netlayer = Netlayer {
            location: side.location.clone(),
            authenticates: options.authenticates,
            framed: options.framed,
            trust_claims: options.trust_claims,
        };
        side.netlayer = side.client.add_netlayer(netlayer).expect("one netlayer");
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        match side.client.load(env) {
            Ok(()) => {}
            // What is damaged is named, and can be thrown away: then the rest opens.
            Err(StoreError::Damaged { key, .. }) if side.store.torn.contains(&key) => {
                side.store.repair();
                side.up = false;
                return self.start(index);
            }
            Err(error) => panic!("the store does not open: {error:?}"),
        }
        self.log(|| format!("{} starts", (b'A' + index as u8) as char));
        self.drain(index);
    }

    /// The process is killed. Peers hear of it, unless `silent`.
    pub fn crash(&mut self, index: usize, silent: bool) {
        let side = &mut self.sides[index];
        if !side.up {
            return;
        }
        side.up = false;
        side.store.crash(&mut self.rng);
        let connections = std::mem::take(&mut side.connections);
        let name = side.name;
        self.log(|| format!("{name} is killed"));
        for (link, end) in connections.into_values() {
            self.leave(link, end, silent);
        }
    }

    pub fn restart(&mut self, index: usize) {
        self.crash(index, false);
        self.start(index);
    }
}
