//! The journal's memory: NOR flash, as a model over persistent memory.
//!
//! The model keeps the rules of a NOR part. Erasing sets a sector to 0xFF; writing clears bits and can set none; both
//! go byte by byte, so that a power cut tears them. Memory that was never powered up is all zero, which on a NOR part
//! would be *written* everywhere. A mark behind the flash tells the two apart: where it is missing, power-up erases
//! the flash as a whole and sets the mark last.

use embedded_storage_async::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

use crate::persistent::Persistent;

/// Bytes of a sector, the unit of erasing.
pub const SECTOR: usize = 4096;
/// Bytes of the unit of writing.
pub const UNIT: usize = 16;

const ERASED: u8 = 0xFF;
const MARK: [u8; 16] = *b"PAYRIG NOR MODEL";

/// A NOR flash part.
pub struct NorModel<'m> {
    memory: Persistent<'m>,
}

/// Why the flash refused an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NorError {
    /// The range is not made of whole units (writing) or sectors (erasing).
    NotAligned,
    /// The range ends beyond the flash.
    OutOfBounds,
    /// The write would have to set a bit that an earlier write has cleared.
    NotErased,
}

impl NorFlashError for NorError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotErased => NorFlashErrorKind::Other,
        }
    }
}

impl<'m> NorModel<'m> {
    /// Powers the flash up; `mark` is the memory of the mark that says that `memory` holds a flash.
    pub fn power_up(mut memory: Persistent<'m>, mark: &mut Persistent<'_>) -> Self {
        let mut found = [0; MARK.len()];
        mark.read(0, &mut found);
        if found != MARK {
            let whole = memory.len();
            memory.fill(0, whole, ERASED);
            mark.write(0, &MARK);
        }
        Self { memory }
    }

    /// The range from `offset` on as indices, when it lies within the flash and on multiples of `unit`.
    fn range(&self, offset: u32, length: usize, unit: usize) -> Result<usize, NorError> {
        let start = usize::try_from(offset).map_err(|_| NorError::OutOfBounds)?;
        let end = start.checked_add(length).ok_or(NorError::OutOfBounds)?;
        if end > self.memory.len() {
            return Err(NorError::OutOfBounds);
        }
        if !start.is_multiple_of(unit) || !length.is_multiple_of(unit) {
            return Err(NorError::NotAligned);
        }
        Ok(start)
    }
}

impl ErrorType for NorModel<'_> {
    type Error = NorError;
}

impl ReadNorFlash for NorModel<'_> {
    const READ_SIZE: usize = 1;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        let start = self.range(offset, bytes.len(), Self::READ_SIZE)?;
        self.memory.read(start, bytes);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.memory.len()
    }
}

impl NorFlash for NorModel<'_> {
    const WRITE_SIZE: usize = UNIT;
    const ERASE_SIZE: usize = SECTOR;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        let length = to.checked_sub(from).ok_or(NorError::OutOfBounds)? as usize;
        let start = self.range(from, length, SECTOR)?;
        self.memory.fill(start, length, ERASED);
        Ok(())
    }

    /// Nothing is written when any unit is refused.
    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let start = self.range(offset, bytes.len(), UNIT)?;
        for (index, wanted) in bytes.chunks(UNIT).enumerate() {
            let mut present = [0; UNIT];
            self.memory.read(start + index * UNIT, &mut present);
            if present.iter().zip(wanted).any(|(present, wanted)| present & wanted != *wanted) {
                return Err(NorError::NotErased);
            }
        }
        self.memory.write(start, bytes);
        Ok(())
    }
}

