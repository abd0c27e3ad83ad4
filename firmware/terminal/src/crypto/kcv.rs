//! Key check values: the first four bytes of a zero block's encryption (PROTOCOL.md, sign-on).

use core::fmt;

use super::keys::{Key8, Key16};
use super::working_keys::CipherKey;
use super::{sm4, tdes};

/// A key check value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kcv(pub(crate) [u8; 4]);

impl Kcv {
    /// Of a double-length key: two-key 3DES over eight zero bytes.
    pub(crate) fn double(key: &Key16) -> Self {
        Self::of(&tdes::encrypt_double(key, [0; tdes::BLOCK]))
    }

    /// Of a single-length key: DES over eight zero bytes.
    pub(crate) fn single(key: &Key8) -> Self {
        Self::of(&tdes::encrypt_single(key, [0; tdes::BLOCK]))
    }

    /// Of a working key, by its cipher.
    pub(crate) fn working_key(key: CipherKey<'_>) -> Self {
        match key {
            CipherKey::Des(key) => Self::single(key),
            CipherKey::TripleDes(key) => Self::double(key),
            CipherKey::Sm4(key) => Self::sm4(key),
        }
    }

    /// Of an SM4 key: SM4 over sixteen zero bytes.
    pub(crate) fn sm4(key: &Key16) -> Self {
        Self::of(&sm4::encrypt(key, [0; sm4::BLOCK]))
    }

    fn of(block: &[u8]) -> Self {
        Self(block.first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for Kcv {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08X}", u32::from_be_bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Kcv;
    use crate::crypto::keys::{Key8, Key16};
    use crate::crypto::working_keys::CipherKey;
    use crate::vectors::{Vectors, bytes};

    #[test]
    fn pik_and_mak_check_values_of_published_field_62() {
        for case in Vectors::load("cup_working_keys") {
            let pik = Key16::take(&mut bytes(case.output("pik")));
            let mak = Key8::take(&mut bytes(case.output("mak")));
            assert_eq!(Kcv::double(&pik), Kcv(bytes(case.output("pik_kcv"))), "{}", case.name);
            assert_eq!(Kcv::single(&mak), Kcv(bytes(case.output("mak_kcv"))), "{}", case.name);
        }
    }

    #[test]
    fn check_values_of_sm4_working_keys() {
        let case = Vectors::load("cup_sm4_constructed").named("field62_005");
        for name in ["pik", "mak", "tdk"] {
            let key = Key16::take(&mut bytes(case.input(name)));
            let kcv = Kcv::working_key(CipherKey::Sm4(&key));
            assert_eq!(kcv, Kcv(bytes(case.output(&std::format!("{name}_kcv")))), "{name}");
        }
    }

    #[test]
    fn factory_key_check_value() {
        let case = Vectors::load("terminal_proof_constructed").named("tmk_under_factory_key");
        let key = Key16::take(&mut bytes(case.input("factory_key")));
        assert_eq!(Kcv::sm4(&key).0, bytes::<4>(case.output("factory_key_kcv_sm4")));
    }

    #[test]
    fn shown_as_eight_upper_case_hex_digits() {
        assert_eq!(std::format!("{}", Kcv([0x00, 0xAB, 0x0C, 0xDE])), "00AB0CDE");
    }
}
