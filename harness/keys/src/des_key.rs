//! DES and 3DES keys (FIPS 46-3, ANSI X9.52).

use std::fmt;

use des::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde2, TdesEde3};
use zeroize::Zeroize;

use crate::error::KeyError;
use crate::kcv::Kcv;

/// A DES key of 8 bytes, or a 3DES key of 16 (K1, K2, K1) or 24.
///
/// Its bytes are erased when it is dropped; `Debug` shows its check value.
#[derive(Clone, PartialEq, Eq)]
pub struct DesKey {
    bytes: [u8; 24],
    length: usize,
}

enum Cipher {
    Single(Des),
    Double(TdesEde2),
    Triple(TdesEde3),
}

impl DesKey {
    /// A key of 8, 16 or 24 bytes. Parity bits are kept as they are.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        if !matches!(bytes.len(), 8 | 16 | 24) {
            return Err(KeyError::Length { expected: "8, 16 or 24", given: bytes.len() });
        }
        let mut key = Self { bytes: [0; 24], length: bytes.len() };
        key.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(key)
    }

    /// A key from its hex digits.
    ///
    /// # Errors
    /// [`KeyError::NotHex`], [`KeyError::Length`].
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Self::new(&crate::key::bytes_of_hex(text)?)
    }

    /// The clear bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    /// First four bytes of the encryption of eight zero bytes.
    #[must_use]
    pub fn kcv(&self) -> Kcv {
        let [a, b, c, d, ..] = self.encrypt([0; 8]);
        Kcv([a, b, c, d])
    }

    /// Encrypts one block.
    #[must_use]
    pub fn encrypt(&self, block: [u8; 8]) -> [u8; 8] {
        let mut block = block.into();
        match self.cipher() {
            Cipher::Single(c) => c.encrypt_block(&mut block),
            Cipher::Double(c) => c.encrypt_block(&mut block),
            Cipher::Triple(c) => c.encrypt_block(&mut block),
        }
        block.into()
    }

    /// Decrypts one block.
    #[must_use]
    pub fn decrypt(&self, block: [u8; 8]) -> [u8; 8] {
        let mut block = block.into();
        match self.cipher() {
            Cipher::Single(c) => c.decrypt_block(&mut block),
            Cipher::Double(c) => c.decrypt_block(&mut block),
            Cipher::Triple(c) => c.decrypt_block(&mut block),
        }
        block.into()
    }

    /// The key with the lowest bit of each byte set so that the byte has an odd number of ones (FIPS 46-3).
    #[must_use]
    pub fn with_odd_parity(mut self) -> Self {
        for byte in &mut self.bytes {
            *byte = (*byte & 0xFE) | u8::from((*byte >> 1).count_ones().is_multiple_of(2));
        }
        // Bytes beyond the length stay zero, so that equal keys are equal.
        self.bytes.iter_mut().skip(self.length).for_each(|b| *b = 0);
        self
    }

    /// Whether every byte has an odd number of ones.
    #[must_use]
    pub fn has_odd_parity(&self) -> bool {
        self.bytes().iter().all(|b| !b.count_ones().is_multiple_of(2))
    }

    /// Whether two of its 8-byte parts are equal, which makes 3DES (nearly) single DES; never so for 8 bytes.
    #[must_use]
    pub fn has_equal_parts(&self) -> bool {
        let mut parts = self.bytes().chunks(8);
        parts.next().is_some_and(|first| {
            let second = parts.next();
            second == Some(first) || parts.next().is_some_and(|third| Some(third) == second)
        })
    }

    /// Left and right half of a 16-byte key.
    pub(crate) fn halves(&self) -> Option<(Self, Self)> {
        let (left, right) = self.bytes().split_at_checked(8)?;
        Some((Self::new(left).ok()?, Self::new(right).ok()?))
    }

    fn cipher(&self) -> Cipher {
        match self.length {
            8 => Cipher::Single(Des::new(&self.first::<8>().into())),
            16 => Cipher::Double(TdesEde2::new(&self.first::<16>().into())),
            _ => Cipher::Triple(TdesEde3::new(&self.bytes.into())),
        }
    }

    fn first<const N: usize>(&self) -> [u8; N] {
        self.bytes.first_chunk().copied().unwrap_or([0; N])
    }
}

impl Drop for DesKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for DesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DES-{} key, KCV {}", self.length * 8, self.kcv())
    }
}
