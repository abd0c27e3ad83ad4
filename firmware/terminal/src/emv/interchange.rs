//! The application interchange profile, tag 82 (EMV Book 3, annex C1).

/// A bit of the AIP's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Supports {
    /// Byte 1, bit 7: SDA.
    Sda = 0x40,
    /// Byte 1, bit 6: DDA.
    Dda = 0x20,
    /// Byte 1, bit 5: cardholder verification.
    CardholderVerification = 0x10,
    /// Byte 1, bit 3: issuer authentication by EXTERNAL AUTHENTICATE.
    IssuerAuthentication = 0x04,
    /// Byte 1, bit 1: CDA.
    Cda = 0x01,
}

/// Whether an AIP has a bit.
pub(crate) fn has(profile: [u8; 2], bit: Supports) -> bool {
    let [first, _] = profile;
    first & bit as u8 != 0
}
