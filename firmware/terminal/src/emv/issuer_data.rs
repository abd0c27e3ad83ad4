//! What the issuer said to the card through the host, and what became of it.

use heapless::Vec;

use super::scripts::ScriptResults;

/// Bytes of issuer authentication data, at most (EMV Book 3, annex A1).
const AUTHENTICATION: usize = 16;

/// Kept apart from what the card says, so that no card can say it in the issuer's place.
#[derive(Default)]
pub(crate) struct IssuerData {
    /// 91; empty where the host sent none.
    pub(crate) authentication: Vec<u8, AUTHENTICATION>,
    /// DF31; empty without a script.
    pub(crate) script_results: ScriptResults,
}
