//! What the operator and the cardholder type (INTERFACE.md, section 4, M200 to M205).

use embassy_time::{Duration, with_timeout};
use heapless::String;
use zeroize::Zeroizing;

use super::amount::Amount;
use super::order::{LONGEST_PIN, Pin};
use super::screens::{About, Stopped};
use crate::app::Terminal;
use crate::batch::entry::Entry;
use crate::diagnosis::{Cause, Diagnosis};
use crate::panel::keypad::Key;
use crate::panel::messages;
use crate::panel::screen::Screen;
use crate::ports::Hardware;

/// How long an entry waits for a key.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the entry of a PIN does.
const PIN_PATIENCE: Duration = Duration::from_secs(30);
/// Digits of an expiry date.
pub(super) const EXPIRY: usize = 4;
/// Digits of a voucher number.
const VOUCHER: usize = 6;

impl<H: Hardware> Terminal<'_, H> {
    /// An amount above zero.
    pub(crate) async fn enter_amount(&mut self, about: &About<'_>) -> Result<Amount, Stopped> {
        let mut amount = Amount::default();
        loop {
            self.display.show(&about.amount(amount)).await;
            match self.entry_key(PATIENCE).await? {
                Key::Digit(digit) => match amount.with_digit(digit) {
                    Some(longer) => amount = longer,
                    None => self.correct(about, Cause::AmountTooLarge).await?,
                },
                Key::Clear => amount = amount.without_digit(),
                Key::Confirm if amount.is_zero() => self.correct(about, Cause::AmountZero).await?,
                Key::Confirm => return Ok(amount),
                _ => {}
            }
        }
    }

    /// A PIN that the issuer checks, or none where only confirm is pressed.
    pub(crate) async fn enter_pin(
        &mut self,
        about: &About<'_>,
        once_more: bool,
    ) -> Result<Option<Pin>, Stopped> {
        self.enter_pin_on(about, |digits| about.pin(digits, once_more)).await
    }

    /// A PIN on this screen of so many digits, or none where only confirm is pressed.
    pub(super) async fn enter_pin_on(
        &mut self,
        about: &About<'_>,
        screen: impl Fn(usize) -> Screen,
    ) -> Result<Option<Pin>, Stopped> {
        let mut typed = Zeroizing::new(String::<LONGEST_PIN>::new());
        loop {
            self.display.show(&screen(typed.len())).await;
            match self.entry_key(PIN_PATIENCE).await? {
                Key::Digit(digit) => {
                    // A digit too many is ignored.
                    let _ = typed.push(char::from(b'0' + digit));
                }
                Key::Clear => typed = Zeroizing::default(),
                Key::Confirm if typed.is_empty() => return Ok(None),
                Key::Confirm => match Pin::new(core::mem::take(&mut *typed)) {
                    Some(pin) => return Ok(Some(pin)),
                    None => self.correct(about, Cause::PinTooShort).await?,
                },
                _ => {}
            }
        }
    }

    /// The number of a sale.
    pub(crate) async fn enter_voucher(&mut self, about: &About<'_>) -> Result<u32, Stopped> {
        let typed = self.enter_digits::<VOUCHER>(|digits| about.voucher(digits)).await?;
        // Six digits at most.
        Ok(typed.parse().unwrap_or(0))
    }

    /// Shows the sale that is to be voided, until it is confirmed.
    pub(crate) async fn confirm_void(&mut self, about: &About<'_>, sale: &Entry) -> Result<(), Stopped> {
        self.display.show(&about.confirm_void(sale)).await;
        while self.entry_key(PATIENCE).await? != Key::Confirm {}
        Ok(())
    }

    /// At least one digit, and no more than there is room for.
    pub(super) async fn enter_digits<const N: usize>(
        &mut self,
        screen: impl Fn(&str) -> Screen,
    ) -> Result<Zeroizing<String<N>>, Stopped> {
        let mut typed = Zeroizing::new(String::new());
        loop {
            self.display.show(&screen(&typed)).await;
            match self.entry_key(PATIENCE).await? {
                Key::Digit(digit) => {
                    // A digit too many is ignored.
                    let _ = typed.push(char::from(b'0' + digit));
                }
                Key::Clear => {
                    typed.pop();
                }
                Key::Confirm if !typed.is_empty() => return Ok(typed),
                _ => {}
            }
        }
    }

    /// Says what is wrong with a value, until any key is pressed.
    pub(super) async fn correct(
        &mut self,
        about: &About<'_>,
        wrong: impl Into<Diagnosis>,
    ) -> Result<(), Stopped> {
        let screen = messages::error(about.head, about.kind.name(), &wrong.into(), false);
        self.display.show(&screen).await;
        with_timeout(PATIENCE, self.keypad.key()).await.map(drop).map_err(|_| Stopped::Timeout)
    }

    pub(super) async fn entry_key(&mut self, patience: Duration) -> Result<Key, Stopped> {
        match with_timeout(patience, self.keypad.key()).await {
            Ok(Key::Cancel) => Err(Stopped::Cancelled),
            Ok(key) => Ok(key),
            Err(_) => Err(Stopped::Timeout),
        }
    }
}

/// MMYY, as it stands on a card, as YYMM; `None` where there is no such month.
pub(super) fn expiry(typed: &[u8]) -> Option<[u8; EXPIRY]> {
    let &[m1, m2, y1, y2] = typed else { return None };
    let month = (m1 & 0x0F) * 10 + (m2 & 0x0F);
    (1..=12).contains(&month).then_some([y1, y2, m1, m2])
}

#[cfg(test)]
mod tests {
    use super::expiry;

    #[test]
    fn an_expiry_date_is_typed_as_it_stands_on_the_card() {
        assert_eq!(expiry(b"1230"), Some(*b"3012"));
        assert_eq!(expiry(b"0126"), Some(*b"2601"));
        for wrong in ["0030", "1330", "123", "12300", ""] {
            assert_eq!(expiry(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
