//! Where the emulated core finds something on its bus.
//!
//! QEMU's qtest answers zero where nothing is, so what is mapped has to be known beforehand. It is asked for once, as the
//! flat view of the core's address space.

use std::ops::RangeInclusive;

/// The address space that the core sees.
const CORES_VIEW: &str = "AS \"cpu-memory-0\"";
/// Regions of this name stand for nothing: QEMU has them to log accesses.
const NOTHING: &str = "RESERVED";

/// The mapped ranges, ascending, without gaps inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemoryMap(Vec<RangeInclusive<u32>>);

impl MemoryMap {
    /// Reads the answer to the monitor's command `info mtree -f`; `None` where it tells nothing of the core.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let view = text.split("FlatView #").find(|view| view.contains(CORES_VIEW))?;
        let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
        for range in view.lines().filter_map(region) {
            match ranges.last_mut() {
                Some(last) if last.end().checked_add(1) == Some(*range.start()) => {
                    *last = *last.start()..=*range.end();
                }
                _ => ranges.push(range),
            }
        }
        (!ranges.is_empty()).then_some(Self(ranges))
    }

    /// Whether all of `length` bytes from `address` on are mapped.
    pub(crate) fn covers(&self, address: u32, length: usize) -> bool {
        let Ok(length) = u32::try_from(length) else { return false };
        let Some(last) = address.checked_add(length.saturating_sub(1)) else { return false };
        self.0.iter().any(|range| range.contains(&address) && range.contains(&last))
    }
}

/// A line of the view: `  FIRST-LAST (prio N, KIND): NAME`.
fn region(line: &str) -> Option<RangeInclusive<u32>> {
    let (addresses, rest) = line.trim().split_once(' ')?;
    let (first, last) = addresses.split_once('-')?;
    let address = |hex| u64::from_str_radix(hex, 16).ok().and_then(|a| u32::try_from(a).ok());
    let name = rest.split_once("): ")?.1;
    (!name.starts_with(NOTHING)).then_some(address(first)?..=address(last)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: &str = r#"FlatView #0
 AS "memory", root: system
 Root memory region: system
  0000000090000000-00000000ffffffff (prio -1000, i/o): elsewhere

FlatView #1
 AS "cpu-memory-0", root: armv7m-container
 Root memory region: armv7m-container
  0000000000000000-00000000003fffff (prio 0, ram): mps.ssram1
  0000000000400000-00000000007fffff (prio 0, ram): mps.ssram1
  0000000000800000-0000000000ffffff (prio -1000, i/o): RESERVED 1
  0000000010000000-00000000100000ff (prio 0, i/o): nrf51_soc.ficr
  00000000f0000000-00000000ffffffff (prio -1000, i/o): nrf51_soc.private
"#;

    #[test]
    fn what_the_core_sees_is_mapped_and_reserved_ranges_are_not() {
        let map = MemoryMap::parse(VIEW).unwrap();
        assert!(map.covers(0x3F_FFFC, 8), "two regions without a gap are one");
        assert!(map.covers(0x7F_FFFF, 1));
        assert!(!map.covers(0x7F_FFFE, 4), "the end lies outside");
        assert!(!map.covers(0x80_0000, 4));
        assert!(map.covers(0x1000_00FC, 4));
        assert!(!map.covers(0x9000_0000, 4));
        assert!(map.covers(0xFFFF_FFFC, 4));
        assert!(!map.covers(0xFFFF_FFFC, 8));
    }

    #[test]
    fn an_answer_without_the_cores_view_is_none() {
        assert_eq!(MemoryMap::parse("unknown command"), None);
        assert_eq!(MemoryMap::parse("FlatView #0\n AS \"cpu-memory-0\"\n  xyz\n"), None);
    }
}
