//! What an application decides.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::chip::emv::AcKind;

/// What the card does with what it is asked for. It never gives more than was asked for: TC, ARQC, AAC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Behaviour {
    /// The most that the first GENERATE AC brings.
    pub first: AcKind,
    /// The most that the second one brings.
    pub second: AcKind,
    /// The most that the second one brings where the terminal could not go online (8A is Y3 or Z3).
    pub offline: AcKind,
    /// Whether an answer of the issuer that is missing is as bad as a wrong one.
    pub issuer_must_answer: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { first: AcKind::Tc, second: AcKind::Tc, offline: AcKind::Tc, issuer_must_answer: false }
    }
}

/// How the issuer proves itself to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerAuthentication {
    /// Not at all.
    None,
    /// Tag 91 in EXTERNAL AUTHENTICATE.
    #[default]
    ExternalAuthenticate,
    /// Tag 91 in CDOL2, with the second GENERATE AC.
    SecondGenerateAc,
}
