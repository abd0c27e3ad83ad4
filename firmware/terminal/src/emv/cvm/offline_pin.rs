//! The PIN that the card checks: VERIFY (EMV Book 3, 6.5.12; enciphered, Book 2, 7.2).

use heapless::Vec;
use zeroize::Zeroizing;

use crate::emv::cardholder::{Cardholder, OfflinePin};
use crate::emv::course::World;
use crate::emv::fault::{CardError, Ending};
use crate::emv::kernel::{DONE, Kernel};
use crate::emv::oda::rsa::{Block, public_operation};
use crate::emv::tag::Tag;
use crate::emv::tvr::Check;
use crate::ports::Entropy;
use crate::slot::apdu::StatusWord;

/// Bytes of a PIN block, and of the card's challenge.
const BLOCK: usize = 8;
/// The first byte of what is enciphered.
const HEADER: u8 = 0x7F;

impl<W: World> Kernel<'_, W> {
    /// Asks for the PIN until the card takes it, or no longer wants one; whether it took it.
    pub(super) async fn check_offline_pin<H: Cardholder>(
        &mut self,
        is_enciphered: bool,
        holder: &mut H,
    ) -> Result<bool, Ending> {
        if is_enciphered && self.find_pin_key().await.is_err() {
            return Ok(false);
        }
        if self.get_data(Tag::PIN_TRIES).await? == Some([0]) {
            return Ok(self.exhausted());
        }
        let mut tries_left = None;
        loop {
            let Some(pin) = holder.offline_pin(tries_left).await? else {
                self.memory.results.tvr.set(Check::PinNotEntered);
                return Ok(false);
            };
            let Some(status) = self.verify(&pin, is_enciphered).await? else { return Ok(false) };
            drop(pin);
            match status {
                DONE => return Ok(true),
                StatusWord(0x63C0 | 0x6983 | 0x6984) => return Ok(self.exhausted()),
                StatusWord(left @ 0x63C1..=0x63CF) => tries_left = Some(left as u8 & 0x0F),
                other => return Err(CardError::Status(other).into()),
            }
        }
    }

    /// No try is left.
    fn exhausted(&mut self) -> bool {
        self.memory.results.tvr.set(Check::PinTryLimitExceeded);
        false
    }

    /// Sends a PIN; `None` where it cannot be enciphered. Nothing of it stays in the command's place.
    async fn verify(
        &mut self,
        pin: &OfflinePin,
        is_enciphered: bool,
    ) -> Result<Option<StatusWord>, CardError> {
        if is_enciphered {
            let Some(challenge) = self.challenge().await? else { return Ok(None) };
            let Some(enciphered) = self.encipher(pin, challenge) else { return Ok(None) };
            self.begin_command();
            self.add_to_command(&enciphered, Tag::PIN_CERTIFICATE)?;
        } else {
            self.begin_command();
            // Eight bytes always have room.
            self.add_to_command(block(pin).as_slice(), Tag::CVM_LIST)?;
        }
        let kind = if is_enciphered { 0x88 } else { 0x80 };
        let status = self.exchange([0x00, 0x20, 0x00, kind], None).await;
        self.begin_command();
        status.map(Some)
    }

    /// GET CHALLENGE (EMV Book 3, 6.5.6).
    async fn challenge(&mut self) -> Result<Option<[u8; BLOCK]>, CardError> {
        let status = self.ask([0x00, 0x84, 0x00, 0x00]).await?;
        Ok((status == DONE).then(|| self.memory.response.as_slice().try_into().ok()).flatten())
    }

    fn encipher(&mut self, pin: &OfflinePin, challenge: [u8; BLOCK]) -> Option<Block> {
        let key = &self.memory.other_key;
        let mut clear: Block = Zeroizing::new(Vec::new());
        clear.push(HEADER).ok()?;
        clear.extend_from_slice(block(pin).as_slice()).ok()?;
        clear.extend_from_slice(&challenge).ok()?;
        let random = clear.len();
        clear.resize(key.modulus.len(), 0).ok()?;
        self.entropy.fill(clear.get_mut(random..)?);
        public_operation(key, &clear)
    }
}

/// ISO 9564-1 format 2: control nibble, length, digits, filled with F.
fn block(pin: &OfflinePin) -> Zeroizing<[u8; BLOCK]> {
    let digits = pin.digits();
    // At most twelve.
    let mut nibbles = [0x02, digits.len() as u8].into_iter().chain(digits.iter().map(|digit| digit & 0x0F));
    let mut block = Zeroizing::new([0; BLOCK]);
    for byte in block.iter_mut() {
        *byte = nibbles.next().unwrap_or(0x0F) << 4 | nibbles.next().unwrap_or(0x0F);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::block;
    use crate::emv::cardholder::OfflinePin;
    use crate::vectors::Vectors;

    #[test]
    fn the_vectors_of_format_2() {
        for case in Vectors::load("pinblock_iso2") {
            let pin = OfflinePin::new(case.input("pin").as_bytes()).unwrap();
            assert_eq!(hex::encode_upper(*block(&pin)), case.output("pinblock"), "{}", case.name);
        }
    }
}
