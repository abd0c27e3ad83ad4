//! The slot's line: contacts and characters (INTERFACE.md, section 9).

use core::convert::Infallible;

use embassy_futures::yield_now;
use embassy_time::{Duration, Instant, with_deadline, with_timeout};
use embedded_io_async::{Read, Write};
use heapless::Vec;
use zeroize::Zeroize;

use super::block::BLOCK;
use super::escape::{DLE, Decoder, Heard};
use super::fault::SlotFault;
use crate::byte_source::ByteSource;

/// RST low, then VCC off (ISO/IEC 7816-3, 6.4).
const OFF: [u8; 6] = [DLE, b'R', 0, DLE, b'V', 0];
/// RST low, then VCC on: a cold reset begins.
const ON: [u8; 6] = [DLE, b'R', 0, DLE, b'V', 1];
const RST_LOW: [u8; 3] = [DLE, b'R', 0];
const RST_HIGH: [u8; 3] = [DLE, b'R', 1];
const ERROR_SIGNAL: [u8; 2] = [DLE, b'E'];

/// How long RST stays low in a reset, and VCC off before another cold reset.
const RESET: Duration = Duration::from_millis(12);
/// How long the line has to take what is sent at once. It needs a twentieth of it.
const SENDING: Duration = Duration::from_secs(1);
/// The longest block, each of its bytes escaped.
const OUT: usize = 2 * BLOCK;

/// The line to the contacts, and all the buffers in which characters of a card are kept.
pub(super) struct Line<R, W> {
    rx: ByteSource<R, 64>,
    tx: W,
    decoder: Decoder,
    /// What is being sent.
    out: Vec<u8, OUT>,
    /// The block of T=1 that came last.
    pub(super) block: Vec<u8, BLOCK>,
    /// Whether the card's convention is the inverse one.
    is_inverse: bool,
    /// Whether VCC may be on.
    is_powered: bool,
    /// Whether something may have been sent in part only.
    is_broken_off: bool,
}

impl<R: Read, W: Write> Line<R, W> {
    pub(super) fn new(rx: R, tx: W) -> Self {
        Self {
            rx: ByteSource::new(rx),
            tx,
            decoder: Decoder::default(),
            out: Vec::new(),
            block: Vec::new(),
            is_inverse: false,
            is_powered: false,
            is_broken_off: false,
        }
    }

    /// Whether the contacts have to be deactivated.
    pub(super) fn is_powered(&self) -> bool {
        self.is_powered
    }

    /// Deactivates the contacts and erases what came from the card.
    pub(super) async fn power_down(&mut self) {
        let was_broken_off = self.is_broken_off;
        self.wipe();
        // Half an escape may stand before it, which would take the first one's beginning with it.
        for _ in 0..=u8::from(was_broken_off) {
            let _ = self.out.extend_from_slice(&OFF);
        }
        if self.put().await.is_ok() {
            self.is_powered = false;
        }
    }

    /// The cold reset. A card that has power loses it first.
    ///
    /// # Errors
    /// The line takes nothing.
    pub(super) async fn cold_reset(&mut self) -> Result<(), SlotFault> {
        if self.is_powered {
            self.power_down().await;
            self.hold().await;
        }
        self.is_powered = true;
        self.reset(&ON).await
    }

    /// The warm reset.
    ///
    /// # Errors
    /// The line takes nothing.
    pub(super) async fn warm_reset(&mut self) -> Result<(), SlotFault> {
        self.reset(&RST_LOW).await
    }

    async fn reset(&mut self, low: &[u8]) -> Result<(), SlotFault> {
        self.control(low).await?;
        self.hold().await;
        self.wipe();
        self.is_inverse = false;
        self.control(&RST_HIGH).await
    }

    /// Lets a reset's time pass. What comes meanwhile is none of this card's answer.
    async fn hold(&mut self) {
        let _ = with_timeout(RESET, self.discard()).await;
    }

    /// Reads and forgets, so that the sender is not held up.
    pub(super) async fn discard(&mut self) -> Infallible {
        loop {
            self.rx.fill().await;
            self.rx.forget();
            yield_now().await;
        }
    }

    /// Takes the characters of this session as those of a card of inverse convention.
    pub(super) fn invert(&mut self) {
        self.is_inverse = true;
    }

    /// Sends characters, in one piece.
    ///
    /// # Errors
    /// The line takes nothing.
    pub(super) async fn send(&mut self, characters: impl Iterator<Item = u8>) -> Result<(), SlotFault> {
        for character in characters {
            let byte = self.turned(character);
            // There is room for the longest block.
            if byte == DLE {
                let _ = self.out.push(DLE);
            }
            let _ = self.out.push(byte);
        }
        self.put().await
    }

    /// Says that the last character came with a parity error.
    ///
    /// # Errors
    /// The line takes nothing.
    pub(super) async fn signal_error(&mut self) -> Result<(), SlotFault> {
        self.control(&ERROR_SIGNAL).await
    }

    /// What comes next; `None` at the deadline.
    pub(super) async fn hear(&mut self, deadline: Instant) -> Option<Heard> {
        loop {
            while let Some(byte) = self.rx.buffered() {
                if let Some(heard) = self.decoder.push(byte) {
                    return Some(heard.turned(|character| self.turned(character)));
                }
            }
            // A line that never stops, but says nothing, is no reason to miss the deadline.
            if Instant::now() >= deadline {
                return None;
            }
            with_deadline(deadline, self.rx.fill()).await.ok()?;
        }
    }

    /// Erases what came from the card or went to it.
    pub(super) fn wipe(&mut self) {
        self.rx.forget();
        self.decoder = Decoder::default();
        self.out.zeroize();
        self.block.zeroize();
    }

    /// Between a character of the card and what a receiver in direct convention makes of it.
    fn turned(&self, byte: u8) -> u8 {
        if self.is_inverse { (!byte).reverse_bits() } else { byte }
    }

    async fn control(&mut self, bytes: &[u8]) -> Result<(), SlotFault> {
        let _ = self.out.extend_from_slice(bytes);
        self.put().await
    }

    /// Sends what is in `out`, and erases it.
    async fn put(&mut self) -> Result<(), SlotFault> {
        self.is_broken_off = true;
        let sending = async {
            self.tx.write_all(&self.out).await?;
            self.tx.flush().await
        };
        let sent = with_timeout(SENDING, sending).await;
        self.out.zeroize();
        match sent {
            Ok(Ok(())) => {
                self.is_broken_off = false;
                Ok(())
            }
            _ => Err(SlotFault::NoAnswer),
        }
    }
}
