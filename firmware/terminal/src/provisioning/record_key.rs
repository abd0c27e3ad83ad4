//! The keys of a record (INTERFACE.md, section 5).

use super::rule::Rule;
use crate::parameters::{CLOSING_CODES, DIAL};

/// A key of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKey {
    DeviceId,
    Serial,
    FactoryKey,
    FactoryKcv,
    TerminalId,
    MerchantId,
    Tpdu,
    Access,
    Modem,
    Apn,
    Host,
    Dial,
    HostTimeout,
    Tries,
    FreshKeys,
    ProofLengths,
    KeyScheme,
    RotateDaily,
    RotateHours,
    Language,
    Track3,
    ReversalTries,
    ReversalClosing,
    Tmk,
    TmkKcv,
    Year,
    Aid,
    AidMatch,
    AidVersion,
    AidTacDenial,
    AidTacOnline,
    AidTacDefault,
    AidFloor,
    AidThreshold,
    AidTarget,
    AidMaxTarget,
    AidDdol,
    AidTdol,
    CaRid,
    CaIndex,
    CaExpiry,
    CaExponent,
    CaModulus1,
    CaModulus2,
    CaModulus3,
    CaModulus4,
    CaModulus5,
    CaModulus6,
    CaCheck,
    RevokedRid,
    RevokedIndex,
    RevokedSerial,
    Bin,
    Issuer,
    Exception,
    Chip,
}

/// What a record is about: a record has keys of one kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// A factory record or a key record.
    Terminal,
    Calendar,
    Application,
    CaKey,
    Revocation,
    Issuer,
    Exception,
    Erasure,
}

/// Every key, its name and its rule, in the interface's order.
pub(super) const TABLE: [(RecordKey, &str, Rule); RecordKey::COUNT] = [
    (RecordKey::DeviceId, "device-id", Rule::Alphanumeric(8, 20)),
    (RecordKey::Serial, "serial", Rule::Alphanumeric(16, 16)),
    (RecordKey::FactoryKey, "factory-key", Rule::Hex(32)),
    (RecordKey::FactoryKcv, "factory-kcv", Rule::Hex(8)),
    (RecordKey::TerminalId, "terminal-id", Rule::Printable(8)),
    (RecordKey::MerchantId, "merchant-id", Rule::Printable(15)),
    (RecordKey::Tpdu, "tpdu", Rule::Hex(10)),
    (RecordKey::Access, "access", Rule::Word(&["cellular", "line"])),
    (RecordKey::Modem, "modem", Rule::Word(&["sim800", "ec20"])),
    (RecordKey::Apn, "apn", Rule::Apn),
    (RecordKey::Host, "host", Rule::Host),
    (RecordKey::Dial, "dial", Rule::Dial(DIAL)),
    (RecordKey::HostTimeout, "host-timeout", Rule::Number(1, 300)),
    (RecordKey::Tries, "tries", Rule::Number(1, 9)),
    (RecordKey::FreshKeys, "fresh-keys", Rule::Word(&["refuse", "accept"])),
    (RecordKey::ProofLengths, "proof-lengths", Rule::Word(&["3", "2"])),
    (
        RecordKey::KeyScheme,
        "key-scheme",
        Rule::Word(&["single", "double", "double-with-track", "sm4", "sm4-006"]),
    ),
    (RecordKey::RotateDaily, "rotate-daily", Rule::Word(&["no", "yes"])),
    (RecordKey::RotateHours, "rotate-hours", Rule::Number(1, 99)),
    (RecordKey::Language, "language", Rule::Word(&["en", "zh"])),
    (RecordKey::Track3, "track-3", Rule::Word(&["no", "yes"])),
    (RecordKey::ReversalTries, "reversal-tries", Rule::Number(1, 9)),
    (RecordKey::ReversalClosing, "reversal-closing", Rule::Codes(CLOSING_CODES)),
    (RecordKey::Tmk, "tmk", Rule::Hex(32)),
    (RecordKey::TmkKcv, "tmk-kcv", Rule::Hex(8)),
    (RecordKey::Year, "year", Rule::Digits(2, 2)),
    (RecordKey::Aid, "aid", Rule::HexBytes(5, 16)),
    (RecordKey::AidMatch, "aid-match", Rule::Word(&["partial", "exact"])),
    (RecordKey::AidVersion, "aid-version", Rule::Hex(4)),
    (RecordKey::AidTacDenial, "aid-tac-denial", Rule::Hex(10)),
    (RecordKey::AidTacOnline, "aid-tac-online", Rule::Hex(10)),
    (RecordKey::AidTacDefault, "aid-tac-default", Rule::Hex(10)),
    (RecordKey::AidFloor, "aid-floor", Rule::Digits(1, 12)),
    (RecordKey::AidThreshold, "aid-threshold", Rule::Digits(1, 12)),
    (RecordKey::AidTarget, "aid-target", Rule::Number(0, 99)),
    (RecordKey::AidMaxTarget, "aid-max-target", Rule::Number(0, 99)),
    (RecordKey::AidDdol, "aid-ddol", Rule::Dol(32)),
    (RecordKey::AidTdol, "aid-tdol", Rule::Dol(32)),
    (RecordKey::CaRid, "ca-rid", Rule::Hex(10)),
    (RecordKey::CaIndex, "ca-index", Rule::Hex(2)),
    (RecordKey::CaExpiry, "ca-expiry", Rule::Date),
    (RecordKey::CaExponent, "ca-exponent", Rule::Word(&["03", "010001"])),
    (RecordKey::CaModulus1, "ca-modulus-1", Rule::HexBytes(1, 42)),
    (RecordKey::CaModulus2, "ca-modulus-2", Rule::HexBytes(1, 42)),
    (RecordKey::CaModulus3, "ca-modulus-3", Rule::HexBytes(1, 42)),
    (RecordKey::CaModulus4, "ca-modulus-4", Rule::HexBytes(1, 42)),
    (RecordKey::CaModulus5, "ca-modulus-5", Rule::HexBytes(1, 42)),
    (RecordKey::CaModulus6, "ca-modulus-6", Rule::HexBytes(1, 42)),
    (RecordKey::CaCheck, "ca-check", Rule::Hex(40)),
    (RecordKey::RevokedRid, "revoked-rid", Rule::Hex(10)),
    (RecordKey::RevokedIndex, "revoked-index", Rule::Hex(2)),
    (RecordKey::RevokedSerial, "revoked-serial", Rule::Hex(6)),
    (RecordKey::Bin, "bin", Rule::Digits(6, 6)),
    (RecordKey::Issuer, "issuer", Rule::PrintableUpTo(16)),
    (RecordKey::Exception, "exception", Rule::CardNumber),
    (RecordKey::Chip, "chip", Rule::Word(&["erase"])),
];

