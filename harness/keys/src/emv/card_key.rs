//! A card's master key from the issuer's (EMV Book 2, A1.4).

use schemars::JsonSchema;
use serde::Deserialize;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::error::EmvKeyError;
use super::halves::{joined, two_halves};
use crate::des_key::DesKey;

/// Digits that a card's key is derived from.
const DIGITS: usize = 16;

/// How sixteen digits are made of a card number and its sequence number. It is the issuer's choice; [`super::Cvn::derivation`] is the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Derivation {
    /// A1.4.1: the last sixteen digits of both.
    OptionA,
    /// A1.4.2: sixteen digits of their SHA-1 hash, so that no digit of a long number is left out; option A where the
    /// number has no more than sixteen digits.
    OptionB,
}

impl Derivation {
    /// The card's master key: the digits under the issuer's key, then their complement, in odd parity.
    ///
    /// `sequence` is tag 5F34, two digits; `00` for a card that has none.
    ///
    /// # Errors
    /// [`EmvKeyError::Pan`], [`EmvKeyError::Sequence`], [`EmvKeyError::Key`].
    pub fn master_key(self, issuer: &DesKey, pan: &str, sequence: &str) -> Result<DesKey, EmvKeyError> {
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !(1..=19).contains(&pan.len()) || !is_digits(pan) {
            return Err(EmvKeyError::Pan);
        }
        if sequence.len() != 2 || !is_digits(sequence) {
            return Err(EmvKeyError::Sequence);
        }
        two_halves(issuer)?;
        let both = Zeroizing::new(format!("{pan}{sequence}"));
        let digits = match self {
            Self::OptionB if pan.len() > DIGITS => hashed_digits(&both),
            Self::OptionA | Self::OptionB => last_digits(&both),
        };
        let mut block = [0; 8];
        hex::decode_to_slice(digits.as_bytes(), &mut block).map_err(|_| EmvKeyError::Pan)?;
        joined(issuer.encrypt(block), issuer.encrypt(block.map(|byte| !byte)))
    }
}

/// The last sixteen digits, zeros in front of fewer.
fn last_digits(both: &str) -> Zeroizing<String> {
    let from = both.len().saturating_sub(DIGITS);
    Zeroizing::new(format!("{:0>16}", both.get(from..).unwrap_or(both)))
}

/// The first sixteen decimal digits of the hash; where it has fewer, its letters follow, A for 0 to F for 5.
fn hashed_digits(both: &str) -> Zeroizing<String> {
    let even =
        Zeroizing::new(if both.len().is_multiple_of(2) { both.to_owned() } else { format!("0{both}") });
    let packed = Zeroizing::new(hex::decode(even.as_bytes()).unwrap_or_default());
    let hash = Zeroizing::new(hex::encode(Sha1::digest(&*packed)));
    let decimal = hash.chars().filter(char::is_ascii_digit);
    let letters = hash.chars().filter_map(|c| match c {
        'a'..='f' => char::from_digit(u32::from(c).wrapping_sub(u32::from('a')), 10),
        _ => None,
    });
    Zeroizing::new(decimal.chain(letters).take(DIGITS).collect())
}
