//! A key of either family.

use std::fmt;

use zeroize::Zeroizing;

use crate::des_key::DesKey;
use crate::error::KeyError;
use crate::kcv::Kcv;
use crate::sm4_key::Sm4Key;

/// Which cipher a key is for. It is a parameter of terminal and host, never read off a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// DES and 3DES.
    Des,
    /// SM4.
    Sm4,
}

/// A DES, 3DES or SM4 key.
#[derive(Clone, PartialEq, Eq)]
pub enum Key {
    /// DES or 3DES.
    Des(DesKey),
    /// SM4.
    Sm4(Sm4Key),
}

impl Key {
    /// A key of the family from its bytes.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn new(family: Family, bytes: &[u8]) -> Result<Self, KeyError> {
        match family {
            Family::Des => DesKey::new(bytes).map(Self::Des),
            Family::Sm4 => Sm4Key::new(bytes).map(Self::Sm4),
        }
    }

    /// The same bytes as a key of the family.
    ///
    /// # Errors
    /// [`KeyError::Length`] for bytes that are no key of the family.
    pub(crate) fn in_family(&self, family: Family) -> Result<Self, KeyError> {
        Self::new(family, self.bytes())
    }

    /// Its family.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Des(_) => Family::Des,
            Self::Sm4(_) => Family::Sm4,
        }
    }

    /// The clear bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Des(key) => key.bytes(),
            Self::Sm4(key) => key.bytes(),
        }
    }

    /// Its check value.
    #[must_use]
    pub fn kcv(&self) -> Kcv {
        match self {
            Self::Des(key) => key.kcv(),
            Self::Sm4(key) => key.kcv(),
        }
    }

    /// Encrypts whole blocks, each by itself (ECB).
    ///
    /// # Errors
    /// [`KeyError::Blocks`].
    pub fn encrypt_ecb(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Des(key) => by_blocks(data, |block| key.encrypt(block)),
            Self::Sm4(key) => by_blocks(data, |block| key.encrypt(block)),
        }
    }

    /// Decrypts whole blocks, each by itself (ECB).
    ///
    /// # Errors
    /// [`KeyError::Blocks`].
    pub fn decrypt_ecb(&self, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Des(key) => by_blocks(data, |block| key.decrypt(block)),
            Self::Sm4(key) => by_blocks(data, |block| key.decrypt(block)),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Des(key) => key.fmt(f),
            Self::Sm4(key) => key.fmt(f),
        }
    }
}

impl From<DesKey> for Key {
    fn from(key: DesKey) -> Self {
        Self::Des(key)
    }
}

impl From<Sm4Key> for Key {
    fn from(key: Sm4Key) -> Self {
        Self::Sm4(key)
    }
}

fn by_blocks<const N: usize>(data: &[u8], each: impl Fn([u8; N]) -> [u8; N]) -> Result<Vec<u8>, KeyError> {
    let (blocks, rest) = data.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(KeyError::Blocks { block: N, given: data.len() });
    }
    Ok(blocks.iter().flat_map(|block| each(*block)).collect())
}

/// Bytes of hex digits; erased when dropped.
pub(crate) fn bytes_of_hex(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if let Some(at) = text.bytes().position(|b| !b.is_ascii_hexdigit()) {
        return Err(KeyError::NotHex(at + 1));
    }
    hex::decode(text).map(Zeroizing::new).map_err(|_| KeyError::NotHex(text.len() + 1))
}