impl RecordKey {
    /// Number of keys.
    pub(crate) const COUNT: usize = 56;

    /// The keys that every factory record must have.
    pub(crate) const FACTORY: [Self; 8] = [
        Self::DeviceId,
        Self::Serial,
        Self::FactoryKey,
        Self::FactoryKcv,
        Self::TerminalId,
        Self::MerchantId,
        Self::Tpdu,
        Self::Access,
    ];

    /// The keys that a factory record must have besides, for a terminal on a mobile network.
    pub(crate) const CELLULAR: [Self; 2] = [Self::Apn, Self::Host];

    /// The keys that a factory record must have besides, for a terminal on a phone line.
    pub(crate) const LINE: [Self; 1] = [Self::Dial];

    /// What kind of record it is a key of.
    pub(crate) fn kind(self) -> RecordKind {
        match self {
            Self::Year => RecordKind::Calendar,
            Self::Aid
            | Self::AidMatch
            | Self::AidVersion
            | Self::AidTacDenial
            | Self::AidTacOnline
            | Self::AidTacDefault
            | Self::AidFloor
            | Self::AidThreshold
            | Self::AidTarget
            | Self::AidMaxTarget
            | Self::AidDdol
            | Self::AidTdol => RecordKind::Application,
            Self::CaRid
            | Self::CaIndex
            | Self::CaExpiry
            | Self::CaExponent
            | Self::CaModulus1
            | Self::CaModulus2
            | Self::CaModulus3
            | Self::CaModulus4
            | Self::CaModulus5
            | Self::CaModulus6
            | Self::CaCheck => RecordKind::CaKey,
            Self::RevokedRid | Self::RevokedIndex | Self::RevokedSerial => RecordKind::Revocation,
            Self::Bin | Self::Issuer => RecordKind::Issuer,
            Self::Exception => RecordKind::Exception,
            Self::Chip => RecordKind::Erasure,
            _ => RecordKind::Terminal,
        }
    }

    /// The key of this name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| known.as_bytes() == name).map(|(key, ..)| *key)
    }

    /// Position in the interface's order.
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Whether this can be the key's value.
    pub(crate) fn accepts(self, value: &[u8]) -> bool {
        TABLE.get(self.index()).is_some_and(|(_, _, rule)| rule.accepts(value))
    }
}
