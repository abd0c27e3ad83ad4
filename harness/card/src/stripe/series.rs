//! Many swipes, each drawn from a seed of its own: what a decoder is measured by.

use super::{Flux, StripeCard, StripeError, Swipe};

/// `count` swipes of `card`, all as `swipe` says; jitter and damage of each are drawn from the next seed.
///
/// # Errors
/// Each item, where the swipe cannot be: see [`Swipe::check`].
pub fn series(
    card: &StripeCard,
    swipe: &Swipe,
    seed: u64,
    count: u64,
) -> impl Iterator<Item = Result<Flux, StripeError>> {
    (0..count).map(move |nth| swipe.flux(card, seed.wrapping_add(nth)))
}

/// `count` undamaged swipes of `card` at `speed` cm/s with `jitter` hundredths of a bit, as a table of share read against speed and jitter needs
/// them.
///
/// # Errors
/// Each item, where speed or jitter is beyond its bounds.
pub fn swipes(
    card: &StripeCard,
    speed: u16,
    jitter: u8,
    seed: u64,
    count: u64,
) -> impl Iterator<Item = Result<Flux, StripeError>> {
    let swipe = Swipe { speed, jitter, ..Swipe::default() };
    (0..count).map(move |nth| swipe.flux(card, seed.wrapping_add(nth)))
}
