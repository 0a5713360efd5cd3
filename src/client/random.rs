//! The random numbers of a client: a function of its seed.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Random numbers that nobody can tell who does not know the seed.
#[derive(Debug)]
pub(super) struct Random(ChaCha20Rng);

impl Random {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub(super) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// Two that go on alike: for model checkers.
impl Clone for Random {
    fn clone(&self) -> Self {
        Self(ChaCha20Rng::deserialize_state(&self.0.serialize_state()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_seed() {
        let mut random = Random::new([0; 32]);
        // The first block of ChaCha20 with key, nonce and counter 0 (RFC 8439, A.1, vector 1).
        assert_eq!(
            random.number().to_le_bytes(),
            [0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90]
        );
    }

    #[test]
    fn a_clone_goes_on_alike() {
        let mut random = Random::new([5; 32]);
        for _ in 0..40 {
            let mut clone = random.clone();
            assert_eq!(clone.bytes(), random.bytes());
            assert_eq!(clone.number(), random.number());
        }
    }
}
