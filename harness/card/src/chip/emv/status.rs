//! Status words (ISO/IEC 7816-4, EMV 4.3 Book 1 and 3).

/// SW1 and SW2 of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// The selected application is blocked.
    pub const INVALIDATED: Self = Self(0x6283);
    /// Authentication failed.
    pub const NOT_AUTHENTIC: Self = Self(0x6300);
    /// Lc is wrong.
    pub const LENGTH: Self = Self(0x6700);
    /// A MAC is missing or wrong.
    pub const MAC: Self = Self(0x6988);
    /// A MAC is expected.
    pub const NO_MAC: Self = Self(0x6987);
    /// PIN tries are used up.
    pub const PIN_BLOCKED: Self = Self(0x6983);
    /// There is no such PIN here.
    pub const NO_PIN: Self = Self(0x6984);
    /// The command does not come now.
    pub const CONDITIONS: Self = Self(0x6985);
    /// The data of a command are wrong.
    pub const DATA: Self = Self(0x6A80);
    /// The function is not supported; to SELECT: the card is blocked.
    pub const UNSUPPORTED: Self = Self(0x6A81);
    /// There is no such application or file.
    pub const NOT_FOUND: Self = Self(0x6A82);
    /// There is no such record.
    pub const NO_RECORD: Self = Self(0x6A83);
    /// P1 and P2 are wrong.
    pub const PARAMETERS: Self = Self(0x6A86);
    /// There is no such data object.
    pub const NO_DATA: Self = Self(0x6A88);
    /// The instruction is unknown.
    pub const INSTRUCTION: Self = Self(0x6D00);
    /// The class is unknown.
    pub const CLASS: Self = Self(0x6E00);

    /// A wrong PIN, and how many tries are left.
    #[must_use]
    pub fn tries_left(tries: u8) -> Self {
        Self(0x63C0 | u16::from(tries.min(15)))
    }
}
