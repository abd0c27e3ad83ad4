//! A transaction's keys from the card's.

use zeroize::Zeroizing;

use super::error::EmvKeyError;
use super::halves::{joined, two_halves};
use crate::des_key::DesKey;

/// PBOC's session key: the ATC behind six zero bytes, then its complement in the same way, each under the card's key
/// (PBOC 3.0, part 5 and part 7). For cryptograms and, from the keys for them, for scripts.
///
/// # Errors
/// [`EmvKeyError::Key`].
pub fn pboc_session_key(card: &DesKey, atc: [u8; 2]) -> Result<DesKey, EmvKeyError> {
    two_halves(card)?;
    joined(card.encrypt(behind_zeros(atc)), card.encrypt(behind_zeros(atc.map(|byte| !byte))))
}

/// EMV's common session key (Book 2, A1.3): the diversification value with its third byte `F0`, then `0F`, each under the
/// card's key. The value is the ATC and six zero bytes for a cryptogram, the cryptogram for a script.
///
/// # Errors
/// [`EmvKeyError::Key`].
pub fn common_session_key(card: &DesKey, diversification: [u8; 8]) -> Result<DesKey, EmvKeyError> {
    two_halves(card)?;
    let [a, b, _, d, e, f, g, h] = diversification;
    joined(card.encrypt([a, b, 0xF0, d, e, f, g, h]), card.encrypt([a, b, 0x0F, d, e, f, g, h]))
}

/// VSDC's key for a script: the ATC behind six zero bytes XORed to the left half of the card's key, its complement to the right.
///
/// # Errors
/// [`EmvKeyError::Key`].
pub fn visa_script_key(card: &DesKey, atc: [u8; 2]) -> Result<DesKey, EmvKeyError> {
    let two = behind_zeros(atc).into_iter().chain(behind_zeros(atc.map(|byte| !byte)));
    let key: Zeroizing<Vec<u8>> = Zeroizing::new(card.bytes().iter().zip(two).map(|(k, d)| k ^ d).collect());
    two_halves(card)?;
    DesKey::new(&key).map(DesKey::with_odd_parity).map_err(|_| EmvKeyError::Key(key.len()))
}

const fn behind_zeros([high, low]: [u8; 2]) -> [u8; 8] {
    [0, 0, 0, 0, 0, 0, high, low]
}
