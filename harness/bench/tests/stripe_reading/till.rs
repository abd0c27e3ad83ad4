//! A terminal at which cards are swiped for their balance, one after the other.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use payrig_acquirer::{AcquirerProfile, Card, Judgement};
use payrig_bench::{
    Finding, Fixtures,
    diagnosis::{Setting, SmallWorld, Stand},
};
use payrig_card::stripe::{Flux, StripeCard};

/// Longer than a host takes to answer.
const SOON: Duration = Duration::from_secs(120);
/// From the menu to the card number.
const BALANCE: &str = "4";
/// What the host says of a track of the card's number that the card does not have.
const ALTERED: &str = "field 35 is not what stands on card";
/// The card that is swiped.
pub const CARD: &str = "debit";

/// What came of a swipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The terminal has a card number.
    Read,
    /// It asks for another swipe.
    NotRead,
}

/// Of which track the host was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The card's, to the last digit of its stripe.
    Own,
    /// One of the card's number that the card does not have: the host refuses it.
    Altered,
}

/// A terminal that waits for a card.
pub struct Till<'w, 's>(&'w mut SmallWorld<'s>, &'w Stand);

impl<'w, 's> Till<'w, 's> {
    /// Swipes; the terminal then waits for the next card, or for the PIN of this one.
    pub async fn swipe(&mut self, flux: &Flux) -> Result<Outcome, Finding> {
        self.0.swipe(flux).await?;
        let screen = self.0.see_any(&["pin", "card-not-read", "insert-chip"], SOON).await?;
        let id = screen.message_id.as_str();
        match self.1.terminal().message_name(id).unwrap_or(id) {
            "pin" => Ok(Outcome::Read),
            "card-not-read" => {
                self.0.type_keys("\r").await?;
                self.0.see_any(&["card-number"], SOON).await?;
                Ok(Outcome::NotRead)
            }
            other => Err(Finding::Terminal(format!("the card has no chip, the terminal says {other}"))),
        }
    }

    /// Leaves a card that was read, without asking the host.
    pub async fn give_back(&mut self) -> Result<(), Finding> {
        self.0.type_keys("\u{1B}").await?;
        self.0.see_any(&["stopped"], SOON).await?;
        self.next().await
    }

    /// Asks the host about the card that was read: its number must be the one that was swiped.
    pub async fn ask(&mut self) -> Result<Asked, Finding> {
        self.0.type_keys("\r").await?;
        self.0.see_any(&["balance", "declined"], SOON).await?;
        let exchanges = self.0.acquirer().exchanges();
        let judged = exchanges.last().map(|exchange| exchange.judgement.clone());
        match judged {
            Some(Judgement::Approved { card, .. }) if card == CARD => self.next().await.map(|()| Asked::Own),
            Some(Judgement::Refused { reason, .. }) if reason == format!("balance: {ALTERED} {CARD}") => {
                self.next().await.map(|()| Asked::Altered)
            }
            other => Err(Finding::Terminal(format!("another card was read than was swiped: {other:?}"))),
        }
    }

    async fn next(&mut self) -> Result<(), Finding> {
        self.0.type_keys("\r").await?;
        self.0.see_any(&["menu"], SOON).await?;
        self.0.type_keys(BALANCE).await?;
        self.0.see_any(&["card-number"], SOON).await.map(drop)
    }
}

/// Plays `scene` at a terminal that waits for a card.
pub fn at_till<T>(seed: u64, scene: impl AsyncFnOnce(&mut Till<'_, '_>) -> Result<T, Finding>) -> T {
    let fixtures = fixtures();
    let stand = Stand::prepare(&fixtures, "keyed").unwrap();
    let network = fixtures.network("cellular-normal").unwrap();
    let played = stand.play(Setting::of(network, seed), async |world| {
        world.type_keys(BALANCE).await?;
        world.see_any(&["card-number"], SOON).await?;
        scene(&mut Till(world, &stand)).await
    });
    played.unwrap()
}

/// What stands on the stripe of the card.
pub fn stripe() -> StripeCard {
    let profile = AcquirerProfile::load(&root().join("acquirers/cup.toml")).unwrap();
    let Card { pan, expiry, stripe, .. } = profile.cards.into_iter().find(|card| card.name == CARD).unwrap();
    let stripe = stripe.unwrap();
    StripeCard::new(&pan, &expiry, &stripe.service_code, &stripe.discretionary).unwrap()
}

fn fixtures() -> Fixtures {
    Fixtures::open(&root()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}
