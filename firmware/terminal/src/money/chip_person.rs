//! The person in front of the terminal while a card is in (INTERFACE.md, section 4, M203, M221 and M222).

use embassy_futures::select::{Either, select};
use heapless::String;

use super::card_number::{CardNumber, LONGEST};
use super::chip_desk::Desk;
use super::input::PATIENCE;
use super::order::Pin;
use super::screens::{About, Stopped};
use crate::app::Terminal;
use crate::emv::cardholder::{ApplicationName, Cardholder, Interruption, OfflinePin};
use crate::panel::keypad::Key;
use crate::ports::Hardware;
use crate::slot::presence::{Presence, Stay};

/// Who presses the keys, for as long as this card is in.
pub(super) struct Person<'d, 't, 'a, H: Hardware> {
    desk: &'d Desk<'t, 'a, H>,
    about: About<'d>,
    presence: &'a Presence,
    stay: Stay,
    /// The card number, masked, once it is known.
    card: String<LONGEST>,
    /// What the issuer checks, where it was entered.
    pub(super) pin: Option<Pin>,
}

impl<'d, 't, 'a, H: Hardware> Person<'d, 't, 'a, H> {
    pub(super) fn new(
        desk: &'d Desk<'t, 'a, H>,
        about: About<'d>,
        presence: &'a Presence,
        stay: Stay,
    ) -> Self {
        Self { desk, about, presence, stay, card: String::new(), pin: None }
    }

    /// From now on screens show this card.
    pub(super) fn show_card(&mut self, number: Option<CardNumber>) {
        self.card = number.map(|number| number.masked().text()).unwrap_or_default();
    }

    /// Waits for an answer, unless the card is pulled out. M220 is next.
    async fn ask<T>(
        &self,
        ask: impl AsyncFnOnce(&mut Terminal<'a, H>, &About<'_>) -> Result<T, Stopped>,
    ) -> Result<T, Interruption> {
        let about = About { card: &self.card, ..self.about };
        let mut terminal = self.desk.lock().await;
        let answered = match select(self.presence.removed(self.stay), ask(&mut terminal, &about)).await {
            Either::First(()) => return Err(Interruption::Removed),
            Either::Second(answered) => answered?,
        };
        terminal.display.show(&about.reading_card()).await;
        Ok(answered)
    }
}

impl<H: Hardware> Cardholder for Person<'_, '_, '_, H> {
    async fn choose(&mut self, names: &[ApplicationName]) -> Result<usize, Interruption> {
        self.ask(async |terminal, about| {
            terminal.display.show(&about.choose(names.iter().map(String::as_str))).await;
            loop {
                if let Key::Digit(digit) = terminal.entry_key(PATIENCE).await?
                    && let Some(index) = usize::from(digit).checked_sub(1)
                    && index < names.len()
                {
                    return Ok(index);
                }
            }
        })
        .await
    }

    async fn offline_pin(&mut self, tries_left: Option<u8>) -> Result<Option<OfflinePin>, Interruption> {
        let pin = self
            .ask(async |terminal, about| {
                terminal.enter_pin_on(about, |digits| about.pin_of_card(digits, tries_left)).await
            })
            .await?;
        Ok(pin.and_then(|pin| OfflinePin::new(pin.digits())))
    }

    async fn online_pin(&mut self) -> Result<bool, Interruption> {
        self.pin = self.ask(async |terminal, about| terminal.enter_pin(about, false).await).await?;
        Ok(self.pin.is_some())
    }
}

impl From<Stopped> for Interruption {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Timeout => Self::TimedOut,
        }
    }
}
