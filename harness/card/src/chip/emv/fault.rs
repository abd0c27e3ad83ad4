//! What may be wrong with a card on purpose, above the characters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exactly, HexBytes, Tag};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum EmvFault {
    /// Every cryptogram has one bit turned over.
    WrongCryptogram,
    /// One bit of what was signed is turned over, before it is used.
    FlippedBit {
        /// What was signed.
        of: Certified,
        /// Which bit, from the first byte's highest on; beyond the end it begins again.
        #[serde(default = "middle")]
        bit: u16,
    },
    /// What was signed has a hash with one wrong bit in it, and is signed for good: header, data and trailer are right.
    WrongHash(Certified),
    /// The card takes no issuer's answer (ARPC) for a right one.
    RefusesArpc,
    /// Another index of the scheme's key (8F), such as one that the terminal does not know.
    CaIndex(Exactly<1>),
    /// Data objects that no terminal knows stand in the first record, and in the FCI.
    UnknownTags,
    /// Two zeros stand behind every record, and are signed with it: its file has room for longer ones.
    ZerosBehindRecords,
    /// The last byte of this template (6F, 70, 77, 80) is missing, so that the lengths in it say more than there is.
    Truncated(Tag),
    /// A data object is missing wherever it stands.
    Missing(Tag),
    /// A data object of a record comes twice.
    Duplicate(Tag),
    /// A data object has another value.
    Other {
        /// Which.
        tag: Tag,
        /// Its value.
        value: HexBytes,
    },
    /// A command is answered with a status and nothing else.
    Status {
        /// Which command.
        instruction: Instruction,
        /// Which one of them since power came, from 1.
        #[serde(default = "first")]
        nth: u32,
        /// SW1 and SW2.
        sw: Exactly<2>,
    },
    /// Every application is blocked.
    BlockedApplications,
    /// The card is blocked.
    BlockedCard,
    /// No PIN tries are left.
    NoPinTries,
    /// It declines.
    Declines(Generate),
    /// It answers a GENERATE AC with a cryptogram of this kind, whatever it was asked for.
    WrongKind {
        /// Which GENERATE AC.
        at: Generate,
        /// The kind.
        kind: AcKind,
    },
    /// GET PROCESSING OPTIONS is answered with 6985.
    RefusesProcessing,
}

const fn middle() -> u16 {
    400
}

const fn first() -> u32 {
    1
}

/// What was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certified {
    /// 90.
    IssuerCertificate,
    /// 9F46.
    IccCertificate,
    /// 9F2D.
    PinCertificate,
    /// 93.
    SignedStaticData,
    /// 9F4B.
    SignedDynamicData,
}

impl Certified {
    /// As it is written in a file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::IssuerCertificate => "issuer-certificate",
            Self::IccCertificate => "icc-certificate",
            Self::PinCertificate => "pin-certificate",
            Self::SignedStaticData => "signed-static-data",
            Self::SignedDynamicData => "signed-dynamic-data",
        }
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag(match self {
            Self::IssuerCertificate => 0x90,
            Self::IccCertificate => 0x9F46,
            Self::PinCertificate => 0x9F2D,
            Self::SignedStaticData => 0x93,
            Self::SignedDynamicData => 0x9F4B,
        })
    }
}

/// Which GENERATE AC of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Generate {
    /// The first.
    First,
    /// The second.
    Second,
}

/// Kinds of application cryptogram, in the order of what they permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AcKind {
    /// Declined.
    Aac,
    /// To be asked online.
    Arqc,
    /// Approved.
    Tc,
}

impl AcKind {
    /// As bits 8 and 7 of P1 and of 9F27.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Aac => 0x00,
            Self::Arqc => 0x80,
            Self::Tc => 0x40,
        }
    }

    /// What P1 asks for.
    #[must_use]
    pub const fn asked(p1: u8) -> Option<Self> {
        match p1 & 0xC0 {
            0x00 => Some(Self::Aac),
            0x40 => Some(Self::Tc),
            0x80 => Some(Self::Arqc),
            _ => None,
        }
    }
}

/// A command that the card knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Instruction {
    /// SELECT.
    Select,
    /// GET PROCESSING OPTIONS.
    GetProcessingOptions,
    /// READ RECORD.
    ReadRecord,
    /// GET DATA.
    GetData,
    /// VERIFY.
    Verify,
    /// GET CHALLENGE.
    GetChallenge,
    /// INTERNAL AUTHENTICATE.
    InternalAuthenticate,
    /// EXTERNAL AUTHENTICATE.
    ExternalAuthenticate,
    /// GENERATE AC.
    GenerateAc,
    /// APPLICATION BLOCK.
    ApplicationBlock,
    /// APPLICATION UNBLOCK.
    ApplicationUnblock,
    /// CARD BLOCK.
    CardBlock,
    /// PIN CHANGE/UNBLOCK.
    PinChange,
    /// UPDATE RECORD.
    UpdateRecord,
    /// PUT DATA.
    PutData,
}

impl Instruction {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Select,
        Self::GetProcessingOptions,
        Self::ReadRecord,
        Self::GetData,
        Self::Verify,
        Self::GetChallenge,
        Self::InternalAuthenticate,
        Self::ExternalAuthenticate,
        Self::GenerateAc,
        Self::ApplicationBlock,
        Self::ApplicationUnblock,
        Self::CardBlock,
        Self::PinChange,
        Self::UpdateRecord,
        Self::PutData,
    ];

    /// INS.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Select => 0xA4,
            Self::GetProcessingOptions => 0xA8,
            Self::ReadRecord => 0xB2,
            Self::GetData => 0xCA,
            Self::Verify => 0x20,
            Self::GetChallenge => 0x84,
            Self::InternalAuthenticate => 0x88,
            Self::ExternalAuthenticate => 0x82,
            Self::GenerateAc => 0xAE,
            Self::ApplicationBlock => 0x1E,
            Self::ApplicationUnblock => 0x18,
            Self::CardBlock => 0x16,
            Self::PinChange => 0x24,
            Self::UpdateRecord => 0xDC,
            Self::PutData => 0xDA,
        }
    }

    /// The values of CLA that go with it; UPDATE RECORD is an ISO command, but its secure messaging is EMV's in PBOC.
    pub(super) const fn classes(self) -> &'static [u8] {
        match self {
            Self::Select
            | Self::ReadRecord
            | Self::Verify
            | Self::GetChallenge
            | Self::InternalAuthenticate
            | Self::ExternalAuthenticate => &[0x00],
            Self::GetProcessingOptions | Self::GetData | Self::GenerateAc => &[0x80],
            Self::UpdateRecord | Self::PutData => &[0x04, 0x84],
            Self::ApplicationBlock | Self::ApplicationUnblock | Self::CardBlock | Self::PinChange => &[0x84],
        }
    }
}
