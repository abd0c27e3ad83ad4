//! Why there is no flux.

use thiserror::Error;

use super::Track;

/// Why a stripe cannot be written or swiped. It holds no track data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StripeError {
    /// A part of the card's data does not fit.
    #[error("{part}: expected {expected}")]
    Data {
        /// What it is called in a card's entry.
        part: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// More characters than the track holds.
    #[error(
        "track {} holds {most} characters, sentinels and LRC included, {given} are needed: shorten the discretionary data",
        track.number()
    )]
    TooLong {
        /// The track.
        track: Track,
        /// The most.
        most: usize,
        /// How many there are.
        given: usize,
    },
    /// A setting of a swipe that cannot be.
    #[error("{0}")]
    Swipe(&'static str),
    /// The card slows down too much.
    #[error(
        "the card would come to rest before it has left the head: with this acceleration expected a speed of at least {least} cm/s"
    )]
    ComesToRest {
        /// The least speed, in cm/s.
        least: u32,
    },
}
