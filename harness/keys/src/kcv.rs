//! Key check values.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The first four bytes of the encryption of a block of zero bytes under a key. It may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kcv(pub [u8; 4]);

/// A text that is no check value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a check value of 8 hex digits")]
pub struct NotAKcv;

impl fmt::Display for Kcv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Kcv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Kcv {
    type Err = NotAKcv;

    fn from_str(text: &str) -> Result<Self, NotAKcv> {
        let mut bytes = [0; 4];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAKcv)?;
        Ok(Self(bytes))
    }
}
