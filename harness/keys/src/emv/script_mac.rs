//! Secure messaging of issuer scripts (EMV Book 2, 9; format 2, as PBOC 3.0 and VSDC have it).
//!
//! Format 2 leaves the data of a command as the command has it and puts the MAC behind it, without tags. Format 1, which
//! wraps both in BER-TLV, is not met on these cards and is not made here.

use zeroize::Zeroizing;

use super::cryptogram::{Padding, application_cryptogram};
use super::error::EmvKeyError;
use super::halves::two_halves;
use crate::des_key::DesKey;

/// What a script command's MAC covers: its header, the transaction's ATC and cryptogram, and its data as sent.
#[derive(Clone, Copy, Debug)]
pub struct ScriptMac<'a> {
    /// CLA, INS, P1, P2.
    pub header: [u8; 4],
    /// Tag 9F36.
    pub atc: [u8; 2],
    /// Tag 9F26 of the first GENERATE AC.
    pub cryptogram: [u8; 8],
    /// The command's data without its MAC, enciphered where it is enciphered.
    pub data: &'a [u8],
}

impl ScriptMac<'_> {
    /// The first `length` bytes of the MAC under the transaction's key for it. Lc, which is covered as well, counts
    /// them.
    ///
    /// # Errors
    /// [`EmvKeyError::MacLength`] for a length that is not 4 to 8, [`EmvKeyError::Key`].
    pub fn compute(&self, key: &DesKey, length: usize) -> Result<Vec<u8>, EmvKeyError> {
        let wrong = EmvKeyError::MacLength(length);
        if !(4..=8).contains(&length) {
            return Err(wrong);
        }
        let lc = u8::try_from(self.data.len() + length).map_err(|_| wrong)?;
        let covered = [&self.header[..], &[lc], &self.atc, &self.cryptogram, self.data].concat();
        let mac = application_cryptogram(key, &covered, Padding::Emv)?;
        Ok(mac.into_iter().take(length).collect())
    }

    /// The whole command: header, Lc, data, MAC.
    ///
    /// # Errors
    /// As [`ScriptMac::compute`].
    pub fn command(&self, key: &DesKey, length: usize) -> Result<Vec<u8>, EmvKeyError> {
        let mac = self.compute(key, length)?;
        let lc = u8::try_from(self.data.len() + mac.len()).map_err(|_| EmvKeyError::MacLength(length))?;
        Ok([&self.header[..], &[lc], self.data, &mac].concat())
    }
}

/// Enciphers a script command's data: its length, the data, `80` and zeros to whole blocks, 3DES-ECB under the transaction's
/// key for it.
///
/// # Errors
/// [`EmvKeyError::Key`]; [`EmvKeyError::Enciphered`] for more than 255 bytes.
pub fn encipher_script_data(key: &DesKey, data: &[u8]) -> Result<Vec<u8>, EmvKeyError> {
    two_halves(key)?;
    let length = u8::try_from(data.len()).map_err(|_| EmvKeyError::Enciphered)?;
    let mut clear = Zeroizing::new(vec![length]);
    clear.extend_from_slice(data);
    if !clear.len().is_multiple_of(8) {
        clear.push(0x80);
        let whole = clear.len().next_multiple_of(8);
        clear.resize(whole, 0);
    }
    let (blocks, _) = clear.as_chunks();
    Ok(blocks.iter().flat_map(|block| key.encrypt(*block)).collect())
}

/// The data that [`encipher_script_data`] enciphered; erased when dropped.
///
/// # Errors
/// [`EmvKeyError::Key`], [`EmvKeyError::Enciphered`].
pub fn decipher_script_data(key: &DesKey, enciphered: &[u8]) -> Result<Zeroizing<Vec<u8>>, EmvKeyError> {
    two_halves(key)?;
    let (blocks, rest) = enciphered.as_chunks();
    let clear: Zeroizing<Vec<u8>> =
        Zeroizing::new(blocks.iter().flat_map(|block| key.decrypt(*block)).collect());
    let (length, behind) = clear.split_first().ok_or(EmvKeyError::Enciphered)?;
    let (data, padding) = behind.split_at_checked(usize::from(*length)).ok_or(EmvKeyError::Enciphered)?;
    let padded = match padding.split_first() {
        None => true,
        Some((first, zeros)) => *first == 0x80 && zeros.len() < 7 && zeros.iter().all(|byte| *byte == 0),
    };
    if padded && rest.is_empty() { Ok(Zeroizing::new(data.to_vec())) } else { Err(EmvKeyError::Enciphered) }
}
