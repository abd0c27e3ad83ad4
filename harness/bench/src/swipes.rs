//! Cards that are swiped: their flux, drawn from the case's seed, kept off every record and made again from what a tape says of the swipe.

use payrig_acquirer::Card;
use payrig_card::stripe::{Flux, StripeCard, StripeError, Swipe};
use payrig_tape::{Secret, SecretError, SecretKind, Secrets};
use serde::{Deserialize, Serialize};

/// The kind of the note that stands on a tape before a swipe.
pub(crate) const NOTE: &str = "swipe";
/// Fewer intervals than these tell nothing: they are clocking zeros. As a secret they would be met by chance.
const TELLING: usize = 16;

/// A swipe of a case, with all that its flux follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Swiped {
    /// Which one of the case, from 1.
    pub number: u32,
    /// The card's name.
    pub card: String,
    /// What jitter and damage are drawn from.
    pub seed: u64,
    /// How it goes.
    pub how: Swipe,
}

impl Swiped {
    /// The `number`th swipe of a case that is played with `seed`.
    pub(crate) fn new(number: u32, seed: u64, card: &str, how: &Swipe) -> Self {
        let seed = seed.wrapping_add(u64::from(number) << 32);
        Self { number, card: card.to_owned(), seed, how: how.clone() }
    }

    /// Its flux, of the card of that name.
    pub(crate) fn flux(&self, cards: &[Card]) -> Result<Flux, String> {
        let card = cards.iter().find(|card| card.name == self.card);
        let stripe = card.and_then(stripe).ok_or_else(|| format!("no card `{}` has a stripe", self.card))?;
        let wrong = |error: StripeError| format!("card `{}`: {error}", self.card);
        self.how.flux(&stripe.map_err(wrong)?, self.seed).map_err(wrong)
    }

    /// Makes the bytes of each frame of its flux a secret: the token tells swipe, track and card.
    pub(crate) fn register(&self, flux: &Flux, secrets: &Secrets) -> Result<(), SecretError> {
        for (nth, (track, payload)) in flux.payloads().into_iter().enumerate() {
            let intervals = payload.get(1..).unwrap_or_default();
            if intervals.len() <= TELLING * 2 {
                continue;
            }
            let name = format!("flux#{}.{}", self.number, nth + 1);
            let label = format!("track {} of {}", track.number(), self.card);
            secrets.add(Secret::new(SecretKind::Flux, &name, intervals)?.with_label(&label))?;
        }
        Ok(())
    }
}

/// What stands on a card's stripe; nothing where it has none.
pub(crate) fn stripe(card: &Card) -> Option<Result<StripeCard, StripeError>> {
    let stripe = card.stripe.as_ref()?;
    Some(StripeCard::new(&card.pan, &card.expiry, &stripe.service_code, &stripe.discretionary))
}

#[cfg(test)]
mod tests {
    use payrig_acquirer::AcquirerProfile;
    use payrig_card::stripe::{StripeFault, Track, Way};
    use payrig_tape::{Direction, Lens, Tape, read, render, restore};
    use rstest::rstest;
    use tokio::time::Instant;

    use super::*;
    use crate::cards;

    fn known() -> Vec<Card> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/acquirers/cup.toml");
        AcquirerProfile::load(file.as_ref()).unwrap().cards
    }

    fn backward() -> Swipe {
        Swipe { direction: Way::Backward, jitter: 10, speed: 90, ..Swipe::default() }
    }

    fn cut() -> Swipe {
        let fault = StripeFault { cut_at: Some(50), ..StripeFault::default() };
        Swipe { fault, acceleration: 30, ..Swipe::default() }
    }

    /// The bytes of a swipe as a line carries them, in chunks.
    #[rstest]
    #[case::even(Swipe::default())]
    #[case::backward(backward())]
    #[case::cut(cut())]
    #[case::one_track(Swipe { tracks: vec![Track::Two], ..Swipe::default() })]
    #[tokio::test(start_paused = true)]
    async fn no_tape_tells_the_flux_and_each_gives_it_back(#[case] how: Swipe) {
        for chunk in [1, 7, 256, 4096] {
            let folder = tempfile::tempdir().unwrap();
            let tape = Tape::create(folder.path(), Instant::now()).unwrap();
            cards::register(tape.secrets(), &known()).unwrap();
            let swiped = Swiped::new(1, 7, "debit", &how);
            let flux = swiped.flux(&known()).unwrap();
            swiped.register(&flux, tape.secrets()).unwrap();
            let tap = tape.line("front-end", Lens::Binary);
            let bytes: Vec<u8> = flux
                .payloads()
                .iter()
                .flat_map(|(_, payload)| [&[0xA5, 3], payload.as_slice()].concat())
                .collect();
            bytes.chunks(chunk).for_each(|chunk| tap.record(Direction::ToTerminal, chunk));
            tape.finish().unwrap();
            let pieces = read(tape.path()).unwrap().stream("front-end", Direction::ToTerminal);
            let shown = render(&pieces);
            for (nth, (track, payload)) in flux.payloads().iter().enumerate() {
                let token = format!("{{flux#1.{} track {} of debit}}", nth + 1, track.number());
                assert_eq!(shown.contains(&token), payload.len() > 33, "chunks of {chunk}: {shown}");
            }
            // Frame openings and track numbers are all that is left.
            let plain: String = pieces
                .iter()
                .filter(|piece| !matches!(piece, payrig_tape::Piece::Token(_)))
                .map(|piece| render(std::slice::from_ref(piece)))
                .collect();
            assert!(plain.len() < 40, "{plain}");
            assert_eq!(restore(&pieces, tape.secrets()).unwrap(), bytes);
            assert_eq!(payrig_tape::leaks(folder.path(), tape.secrets()).unwrap(), []);
        }
    }

    #[test]
    fn a_note_makes_the_same_flux_again() {
        let swiped = Swiped::new(3, 11, "nineteen-digits", &backward());
        let note = serde_json::to_string(&swiped).unwrap();
        let again: Swiped = serde_json::from_str(&note).unwrap();
        assert_eq!(again.flux(&known()).unwrap(), swiped.flux(&known()).unwrap());
        assert!(!note.contains("6212349876543210981"));
        // Another swipe of the case is another one.
        assert_ne!(Swiped::new(4, 11, "nineteen-digits", &backward()).flux(&known()), swiped.flux(&known()));
    }

    #[test]
    fn what_cannot_be_swiped_is_named() {
        let error = |name: &str, how: &Swipe| Swiped::new(1, 1, name, how).flux(&known()).unwrap_err();
        assert_eq!(error("nobody", &Swipe::default()), "no card `nobody` has a stripe");
        let slow = Swipe { acceleration: -500, ..Swipe::default() };
        assert!(error("debit", &slow).starts_with("card `debit`: the card would come to rest"));
    }

    /// Every stripe of the fixtures can be written.
    #[test]
    fn every_card_of_the_fixtures_has_a_stripe() {
        for card in known() {
            stripe(&card).unwrap().unwrap();
        }
    }
}
