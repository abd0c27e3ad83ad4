//! How a card passes the head.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Flux, StripeCard, StripeError, StripeFault, Track, bits, motion::Motion, transitions::transitions,
};

/// A swipe: how fast, which way, how evenly, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Swipe {
    /// Speed in cm/s when the card's edge passes the head, 1 to 300. By default 30.
    pub speed: u16,
    /// By how much it grows, in cm/s each second; a negative one slows the card down.
    pub acceleration: i16,
    /// How unevenly the transitions lie: each is displaced by a part of a bit's length, drawn anew and evenly, so that no interval is longer
    /// or shorter by more than so many hundredths of a bit. 0 to 40.
    pub jitter: u8,
    /// Which way the card goes.
    pub direction: Way,
    /// The tracks that the stripe has. By default all three.
    pub tracks: Vec<Track>,
    /// What is wrong with it.
    pub fault: StripeFault,
}

/// Which way a card goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The start sentinel comes first.
    #[default]
    Forward,
    /// The end comes first: the last bit of each track, and of each character.
    Backward,
}

impl Default for Swipe {
    fn default() -> Self {
        Self {
            speed: 30,
            acceleration: 0,
            jitter: 0,
            direction: Way::Forward,
            tracks: Track::ALL.to_vec(),
            fault: StripeFault::default(),
        }
    }
}

impl Swipe {
    /// Whether it can be.
    ///
    /// # Errors
    /// A setting beyond its bounds, or a card that would come to rest.
    pub fn check(&self) -> Result<(), StripeError> {
        let must = |holds: bool, message| if holds { Ok(()) } else { Err(StripeError::Swipe(message)) };
        let share = |share: Option<u8>| share.is_none_or(|share| (1..=99).contains(&share));
        must((1..=300).contains(&self.speed), "expected a speed of 1 to 300 cm/s")?;
        must(self.jitter <= 40, "expected a jitter of 0 to 40 hundredths of a bit")?;
        must(share(self.fault.cut_at), "expected `cut-at` from 1 to 99, hundredths of the card's length")?;
        let stop = self.fault.stop.as_ref().map(|stop| stop.at);
        must(share(stop), "expected `at` from 1 to 99, hundredths of the card's length")?;
        let twice = self.tracks.iter().enumerate().any(|(at, track)| self.tracks[..at].contains(track));
        must(!twice, "expected each track once")?;
        Motion::of(self).map(drop)
    }

    /// The flux of `card`. Jitter and damage are drawn from `seed`, those of each track by itself.
    ///
    /// # Errors
    /// As [`Swipe::check`].
    pub fn flux(&self, card: &StripeCard, seed: u64) -> Result<Flux, StripeError> {
        self.check()?;
        let motion = Motion::of(self)?;
        let mut written = self.tracks.clone();
        written.sort_unstable();
        let one = |track: Track| {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            chance.set_stream(track.number().into());
            let bits = bits::written(track, &card.data(track), &self.fault, &mut chance);
            (track, motion.intervals(transitions(track, &bits, self, &mut chance)))
        };
        let tracks = written.into_iter().map(one).filter(|(_, intervals)| !intervals.is_empty());
        Ok(Flux::new(tracks.collect(), motion.lasting()))
    }
}
