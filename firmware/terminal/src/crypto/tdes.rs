//! DES and two-key 3DES in ECB mode, one block at a time (FIPS 46-3, keying option 2).

use des::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde2};

use super::keys::{Key8, Key16};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 8;

/// Encrypts one block with two-key 3DES.
pub(crate) fn encrypt_double(key: &Key16, mut block: [u8; BLOCK]) -> [u8; BLOCK] {
    TdesEde2::new(&Array(*key.bytes())).encrypt_block((&mut block).into());
    block
}

/// Encrypts one block with single DES.
pub(crate) fn encrypt_single(key: &Key8, mut block: [u8; BLOCK]) -> [u8; BLOCK] {
    Des::new(&Array(*key.bytes())).encrypt_block((&mut block).into());
    block
}

/// Decrypts whole blocks in place with two-key 3DES; an incomplete last block is left as it is.
pub(crate) fn decrypt_double(key: &Key16, data: &mut [u8]) {
    let cipher = TdesEde2::new(&Array(*key.bytes()));
    let (blocks, _) = data.as_chunks_mut::<BLOCK>();
    for block in blocks {
        cipher.decrypt_block(block.into());
    }
}
