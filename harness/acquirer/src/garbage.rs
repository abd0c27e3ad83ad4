//! Bytes of line noise out of a seed.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Makes garbage. The same seed makes the same in the same order, and takes nothing from the keys of that seed.
pub(crate) struct Garbage {
    random: ChaCha20Rng,
}

impl Garbage {
    pub fn new(seed: u64) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        random.set_stream(1);
        Self { random }
    }

    /// So many bytes, of which the first alone says that no frame of at most `largest` bytes begins here, even where it is the only one.
    pub fn no_frame(&mut self, bytes: usize, largest: usize) -> Vec<u8> {
        let mut garbage = vec![0; bytes];
        self.random.fill_bytes(&mut garbage);
        let least = u8::try_from(largest / 256 + 1).unwrap_or(u8::MAX);
        if let Some(first) = garbage.first_mut() {
            *first = (*first).max(least);
        }
        garbage
    }
}
