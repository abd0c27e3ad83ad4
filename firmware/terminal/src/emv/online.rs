//! What the request to the host takes from the card.

use heapless::Vec;
use zeroize::Zeroizing;

use super::cardholder::ApplicationName;
use super::course::{Course, World};
use super::fault::Ending;
use super::kernel::Kernel;
use super::pan::{self, TRACK_2};
use super::tag::Tag;
use crate::money::card_number::CardNumber;

impl<W: World, S> Course<'_, W, S> {
    /// The card number, once the records are read.
    pub(crate) fn card_number(&self) -> Option<CardNumber> {
        pan::number(&self.kernel.memory.data)
    }

    /// Field 14, YYMM in ASCII.
    pub(crate) fn expiry(&self) -> Option<[u8; 4]> {
        let [year, month, _] = self.kernel.memory.data.array(Tag::EXPIRATION)?;
        let digit = |nibble: u8| b'0' + (nibble & 0x0F);
        Some([digit(year >> 4), digit(year), digit(month >> 4), digit(month)])
    }

    /// Field 23: the PAN sequence number.
    pub(crate) fn sequence_number(&self) -> Option<u8> {
        let [packed] = self.kernel.memory.data.array(Tag::PAN_SEQUENCE)?;
        (packed >> 4 < 10 && packed & 0x0F < 10).then(|| (packed >> 4) * 10 + (packed & 0x0F))
    }

    /// Field 35 in clear.
    pub(crate) fn track_2(&self) -> Option<Zeroizing<Vec<u8, TRACK_2>>> {
        pan::characters(self.kernel.memory.data.find(Tag::TRACK_2)?)
    }

    /// The application's name, as it is offered.
    pub(crate) fn name(&self) -> &ApplicationName {
        &self.kernel.memory.name
    }

    /// 9F79 by GET DATA: the balance on the card in the smallest unit, where it has one (PBOC 3.0, part 13).
    ///
    /// # Errors
    /// The session is over.
    pub(crate) async fn balance_on_card(&mut self) -> Result<Option<u64>, Ending> {
        let packed = Kernel::get_data::<6>(&mut self.kernel, Tag::BALANCE).await?;
        Ok(packed.and_then(|bytes| {
            bytes
                .into_iter()
                .flat_map(|byte| [byte >> 4, byte & 0x0F])
                .try_fold(0, |number, digit| (digit < 10).then(|| number * 10 + u64::from(digit)))
        }))
    }
}
