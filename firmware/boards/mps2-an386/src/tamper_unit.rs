//! A model of a secure microcontroller's tamper unit: what the battery keeps alive while the core has no power.
//!
//! On a part with such a unit (STM32H5's TAMP, for instance) opening the case erases the backup RAM by hardware, and sets a flag that only
//! a service mode clears. The emulator's memory is a file that nobody writes while there is no power, so that the model acts before
//! anything else of the program: nobody but a probe could tell the difference, and a probe needs a core with power.

use crate::persistent::Persistent;

/// Where the switch's wire stands in the board's record: 1 while the case is open, 0 while it is closed.
const WIRE: usize = 0x200;
/// The latch when it is set: the last bytes of the key store's region (INTERFACE.md, section 11).
const LATCH: &[u8; 16] = b"PAYRIG-TAMPERED!";

/// What the unit has done since the core had power: where the case is open, latch first, all other bytes zero.
pub fn power_up(record: &Persistent<'_>, key_store: &mut Persistent<'_>) {
    let mut wire = [0];
    record.read(WIRE, &mut wire);
    if wire == [0] {
        return;
    }
    let latch = key_store.len().saturating_sub(LATCH.len());
    key_store.write(latch, LATCH);
    key_store.fill(0, latch, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_after(wire: u8) -> [u8; 64] {
        let (mut record, mut keys) = ([0; 0x1000], [7; 64]);
        record[WIRE] = wire;
        power_up(&Persistent::over(&mut record), &mut Persistent::over(&mut keys));
        keys
    }

    #[test]
    fn an_open_case_leaves_nothing_but_the_latch() {
        assert_eq!(keys_after(0), [7; 64]);
        let opened = keys_after(1);
        assert_eq!(opened[..48], [0; 48]);
        assert_eq!(opened[48..], *LATCH);
    }
}
