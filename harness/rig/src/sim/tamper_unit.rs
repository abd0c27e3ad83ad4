//! What the simulated board's hardware does when its case is opened without power (INTERFACE.md, section 8).
//!
//! A secure microcontroller has a tamper unit on the battery's supply: it erases the battery-backed RAM and sets a latch, whether the core
//! has power or not. With power the application hears of the switch as well, and does the same.

/// The tamper latch when it is set: the last bytes of the region (INTERFACE.md, section 11).
const LATCH: &[u8; 16] = b"PAYRIG-TAMPERED!";

/// Sets the latch and erases everything else.
pub(super) fn erase(battery_ram: &mut [u8]) {
    let (erased, latch) = battery_ram.split_at_mut(battery_ram.len().saturating_sub(LATCH.len()));
    latch.copy_from_slice(LATCH);
    erased.fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_but_the_latch() {
        let mut memory: Vec<u8> = (0..=255).cycle().take(8192).collect();
        erase(&mut memory);
        assert!(memory[..8176].iter().all(|byte| *byte == 0));
        assert_eq!(memory[8176..], *LATCH);
    }
}
