//! What the kernel asks the person in front of the terminal.

use core::fmt;

use heapless::{String, Vec};
use zeroize::Zeroize;

/// Characters of an application's name, at most (EMV Book 3, annex A, tags 50 and 9F12).
pub(crate) const NAME: usize = 16;
/// Applications that are offered at a time.
pub(crate) const OFFERED: usize = 4;
/// Digits of a PIN, at most (ISO 9564-1).
pub(crate) const PIN: usize = 12;

/// The name of an application as it is offered: printable ASCII.
pub(crate) type ApplicationName = String<NAME>;

/// Why a person did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Cancel was pressed.
    Cancelled,
    /// Nothing was pressed for too long.
    TimedOut,
    /// The card was pulled out meanwhile.
    Removed,
}

/// A PIN's ASCII digits; they do not print, and are erased when dropped.
#[derive(Default)]
pub(crate) struct OfflinePin(Vec<u8, PIN>);

impl OfflinePin {
    /// Takes ASCII digits; `None` where they are not 4 to 12 digits.
    pub(crate) fn new(digits: &[u8]) -> Option<Self> {
        let is_pin = (4..=PIN).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        Vec::from_slice(digits).ok().filter(|_| is_pin).map(Self)
    }

    /// ASCII digits.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for OfflinePin {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for OfflinePin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OfflinePin(..)")
    }
}

/// The person.
pub(crate) trait Cardholder {
    /// Offers one to four applications (M221) and answers with the chosen one's index.
    ///
    /// # Errors
    /// The person did not choose.
    async fn choose(&mut self, names: &[ApplicationName]) -> Result<usize, Interruption>;

    /// Asks for the PIN that the card itself checks (M222); `tries_left` after a wrong one. `None` is the person's
    /// confirmation without a digit: PIN not entered.
    ///
    /// # Errors
    /// The person cancelled, or did nothing.
    async fn offline_pin(&mut self, tries_left: Option<u8>) -> Result<Option<OfflinePin>, Interruption>;

    /// Asks for the PIN that the issuer checks (M203), which the kernel never sees; whether one was entered.
    ///
    /// # Errors
    /// The person cancelled, or did nothing.
    async fn online_pin(&mut self) -> Result<bool, Interruption>;
}
