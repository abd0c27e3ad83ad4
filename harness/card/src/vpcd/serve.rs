//! The card's side of the dialogue with vpcd.

use std::io;

use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::frame;
use crate::chip::{CardFault, ChipCard};

const OFF: u8 = 0x00;
const ON: u8 = 0x01;
const RESET: u8 = 0x02;
const ATR: u8 = 0x04;

/// What vpcd does with the card. Commands and responses are as secret as what the card holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Seen<'a> {
    /// It gives it power; the answer to reset, empty where the card is mute.
    On(&'a [u8]),
    /// It resets it; the answer to reset, empty where the card is mute.
    Reset(&'a [u8]),
    /// It takes its power.
    Off,
    /// A command.
    Command(&'a [u8]),
    /// The card's response; empty where it gave none.
    Response(&'a [u8]),
}

/// How a card's stay in the virtual reader ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// vpcd, or PC/SC as a whole, is gone.
    ByVpcd,
    /// The card says that it was removed.
    Removed,
}

/// Why a card cannot go on serving vpcd.
#[derive(Debug, thiserror::Error)]
pub enum VpcdError {
    /// The connection is broken.
    #[error("the connection to vpcd: {0}")]
    Line(#[from] io::Error),
    /// What stands between vpcd and the card is broken.
    #[error(transparent)]
    Card(#[from] CardFault),
}

/// Serves `card` to vpcd at the other end of `line`, and tells `seen` each thing before the next one. Ends with the connection, or with the
/// removal of the card.
///
/// # Errors
/// [`VpcdError`].
pub async fn serve(
    mut line: TcpStream,
    card: &mut dyn ChipCard,
    seen: impl FnMut(Seen<'_>),
) -> Result<Ended, VpcdError> {
    line.set_nodelay(true)?;
    let mut inserted = Inserted { card, atr: Vec::new(), seen };
    // vpcd asks for the answer to reset first, to learn whether a card is in.
    let ended = match inserted.learn().await {
        Ok(()) => inserted.obey(&mut line).await,
        Err(fault) => Err(fault.into()),
    };
    match ended {
        Ok(()) => Ok(Ended::ByVpcd),
        Err(VpcdError::Card(CardFault::Removed)) => Ok(Ended::Removed),
        Err(VpcdError::Line(error)) if is_closing(&error) => Ok(Ended::ByVpcd),
        Err(error) => Err(error),
    }
}

fn is_closing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

struct Inserted<'c, F> {
    card: &'c mut dyn ChipCard,
    /// The last answer to reset.
    atr: Vec<u8>,
    seen: F,
}

impl<F: FnMut(Seen<'_>)> Inserted<'_, F> {
    async fn learn(&mut self) -> Result<(), CardFault> {
        self.atr = unless_mute(self.card.power_on().await)?;
        unless_mute(self.card.power_off().await)
    }

    async fn obey(&mut self, line: &mut TcpStream) -> Result<(), VpcdError> {
        while let Some(asked) = frame::read(line).await? {
            match asked.as_slice() {
                [ATR] => frame::write(line, &self.atr).await?,
                [ON] => {
                    self.atr = unless_mute(self.card.power_on().await)?;
                    (self.seen)(Seen::On(&self.atr));
                }
                [RESET] => {
                    self.atr = unless_mute(self.card.reset().await)?;
                    (self.seen)(Seen::Reset(&self.atr));
                }
                [OFF] => {
                    unless_mute(self.card.power_off().await)?;
                    (self.seen)(Seen::Off);
                }
                command => {
                    (self.seen)(Seen::Command(command));
                    let response = Zeroizing::new(unless_mute(self.card.transmit(command).await)?);
                    (self.seen)(Seen::Response(&response));
                    frame::write(line, &response).await?;
                }
            }
        }
        Ok(())
    }
}

/// A mute card answers with nothing.
fn unless_mute<T: Default>(answered: Result<T, CardFault>) -> Result<T, CardFault> {
    match answered {
        Err(CardFault::Mute) => Ok(T::default()),
        answered => answered,
    }
}
