//! Command APDUs (ISO/IEC 7816-4).

use super::{Instruction, Status};

/// A command: header and data. What it expects back is not checked: the line gives as much as there is.
#[derive(Clone, Copy)]
pub(super) struct Command<'a> {
    pub class: u8,
    pub instruction: u8,
    pub p1: u8,
    pub p2: u8,
    pub data: &'a [u8],
}

impl<'a> Command<'a> {
    /// Reads a short APDU of case 1 to 4.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Status> {
        let [class, instruction, p1, p2, body @ ..] = bytes else { return Err(Status::LENGTH) };
        let data: &[u8] = match body {
            [] | [_] => &[],
            [lc, rest @ ..] => {
                let (data, behind) = rest.split_at_checked(usize::from(*lc)).ok_or(Status::LENGTH)?;
                if *lc == 0 || behind.len() > 1 {
                    return Err(Status::LENGTH);
                }
                data
            }
        };
        Ok(Self { class: *class, instruction: *instruction, p1: *p1, p2: *p2, data })
    }

    /// Its name; an unknown class or instruction is refused.
    pub(super) fn named(&self) -> Result<Instruction, Status> {
        if !matches!(self.class, 0x00 | 0x04 | 0x80 | 0x84) {
            return Err(Status::CLASS);
        }
        let known = Instruction::ALL.into_iter().find(|known| known.byte() == self.instruction);
        let named = known.ok_or(Status::INSTRUCTION)?;
        // Secure messaging is the scripts', bit 8 that of EMV's own commands.
        if named.classes().contains(&self.class) { Ok(named) } else { Err(Status::CLASS) }
    }

    /// CLA, INS, P1, P2.
    pub(super) const fn header(&self) -> [u8; 4] {
        [self.class, self.instruction, self.p1, self.p2]
    }
}
