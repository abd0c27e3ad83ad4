//! PIN blocks of ISO 9564-1, format 0 (ANSI X9.8).

use std::fmt;

use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::des_key::DesKey;
use crate::sm4_key::Sm4Key;

/// A clear PIN block. It is erased when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PinBlock([u8; 8]);

/// Why a PIN block cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PinBlockError {
    /// A PIN has 4 to 12 digits.
    #[error("expected a PIN of 4 to 12 digits, {0} characters given")]
    Pin(usize),
    /// A PAN has digits only.
    #[error("expected a PAN of at least 2 digits and nothing else")]
    Pan,
    /// The block, with this PAN, holds no PIN: another PAN, another key, or another format.
    #[error("no PIN of format 0 under this PAN: wrong key, wrong PAN or another format")]
    NotFormat0,
}

impl PinBlock {
    /// The block of a PIN and a PAN, format 0.
    ///
    /// # Errors
    /// [`PinBlockError::Pin`], [`PinBlockError::Pan`].
    pub fn format0(pin: &str, pan: &str) -> Result<Self, PinBlockError> {
        if !(4..=12).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PinBlockError::Pin(pin.chars().count()));
        }
        let field = Zeroizing::new(format!("0{:X}{pin:F<14}", pin.len()));
        let account = account_field(pan)?;
        let mut block = [0; 8];
        hex::decode_to_slice(field.as_bytes(), &mut block).map_err(|_| PinBlockError::Pin(pin.len()))?;
        block.iter_mut().zip(account).for_each(|(b, a)| *b ^= a);
        Ok(Self(block))
    }

    /// A block that was received.
    #[must_use]
    pub const fn from_clear(block: [u8; 8]) -> Self {
        Self(block)
    }

    /// Decrypts field 52.
    #[must_use]
    pub fn decrypt(pik: &DesKey, field: [u8; 8]) -> Self {
        Self(pik.decrypt(field))
    }

    /// Encrypts it for field 52.
    #[must_use]
    pub fn encrypt(&self, pik: &DesKey) -> [u8; 8] {
        pik.encrypt(self.0)
    }

    /// Encrypts it for field 62 under an SM4 key: the eight bytes, then eight zero bytes (INTERFACE.md, section 18).
    #[must_use]
    pub fn encrypt_sm4(&self, pik: &Sm4Key) -> [u8; 16] {
        let mut wide = Zeroizing::new([0; 16]);
        wide.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        pik.encrypt(*wide)
    }

    /// Decrypts field 62 of a transaction under an SM4 key.
    ///
    /// # Errors
    /// [`PinBlockError::NotFormat0`] where the eight bytes behind the block are not zero: another key.
    pub fn decrypt_sm4(pik: &Sm4Key, field: [u8; 16]) -> Result<Self, PinBlockError> {
        let clear = Zeroizing::new(pik.decrypt(field));
        match clear.split_first_chunk() {
            Some((block, rest)) if rest.iter().all(|byte| *byte == 0) => Ok(Self(*block)),
            _ => Err(PinBlockError::NotFormat0),
        }
    }

    /// The clear bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 8] {
        &self.0
    }

    /// The PIN in it; erased when dropped.
    ///
    /// # Errors
    /// [`PinBlockError::Pan`], [`PinBlockError::NotFormat0`].
    pub fn pin(&self, pan: &str) -> Result<Zeroizing<String>, PinBlockError> {
        let mut field = Zeroizing::new(self.0);
        field.iter_mut().zip(account_field(pan)?).for_each(|(b, a)| *b ^= a);
        let digits = Zeroizing::new(hex::encode_upper(field.as_slice()));
        let length = usize::from(field[0]);
        let (pin, filler) = digits
            .get(2..)
            .and_then(|rest| rest.split_at_checked(length))
            .filter(|_| (4..=12).contains(&length))
            .ok_or(PinBlockError::NotFormat0)?;
        if pin.bytes().all(|b| b.is_ascii_digit()) && filler.bytes().all(|b| b == b'F') {
            Ok(Zeroizing::new(pin.to_owned()))
        } else {
            Err(PinBlockError::NotFormat0)
        }
    }
}

/// `0000` and the twelve rightmost digits of the PAN without its check digit.
fn account_field(pan: &str) -> Result<[u8; 8], PinBlockError> {
    let (number, check) = pan.split_at_checked(pan.len().saturating_sub(1)).ok_or(PinBlockError::Pan)?;
    if number.is_empty() || !number.bytes().chain(check.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(PinBlockError::Pan);
    }
    let account = number.get(number.len().saturating_sub(12)..).unwrap_or(number);
    let mut field = [0; 8];
    hex::decode_to_slice(format!("{account:0>16}"), &mut field).map_err(|_| PinBlockError::Pan)?;
    Ok(field)
}

impl Drop for PinBlock {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PinBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PIN block")
    }
}
