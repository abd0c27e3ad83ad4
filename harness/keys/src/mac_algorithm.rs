//! Which MAC terminal and host have agreed on.

use serde::Deserialize;
use thiserror::Error;

use crate::key::{Family, Key};
use crate::mac;

/// How field 64 is made: a setting of terminal and host, never read off a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum MacAlgorithm {
    /// UnionPay's ECB form, [`mac::cup_ecb`].
    #[serde(rename = "cup-ecb")]
    CupEcb,
    /// ANSI X9.9, [`mac::x9_9`].
    #[serde(rename = "x9.9")]
    X9_9,
    /// ANSI X9.19, [`mac::x9_19`]: a MAK of 16 bytes.
    #[serde(rename = "x9.19")]
    X9_19,
    /// The first eight bytes of SM4 CBC-MAC, [`mac::sm4_cbc`].
    #[serde(rename = "sm4-cbc")]
    Sm4Cbc,
    /// The first eight of the 32 upper-case hex characters of SM4 CBC-MAC.
    #[serde(rename = "sm4-cbc-hex")]
    Sm4CbcHex,
}

/// A MAK that the algorithm cannot use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a MAK of {expected} for this MAC, got one of {bytes} bytes or of another family")]
pub struct MacError {
    /// What the algorithm needs.
    expected: &'static str,
    /// Bytes of the key given.
    bytes: usize,
}

impl MacAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::CupEcb, Self::X9_9, Self::X9_19, Self::Sm4Cbc, Self::Sm4CbcHex];

    /// The family of the MAKs that it takes.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::CupEcb | Self::X9_9 | Self::X9_19 => Family::Des,
            Self::Sm4Cbc | Self::Sm4CbcHex => Family::Sm4,
        }
    }

    /// The eight bytes of field 64 for `data`, which is MTI to field 63 as sent.
    ///
    /// # Errors
    /// [`MacError`] when the MAK is of another family or length than the algorithm's.
    pub fn compute(self, mak: &Key, data: &[u8]) -> Result<[u8; 8], MacError> {
        let wrong = |expected| MacError { expected, bytes: mak.bytes().len() };
        match (self, mak) {
            (Self::CupEcb, Key::Des(key)) => Ok(mac::cup_ecb(key, data)),
            (Self::X9_9, Key::Des(key)) => Ok(mac::x9_9(key, data)),
            (Self::X9_19, Key::Des(key)) => mac::x9_19(key, data).ok_or_else(|| wrong("16 bytes for 3DES")),
            (Self::X9_19, Key::Sm4(_)) => Err(wrong("16 bytes for 3DES")),
            (Self::CupEcb | Self::X9_9, Key::Sm4(_)) => Err(wrong("the DES family")),
            (Self::Sm4Cbc, Key::Sm4(key)) => {
                let [a, b, c, d, e, f, g, h, ..] = mac::sm4_cbc(key, data);
                Ok([a, b, c, d, e, f, g, h])
            }
            (Self::Sm4CbcHex, Key::Sm4(key)) => {
                let mut characters = [0; 8];
                let text = hex::encode_upper(mac::sm4_cbc(key, data));
                characters.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
                Ok(characters)
            }
            (Self::Sm4Cbc | Self::Sm4CbcHex, Key::Des(_)) => Err(wrong("SM4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DesKey, Sm4Key};

    #[test]
    fn each_algorithm_is_the_function_of_its_name() {
        let des = DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
        let sm4 = Sm4Key::new(&[7; 16]).unwrap();
        let key = Key::from(des.clone());
        assert_eq!(MacAlgorithm::CupEcb.compute(&key, b"data"), Ok(mac::cup_ecb(&des, b"data")));
        assert_eq!(MacAlgorithm::X9_9.compute(&key, b"data"), Ok(mac::x9_9(&des, b"data")));
        assert_eq!(MacAlgorithm::X9_19.compute(&key, b"data").ok(), mac::x9_19(&des, b"data"));
        let whole = mac::sm4_cbc(&sm4, b"data");
        let sm4 = Key::from(sm4);
        assert_eq!(MacAlgorithm::Sm4Cbc.compute(&sm4, b"data").unwrap(), whole[..8]);
        let hex = hex::encode_upper(&whole[..4]);
        assert_eq!(MacAlgorithm::Sm4CbcHex.compute(&sm4, b"data").unwrap(), hex.as_bytes());
        for algorithm in MacAlgorithm::ALL {
            let fits = if algorithm.family() == Family::Sm4 { &sm4 } else { &key };
            assert!(algorithm.compute(fits, b"data").is_ok(), "{algorithm:?}");
        }
    }

    #[test]
    fn a_mak_that_does_not_fit_is_refused_in_a_sentence() {
        let short = Key::new(Family::Des, &[1; 8]).unwrap();
        let said = MacAlgorithm::X9_19.compute(&short, b"").unwrap_err().to_string();
        assert_eq!(
            said,
            "expected a MAK of 16 bytes for 3DES for this MAC, got one of 8 bytes or of another family"
        );
        let sm4 = Key::new(Family::Sm4, &[1; 16]).unwrap();
        assert!(MacAlgorithm::CupEcb.compute(&sm4, b"").is_err());
        assert!(MacAlgorithm::Sm4Cbc.compute(&short, b"").is_err());
        assert!(MacAlgorithm::Sm4CbcHex.compute(&short, b"").is_err());
    }
}
