//! From the cold reset to a protocol (INTERFACE.md, section 9).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use heapless::Vec;

use super::atr::{ATR, Atr, Protocol, read};
use super::escape::Heard;
use super::fault::SlotFault;
use super::limits::{ALL, FIRST, NEXT, PPS, within};
use super::line::Line;
use super::t0::T0;
use super::t1::T1;

/// Times that a character may be asked for again.
const REPEATS: usize = 3;
/// TS of inverse convention, as a receiver in direct convention reads it.
const INVERSE_ON_LINE: u8 = 0x03;
const INVERSE: u8 = 0x3F;
const DIRECT: u8 = 0x3B;

/// A card's protocol, and its state.
pub(super) enum Protocols {
    T0(T0),
    T1(T1),
}

/// Activates a card and agrees with it.
///
/// # Errors
/// No answer to reset that can be used, or none to the first block.
pub(super) async fn activate<R: Read, W: Write>(line: &mut Line<R, W>) -> Result<Protocols, SlotFault> {
    let mut atr = reset(line).await?;
    let mut divider = atr.divider();
    if let Some((ta1, offered)) = atr.offer() {
        if select_parameters(line, atr.protocol.number(), ta1).await? {
            divider = offered;
        } else {
            atr = reset(line).await?;
            divider = atr.divider();
        }
    }
    match atr.protocol {
        Protocol::T0 { wi } => Ok(Protocols::T0(T0::new(wi))),
        Protocol::T1 { ifsc, bwi, cwi } => {
            let t1 = T1::new(ifsc, bwi, cwi, divider);
            t1.announce_size(line).await?;
            Ok(Protocols::T1(t1))
        }
    }
}

/// The cold reset and, where its answer cannot be used, the warm one.
async fn reset<R: Read, W: Write>(line: &mut Line<R, W>) -> Result<Atr, SlotFault> {
    line.cold_reset().await?;
    if let Ok(atr) = answer(line).await {
        return Ok(atr);
    }
    line.warm_reset().await?;
    answer(line).await
}

/// The answer to the reset that was now.
async fn answer<R: Read, W: Write>(line: &mut Line<R, W>) -> Result<Atr, SlotFault> {
    let mut characters = Vec::<u8, ATR>::new();
    let first = match character(line, FIRST, Instant::MAX).await {
        Some(INVERSE_ON_LINE) => {
            line.invert();
            INVERSE
        }
        Some(DIRECT) => DIRECT,
        Some(_) => return Err(SlotFault::AtrWrong),
        None => return Err(SlotFault::NoAtr),
    };
    let end = within(ALL);
    let _ = characters.push(first);
    loop {
        if let Some(atr) = read(&characters) {
            return atr.map_err(|_| SlotFault::AtrWrong);
        }
        let next = character(line, NEXT, end).await;
        next.and_then(|next| characters.push(next).ok()).ok_or(SlotFault::AtrWrong)?;
    }
}

/// A character, repeated where it came with a parity error; `None` where there is none that can be read.
async fn character<R: Read, W: Write>(line: &mut Line<R, W>, limit: Duration, end: Instant) -> Option<u8> {
    let mut repeats = 0;
    let mut deadline = within(limit).min(end);
    loop {
        match line.hear(deadline).await? {
            Heard::Character(character) => return Some(character),
            Heard::Harmed(_) if repeats < REPEATS => {
                repeats += 1;
                line.signal_error().await.ok()?;
                deadline = within(NEXT).min(end);
            }
            Heard::Harmed(_) => return None,
            Heard::ErrorSignal => {}
        }
    }
}

/// Asks for the parameters of `ta1`; whether the card agrees.
async fn select_parameters<R: Read, W: Write>(
    line: &mut Line<R, W>,
    protocol: u8,
    ta1: u8,
) -> Result<bool, SlotFault> {
    let pps0 = 0x10 | protocol;
    let request = [0xFF, pps0, ta1, 0xFF ^ pps0 ^ ta1];
    line.send(request.into_iter()).await?;
    let deadline = within(PPS);
    for expected in request {
        if line.hear(deadline).await != Some(Heard::Character(expected)) {
            return Ok(false);
        }
    }
    Ok(true)
}
