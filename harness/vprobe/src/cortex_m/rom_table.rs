//! The ROM table and the identification registers that a debugger finds the core's components by.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), C1.2 and appendix D.

use crate::model::ComponentIds;

const TABLE: u32 = 0xE00F_F000;
const SCS: u32 = 0xE000_E000;
const DWT: u32 = 0xE000_1000;
const FPB: u32 = 0xE000_2000;
/// Offset of the first identification register (PIDR4) in a component's 4 KiB.
const IDENTIFICATION: u32 = 0xFD0;

/// The table: offsets from its own address, bit 1 for the 32-bit format, bit 0 for "present".
const ENTRIES: [u32; 3] = [entry(SCS), entry(DWT), entry(FPB)];

const fn entry(component: u32) -> u32 {
    component.wrapping_sub(TABLE) | 0b11
}

/// Reads a word; `None` where neither the table nor an identification register is.
pub(crate) fn read(ids: &ComponentIds, address: u32) -> Option<u32> {
    let (component, offset) = (address & !0xFFF, address & 0xFFF);
    // Component class 1 is a ROM table.
    let (peripheral_id, class): (u64, u32) = match component {
        TABLE => (ids.rom_table, 0x10),
        SCS => (ids.scs, 0xE0),
        DWT => (ids.dwt, 0xE0),
        FPB => (ids.breakpoint_unit, 0xE0),
        _ => return None,
    };
    if offset >= IDENTIFICATION {
        return Some(identification(offset, peripheral_id, class));
    }
    (component == TABLE).then(|| ENTRIES.get(offset as usize / 4).copied().unwrap_or(0))
}

fn identification(offset: u32, peripheral_id: u64, class: u32) -> u32 {
    let byte = |n: u32| (peripheral_id >> (8 * n)) as u32 & 0xFF;
    match offset {
        0xFD0..=0xFDC => byte(4 + (offset - 0xFD0) / 4),
        0xFE0..=0xFEC => byte((offset - 0xFE0) / 4),
        0xFF0 => 0x0D,
        0xFF4 => class,
        0xFF8 => 0x05,
        0xFFC => 0xB1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    fn read(address: u32) -> Option<u32> {
        super::read(&Model::of("mps2-an386").unwrap().components, address)
    }

    #[test]
    fn the_first_entry_leads_to_the_system_control_space() {
        let entry = read(TABLE).unwrap();
        assert_eq!((entry, TABLE.wrapping_add(entry & !0xFFF)), (0xFFF0_F003, SCS));
        assert_eq!(read(TABLE + 12), Some(0));
    }

    #[test]
    fn identification_is_spread_over_registers_byte_by_byte() {
        let id = [0xFE0, 0xFE4, 0xFE8, 0xFEC, 0xFD0].map(|o| read(SCS + o));
        assert_eq!(id, [Some(0x0C), Some(0xB0), Some(0x0B), Some(0), Some(4)]);
        assert_eq!(read(SCS + 0xD00), None);
    }
}
