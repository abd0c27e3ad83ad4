//! Cryptogram version numbers: which keys, which data, which answer.

use zeroize::Zeroizing;

use super::arpc::{arpc_method1, arpc_method2};
use super::card_key::Derivation;
use super::cryptogram::{Padding, application_cryptogram};
use super::error::EmvKeyError;
use super::session_key::{common_session_key, pboc_session_key, visa_script_key};
use crate::des_key::DesKey;

/// The tags that every cryptogram here covers, in their order, and how many bytes each has; what of 9F10 follows is the
/// version's.
pub const COVERED: [(u16, usize); 10] = [
    (0x9F02, 6),
    (0x9F03, 6),
    (0x9F1A, 2),
    (0x95, 5),
    (0x5F2A, 2),
    (0x9A, 3),
    (0x9C, 1),
    (0x9F37, 4),
    (0x82, 2),
    (0x9F36, 2),
];

const ISSUER_APPLICATION_DATA: u16 = 0x9F10;

/// The version of a card's cryptograms, the third byte of tag 9F10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cvn {
    /// PBOC 01, UnionPay's: a session key by ATC and complement, the CVR behind the data, ARPC method 1.
    Pboc01,
    /// VSDC 10: the card's key itself, the CVR behind the data, zeros for padding, ARPC method 1.
    Visa10,
    /// VSDC 18: EMV's common session key by ATC, the whole of 9F10 behind the data, ARPC method 2.
    Visa18,
}

impl Cvn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pboc01, Self::Visa10, Self::Visa18];

    /// By its byte in tag 9F10.
    #[must_use]
    pub fn of_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.byte() == byte)
    }

    /// The version that tag 9F10 names in its third byte, behind the length of its first part and the key's index.
    #[must_use]
    pub fn of_issuer_data(issuer_data: &[u8]) -> Option<Self> {
        Self::of_byte(*issuer_data.get(2)?)
    }

    /// Its byte in tag 9F10.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Pboc01 => 0x01,
            Self::Visa10 => 0x0A,
            Self::Visa18 => 0x12,
        }
    }

    /// How a card's keys are usually derived: PBOC and VSDC 10 know option A alone; with VSDC 18, numbers of more than sixteen digits
    /// have option B.
    #[must_use]
    pub const fn derivation(self) -> Derivation {
        match self {
            Self::Pboc01 | Self::Visa10 => Derivation::OptionA,
            Self::Visa18 => Derivation::OptionB,
        }
    }

    /// The card verification results in tag 9F10: four bytes, the first of which is their length, 3.
    #[must_use]
    pub fn verification_results(issuer_data: &[u8]) -> Option<[u8; 4]> {
        issuer_data.get(3..7)?.try_into().ok()
    }

    /// The key of a cryptogram and of the issuer's answer to it, from the card's for cryptograms.
    ///
    /// # Errors
    /// [`EmvKeyError::Key`].
    pub fn session_key(self, card: &DesKey, atc: [u8; 2]) -> Result<DesKey, EmvKeyError> {
        match self {
            Self::Pboc01 => pboc_session_key(card, atc),
            Self::Visa10 => Ok(card.clone()),
            Self::Visa18 => common_session_key(card, [atc[0], atc[1], 0, 0, 0, 0, 0, 0]),
        }
    }

    /// The key of a script's MAC, or of its enciphered data, from the card's for that purpose.
    ///
    /// # Errors
    /// [`EmvKeyError::Key`].
    pub fn script_key(self, card: &DesKey, atc: [u8; 2]) -> Result<DesKey, EmvKeyError> {
        match self {
            Self::Pboc01 => pboc_session_key(card, atc),
            Self::Visa10 | Self::Visa18 => visa_script_key(card, atc),
        }
    }

    /// Bytes of a script's MAC: four in PBOC, eight in VSDC.
    #[must_use]
    pub const fn script_mac_bytes(self) -> usize {
        match self {
            Self::Pboc01 => 4,
            Self::Visa10 | Self::Visa18 => 8,
        }
    }

    /// What a cryptogram covers, without padding; `value` tells a tag's value.
    ///
    /// # Errors
    /// [`EmvKeyError::Tag`] for what is missing or of another length.
    pub fn covered<'v>(
        self,
        value: impl Fn(u16) -> Option<&'v [u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, EmvKeyError> {
        let mut data = Zeroizing::new(Vec::new());
        for (tag, length) in COVERED {
            let value = value(tag).filter(|value| value.len() == length);
            data.extend_from_slice(value.ok_or(EmvKeyError::Tag(tag))?);
        }
        let issuer_data = value(ISSUER_APPLICATION_DATA);
        let behind = match self {
            Self::Visa18 => issuer_data,
            Self::Pboc01 | Self::Visa10 => issuer_data.and_then(|value| value.get(3..7)),
        };
        data.extend_from_slice(behind.ok_or(EmvKeyError::Tag(ISSUER_APPLICATION_DATA))?);
        Ok(data)
    }

    /// How the data is padded.
    #[must_use]
    pub const fn padding(self) -> Padding {
        match self {
            Self::Visa10 => Padding::Zeros,
            Self::Pboc01 | Self::Visa18 => Padding::Emv,
        }
    }

    /// The application cryptogram over [`Cvn::covered`], under the card's key for cryptograms.
    ///
    /// # Errors
    /// [`EmvKeyError::Key`].
    pub fn cryptogram(self, card: &DesKey, atc: [u8; 2], covered: &[u8]) -> Result<[u8; 8], EmvKeyError> {
        application_cryptogram(&self.session_key(card, atc)?, covered, self.padding())
    }

    /// Tag 91: the answer to a cryptogram with a response code. `status_update` is method 2's, which sends no code.
    ///
    /// # Errors
    /// [`EmvKeyError::Key`].
    pub fn issuer_authentication(
        self,
        card: &DesKey,
        atc: [u8; 2],
        cryptogram: [u8; 8],
        response_code: [u8; 2],
        status_update: [u8; 4],
    ) -> Result<Vec<u8>, EmvKeyError> {
        let key = self.session_key(card, atc)?;
        Ok(match self {
            Self::Pboc01 | Self::Visa10 => {
                [&arpc_method1(&key, cryptogram, response_code)[..], &response_code].concat()
            }
            Self::Visa18 => [arpc_method2(&key, cryptogram, status_update, &[])?, status_update].concat(),
        })
    }
}
