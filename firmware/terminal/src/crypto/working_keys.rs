//! The working keys of a sign-on, and the cipher that each of them is used with.

use super::keys::{Key8, Key16};

/// A working key with its cipher.
#[derive(Clone, Copy)]
pub(crate) enum CipherKey<'a> {
    Des(&'a Key8),
    /// Two-key 3DES.
    TripleDes(&'a Key16),
    Sm4(&'a Key16),
}

impl<'a> CipherKey<'a> {
    /// All zero in the bits that the cipher uses.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Des(key) => key.is_zero(),
            Self::TripleDes(key) => key.is_zero(),
            Self::Sm4(key) => key.bytes().iter().all(|byte| *byte == 0),
        }
    }

    /// Both halves the same, which makes 3DES single DES; to no other cipher that is a fault.
    pub(crate) fn has_equal_halves(self) -> bool {
        match self {
            Self::TripleDes(key) => key.has_equal_halves(),
            Self::Des(_) | Self::Sm4(_) => false,
        }
    }

    /// The same key to the same cipher.
    pub(crate) fn is_same_as(self, other: CipherKey<'_>) -> bool {
        match (self, other) {
            (Self::Des(key), CipherKey::Des(other)) => key.same_for_des(other),
            (Self::TripleDes(key), CipherKey::TripleDes(other)) => key.same_for_des(other),
            (Self::Sm4(key), CipherKey::Sm4(other)) => key == other,
            _ => false,
        }
    }

    /// The key's 8 or 16 bytes.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Des(key) => key.bytes(),
            Self::TripleDes(key) | Self::Sm4(key) => key.bytes(),
        }
    }
}

/// The key of PIN blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PinKey {
    /// DES.
    Single(Key8),
    /// Two-key 3DES.
    Double(Key16),
    /// SM4.
    Sm4(Key16),
}

/// The key of MACs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MacKey {
    /// DES.
    Single(Key8),
    /// SM4.
    Sm4(Key16),
}

/// The key of track data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TrackKey {
    /// Two-key 3DES.
    Double(Key16),
    /// SM4.
    Sm4(Key16),
}

impl PinKey {
    pub(crate) fn cipher(&self) -> CipherKey<'_> {
        match self {
            Self::Single(key) => CipherKey::Des(key),
            Self::Double(key) => CipherKey::TripleDes(key),
            Self::Sm4(key) => CipherKey::Sm4(key),
        }
    }
}

impl MacKey {
    pub(crate) fn cipher(&self) -> CipherKey<'_> {
        match self {
            Self::Single(key) => CipherKey::Des(key),
            Self::Sm4(key) => CipherKey::Sm4(key),
        }
    }
}

impl TrackKey {
    pub(crate) fn cipher(&self) -> CipherKey<'_> {
        match self {
            Self::Double(key) => CipherKey::TripleDes(key),
            Self::Sm4(key) => CipherKey::Sm4(key),
        }
    }
}

/// The working keys of a sign-on (PROTOCOL.md, sign-on, field 62). Which there are, the key scheme says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WorkingKeys {
    /// Encrypts PIN blocks.
    pub(crate) pik: PinKey,
    /// Makes MACs.
    pub(crate) mak: MacKey,
    /// Encrypts track data.
    pub(crate) tdk: Option<TrackKey>,
}

impl WorkingKeys {
    /// The track key with its cipher, where there is one.
    pub(crate) fn tdk_cipher(&self) -> Option<CipherKey<'_>> {
        self.tdk.as_ref().map(TrackKey::cipher)
    }
}

#[cfg(test)]
mod tests {
    use super::{CipherKey, MacKey, PinKey, TrackKey, WorkingKeys};
    use crate::crypto::keys::{Key, Key8, Key16};

    #[test]
    fn keys_print_no_byte() {
        let keys = WorkingKeys {
            pik: PinKey::Single(Key::take(&mut [0xA5; 8])),
            mak: MacKey::Single(Key::take(&mut [0xA5; 8])),
            tdk: Some(TrackKey::Sm4(Key::take(&mut [0xA5; 16]))),
        };
        assert_eq!(
            std::format!("{keys:?}"),
            "WorkingKeys { pik: Single(Key(..)), mak: Single(Key(..)), tdk: Some(Sm4(Key(..))) }"
        );
    }

    #[test]
    fn each_cipher_has_its_own_bits_and_its_own_faults() {
        let short = |byte| Key8::take(&mut [byte; 8]);
        let long = |byte| Key16::take(&mut [byte; 16]);
        let (des, triple) = (short(0x10), long(0x10));
        assert!(!CipherKey::Des(&des).has_equal_halves());
        assert!(CipherKey::TripleDes(&triple).has_equal_halves());
        assert!(!CipherKey::Sm4(&triple).has_equal_halves());
        let (parity_only, parity_of_long, zero) = (short(0x01), long(0x01), long(0x00));
        assert!(CipherKey::Des(&parity_only).is_zero() && CipherKey::TripleDes(&parity_of_long).is_zero());
        assert!(!CipherKey::Sm4(&parity_of_long).is_zero() && CipherKey::Sm4(&zero).is_zero());
        let (other_parity, other_parity_of_long) = (short(0x11), long(0x11));
        assert!(CipherKey::Des(&des).is_same_as(CipherKey::Des(&other_parity)));
        assert!(CipherKey::TripleDes(&triple).is_same_as(CipherKey::TripleDes(&other_parity_of_long)));
        assert!(!CipherKey::Sm4(&triple).is_same_as(CipherKey::Sm4(&other_parity_of_long)));
        assert!(CipherKey::Sm4(&triple).is_same_as(CipherKey::Sm4(&triple)));
    }

    #[test]
    fn a_key_of_another_cipher_is_another_key() {
        let short = Key8::take(&mut [0x10; 8]);
        let long = Key16::take(&mut [0x10; 16]);
        let keys = [CipherKey::Des(&short), CipherKey::TripleDes(&long), CipherKey::Sm4(&long)];
        for (at, key) in keys.iter().enumerate() {
            for (other_at, other) in keys.iter().enumerate() {
                assert_eq!(key.is_same_as(*other), at == other_at);
            }
        }
    }
}
