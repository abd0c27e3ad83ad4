//! What can be wrong with what a card's keys are made of. No message repeats a secret.

use thiserror::Error;

/// Why a key or a cryptogram of a card cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmvKeyError {
    /// A card number of something else than 1 to 19 digits.
    #[error("expected a card number of 1 to 19 digits")]
    Pan,
    /// A sequence number of something else than two digits.
    #[error("expected a card sequence number of 2 digits")]
    Sequence,
    /// EMV's keys have two halves.
    #[error("expected a 3DES key of 16 bytes, {0} given")]
    Key(usize),
    /// A tag that the cryptogram covers is missing, or has another length than it has in EMV Book 3, annex A.
    #[error("the cryptogram covers tag {0:04X}: it is missing, or of another length than it has")]
    Tag(u16),
    /// A PIN of another length, or of something else than digits.
    #[error("expected a PIN of 4 to 12 digits")]
    Pin,
    /// Enciphered data that deciphers to no length, data and padding: another key.
    #[error("the enciphered data is no length, data and padding under this key")]
    Enciphered,
    /// A PIN block that holds no PIN: another key or another current PIN.
    #[error("the block holds no PIN: another key, or another current PIN")]
    PinBlock,
    /// A MAC of another length than secure messaging has.
    #[error("expected a MAC of 4 to 8 bytes, {0} asked for")]
    MacLength(usize),
}
