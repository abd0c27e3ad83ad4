//! The random numbers of a simulated board: those of an emulated one at the same boot (INTERFACE.md, section 11), so that what follows from them
//! can be compared byte for byte.

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub(super) struct SplitMix64 {
    state: u64,
    /// What is left of the last output, the next byte lowest.
    spare: u64,
    spare_bytes: u32,
}

impl SplitMix64 {
    /// Of a boot that so many were before.
    pub(super) fn of_boot(before: u64) -> Self {
        Self { state: mix(before), spare: 0, spare_bytes: 0 }
    }

    /// The next bytes.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.spare_bytes == 0 {
                self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                (self.spare, self.spare_bytes) = (mix(self.state), u64::BITS / 8);
            }
            [*byte, ..] = self.spare.to_le_bytes();
            self.spare >>= 8;
            self.spare_bytes -= 1;
        }
    }
}

/// The output function.
fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published sequence for the state 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64"), however it is asked for.
    #[test]
    fn the_generator_is_splitmix64() {
        let mut entropy = SplitMix64 { state: 1_234_567, spare: 0, spare_bytes: 0 };
        let mut bytes = [0; 16];
        let (front, back) = bytes.split_at_mut(3);
        entropy.fill(front);
        entropy.fill(back);
        let expected = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973].map(u64::to_le_bytes);
        assert_eq!(bytes, *expected.as_flattened());
    }
}
