//! Keys of two halves, which all of EMV's are.

use zeroize::Zeroizing;

use super::error::EmvKeyError;
use crate::des_key::DesKey;

/// Both halves, in odd parity.
pub(super) fn joined(left: [u8; 8], right: [u8; 8]) -> Result<DesKey, EmvKeyError> {
    let key = Zeroizing::new([left, right].concat());
    DesKey::new(&key).map(DesKey::with_odd_parity).map_err(|_| EmvKeyError::Key(key.len()))
}

/// Refuses a key of another length.
pub(super) fn two_halves(key: &DesKey) -> Result<(), EmvKeyError> {
    if key.bytes().len() == 16 { Ok(()) } else { Err(EmvKeyError::Key(key.bytes().len())) }
}
