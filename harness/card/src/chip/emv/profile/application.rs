//! An application on a card.

use std::collections::BTreeMap;

use payrig_keys::emv::{Cvn, Derivation};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Behaviour, CvmList, IssuerAuthentication};
use crate::chip::emv::{Dol, Exactly, HexBytes, Tag};

/// An application: what it is called, what it asks for, how it proves itself and its holder.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApplicationProfile {
    /// 4F and 84: 5 to 16 bytes.
    pub aid: HexBytes,
    /// 50: at most 16 characters.
    pub label: String,
    /// 9F12, and with it 9F11 as 1.
    pub preferred_name: Option<String>,
    /// 87, bits 1 to 4: 1 is the highest; without it the application has none.
    pub priority: Option<u8>,
    /// 87, bit 8: whether it may only be taken when somebody confirms it.
    #[serde(default)]
    pub confirm: bool,
    /// 9F08.
    #[serde(default = "version")]
    pub version: Exactly<2>,
    /// 9F38; without it the card asks for nothing there.
    pub pdol: Option<Dol>,
    /// 8C.
    pub cdol1: Dol,
    /// 8D; what the issuer's authentication needs is added.
    pub cdol2: Dol,
    /// 9F49, where the card signs.
    #[serde(default = "ddol")]
    pub ddol: Dol,
    /// 8E; without it there is none, and the AIP says so.
    pub cvm: Option<CvmList>,
    /// 5F25, YYMMDD.
    pub effective: Exactly<3>,
    /// 9F07.
    #[serde(default = "usage")]
    pub usage: Exactly<2>,
    /// 9F0D.
    #[serde(default = "never")]
    pub iac_default: Exactly<5>,
    /// 9F0E.
    #[serde(default = "never")]
    pub iac_denial: Exactly<5>,
    /// 9F0F.
    #[serde(default = "never")]
    pub iac_online: Exactly<5>,
    /// 5F28.
    #[serde(default = "china")]
    pub country: Exactly<2>,
    /// 9F42.
    #[serde(default = "china")]
    pub currency: Exactly<2>,
    /// 5F2D: two letters for each language.
    pub language: Option<String>,
    /// 9F14: so many transactions in a row without the issuer.
    pub lower_limit: Option<u8>,
    /// 9F23: so many in a row where the terminal cannot go online.
    pub upper_limit: Option<u8>,
    /// 9F79, in the smallest unit; without it the card has none.
    pub offline_balance: Option<u64>,
    /// 9F36 before the first transaction.
    #[serde(default)]
    pub atc: u16,
    /// 9F13.
    #[serde(default)]
    pub last_online_atc: u16,
    /// How it proves itself offline.
    #[serde(default)]
    pub offline_authentication: OfflineAuthentication,
    /// How its issuer proves itself.
    #[serde(default)]
    pub issuer_authentication: IssuerAuthentication,
    /// How its cryptograms are made.
    #[serde(default)]
    pub cryptogram: CryptogramVersion,
    /// How its own keys are derived from the issuer's (EMV 4.3 Book 2, A1.4), where that is not as usual: `option-a` with `pboc-01` and `cvn-10`,
    /// `option-b` with `cvn-18`. Numbers of up to sixteen digits have the same keys by both.
    pub derivation: Option<Derivation>,
    /// Derivation key index, in 9F10.
    #[serde(default = "index")]
    pub key_index: u8,
    /// Which of the keys of the profile's key file are its own.
    pub keys: ApplicationKeys,
    /// What it decides.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Whether answers to GET PROCESSING OPTIONS and GENERATE AC come in template 77, not 80. With CDA they do anyway.
    #[serde(default)]
    pub tagged: bool,
    /// Records by SFI and number, `"1.2"`, as lists of tags; what the card has not is left out. Without it they are laid out as usual.
    #[serde(default)]
    pub records: BTreeMap<String, Vec<Tag>>,
    /// The records that are authenticated offline.
    #[serde(default = "signed")]
    pub authenticated: Vec<String>,
    /// Other values than those that follow from all this, and data objects that do not.
    #[serde(default)]
    pub data: BTreeMap<String, HexBytes>,
}

/// Names of keys in the key file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApplicationKeys {
    /// The issuer's RSA key, which names the scheme's.
    pub issuer: String,
    /// The card's RSA key, for DDA and CDA.
    pub icc: Option<String>,
    /// The card's RSA key for enciphered PINs, where it has one of its own.
    pub pin: Option<String>,
    /// The issuer's master key for cryptograms.
    pub cryptograms: String,
    /// The issuer's master key for script MACs.
    pub script_macs: String,
    /// The issuer's master key for enciphered script data.
    pub script_data: String,
}

/// How an application proves offline that it is genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OfflineAuthentication {
    /// Not at all.
    #[default]
    None,
    /// Its static data are signed.
    Sda,
    /// It signs by itself.
    Dda,
    /// It signs its cryptograms.
    Cda,
}

impl ApplicationProfile {
    /// How its own keys are derived from the issuer's.
    #[must_use]
    pub fn key_derivation(&self) -> Derivation {
        self.derivation.unwrap_or_else(|| self.cryptogram.cvn().derivation())
    }
}

impl OfflineAuthentication {
    /// Whether the card has a key of its own.
    #[must_use]
    pub const fn signs(self) -> bool {
        matches!(self, Self::Dda | Self::Cda)
    }
}

/// Which cryptogram version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum CryptogramVersion {
    /// PBOC's, UnionPay's.
    #[default]
    #[serde(rename = "pboc-01")]
    Pboc01,
    /// VSDC's without session keys.
    #[serde(rename = "cvn-10")]
    Cvn10,
    /// VSDC's with EMV's common session keys.
    #[serde(rename = "cvn-18")]
    Cvn18,
}

impl CryptogramVersion {
    /// As the keys' crate has it.
    #[must_use]
    pub const fn cvn(self) -> Cvn {
        match self {
            Self::Pboc01 => Cvn::Pboc01,
            Self::Cvn10 => Cvn::Visa10,
            Self::Cvn18 => Cvn::Visa18,
        }
    }
}

const fn version() -> Exactly<2> {
    Exactly([0x00, 0x30])
}

fn ddol() -> Dol {
    Dol(vec![(Tag(0x9F37), 4)])
}

/// All there is but for cashback abroad.
const fn usage() -> Exactly<2> {
    Exactly([0xFF, 0x80])
}

const fn never() -> Exactly<5> {
    Exactly([0; 5])
}

const fn china() -> Exactly<2> {
    Exactly([0x01, 0x56])
}

const fn index() -> u8 {
    1
}

fn signed() -> Vec<String> {
    vec!["1.2".into()]
}
