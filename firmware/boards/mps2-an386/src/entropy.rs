//! Random numbers of an emulated board: a seeded generator, never for keys in the field.

use payrig_terminal::ports::Entropy;

use crate::persistent::Persistent;

/// Sebastiano Vigna's SplitMix64, seeded from persistent memory.
///
/// The seed is eight bytes, least significant first, zero in a blank memory. Each power-up takes it and leaves one
/// more for the next, so that no boot repeats another's numbers and a run that starts from the same memory repeats
/// them all. A rig that wants other numbers writes another seed before power-up.
pub struct SeededEntropy {
    state: u64,
    spare: u64,
    spare_bytes: usize,
}

impl SeededEntropy {
    /// Takes the seed at the beginning of `record` and leaves the next boot's.
    pub fn power_up(record: &mut Persistent<'_>) -> Self {
        let mut bytes = [0; 8];
        record.read(0, &mut bytes);
        let seed = u64::from_le_bytes(bytes);
        record.write(0, &seed.wrapping_add(1).to_le_bytes());
        Self { state: mix(seed), spare: 0, spare_bytes: 0 }
    }

    fn next_byte(&mut self) -> u8 {
        if self.spare_bytes == 0 {
            self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.spare = mix(self.state);
            self.spare_bytes = 8;
        }
        let [byte, ..] = self.spare.to_le_bytes();
        self.spare >>= 8;
        self.spare_bytes -= 1;
        byte
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next_byte());
    }
}

/// SplitMix64's output function.
const fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_of_a_boot(memory: &mut [u8]) -> [u8; 24] {
        let mut entropy = SeededEntropy::power_up(&mut Persistent::over(memory));
        let mut bytes = [0; 24];
        entropy.fill(&mut bytes);
        bytes
    }

    #[test]
    fn the_same_memory_gives_the_same_numbers() {
        assert_eq!(numbers_of_a_boot(&mut [7; 8]), numbers_of_a_boot(&mut [7; 8]));
    }

    #[test]
    fn no_boot_repeats_the_one_before() {
        let mut memory = [0; 8];
        let boots: Vec<_> = (0..50).map(|_| numbers_of_a_boot(&mut memory)).collect();
        for (index, boot) in boots.iter().enumerate() {
            assert!(!boots[..index].contains(boot), "boot {index} repeats an earlier one");
        }
    }

    #[test]
    fn numbers_do_not_depend_on_how_they_are_asked_for() {
        let mut one_by_one = SeededEntropy::power_up(&mut Persistent::over(&mut [3; 8]));
        let mut bytes = [0; 24];
        for byte in &mut bytes {
            one_by_one.fill(core::slice::from_mut(byte));
        }
        assert_eq!(bytes, numbers_of_a_boot(&mut [3; 8]));
    }

    /// The generator's published sequence for the state 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
    #[test]
    fn the_generator_is_splitmix64() {
        let mut entropy = SeededEntropy { state: 1_234_567, spare: 0, spare_bytes: 0 };
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        let expected = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973];
        assert_eq!(bytes[..8], expected[0].to_le_bytes());
        assert_eq!(bytes[8..], expected[1].to_le_bytes());
    }
}
