//! What can be wrong with a key, a PIN or a track. No message repeats a secret.

use thiserror::Error;

use crate::kcv::Kcv;

/// Why key material was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not hex digits.
    #[error("expected hex digits for the key, character {0} is none")]
    NotHex(usize),
    /// A key of another length.
    #[error("expected a key of {expected} bytes, {given} given")]
    Length {
        /// What was expected.
        expected: &'static str,
        /// What was given.
        given: usize,
    },
    /// Data that is not whole blocks.
    #[error("expected whole blocks of {block} bytes, {given} bytes given")]
    Blocks {
        /// The cipher's block.
        block: usize,
        /// Bytes given.
        given: usize,
    },
    /// A check value that is not its key's.
    #[error("the key's check value is {computed}, {carried} was given with it")]
    Kcv {
        /// What the key has.
        computed: Kcv,
        /// What was said.
        carried: Kcv,
    },
}
