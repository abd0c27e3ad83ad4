//! Transaction status information, tag 9B (EMV Book 3, annex C6).

/// A bit of the TSI's first byte; the second has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Performed {
    /// Byte 1, bit 8: offline data authentication was performed.
    Authentication = 0x80,
    /// Byte 1, bit 7: cardholder verification was performed.
    CardholderVerification = 0x40,
    /// Byte 1, bit 6: card risk management was performed.
    CardRiskManagement = 0x20,
    /// Byte 1, bit 5: issuer authentication was performed.
    IssuerAuthentication = 0x10,
    /// Byte 1, bit 4: terminal risk management was performed.
    TerminalRiskManagement = 0x08,
    /// Byte 1, bit 3: script processing was performed.
    Scripts = 0x04,
}

/// The TSI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tsi([u8; 2]);

impl Tsi {
    /// The value of tag 9B.
    pub(crate) fn bytes(&self) -> &[u8; 2] {
        &self.0
    }

    /// Sets a bit.
    pub(crate) fn set(&mut self, performed: Performed) {
        let [first, _] = &mut self.0;
        *first |= performed as u8;
    }
}
