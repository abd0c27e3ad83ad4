//! SM4 (GB/T 32907): single blocks in ECB mode, and a CBC-MAC.

use ::sm4::Sm4;
use ::sm4::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use super::keys::Key16;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 16;

/// Encrypts one block.
pub(crate) fn encrypt(key: &Key16, mut block: [u8; BLOCK]) -> [u8; BLOCK] {
    Sm4::new(&Array(*key.bytes())).encrypt_block((&mut block).into());
    block
}

/// Decrypts one block in place.
pub(crate) fn decrypt(key: &Key16, block: &mut [u8; BLOCK]) {
    Sm4::new(&Array(*key.bytes())).decrypt_block(block.into());
}

/// CBC-MAC with a zero initial value over data padded with zeros to whole blocks; the last block whole.
pub(crate) fn cbc_mac(key: &Key16, data: impl IntoIterator<Item = u8>) -> [u8; BLOCK] {
    let cipher = Sm4::new(&Array(*key.bytes()));
    let mut state = [0; BLOCK];
    let mut filled = 0;
    for byte in data {
        if filled == BLOCK {
            cipher.encrypt_block((&mut state).into());
            filled = 0;
        }
        state[filled] ^= byte;
        filled += 1;
    }
    if filled > 0 {
        cipher.encrypt_block((&mut state).into());
    }
    state
}

#[cfg(test)]
mod tests {
    use super::{cbc_mac, decrypt, encrypt};
    use crate::crypto::keys::Key16;
    use crate::vectors::{Vectors, bytes};

    #[test]
    fn the_standard_s_example() {
        for case in Vectors::load("sm4") {
            let mut key = bytes(case.input("key"));
            let key = Key16::take(&mut key);
            let cipher = encrypt(&key, bytes(case.input("plain")));
            assert_eq!(cipher, bytes(case.output("cipher")), "{}", case.name);
            let mut back = cipher;
            decrypt(&key, &mut back);
            assert_eq!(back, bytes(case.input("plain")), "{}", case.name);
        }
    }

    #[test]
    fn the_mac_of_several_blocks_padded_with_zeros() {
        let case = Vectors::load("cup_sm4_constructed").named("mac_field64");
        let key = Key16::take(&mut bytes(case.input("mak")));
        let data = hex::decode(case.input("data")).unwrap();
        assert!(!data.len().is_multiple_of(16));
        assert_eq!(cbc_mac(&key, data), bytes(case.output("cbc_mac")));
    }

    #[test]
    fn the_mac_of_one_block_is_its_encryption() {
        let key = Key16::take(&mut [3; 16]);
        assert_eq!(cbc_mac(&key, [5; 16]), encrypt(&key, [5; 16]));
        let mut padded = [0; 16];
        padded[0] = 9;
        assert_eq!(cbc_mac(&key, [9]), encrypt(&key, padded));
    }
}
