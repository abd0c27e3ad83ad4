//! The Flash Patch and Breakpoint unit.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), C1.11: version 1, as in a Cortex-M4; no remapping, no literals. The Breakpoint Unit
//! of a Cortex-M0 (ARM DDI 0419E, C1.9) has the same registers but FP_REMAP.

use std::collections::BTreeSet;

/// FP_CTRL, the unit's first register.
pub(crate) const FP_CTRL: u32 = 0xE000_2000;
const FP_REMAP: u32 = 0xE000_2004;
const FP_COMP0: u32 = 0xE000_2008;

const CTRL_ENABLE: u32 = 1 << 0;
const CTRL_KEY: u32 = 1 << 1;
const COMP_ENABLE: u32 = 1 << 0;
/// Comparator bits that can be written: REPLACE, COMP, ENABLE.
const COMP_WRITABLE: u32 = 0xDFFF_FFFD;

/// The unit's registers.
#[derive(Debug)]
pub(crate) struct Breakpoints {
    enabled: bool,
    comparators: Vec<u32>,
}

impl Breakpoints {
    /// A unit with this many comparators, disabled.
    pub(crate) fn new(comparators: usize) -> Self {
        Self { enabled: false, comparators: vec![0; comparators] }
    }

    /// Reads a register; `None` where the unit has none.
    pub(crate) fn read(&self, address: u32) -> Option<u32> {
        match address {
            FP_CTRL => Some((self.comparators.len() as u32) << 4 | u32::from(self.enabled)),
            FP_REMAP => Some(0),
            _ => self.comparators.get(index(address)?).copied(),
        }
    }

    /// Writes a register; false where the unit has none.
    pub(crate) fn write(&mut self, address: u32, value: u32) -> bool {
        match address {
            FP_CTRL if value & CTRL_KEY != 0 => self.enabled = value & CTRL_ENABLE != 0,
            FP_CTRL | FP_REMAP => {}
            _ => match index(address).and_then(|i| self.comparators.get_mut(i)) {
                Some(comparator) => *comparator = value & COMP_WRITABLE,
                None => return false,
            },
        }
        true
    }

    /// The half-words that a breakpoint is set on.
    pub(crate) fn addresses(&self) -> BTreeSet<u32> {
        let enabled = self.comparators.iter().filter(|c| self.enabled && **c & COMP_ENABLE != 0);
        enabled
            .flat_map(|c| {
                let word = c & 0x1FFF_FFFC;
                let lower = (c >> 30 & 1 != 0).then_some(word);
                let upper = (c >> 31 != 0).then_some(word + 2);
                lower.into_iter().chain(upper)
            })
            .collect()
    }
}

fn index(address: u32) -> Option<usize> {
    let offset = address.checked_sub(FP_COMP0)?;
    offset.is_multiple_of(4).then_some(offset as usize / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breakpoint_counts_when_unit_and_comparator_are_enabled() {
        let mut unit = Breakpoints::new(6);
        assert!(unit.write(FP_COMP0, 0x4000_0101));
        assert!(unit.write(FP_COMP0 + 4, 0x8000_0201));
        assert!(unit.write(FP_COMP0 + 8, 0xC000_0301));
        assert!(unit.write(FP_COMP0 + 12, 0xC000_0400));
        assert!(unit.addresses().is_empty());
        assert!(unit.write(FP_CTRL, CTRL_KEY | CTRL_ENABLE));
        assert_eq!(unit.addresses(), BTreeSet::from([0x100, 0x202, 0x300, 0x302]));
    }

    #[test]
    fn control_is_written_only_with_the_key() {
        let mut unit = Breakpoints::new(6);
        unit.write(FP_CTRL, CTRL_ENABLE);
        assert_eq!(unit.read(FP_CTRL), Some(0x60));
        unit.write(FP_CTRL, CTRL_ENABLE | CTRL_KEY);
        assert_eq!(unit.read(FP_CTRL), Some(0x61));
    }

    #[test]
    fn there_is_no_comparator_behind_the_last() {
        let mut unit = Breakpoints::new(6);
        assert!(!unit.write(FP_COMP0 + 24, 1));
        assert_eq!((unit.read(FP_COMP0 + 20), unit.read(FP_COMP0 + 24)), (Some(0), None));
        assert_eq!(Breakpoints::new(4).read(FP_COMP0 + 16), None);
    }
}
