//! A card that a step swipes.

use payrig_card::stripe::{StripeFault, Swipe, Track, Way};
use payrig_fixture::FixtureError;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Action, check::Checker, part::Part};
use crate::swipes;

/// A card that is swiped, and how. What is left out is as of a good swipe at 30 cm/s.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSwipe {
    /// A card of the world's acquirer, by its name.
    pub card: String,
    /// Speed in cm/s when the card's edge passes the head, 1 to 300.
    pub speed: Option<u16>,
    /// By how much it grows, in cm/s each second; a negative one slows the card down.
    pub acceleration: Option<i16>,
    /// By how many hundredths of a bit an interval may be longer or shorter, 0 to 40.
    pub jitter: Option<u8>,
    /// Which way the card goes.
    pub direction: Option<Way>,
    /// The tracks that the stripe has: by default all three.
    pub tracks: Option<Vec<Track>>,
    /// What is wrong with it.
    pub fault: Option<StripeFault>,
}

impl Checker<'_> {
    /// The card that a step swipes.
    pub(super) fn swipe(&self, part: &Spanned<Part<RawSwipe>>) -> Result<Action, FixtureError> {
        let (name, how) = match part.get_ref() {
            Part::Named(card) => (card, Swipe::default()),
            Part::Inline(raw) => (&raw.card, raw.swipe()),
        };
        if self.cards.is_empty() {
            let message = "the cards of this world's host are not known: there is none to swipe";
            return Err(self.file.wrong(part, message));
        }
        let of = Spanned::new(part.span(), name.clone());
        self.known("card", &of, self.cards.iter().map(|card| card.name.as_str()).collect())?;
        let card = self.cards.iter().find(|card| card.name == *name);
        match card.and_then(swipes::stripe) {
            None => {
                let message =
                    format!("card `{name}` has no stripe: expected `service-code` in its acquirer's file");
                return Err(self.file.wrong(part, &message));
            }
            Some(Err(error)) => return Err(self.file.wrong(part, &format!("card `{name}`: {error}"))),
            Some(Ok(_)) => {}
        }
        how.check().map_err(|error| self.file.wrong(part, &error.to_string()))?;
        Ok(Action::Swipe { card: name.clone(), how })
    }
}

impl RawSwipe {
    fn swipe(&self) -> Swipe {
        let usual = Swipe::default();
        Swipe {
            speed: self.speed.unwrap_or(usual.speed),
            acceleration: self.acceleration.unwrap_or(usual.acceleration),
            jitter: self.jitter.unwrap_or(usual.jitter),
            direction: self.direction.unwrap_or(usual.direction),
            tracks: self.tracks.clone().unwrap_or(usual.tracks),
            fault: self.fault.clone().unwrap_or(usual.fault),
        }
    }
}
