//! Terminal verification results, tag 95 (EMV Book 3, annex C5).

use core::fmt;

/// A bit of the TVR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Byte 1, bit 8: offline data authentication was not performed.
    AuthenticationNotPerformed = 0x0080,
    /// Byte 1, bit 7: SDA failed.
    SdaFailed = 0x0040,
    /// Byte 1, bit 6: ICC data missing.
    DataMissing = 0x0020,
    /// Byte 1, bit 5: card appears on terminal exception file.
    OnExceptionFile = 0x0010,
    /// Byte 1, bit 4: DDA failed.
    DdaFailed = 0x0008,
    /// Byte 1, bit 3: CDA failed.
    CdaFailed = 0x0004,
    /// Byte 1, bit 2: SDA selected.
    SdaSelected = 0x0002,
    /// Byte 2, bit 8: ICC and terminal have different application versions.
    VersionsDiffer = 0x0180,
    /// Byte 2, bit 7: expired application.
    Expired = 0x0140,
    /// Byte 2, bit 6: application not yet effective.
    NotYetEffective = 0x0120,
    /// Byte 2, bit 5: requested service not allowed for card product.
    ServiceNotAllowed = 0x0110,
    /// Byte 2, bit 4: new card.
    NewCard = 0x0108,
    /// Byte 3, bit 8: cardholder verification was not successful.
    CardholderNotVerified = 0x0280,
    /// Byte 3, bit 7: unrecognised CVM.
    UnrecognisedCvm = 0x0240,
    /// Byte 3, bit 6: PIN try limit exceeded.
    PinTryLimitExceeded = 0x0220,
    /// Byte 3, bit 4: PIN entry required, PIN pad present, but PIN was not entered.
    PinNotEntered = 0x0208,
    /// Byte 3, bit 3: online PIN entered.
    OnlinePinEntered = 0x0204,
    /// Byte 4, bit 8: transaction exceeds floor limit.
    FloorLimitExceeded = 0x0380,
    /// Byte 4, bit 7: lower consecutive offline limit exceeded.
    LowerLimitExceeded = 0x0340,
    /// Byte 4, bit 6: upper consecutive offline limit exceeded.
    UpperLimitExceeded = 0x0320,
    /// Byte 4, bit 5: transaction selected randomly for online processing.
    SelectedRandomly = 0x0310,
    /// Byte 5, bit 8: default TDOL used.
    DefaultTdolUsed = 0x0480,
    /// Byte 5, bit 7: issuer authentication failed.
    IssuerAuthenticationFailed = 0x0440,
    /// Byte 5, bit 6: script processing failed before final GENERATE AC.
    ScriptFailedBefore = 0x0420,
    /// Byte 5, bit 5: script processing failed after final GENERATE AC.
    ScriptFailedAfter = 0x0410,
}

/// The TVR. It displays as ten hex digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tvr([u8; 5]);

impl Tvr {
    /// The value of tag 95.
    pub(crate) fn bytes(&self) -> &[u8; 5] {
        &self.0
    }

    /// Sets a bit.
    pub(crate) fn set(&mut self, check: Check) {
        let [place, bit] = (check as u16).to_be_bytes();
        if let Some(byte) = self.0.get_mut(usize::from(place)) {
            *byte |= bit;
        }
    }

    /// Whether a bit is set.
    #[cfg(test)]
    pub(crate) fn has(&self, check: Check) -> bool {
        let [place, bit] = (check as u16).to_be_bytes();
        self.0.get(usize::from(place)).is_some_and(|byte| byte & bit != 0)
    }

    /// Whether a mask (TAC, IAC) has a bit that is set here.
    pub(crate) fn meets(&self, mask: &[u8; 5]) -> bool {
        self.0.iter().zip(mask).any(|(one, other)| one & other != 0)
    }
}

impl fmt::Display for Tvr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}
