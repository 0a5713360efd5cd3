//! What is left to chance comes from the seed.

use rand_chacha::rand_core::RngCore;

use super::World;

impl World {
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            0
        } else {
            self.rng.next_u64() % limit
        }
    }

    pub fn between(&mut self, range: (u64, u64)) -> u64 {
        range.0 + self.below(range.1 - range.0 + 1)
    }

    pub fn chance(&mut self, in_1000: u64) -> bool {
        in_1000 > 0 && self.below(1000) < in_1000
    }
}
