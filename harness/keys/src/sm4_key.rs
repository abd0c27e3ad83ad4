//! SM4 keys (GB/T 32907-2016).

use std::fmt;

use sm4::Sm4;
use sm4::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

use crate::error::KeyError;
use crate::kcv::Kcv;

/// An SM4 key. Its bytes are erased when it is dropped; `Debug` shows its check value.
#[derive(Clone, PartialEq, Eq)]
pub struct Sm4Key([u8; 16]);

impl Sm4Key {
    /// A key of 16 bytes.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self).map_err(|_| KeyError::Length { expected: "16", given: bytes.len() })
    }

    /// A key from its 32 hex digits.
    ///
    /// # Errors
    /// [`KeyError::NotHex`], [`KeyError::Length`].
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Self::new(&crate::key::bytes_of_hex(text)?)
    }

    /// The clear bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// First four bytes of the encryption of sixteen zero bytes.
    #[must_use]
    pub fn kcv(&self) -> Kcv {
        let [a, b, c, d, ..] = self.encrypt([0; 16]);
        Kcv([a, b, c, d])
    }

    /// Encrypts one block.
    #[must_use]
    pub fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = block.into();
        Sm4::new(&self.0.into()).encrypt_block(&mut block);
        block.into()
    }

    /// Decrypts one block.
    #[must_use]
    pub fn decrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = block.into();
        Sm4::new(&self.0.into()).decrypt_block(&mut block);
        block.into()
    }
}

impl Drop for Sm4Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Sm4Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SM4 key, KCV {}", self.kcv())
    }
}