/// Bits of a written unit may be cleared again, as the rules of NOR say.
impl MultiwriteNorFlash for NorModel<'_> {}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use proptest::prelude::*;

    use super::*;

    const SIZE: usize = 2 * SECTOR;

    fn power_up<'m>(memory: &'m mut [u8], mark: &mut [u8]) -> NorModel<'m> {
        NorModel::power_up(Persistent::over(memory), &mut Persistent::over(mark))
    }

    fn erased(memory: &mut [u8]) -> NorModel<'_> {
        power_up(memory, &mut [0; MARK.len()])
    }

    #[test]
    fn a_virgin_memory_reads_as_erased() {
        let mut memory = [0; SIZE];
        let mut mark = [0; MARK.len()];
        let mut flash = power_up(&mut memory, &mut mark);
        let mut bytes = [0; SIZE];
        block_on(flash.read(0, &mut bytes)).unwrap();
        assert_eq!(bytes, [ERASED; SIZE]);
        assert_eq!(mark, MARK);
    }

    #[test]
    fn a_second_power_up_keeps_what_was_written() {
        let mut memory = [0; SIZE];
        let mut mark = [0; MARK.len()];
        block_on(power_up(&mut memory, &mut mark).write(32, &[0; UNIT])).unwrap();
        let mut bytes = [1; UNIT];
        block_on(power_up(&mut memory, &mut mark).read(32, &mut bytes)).unwrap();
        assert_eq!(bytes, [0; UNIT]);
    }

    #[test]
    fn a_refused_write_changes_nothing() {
        let mut memory = [0; SIZE];
        let mut flash = erased(&mut memory);
        block_on(flash.write(UNIT as u32, &[0x0F; UNIT])).unwrap();
        assert_eq!(block_on(flash.write(0, &[0x10; 2 * UNIT])), Err(NorError::NotErased));
        let mut bytes = [0; UNIT];
        block_on(flash.read(0, &mut bytes)).unwrap();
        assert_eq!(bytes, [ERASED; UNIT]);
    }

    #[test]
    fn ranges_that_do_not_fit_are_refused() {
        let mut memory = [0; SIZE];
        let mut flash = erased(&mut memory);
        let end = SIZE as u32;
        assert_eq!(block_on(flash.write(1, &[0; UNIT])), Err(NorError::NotAligned));
        assert_eq!(block_on(flash.write(0, &[0; UNIT - 1])), Err(NorError::NotAligned));
        assert_eq!(block_on(flash.write(end, &[0; UNIT])), Err(NorError::OutOfBounds));
        assert_eq!(block_on(flash.read(u32::MAX, &mut [0; 2])), Err(NorError::OutOfBounds));
        assert_eq!(block_on(flash.erase(0, end - 1)), Err(NorError::NotAligned));
        assert_eq!(block_on(flash.erase(0, end + SECTOR as u32)), Err(NorError::OutOfBounds));
        assert_eq!(block_on(flash.erase(SECTOR as u32, 0)), Err(NorError::OutOfBounds));
    }

    #[derive(Clone, Debug)]
    enum Access {
        Erase { sector: usize },
        Write { unit: usize, bytes: [u8; UNIT] },
    }

    fn access() -> impl Strategy<Value = Access> {
        // Few units and bytes with few bits cleared, so that writes meet each other, now allowed, now not.
        let byte = prop_oneof![Just(0xFF), Just(0x7F), Just(0x3F), Just(0x00)];
        prop_oneof![
            1 => (0..SIZE / SECTOR).prop_map(|sector| Access::Erase { sector }),
            9 => (0..4_usize, prop::array::uniform16(byte))
                .prop_map(|(unit, bytes)| Access::Write { unit: unit * SECTOR / 2 / UNIT, bytes }),
        ]
    }

    proptest! {
        /// Against the plainest model: an array where a write is an AND, refused when the AND is not the wish.
        #[test]
        fn bits_are_cleared_by_writing_and_set_by_erasing_only(accesses in prop::collection::vec(access(), 1..40)) {
            let mut memory = [0; SIZE];
            let mut flash = erased(&mut memory);
            let mut model = [ERASED; SIZE];
            for access in accesses {
                match access {
                    Access::Erase { sector } => {
                        let start = sector * SECTOR;
                        model[start..start + SECTOR].fill(ERASED);
                        prop_assert_eq!(block_on(flash.erase(start as u32, (start + SECTOR) as u32)), Ok(()));
                    }
                    Access::Write { unit, bytes } => {
                        let start = unit * UNIT;
                        let after: Vec<u8> =
                            model[start..start + UNIT].iter().zip(bytes).map(|(old, new)| old & new).collect();
                        let allowed = after == bytes;
                        if allowed {
                            model[start..start + UNIT].copy_from_slice(&after);
                        }
                        prop_assert_eq!(block_on(flash.write(start as u32, &bytes)).is_ok(), allowed);
                    }
                }
                let mut bytes = [0; SIZE];
                prop_assert_eq!(block_on(flash.read(0, &mut bytes)), Ok(()));
                prop_assert!(bytes == model);
            }
        }
    }
}
