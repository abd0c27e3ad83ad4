//! An AHB-AP: the memory access port of a Cortex-M.
//!
//! Source: ARM IHI 0031C (ADIv5), chapter 7 "The Memory Access Port"; ARM 100166 (Cortex-M4 TRM), 9.2.

use crate::bus::{Bus, BusError};

const CSW: u8 = 0x00;
const TAR: u8 = 0x04;
/// Data read/write register: an access to it is an access to memory.
pub(crate) const DRW: u8 = 0x0C;
const BD0: u8 = 0x10;
const BD3: u8 = 0x1C;
const BASE: u8 = 0xF8;
const IDR: u8 = 0xFC;

/// The ROM table is at 0xE00FF000, in the ADIv5 format, and present.
const BASE_VALUE: u32 = 0xE00F_F003;

/// CSW bits that can be written: protection, address increment, size.
const CSW_WRITABLE: u32 = 0xFF00_0037;
/// CSW.DeviceEn: transfers are possible.
const CSW_DEVICE_EN: u32 = 1 << 6;
/// CSW after power-on: HPROT data and privileged, master type debug, size word.
const CSW_RESET: u32 = 0x2300_0002;
/// The address increments within 1 KiB (IHI 0031C, 7.2.2).
const INCREMENT_WINDOW: u32 = 0x400;

/// The access port's registers.
#[derive(Debug)]
pub(crate) struct MemAp {
    csw: u32,
    tar: u32,
    idr: u32,
}

impl MemAp {
    /// A port after power-on that identifies itself as `idr`.
    pub(crate) fn new(idr: u32) -> Self {
        Self { csw: CSW_RESET, tar: 0, idr }
    }

    /// Reads the register at `address` (APBANKSEL and A\[3:2\] together).
    pub(crate) fn read(&mut self, address: u8, bus: &mut impl Bus) -> Result<u32, BusError> {
        Ok(match address {
            CSW => self.csw | CSW_DEVICE_EN,
            TAR => self.tar,
            DRW => return self.read_data(bus),
            BD0..=BD3 => {
                let mut word = [0; 4];
                bus.read(self.banked(address), &mut word)?;
                u32::from_le_bytes(word)
            }
            BASE => BASE_VALUE,
            IDR => self.idr,
            _ => 0,
        })
    }

    /// Writes the register at `address`.
    pub(crate) fn write(&mut self, address: u8, value: u32, bus: &mut impl Bus) -> Result<(), BusError> {
        match address {
            CSW => self.csw = value & CSW_WRITABLE,
            TAR => self.tar = value,
            DRW => return self.write_data(value, bus),
            BD0..=BD3 => return bus.write(self.banked(address), &value.to_le_bytes()),
            _ => {}
        }
        Ok(())
    }

