//! The terminal's proof in field 59: that it has the chip whose ids it says.

use std::fmt;

use thiserror::Error;

use crate::mac;
use crate::sm4_key::Sm4Key;

/// How many digits a length in field 59 has: sources differ, so it is a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthDigits {
    /// As in a public source; the default.
    Three,
    /// As in a frame from the field.
    Two,
}

impl LengthDigits {
    const fn count(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Two => 2,
        }
    }
}

/// Element `A2` of field 59.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalProof {
    /// `01`: device type, such as `02`.
    pub device_type: String,
    /// `02`: serial number of the device, 16 characters.
    pub serial: String,
    /// `03`: random factor; at sign-on the STAN, with a card the PAN's last six digits.
    pub factor: String,
    /// `04`: 8 upper-case hex digits made with the factory key.
    pub proof: String,
    /// `05`: version of the application, 8 characters.
    pub version: String,
}

impl TerminalProof {
    /// The proof of the device that holds `factory_key`.
    #[must_use]
    pub fn new(factory_key: &Sm4Key, device_type: &str, serial: &str, factor: &str, version: &str) -> Self {
        Self {
            device_type: device_type.to_owned(),
            serial: serial.to_owned(),
            factor: factor.to_owned(),
            proof: compute_proof(factory_key, serial, factor),
            version: version.to_owned(),
        }
    }

    /// The text of field 59.
    #[must_use]
    pub fn encode(&self, lengths: LengthDigits) -> String {
        let width = lengths.count();
        let element = |tag: &str, value: &str| format!("{tag}{:0width$}{value}", value.len());
        let inside = [
            element("01", &self.device_type),
            element("02", &self.serial),
            element("03", &self.factor),
            element("04", &self.proof),
            element("05", &self.version),
        ];
        element("A2", &inside.concat())
    }

    /// Finds the proof in field 59. Other elements beside `A2`, unknown ones in it, and any order are accepted.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn parse(field: &str, lengths: LengthDigits) -> Result<Self, ProofError> {
        let outer = elements(field, 0, lengths)?;
        let (at, inside) =
            outer.iter().find(|e| e.tag == "A2").map(|e| (e.at, e.value)).ok_or(ProofError::Missing("A2"))?;
        let inner = elements(inside, at, lengths)?;
        let get = |tag: &'static str| {
            let found = inner.iter().find(|e| e.tag == tag);
            found.map(|e| e.value.to_owned()).ok_or(ProofError::Missing(tag))
        };
        Ok(Self {
            device_type: get("01")?,
            serial: get("02")?,
            factor: get("03")?,
            proof: get("04")?,
            version: get("05")?,
        })
    }

    /// Recomputes the proof with the device's factory key. `serial` and `factor` are what they must be.
    ///
    /// The comparison is not in constant time: this is a test rig, its keys are test keys.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn verify(&self, factory_key: &Sm4Key, serial: &str, factor: &str) -> Result<(), ProofRefusal> {
        if self.serial != serial {
            return Err(ProofRefusal::Serial);
        }
        if self.factor != factor {
            return Err(ProofRefusal::Factor { expected: factor.to_owned(), given: self.factor.clone() });
        }
        let expected = compute_proof(factory_key, &self.serial, &self.factor);
        if self.proof == expected { Ok(()) } else { Err(ProofRefusal::Proof) }
    }
}

/// Upper-case hex of the first four bytes of the SM4 CBC-MAC over serial number and factor.
#[must_use]
pub fn compute_proof(factory_key: &Sm4Key, serial: &str, factor: &str) -> String {
    let [a, b, c, d, ..] = mac::sm4_cbc(factory_key, &[serial.as_bytes(), factor.as_bytes()].concat());
    hex::encode_upper([a, b, c, d])
}

/// Why field 59 holds no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// An element that is cut off or has no number for a length.
    #[error(
        "field 59, character {0}: expected a tag of two characters, a length of {1} digits and so many characters"
    )]
    Element(usize, usize),
    /// An element that must be there.
    #[error("field 59: element {0} is missing")]
    Missing(&'static str),
}

/// Why a proof does not prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofRefusal {
    /// The serial number is not the device's.
    Serial,
    /// A factor of another message: an old proof sent again.
    Factor {
        /// What it must be.
        expected: String,
        /// What it is.
        given: String,
    },
    /// Not made with the device's factory key.
    Proof,
}

impl std::error::Error for ProofRefusal {}

impl fmt::Display for ProofRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial => f.write_str("serial number is not the device's: cloned terminal?"),
            Self::Factor { expected, given } => {
                write!(f, "factor is {given}, expected {expected}: an old proof sent again, cloned terminal?")
            }
            Self::Proof => f.write_str("proof does not match the device's factory key: cloned terminal?"),
        }
    }
}

struct Element<'a> {
    tag: &'a str,
    value: &'a str,
    /// Character of the field at which the value begins.
    at: usize,
}

fn elements(text: &str, offset: usize, lengths: LengthDigits) -> Result<Vec<Element<'_>>, ProofError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let element = element(rest, lengths.count());
        let (tag, value) = element.ok_or(ProofError::Element(offset + at + 1, lengths.count()))?;
        let start = at + 2 + lengths.count();
        found.push(Element { tag, value, at: offset + start });
        at = start + value.len();
    }
    Ok(found)
}

fn element(rest: &str, digits: usize) -> Option<(&str, &str)> {
    let (tag, rest) = rest.split_at_checked(2)?;
    let (length, rest) = rest.split_at_checked(digits)?;
    let length: usize = length.bytes().all(|b| b.is_ascii_digit()).then(|| length.parse().ok())??;
    Some((tag, rest.split_at_checked(length)?.0))
}
