//! The PIN block of a PIN CHANGE/UNBLOCK command (PBOC 3.0, part 5; VSDC), before it is enciphered.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::error::EmvKeyError;
use crate::des_key::DesKey;

/// The clear block by which a card gets another PIN. It is erased when dropped and never printed.
///
/// `0`, the PIN's length, its digits, filled up with `F`; its last four bytes XORed with the last four of the left
/// half of the card's key for cryptograms. With the current PIN (P2 is 01), its digits, filled up with zeros, are XORed to that.
#[derive(Clone, PartialEq, Eq)]
pub struct PinChange([u8; 8]);

impl PinChange {
    /// The block for a new PIN, and for the current one where the command carries both.
    ///
    /// # Errors
    /// [`EmvKeyError::Pin`].
    pub fn new(card: &DesKey, pin: &str, current: Option<&str>) -> Result<Self, EmvKeyError> {
        must_be_pin(pin)?;
        let field = Zeroizing::new(format!("0{:X}{pin:F<14}", pin.len()));
        let mut block = Self([0; 8]);
        hex::decode_to_slice(field.as_bytes(), &mut block.0).map_err(|_| EmvKeyError::Pin)?;
        block.turn(card, current)?;
        Ok(block)
    }

    /// A block that was received, deciphered.
    #[must_use]
    pub const fn from_clear(block: [u8; 8]) -> Self {
        Self(block)
    }

    /// The clear bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 8] {
        &self.0
    }

    /// The new PIN in it; erased when dropped.
    ///
    /// # Errors
    /// [`EmvKeyError::Pin`] for a current one that is none, [`EmvKeyError::PinBlock`].
    pub fn pin(&self, card: &DesKey, current: Option<&str>) -> Result<Zeroizing<String>, EmvKeyError> {
        let mut clear = self.clone();
        clear.turn(card, current)?;
        let digits = Zeroizing::new(hex::encode_upper(clear.0));
        let length = usize::from(clear.0[0]);
        let parts = digits.get(2..).and_then(|rest| rest.split_at_checked(length));
        match parts {
            Some((pin, filler)) if must_be_pin(pin).is_ok() && filler.bytes().all(|b| b == b'F') => {
                Ok(Zeroizing::new(pin.to_owned()))
            }
            _ => Err(EmvKeyError::PinBlock),
        }
    }

    /// XORs what the key and the current PIN bring; once more takes it away.
    fn turn(&mut self, card: &DesKey, current: Option<&str>) -> Result<(), EmvKeyError> {
        let key = card.bytes().get(4..8).ok_or(EmvKeyError::Key(card.bytes().len()))?;
        self.0.iter_mut().skip(4).zip(key).for_each(|(b, k)| *b ^= k);
        let Some(current) = current else { return Ok(()) };
        must_be_pin(current)?;
        let field = Zeroizing::new(format!("{current:0<16}"));
        let mut digits = Zeroizing::new([0; 8]);
        hex::decode_to_slice(field.as_bytes(), &mut *digits).map_err(|_| EmvKeyError::Pin)?;
        self.0.iter_mut().zip(digits.iter()).for_each(|(b, d)| *b ^= d);
        Ok(())
    }
}

fn must_be_pin(pin: &str) -> Result<(), EmvKeyError> {
    let holds = (4..=12).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit());
    if holds { Ok(()) } else { Err(EmvKeyError::Pin) }
}

impl Drop for PinChange {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PinChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PIN change block")
    }
}
