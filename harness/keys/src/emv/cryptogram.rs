//! The application cryptogram.

use zeroize::Zeroizing;

use super::error::EmvKeyError;
use crate::des_key::DesKey;
use crate::mac;

/// How the data is brought to whole blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zero bytes, none where the blocks are whole (ISO/IEC 9797-1, method 1): CVN 10.
    Zeros,
    /// `80` and zero bytes (method 2): all others.
    Emv,
}

/// The MAC over `data` (EMV Book 2, 8.1.1 and A1.2.1): ISO/IEC 9797-1 algorithm 3, all eight bytes.
///
/// # Errors
/// [`EmvKeyError::Key`].
pub fn application_cryptogram(key: &DesKey, data: &[u8], padding: Padding) -> Result<[u8; 8], EmvKeyError> {
    let mut padded = Zeroizing::new(data.to_vec());
    if padding == Padding::Emv {
        padded.push(0x80);
    }
    // What is missing to a whole block is zeros.
    mac::x9_19(key, &padded).ok_or(EmvKeyError::Key(key.bytes().len()))
}