    /// Reads the data register `values.len()` times. A run of words is one access to the bus.
    pub(crate) fn read_block(&mut self, values: &mut [u32], bus: &mut impl Bus) -> Result<(), BusError> {
        let mut rest = values;
        while !rest.is_empty() {
            let run = self.run_length().min(rest.len());
            let (now, later) = rest.split_at_mut(run);
            match now {
                [one] => *one = self.read_data(bus)?,
                many => {
                    let mut bytes = vec![0; many.len() * 4];
                    bus.read(self.tar, &mut bytes)?;
                    for (value, word) in many.iter_mut().zip(bytes.as_chunks::<4>().0) {
                        *value = u32::from_le_bytes(*word);
                    }
                    self.advance(bytes.len() as u32);
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// Writes the data register once for each value. A run of words is one access to the bus.
    pub(crate) fn write_block(&mut self, values: &[u32], bus: &mut impl Bus) -> Result<(), BusError> {
        let mut rest = values;
        while !rest.is_empty() {
            let run = self.run_length().min(rest.len());
            let (now, later) = rest.split_at(run);
            match now {
                [one] => self.write_data(*one, bus)?,
                many => {
                    let bytes: Vec<u8> = many.iter().flat_map(|v| v.to_le_bytes()).collect();
                    bus.write(self.tar, &bytes)?;
                    self.advance(bytes.len() as u32);
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// How many words one access to the bus can move before the address wraps; 1 where an access is no plain word.
    pub(crate) fn run_length(&self) -> usize {
        let plain = self.size() == 4 && self.increments() && self.tar.is_multiple_of(4);
        if plain { ((INCREMENT_WINDOW - self.tar % INCREMENT_WINDOW) / 4) as usize } else { 1 }
    }

    fn read_data(&mut self, bus: &mut impl Bus) -> Result<u32, BusError> {
        let size = self.size();
        self.check_alignment(size)?;
        let mut word = [0; 4];
        // A byte travels in the lane that its address names (IHI 0031C, 7.2.5).
        let lane = (self.tar % 4) as usize;
        let bytes = word.get_mut(lane..lane + size as usize).ok_or(BusError::Fault)?;
        bus.read(self.tar, bytes)?;
        self.advance(size);
        Ok(u32::from_le_bytes(word))
    }

    fn write_data(&mut self, value: u32, bus: &mut impl Bus) -> Result<(), BusError> {
        let size = self.size();
        self.check_alignment(size)?;
        let word = value.to_le_bytes();
        let lane = (self.tar % 4) as usize;
        let bytes = word.get(lane..lane + size as usize).ok_or(BusError::Fault)?;
        bus.write(self.tar, bytes)?;
        self.advance(size);
        Ok(())
    }

    fn check_alignment(&self, size: u32) -> Result<(), BusError> {
        if self.tar.is_multiple_of(size) { Ok(()) } else { Err(BusError::Fault) }
    }

    /// Bytes an access moves: CSW.Size; a size that does not exist counts as a word.
    fn size(&self) -> u32 {
        match self.csw & 0x7 {
            0 => 1,
            1 => 2,
            _ => 4,
        }
    }

    fn increments(&self) -> bool {
        self.csw & 0x30 != 0
    }

    fn advance(&mut self, by: u32) {
        if self.increments() {
            let offset = self.tar.wrapping_add(by) % INCREMENT_WINDOW;
            self.tar = self.tar - self.tar % INCREMENT_WINDOW + offset;
        }
    }

    fn banked(&self, register: u8) -> u32 {
        (self.tar & !0xF) | u32::from(register & 0xC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four KiB of memory that counts its accesses.
    struct Memory {
        bytes: Vec<u8>,
        accesses: usize,
    }

    impl Bus for Memory {
        fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BusError> {
            let from = address as usize;
            self.accesses += 1;
            bytes.copy_from_slice(self.bytes.get(from..from + bytes.len()).ok_or(BusError::Fault)?);
            Ok(())
        }
        fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), BusError> {
            let to = address as usize;
            self.accesses += 1;
            self.bytes.get_mut(to..to + bytes.len()).ok_or(BusError::Fault)?.copy_from_slice(bytes);
            Ok(())
        }
    }

    fn memory() -> Memory {
        Memory { bytes: (0..4096_u32).map(|i| i as u8).collect(), accesses: 0 }
    }

    #[test]
    fn bytes_travel_in_their_lane() {
        let (mut ap, mut bus) = (MemAp::new(0x2477_0011), memory());
        ap.write(CSW, 0x10, &mut bus).unwrap();
        ap.write(TAR, 0x41, &mut bus).unwrap();
        assert_eq!(ap.read(DRW, &mut bus).unwrap(), 0x0000_4100);
        ap.write(DRW, 0x11EE_2233, &mut bus).unwrap();
        assert_eq!(bus.bytes[0x42], 0xEE);
        assert_eq!(ap.read(TAR, &mut bus).unwrap(), 0x43);
    }

    #[test]
    fn the_address_wraps_within_one_kib_and_a_run_is_one_access() {
        let (mut ap, mut bus) = (MemAp::new(0x2477_0011), memory());
        ap.write(CSW, 0x12, &mut bus).unwrap();
        ap.write(TAR, 0x7F8, &mut bus).unwrap();
        let mut words = [0; 3];
        ap.read_block(&mut words, &mut bus).unwrap();
        assert_eq!(words, [0xFBFA_F9F8, 0xFFFE_FDFC, 0x0302_0100]);
        assert_eq!(ap.read(TAR, &mut bus).unwrap(), 0x404);
        assert_eq!(bus.accesses, 2);
    }

    #[test]
    fn an_unaligned_word_faults_and_moves_nothing() {
        let (mut ap, mut bus) = (MemAp::new(0x2477_0011), memory());
        ap.write(TAR, 0x42, &mut bus).unwrap();
        assert!(matches!(ap.read(DRW, &mut bus), Err(BusError::Fault)));
        assert_eq!((bus.accesses, ap.read(TAR, &mut bus).unwrap()), (0, 0x42));
    }
}
