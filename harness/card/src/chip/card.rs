//! What a chip card is to whoever speaks to it, above the characters.

use std::{future::Future, pin::Pin};

/// What a card is asked for, under way.
pub type CardFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, CardFault>> + 'a>>;

/// A card with contacts: it has power or not, answers to reset, and to commands (ISO/IEC 7816-3, 7816-4).
pub trait ChipCard {
    /// Gives it power and resets it: the cold answer to reset, TS to TCK.
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>>;

    /// Resets it with the power on: the warm answer to reset.
    fn reset(&mut self) -> CardFuture<'_, Vec<u8>>;

    /// Takes its power away. What it had in its RAM is lost.
    fn power_off(&mut self) -> CardFuture<'_, ()>;

    /// Gives it a command APDU, and takes its response APDU: data, SW1, SW2.
    ///
    /// From a terminal that speaks T=0 a command of case 4 comes without its Le, and one of case 1 or 2 with one of 00 where it has none, or
    /// none yet: a card answers with all the data it has, and what fetches them in parts is not its business.
    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>>;
}

/// Why a card does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardFault {
    /// It says nothing.
    #[error("the card is mute")]
    Mute,
    /// It is not there any more.
    #[error("the card was removed")]
    Removed,
    /// What stands between it and whoever asks is broken: that is the bench's fault, never the card's.
    #[error("{0}")]
    Reader(String),
}
