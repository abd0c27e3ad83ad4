//! The characters of tracks 2 and 3 (ISO/IEC 7811-2: four bits, the lowest first, and odd parity), between sentinels and
//! closed by the longitudinal redundancy check.

use heapless::Vec;
use zeroize::Zeroize;

use super::f2f::{Cell, Cells, Pace};
use super::flux::View;

/// Clocking zeros that must stand before the start sentinel. No more than eight stand in a row among characters.
const LEAD_IN: usize = 10;
/// Bits of a character without its parity.
const BITS: u32 = 4;
const START: u8 = 0x0B;
const SEPARATOR: u8 = 0x0D;
const END: u8 = 0x0F;

/// Reads what stands between the sentinels, with `D` for the separator, into `out`, which is left empty where a single
/// cell, character or check is not as it must be.
pub(crate) fn read<const N: usize>(flux: View<'_>, pace: Pace, out: &mut Vec<u8, N>) {
    if read_all(flux, pace, out).is_none() {
        wipe(out);
    }
}

/// Erases characters.
pub(crate) fn wipe<const N: usize>(characters: &mut Vec<u8, N>) {
    characters.as_mut_slice().zeroize();
    characters.clear();
}

fn read_all<const N: usize>(flux: View<'_>, pace: Pace, out: &mut Vec<u8, N>) -> Option<()> {
    wipe(out);
    let mut cells = behind_start(flux, pace)?;
    let mut check = START;
    loop {
        let character = character(&mut cells)?;
        check ^= character;
        match character {
            0..=9 => out.push(b'0' + character).ok()?,
            SEPARATOR => out.push(b'D').ok()?,
            END => break,
            _ => return None,
        }
    }
    check ^= self::character(&mut cells)?;
    (check == 0 && cells.lead_out()).then_some(())
}

/// The cells behind the start sentinel: the first 1 that follows enough zeros begins it.
fn behind_start(flux: View<'_>, pace: Pace) -> Option<Cells<'_>> {
    let mut at = 0;
    while at < flux.len() {
        let Some(mut cells) = Cells::begin(flux, at, pace) else {
            at += 1;
            continue;
        };
        let mut zeros = 0;
        let mut cell = cells.next();
        while cell == Cell::Zero {
            zeros += 1;
            cell = cells.next();
        }
        if zeros >= LEAD_IN && cell == Cell::One {
            let rest = [Cell::One, Cell::Zero, Cell::One, Cell::Zero];
            return rest.iter().all(|expected| cells.next() == *expected).then_some(cells);
        }
        at = cells.at().max(at + 1);
    }
    None
}

/// A character whose parity is right.
fn character(cells: &mut Cells<'_>) -> Option<u8> {
    let mut bits = 0;
    let mut ones = 0;
    for place in 0..=BITS {
        match cells.next() {
            Cell::One => {
                bits |= 1 << place;
                ones += 1;
            }
            Cell::Zero => {}
            Cell::Harmed | Cell::Over => return None,
        }
    }
    (ones % 2 == 1).then_some(bits & 0x0F)
}
