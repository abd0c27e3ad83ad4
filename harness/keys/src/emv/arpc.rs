//! The issuer's answer to a cryptogram (EMV Book 2, 8.2).

use super::cryptogram::{Padding, application_cryptogram};
use super::error::EmvKeyError;
use crate::des_key::DesKey;

/// Method 1 (8.2.1): the cryptogram XORed with the response code and six zero bytes, under the key. All of tag 91 but
/// its last two bytes, which are the response code.
#[must_use]
pub fn arpc_method1(key: &DesKey, cryptogram: [u8; 8], response_code: [u8; 2]) -> [u8; 8] {
    let mut block = cryptogram;
    block.iter_mut().zip(response_code).for_each(|(b, code)| *b ^= code);
    key.encrypt(block)
}

/// Method 2 (8.2.2): the first four bytes of the MAC over cryptogram, card status update and proprietary data, which tag
/// 91 then carries behind it in that order.
///
/// # Errors
/// [`EmvKeyError::Key`].
pub fn arpc_method2(
    key: &DesKey,
    cryptogram: [u8; 8],
    status_update: [u8; 4],
    proprietary: &[u8],
) -> Result<[u8; 4], EmvKeyError> {
    let data = [&cryptogram, &status_update[..], proprietary].concat();
    let [a, b, c, d, ..] = application_cryptogram(key, &data, Padding::Emv)?;
    Ok([a, b, c, d])
}
