//! How a card comes into the terminal: typed, swiped or put in (INTERFACE.md, section 4, M201 and M202).

use embassy_futures::select::{Either3, select3};
use heapless::String;
use zeroize::Zeroizing;

use super::card_number::{CardNumber, LONGEST};
use super::entry_mode::EntryMode;
use super::input::{EXPIRY, expiry};
use super::screens::{About, Stopped};
use crate::app::Terminal;
use crate::batch::card_seal::Card;
use crate::diagnosis::Cause;
use crate::ports::Hardware;
use crate::slot::presence::Stay;
use crate::stripe::reader::Swiped;

/// What ends M201.
enum Presented {
    /// Digits and confirm.
    Typed(Zeroizing<String<LONGEST>>),
    Swiped(Swiped),
    PutIn(Stay),
}

/// A card, as far as the operator's part of it goes.
pub(super) enum Entered {
    Card(Card, EntryMode),
    /// It is in the slot.
    Chip(Stay),
}

impl<H: Hardware> Terminal<'_, H> {
    /// A card, typed, swiped or put in. The tracks of a swipe stay with the stripe's reader. Once a chip was not read,
    /// that card is not read again, and the stripe of a chip card is taken.
    pub(super) async fn enter_card(
        &mut self,
        about: &About<'_>,
        not_read: Option<Stay>,
    ) -> Result<Entered, Stopped> {
        loop {
            let cause = match self.present_card(about, not_read).await? {
                Presented::PutIn(stay) => return Ok(Entered::Chip(stay)),
                Presented::Typed(digits) => match CardNumber::new(&digits) {
                    Some(number) => {
                        let card = self.enter_expiry(about, number).await?;
                        return Ok(Entered::Card(card, EntryMode::Keyed));
                    }
                    None => Cause::CardNumberWrong,
                },
                Presented::Swiped(Swiped::NotRead) => Cause::CardNotRead,
                Presented::Swiped(Swiped::Read) => {
                    let card = self.stripe.tracks().two.card();
                    match card {
                        Some((card, false)) => return Ok(Entered::Card(card, EntryMode::Stripe)),
                        Some((card, true)) if not_read.is_some() => {
                            return Ok(Entered::Card(card, EntryMode::Fallback));
                        }
                        Some((_, true)) => Cause::InsertChip,
                        None => Cause::CardNotRead,
                    }
                }
            };
            self.stripe.wipe();
            self.correct(about, cause).await?;
        }
    }

    /// M201.
    async fn present_card(
        &mut self,
        about: &About<'_>,
        not_read: Option<Stay>,
    ) -> Result<Presented, Stopped> {
        let with_track_3 = self.stores.parameters().is_some_and(|parameters| parameters.track_3);
        let listening = self.stripe.listen(with_track_3);
        // Whole, also where a card is in already.
        self.display.show(&about.card_number("")).await;
        let put_in = self.slot.presence().inserted(not_read);
        let typed = self.enter_digits(|digits| about.card_number(digits));
        match select3(put_in, typed, listening.swiped()).await {
            Either3::First(stay) => Ok(Presented::PutIn(stay)),
            Either3::Second(typed) => Ok(Presented::Typed(typed?)),
            Either3::Third(swiped) => Ok(Presented::Swiped(swiped)),
        }
    }

    /// M202.
    async fn enter_expiry(&mut self, about: &About<'_>, number: CardNumber) -> Result<Card, Stopped> {
        let masked = number.masked().text();
        let about = About { card: &masked, ..*about };
        loop {
            let typed = self.enter_digits::<EXPIRY>(|digits| about.expiry(digits)).await?;
            match expiry(typed.as_bytes()) {
                Some(expiry) => return Ok(Card { number, expiry }),
                None => self.correct(&about, Cause::ExpiryWrong).await?,
            }
        }
    }
}
