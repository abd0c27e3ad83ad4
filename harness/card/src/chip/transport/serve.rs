//! From the answer to reset to the protocol.

use super::{pps, t0, t1};
use crate::chip::{
    Atr, ChipCard,
    slot::{Interrupt, Never, SlotSettings, Timing, Wire},
};

/// Serves commands by the protocol that the answer to reset, or PPS, decides.
pub(in crate::chip) async fn serve(
    wire: &mut Wire<'_, '_>,
    card: &mut dyn ChipCard,
    settings: &SlotSettings,
    atr: &Atr,
) -> Result<Never, Interrupt> {
    if atr.ta2().is_some() {
        // Specific mode: the rate of TA1 is in force at once, unless it is implicit.
        let explicit = atr.ta2().is_some_and(|ta2| ta2 & 0x10 == 0);
        if let Some(ta1) = atr.ta1().filter(|_| explicit) {
            // At a rate that the line does not have nobody understands the other.
            let Some(d) = Timing::rate(ta1) else { return Err(wire.silence().await) };
            wire.timing.set_rate(d);
        }
        return speak(wire, card, settings, atr, atr.protocol(), None).await;
    }
    let (protocol, first) = pps::negotiate(wire, atr).await?;
    speak(wire, card, settings, atr, protocol, Some(first)).await
}

async fn speak(
    wire: &mut Wire<'_, '_>,
    card: &mut dyn ChipCard,
    settings: &SlotSettings,
    atr: &Atr,
    protocol: u8,
    first: Option<u8>,
) -> Result<Never, Interrupt> {
    match protocol {
        0 => t0::serve(wire, card, settings, first).await,
        1 if !atr.has_crc() => t1::serve(wire, card, settings, atr.ifsc(), first).await,
        // A protocol that is not played here, or blocks with a CRC.
        _ => Err(wire.silence().await),
    }
}
