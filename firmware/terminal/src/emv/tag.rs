//! The tags that the kernel knows (EMV Book 3, annex A; PBOC 3.0, part 5, annex A).

use core::fmt;

/// A tag of one to four bytes, as a number: 0x9F26.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u32);

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl Tag {
            $($(#[$doc])* pub(crate) const $name: Self = Self($value);)*
        }
    };
}

tags! {
    /// Application identifier in a directory entry.
    ADF_NAME = 0x4F;
    /// Application label.
    LABEL = 0x50;
    /// Track 2 equivalent data.
    TRACK_2 = 0x57;
    /// Application PAN.
    PAN = 0x5A;
    /// Application template.
    APPLICATION_TEMPLATE = 0x61;
    /// FCI template.
    FCI = 0x6F;
    /// READ RECORD response template.
    RECORD = 0x70;
    /// Issuer script template 1: before the second GENERATE AC.
    SCRIPT_1 = 0x71;
    /// Issuer script template 2: after the second GENERATE AC.
    SCRIPT_2 = 0x72;
    /// Response message template format 2.
    FORMAT_2 = 0x77;
    /// Response message template format 1.
    FORMAT_1 = 0x80;
    /// Amount, authorised, binary.
    AMOUNT_BINARY = 0x81;
    /// AIP.
    AIP = 0x82;
    /// DF name.
    DF_NAME = 0x84;
    /// Issuer script command.
    SCRIPT_COMMAND = 0x86;
    /// Application priority indicator.
    PRIORITY = 0x87;
    /// SFI of the directory.
    SFI = 0x88;
    /// Authorisation response code.
    ARC = 0x8A;
    /// CDOL1.
    CDOL1 = 0x8C;
    /// CDOL2.
    CDOL2 = 0x8D;
    /// CVM list.
    CVM_LIST = 0x8E;
    /// CA public key index.
    CA_INDEX = 0x8F;
    /// Issuer public key certificate.
    ISSUER_CERTIFICATE = 0x90;
    /// Issuer authentication data.
    ISSUER_AUTHENTICATION = 0x91;
    /// Issuer public key remainder.
    ISSUER_REMAINDER = 0x92;
    /// Signed static application data.
    SSAD = 0x93;
    /// AFL.
    AFL = 0x94;
    /// TVR.
    TVR = 0x95;
    /// TDOL.
    TDOL = 0x97;
    /// TC hash value.
    TC_HASH = 0x98;
    /// Transaction date.
    DATE = 0x9A;
    /// TSI.
    TSI = 0x9B;
    /// Transaction type.
    TYPE = 0x9C;
    /// FCI proprietary template.
    FCI_PROPRIETARY = 0xA5;
    /// Application expiration date.
    EXPIRATION = 0x5F24;
    /// Application effective date.
    EFFECTIVE = 0x5F25;
    /// Issuer country code.
    ISSUER_COUNTRY = 0x5F28;
    /// Transaction currency code.
    CURRENCY = 0x5F2A;
    /// Application PAN sequence number.
    PAN_SEQUENCE = 0x5F34;
    /// Transaction currency exponent.
    CURRENCY_EXPONENT = 0x5F36;
    /// Acquirer identifier.
    ACQUIRER = 0x9F01;
    /// Amount, authorised.
    AMOUNT = 0x9F02;
    /// Amount, other.
    AMOUNT_OTHER = 0x9F03;
    /// Application identifier, terminal.
    TERMINAL_AID = 0x9F06;
    /// Application usage control.
    USAGE = 0x9F07;
    /// Application version number, card.
    CARD_VERSION = 0x9F08;
    /// Application version number, terminal.
    TERMINAL_VERSION = 0x9F09;
    /// IAC, default.
    IAC_DEFAULT = 0x9F0D;
    /// IAC, denial.
    IAC_DENIAL = 0x9F0E;
    /// IAC, online.
    IAC_ONLINE = 0x9F0F;
    /// Issuer application data.
    ISSUER_DATA = 0x9F10;
    /// Issuer code table index.
    CODE_TABLE = 0x9F11;
    /// Application preferred name.
    PREFERRED_NAME = 0x9F12;
    /// Last online ATC register.
    LAST_ONLINE_ATC = 0x9F13;
    /// Lower consecutive offline limit.
    LOWER_LIMIT = 0x9F14;
    /// Merchant category code.
    MERCHANT_CATEGORY = 0x9F15;
    /// Merchant identifier.
    MERCHANT = 0x9F16;
    /// PIN try counter.
    PIN_TRIES = 0x9F17;
    /// Issuer script identifier.
    SCRIPT_ID = 0x9F18;
    /// Terminal country code.
    TERMINAL_COUNTRY = 0x9F1A;
    /// Terminal floor limit.
    FLOOR = 0x9F1B;
    /// Terminal identification.
    TERMINAL_ID = 0x9F1C;
    /// Interface device serial number.
    SERIAL = 0x9F1E;
    /// Transaction time.
    TIME = 0x9F21;
    /// Upper consecutive offline limit.
    UPPER_LIMIT = 0x9F23;
    /// Application cryptogram.
    CRYPTOGRAM = 0x9F26;
    /// Cryptogram information data.
    CID = 0x9F27;
    /// ICC PIN encipherment public key certificate.
    PIN_CERTIFICATE = 0x9F2D;
    /// ICC PIN encipherment public key exponent.
    PIN_EXPONENT = 0x9F2E;
    /// ICC PIN encipherment public key remainder.
    PIN_REMAINDER = 0x9F2F;
    /// Issuer public key exponent.
    ISSUER_EXPONENT = 0x9F32;
    /// Terminal capabilities.
    CAPABILITIES = 0x9F33;
    /// CVM results.
    CVM_RESULTS = 0x9F34;
    /// Terminal type.
    TERMINAL_TYPE = 0x9F35;
    /// ATC.
    ATC = 0x9F36;
    /// Unpredictable number.
    UNPREDICTABLE = 0x9F37;
    /// PDOL.
    PDOL = 0x9F38;
    /// POS entry mode.
    ENTRY_MODE = 0x9F39;
    /// Additional terminal capabilities.
    MORE_CAPABILITIES = 0x9F40;
    /// Transaction sequence counter.
    SEQUENCE = 0x9F41;
    /// Application currency code.
    CARD_CURRENCY = 0x9F42;
    /// Data authentication code.
    AUTHENTICATION_CODE = 0x9F45;
    /// ICC public key certificate.
    ICC_CERTIFICATE = 0x9F46;
    /// ICC public key exponent.
    ICC_EXPONENT = 0x9F47;
    /// ICC public key remainder.
    ICC_REMAINDER = 0x9F48;
    /// DDOL.
    DDOL = 0x9F49;
    /// Static data authentication tag list.
    STATIC_TAGS = 0x9F4A;
    /// Signed dynamic application data.
    SDAD = 0x9F4B;
    /// ICC dynamic number.
    DYNAMIC_NUMBER = 0x9F4C;
    /// Electronic cash balance (PBOC).
    BALANCE = 0x9F79;
    /// Issuer script results (UnionPay).
    SCRIPT_RESULTS = 0xDF31;
}

impl Tag {
    /// The tag's bytes, first byte first, and how many of the four they are.
    fn bytes(self) -> ([u8; 4], usize) {
        let bytes = self.0.to_be_bytes();
        let empty = bytes.iter().take_while(|byte| **byte == 0).count().min(3);
        (bytes, empty)
    }

    /// Runs `take` with the tag's bytes.
    pub(crate) fn with_bytes<T>(self, take: impl FnOnce(&[u8]) -> T) -> T {
        let (bytes, empty) = self.bytes();
        take(bytes.get(empty..).unwrap_or_default())
    }

    /// Whether its value is made of TLV objects itself (bit 6 of the first byte).
    pub(crate) fn is_constructed(self) -> bool {
        self.with_bytes(|bytes| bytes.first().is_some_and(|first| first & 0x20 != 0))
    }

    /// P1 and P2 of GET DATA, which has tags of two bytes.
    pub(crate) fn parameters(self) -> [u8; 2] {
        let [_, _, high, low] = self.0.to_be_bytes();
        [high, low]
    }
}

/// Upper-case hex digits, without spaces: `9F26`.
impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02X}", self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tag({self})")
    }
}
