//! Core registers as DCRSR selects them, where the gdbstub keeps them.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), C1.6.3, table C1-13.

use crate::error::VprobeError;
use crate::qemu::gdb::Gdb;

/// The stack pointer in use, by its gdb number.
const SP: u32 = 13;
/// The link register's selector and gdb number.
pub(crate) const LR: u32 = 14;
/// The program counter's selector and gdb number.
pub(crate) const PC: u32 = 15;

/// Where a register lives.
enum Place {
    Word(u32),
    LowHalf(u32),
    HighHalf(u32),
    /// The stub does not have it: reads as zero.
    Nowhere,
}

/// Reads the register that `selector` names.
pub(crate) fn read(gdb: &mut Gdb, selector: u32) -> Result<u32, VprobeError> {
    Ok(match place(gdb, selector) {
        Place::Word(number) | Place::LowHalf(number) => gdb.read_register(number)? as u32,
        Place::HighHalf(number) => (gdb.read_register(number)? >> 32) as u32,
        Place::Nowhere => 0,
    })
}

/// Writes the register that `selector` names.
pub(crate) fn write(gdb: &mut Gdb, selector: u32, value: u32) -> Result<(), VprobeError> {
    let value = u64::from(value);
    match place(gdb, selector) {
        Place::Word(number) => gdb.write_register(number, value, 4),
        Place::LowHalf(number) => {
            let other = gdb.read_register(number)? & !0xFFFF_FFFF;
            gdb.write_register(number, other | value, 8)
        }
        Place::HighHalf(number) => {
            let other = gdb.read_register(number)? & 0xFFFF_FFFF;
            gdb.write_register(number, value << 32 | other, 8)
        }
        Place::Nowhere => Ok(()),
    }
}

fn place(gdb: &Gdb, selector: u32) -> Place {
    let named = |name: &str| gdb.register_number(name).map_or(Place::Nowhere, Place::Word);
    match selector {
        0..=15 => Place::Word(selector),
        16 => named("xpsr"),
        // QEMU 7.2's stub shows the stack pointer in use only: out of reset that is the main one.
        17 => Place::Word(gdb.register_number("msp").unwrap_or(SP)),
        18 => named("psp"),
        33 => named("fpscr"),
        64..=95 => {
            let single = selector - 64;
            match gdb.register_number(&format!("d{}", single / 2)) {
                Some(number) if single.is_multiple_of(2) => Place::LowHalf(number),
                Some(number) => Place::HighHalf(number),
                None => Place::Nowhere,
            }
        }
        _ => Place::Nowhere,
    }
}
