//! What issuers differ in where a chip is concerned.

use serde::Deserialize;

/// How a host treats chip cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipRules {
    /// What becomes of a stripe that is read after the chip failed.
    pub fallback: FallbackRule,
    /// Bits of the TVR for each of which the issuer declines.
    pub tvr_refused: [u8; 5],
}

/// What becomes of a stripe with a chip's service code, where field 60.5 says that the chip failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FallbackRule {
    /// It is served as a stripe.
    Accept,
    /// It is declined.
    Refuse,
}
