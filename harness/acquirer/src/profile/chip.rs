//! The chips of a host's cards, their issuers' keys, and how the host treats them.

use std::collections::BTreeMap;

use payrig_keys::DesKey;
use payrig_keys::emv::{Cvn, Derivation};
use serde::Deserialize;
use toml::Spanned;

use super::{Checker, ProfileError};
use crate::chip::{Chip, ChipRules, FallbackRule, IssuerKeys};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RulesTable {
    fallback: FallbackRule,
    tvr_refused: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct IssuerTable {
    imk_ac: Spanned<String>,
    imk_smi: Spanned<String>,
    imk_smc: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChipTable {
    /// The version's usual one where it is not said.
    derivation: Option<Derivation>,
    issuer: Spanned<String>,
    cvn: Spanned<String>,
    sequence: Option<Spanned<String>>,
    aid: Spanned<String>,
}

/// Issuers by name.
pub(super) type Issuers = BTreeMap<String, IssuerKeys>;

impl Checker<'_> {
    pub(super) fn chip_rules(&self, table: RulesTable) -> Result<ChipRules, ProfileError> {
        let mut tvr_refused = [0; 5];
        let read = hex::decode_to_slice(table.tvr_refused.get_ref(), &mut tvr_refused);
        self.must(read.is_ok(), &table.tvr_refused, "a TVR has 10 hex digits")?;
        Ok(ChipRules { fallback: table.fallback, tvr_refused })
    }

    pub(super) fn issuers(&self, tables: BTreeMap<String, IssuerTable>) -> Result<Issuers, ProfileError> {
        let read = |(name, table): (String, IssuerTable)| {
            let (ac, smi, smc) = (table.imk_ac, table.imk_smi, table.imk_smc);
            let keys = IssuerKeys { ac: self.imk(&ac)?, smi: self.imk(&smi)?, smc: self.imk(&smc)? };
            Ok((name, keys))
        };
        tables.into_iter().map(read).collect()
    }

    fn imk(&self, value: &Spanned<String>) -> Result<DesKey, ProfileError> {
        let key = DesKey::from_hex(value.get_ref()).ok().filter(|key| key.bytes().len() == 16);
        self.there(key, value, "an issuer's key has 32 hex digits")
    }

    pub(super) fn chip(&self, table: ChipTable, issuers: &Issuers) -> Result<Chip, ProfileError> {
        let issuer = issuers.get(table.issuer.get_ref()).cloned();
        let issuer = self.there(issuer, &table.issuer, "no `issuer` table has this name")?;
        // A version goes by its decimal number; tag 9F10 has it in hex.
        let version = Cvn::ALL.into_iter().find(|v| format!("{:02}", v.byte()) == *table.cvn.get_ref());
        let version = self.there(version, &table.cvn, "expected \"01\", \"10\" or \"18\"")?;
        let aid = hex::decode(table.aid.get_ref()).ok().filter(|aid| (5..=16).contains(&aid.len()));
        let aid = self.there(aid, &table.aid, "an AID has 10 to 32 hex digits")?;
        let message = "a card sequence number has 2 digits";
        let sequence = table.sequence.map(|digits| self.digits(digits, 2..=2, message)).transpose()?;
        let derivation = table.derivation.unwrap_or_else(|| version.derivation());
        Ok(Chip { sequence, version, derivation, aid, issuer })
    }
}
