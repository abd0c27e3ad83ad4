//! T=0: one command and its procedure bytes (ISO/IEC 7816-3, 10).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use zeroize::Zeroize;

use super::apdu::{Response, StatusWord};
use super::escape::Heard;
use super::fault::SlotFault;
use super::limits::{PATIENCE, within, wwt};
use super::line::Line;

/// Asks for more time.
const NULL: u8 = 0x60;
/// Times that a character may go or come again.
const REPEATS: usize = 3;

/// A session in T=0.
pub(super) struct T0 {
    wwt: Duration,
    /// The character that was sent last, until the card has sent one.
    last: Option<u8>,
    /// How often it was sent again.
    repeats: usize,
}

/// What goes with a command's header.
pub(super) enum Transfer<'t> {
    Nothing,
    /// Data for the card.
    Out(&'t [u8]),
    /// So many bytes of the card, behind what is there already.
    In(&'t mut Response, usize),
}

/// How a command ended.
pub(super) struct Ended {
    pub(super) status: StatusWord,
    /// Whether the card has taken or given all that P3 says.
    pub(super) is_whole: bool,
}

impl T0 {
    pub(super) fn new(wi: u8) -> Self {
        Self { wwt: wwt(wi), last: None, repeats: 0 }
    }

    /// Forgets what was sent.
    pub(super) fn wipe(&mut self) {
        self.last.zeroize();
    }

    /// Sends a command's header, and does what the card says until it says how it ended.
    ///
    /// # Errors
    /// The card says nothing, or what cannot be read.
    pub(super) async fn command<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        header: [u8; 5],
        mut transfer: Transfer<'_>,
    ) -> Result<Ended, SlotFault> {
        let [_, instruction, ..] = header;
        self.send(line, &header).await?;
        let mut patience = within(PATIENCE);
        loop {
            let procedure = self.character(line, patience).await?;
            let portion = match procedure {
                NULL => continue,
                acknowledge if acknowledge == instruction => usize::MAX,
                acknowledge if acknowledge == !instruction => 1,
                sw1 if matches!(sw1 >> 4, 6 | 9) => {
                    let sw2 = self.character(line, patience).await?;
                    let status = StatusWord(u16::from_be_bytes([sw1, sw2]));
                    return Ok(Ended { status, is_whole: transfer.left() == 0 });
                }
                _ => return Err(SlotFault::CharactersHarmed),
            };
            // A card that is given nothing more has done nothing but taken time.
            let portion = portion.min(transfer.left());
            if portion > 0 {
                self.transfer(line, &mut transfer, portion).await?;
                patience = within(PATIENCE);
            }
        }
    }

    async fn transfer<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        transfer: &mut Transfer<'_>,
        portion: usize,
    ) -> Result<(), SlotFault> {
        match transfer {
            Transfer::Nothing => {}
            Transfer::Out(data) => {
                let (now, later) = data.split_at_checked(portion).unwrap_or((data, &[]));
                self.send(line, now).await?;
                *data = later;
            }
            Transfer::In(response, left) => {
                for _ in 0..portion {
                    let byte = self.character(line, Instant::MAX).await?;
                    response.push(byte).map_err(|_| SlotFault::AnswerTooLong)?;
                    *left -= 1;
                }
            }
        }
        Ok(())
    }

    async fn send<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        characters: &[u8],
    ) -> Result<(), SlotFault> {
        (self.last, self.repeats) = (characters.last().copied(), 0);
        line.send(characters.iter().copied()).await
    }

    /// The card's next character, within WWT and until `latest`.
    async fn character<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        latest: Instant,
    ) -> Result<u8, SlotFault> {
        let mut errors = 0;
        let mut deadline = within(self.wwt);
        loop {
            match line.hear(deadline.min(latest)).await.ok_or(SlotFault::NoAnswer)? {
                Heard::Character(character) => {
                    self.last = None;
                    return Ok(character);
                }
                Heard::Harmed(_) if errors < REPEATS => {
                    errors += 1;
                    line.signal_error().await?;
                }
                Heard::ErrorSignal if self.repeats < REPEATS => {
                    // One that comes when nothing was sent means nothing.
                    let Some(last) = self.last else { continue };
                    self.repeats += 1;
                    line.send(core::iter::once(last)).await?;
                }
                Heard::ErrorSignal if self.last.is_none() => continue,
                Heard::Harmed(_) | Heard::ErrorSignal => return Err(SlotFault::CharactersHarmed),
            }
            deadline = within(self.wwt);
        }
    }
}

impl Transfer<'_> {
    /// Bytes that are still to come or go.
    fn left(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Out(data) => data.len(),
            Self::In(_, left) => *left,
        }
    }
}
