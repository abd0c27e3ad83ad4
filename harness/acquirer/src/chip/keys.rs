//! The chip of a card in the host's books.

use payrig_keys::DesKey;
use payrig_keys::emv::{Cvn, Derivation, EmvKeyError};

/// The master keys of a card's issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKeys {
    /// For application cryptograms.
    pub ac: DesKey,
    /// For the MACs of scripts.
    pub smi: DesKey,
    /// For the enciphered data of scripts.
    pub smc: DesKey,
}

/// What the issuer knows of a card's chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Tag 5F34, two digits; nothing for a card that has none.
    pub sequence: Option<String>,
    /// The version of its cryptograms.
    pub version: Cvn,
    /// How its keys are derived from the issuer's.
    pub derivation: Derivation,
    /// Its application, of which tag 84 is the whole name.
    pub aid: Vec<u8>,
    /// The issuer's keys.
    pub issuer: IssuerKeys,
}

impl Chip {
    /// The card's own keys, derived from the issuer's (EMV Book 2, A1.4).
    ///
    /// # Errors
    /// [`EmvKeyError`].
    pub fn keys(&self, pan: &str) -> Result<IssuerKeys, EmvKeyError> {
        let sequence = self.sequence.as_deref().unwrap_or("00");
        let card = |key: &DesKey| self.derivation.master_key(key, pan, sequence);
        Ok(IssuerKeys {
            ac: card(&self.issuer.ac)?,
            smi: card(&self.issuer.smi)?,
            smc: card(&self.issuer.smc)?,
        })
    }
}
