//! How the TMK gets into a terminal: under the factory key, or as components.

use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::kcv::Kcv;
use crate::key::{Family, Key};
use crate::sm4_key::Sm4Key;

/// The TMK encrypted under the device's factory key (SM4-ECB).
///
/// # Errors
/// [`KeyError::Blocks`] unless the TMK has 16 bytes.
pub fn wrap_tmk(factory_key: &Sm4Key, tmk: &Key) -> Result<[u8; 16], KeyError> {
    let clear: [u8; 16] =
        tmk.bytes().try_into().map_err(|_| KeyError::Blocks { block: 16, given: tmk.bytes().len() })?;
    Ok(factory_key.encrypt(clear))
}

/// The TMK back from its encryption under the factory key, held against its check value.
///
/// # Errors
/// [`KeyError::Kcv`].
pub fn unwrap_tmk(
    factory_key: &Sm4Key,
    wrapped: [u8; 16],
    family: Family,
    kcv: Kcv,
) -> Result<Key, KeyError> {
    checked(Key::new(family, Zeroizing::new(factory_key.decrypt(wrapped)).as_slice())?, kcv)
}

/// The TMK from two components typed in by two people: their XOR, held against its check value.
///
/// # Errors
/// [`KeyError::Length`] for components of different lengths, [`KeyError::Kcv`].
pub fn combine_components(one: &Key, other: &Key, kcv: Kcv) -> Result<Key, KeyError> {
    let (a, b) = (one.bytes(), other.bytes());
    if a.len() != b.len() || one.family() != other.family() {
        return Err(KeyError::Length { expected: "the first component's length in", given: b.len() });
    }
    let sum: Zeroizing<Vec<u8>> = Zeroizing::new(a.iter().zip(b).map(|(a, b)| a ^ b).collect());
    checked(Key::new(one.family(), &sum)?, kcv)
}

fn checked(key: Key, carried: Kcv) -> Result<Key, KeyError> {
    let computed = key.kcv();
    if computed == carried { Ok(key) } else { Err(KeyError::Kcv { computed, carried }) }
}
