//! The list of cardholder verification methods, 8E (EMV 4.3 Book 3, annex C3).

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de, de::IntoDeserializer, de::value::StrDeserializer};

/// 8E: two amounts and rules. An empty list of rules is written as one without.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CvmList {
    /// Amount X, in the smallest unit of 9F42.
    pub x: u32,
    /// Amount Y.
    pub y: u32,
    /// The rules, in their order.
    pub rules: Vec<CvmRule>,
}

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CvmRule {
    /// What is done.
    pub method: CvmMethod,
    /// When the rule holds.
    #[serde(default = "supported")]
    pub when: Condition,
    /// What comes after a failure.
    #[serde(rename = "else", default = "next")]
    pub otherwise: Otherwise,
}

const fn supported() -> Condition {
    Condition::TerminalSupports
}

const fn next() -> Otherwise {
    Otherwise::Next
}

impl CvmList {
    /// The value of 8E.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let rules = self.rules.iter().flat_map(|rule| {
            let next = if rule.otherwise == Otherwise::Next { 0x40 } else { 0 };
            [rule.method.code() | next, rule.when.code()]
        });
        [self.x, self.y].into_iter().flat_map(u32::to_be_bytes).chain(rules).collect()
    }
}

/// What comes after a method that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// The next rule.
    Next,
    /// Verification has failed.
    Fail,
}

/// A method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum CvmMethod {
    /// One that has a name.
    Known(KnownMethod),
    /// Any code, two hex digits.
    Code(u8),
}

/// The methods of EMV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnownMethod {
    /// Verification fails.
    FailCvm,
    /// The PIN, in clear to the card.
    OfflinePlaintextPin,
    /// The PIN, enciphered to the issuer.
    OnlinePin,
    /// Both.
    OfflinePlaintextPinAndSignature,
    /// The PIN, enciphered to the card.
    OfflineEncipheredPin,
    /// Both.
    OfflineEncipheredPinAndSignature,
    /// On paper.
    Signature,
    /// None is needed.
    NoCvm,
}

impl CvmMethod {
    /// The first byte of a rule, but for bit 7.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Known(KnownMethod::FailCvm) => 0x00,
            Self::Known(KnownMethod::OfflinePlaintextPin) => 0x01,
            Self::Known(KnownMethod::OnlinePin) => 0x02,
            Self::Known(KnownMethod::OfflinePlaintextPinAndSignature) => 0x03,
            Self::Known(KnownMethod::OfflineEncipheredPin) => 0x04,
            Self::Known(KnownMethod::OfflineEncipheredPinAndSignature) => 0x05,
            Self::Known(KnownMethod::Signature) => 0x1E,
            Self::Known(KnownMethod::NoCvm) => 0x1F,
        }
    }
}

impl<'de> Deserialize<'de> for CvmMethod {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        if text.len() == 2
            && let Ok(code) = u8::from_str_radix(&text, 16)
        {
            return Ok(Self::Code(code));
        }
        let name: StrDeserializer<'_, de::value::Error> = text.as_str().into_deserializer();
        KnownMethod::deserialize(name).map(Self::Known).map_err(de::Error::custom)
    }
}

/// When a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Always.
    Always,
    /// Unattended cash.
    UnattendedCash,
    /// Neither cash nor cashback.
    NoCash,
    /// The terminal supports the method.
    TerminalSupports,
    /// Manual cash.
    ManualCash,
    /// Purchase with cashback.
    Cashback,
    /// In the application's currency, below amount X.
    BelowX,
    /// Above amount X.
    AboveX,
    /// Below amount Y.
    BelowY,
    /// Above amount Y.
    AboveY,
}

impl Condition {
    /// The second byte of a rule.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Always => 0x00,
            Self::UnattendedCash => 0x01,
            Self::NoCash => 0x02,
            Self::TerminalSupports => 0x03,
            Self::ManualCash => 0x04,
            Self::Cashback => 0x05,
            Self::BelowX => 0x06,
            Self::AboveX => 0x07,
            Self::BelowY => 0x08,
            Self::AboveY => 0x09,
        }
    }
}
