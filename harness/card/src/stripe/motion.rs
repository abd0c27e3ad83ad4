//! When a place of the card is at the head.

use std::time::Duration;

use super::{StripeError, Swipe, transitions::CARD};

/// The speed, in cm/s, that a card must still have when it leaves the head.
const LEAST: f64 = 1.0;

/// A card that passes the head: evenly accelerated, up to where it is pulled out, with a stop.
pub(super) struct Motion {
    speed: f64,
    acceleration: f64,
    /// Where it is pulled out, in centimetres.
    end: f64,
    /// Where it stops and for how many microseconds.
    stop: Option<(f64, f64)>,
}

impl Motion {
    pub(super) fn of(swipe: &Swipe) -> Result<Self, StripeError> {
        let (speed, acceleration) = (f64::from(swipe.speed), f64::from(swipe.acceleration));
        let needed = (LEAST * LEAST - 2.0 * acceleration * CARD).max(LEAST);
        if speed * speed < needed {
            return Err(StripeError::ComesToRest { least: rounded(needed.sqrt().ceil()) });
        }
        let share = |hundredths: u8| f64::from(hundredths) / 100.0 * CARD;
        let stop = swipe.fault.stop.as_ref();
        Ok(Self {
            speed,
            acceleration,
            end: swipe.fault.cut_at.map_or(CARD, share),
            stop: stop.map(|stop| (share(stop.at), stop.lasting.0.as_secs_f64() * 1e6)),
        })
    }

    /// How long the card is at the head.
    pub(super) fn lasting(&self) -> Duration {
        Duration::from_micros(rounded(self.at(self.end)).into())
    }

    /// The time between one transition and the next, in microseconds; 65535 stands for itself and for anything longer (INTERFACE.md,
    /// section 8). Those behind the place where the card is pulled out do not reach the head.
    pub(super) fn intervals(&self, places: Vec<f64>) -> Vec<u16> {
        let seen = places.into_iter().take_while(|place| *place <= self.end);
        // A clock that runs on: what one interval is rounded up by, the next is shorter by.
        let times: Vec<u32> = seen.map(|place| rounded(self.at(place))).collect();
        let between = |pair: &[u32]| u16::try_from(pair[1].saturating_sub(pair[0])).unwrap_or(u16::MAX);
        times.windows(2).map(between).collect()
    }

    /// When this place, in centimetres, is at the head, in microseconds.
    fn at(&self, place: f64) -> f64 {
        let Self { speed, acceleration, .. } = self;
        let place = place.max(0.0);
        // s = vt + at²/2, solved so that it holds without acceleration, too.
        let seconds = 2.0 * place / (speed + (speed * speed + 2.0 * acceleration * place).max(0.0).sqrt());
        let stopped = self.stop.filter(|(at, _)| place > *at).map_or(0.0, |(_, lasting)| lasting);
        seconds * 1e6 + stopped
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float stays within the type"
)]
fn rounded(number: f64) -> u32 {
    number.round() as u32
}
