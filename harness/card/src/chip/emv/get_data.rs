//! GET DATA (EMV 4.3 Book 3, 6.5.7; 9F79 after PBOC).

use super::{ProfileCard, Status, Tag, answer::Answer, command::Command, tlv::tlv};

impl ProfileCard {
    pub(super) fn get_data(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        let tag = Tag(u16::from_be_bytes([command.p1, command.p2]));
        let tries = self.memory.tries_left;
        let (_, memory) = self.selected()?;
        let value = match tag.0 {
            0x9F36 => memory.atc.to_be_bytes().to_vec(),
            0x9F13 => memory.last_online_atc.to_be_bytes().to_vec(),
            0x9F17 => vec![tries],
            0x9F79 => memory.offline_balance.ok_or(Status::NO_DATA)?.to_vec(),
            _ => return Err(Status::NO_DATA),
        };
        self.readable(tag, &value)
    }

    /// The value, unless a fault hides or changes it.
    fn readable(&self, tag: Tag, value: &[u8]) -> Result<Answer, Status> {
        let mut value = value.to_vec();
        for fault in &self.card.faults {
            match fault {
                super::EmvFault::Missing(missing) if *missing == tag => return Err(Status::NO_DATA),
                super::EmvFault::Other { tag: other, value: instead } if *other == tag => {
                    value.clone_from(&instead.0);
                }
                _ => {}
            }
        }
        Ok(Answer::of(tlv(tag, &value)))
    }
}
