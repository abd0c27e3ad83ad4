//! Protocol and parameters selection (ISO/IEC 7816-3, 9).

use crate::chip::{
    Atr, PpsFault,
    slot::{Interrupt, Timing, Wire},
};

/// Opens a PPS request; no command of T=0 and no block begins with it.
const PPSS: u8 = 0xFF;

/// A PPS request.
struct Request {
    pps0: u8,
    pps1: Option<u8>,
    bytes: Vec<u8>,
}

/// Answers PPS requests until something else comes: the protocol in force then, and that first character.
pub(super) async fn negotiate(wire: &mut Wire<'_, '_>, atr: &Atr) -> Result<(u8, u8), Interrupt> {
    let mut protocol = atr.protocol();
    loop {
        let first = wire.hear_one().await?;
        if first != PPSS {
            return Ok((protocol, first));
        }
        let request = request(wire).await?;
        let sum = request.bytes.iter().fold(0, |sum, byte| sum ^ byte);
        let offered = atr.protocols().contains(&(request.pps0 & 0x0F));
        if sum != 0 || !offered || wire.pps_fault() == Some(PpsFault::Ignored) {
            continue;
        }
        let rate = request.pps1.and_then(|pps1| granted(atr, pps1));
        let mut answer = vec![PPSS, request.pps0 & 0x0F];
        if let (Some(pps1), Some(_), false) =
            (request.pps1, rate, wire.pps_fault() == Some(PpsFault::Refused))
        {
            answer = vec![PPSS, request.pps0 & 0x1F, pps1];
        }
        let pck = answer.iter().fold(0, |sum, byte| sum ^ byte);
        let wrong = if wire.pps_fault() == Some(PpsFault::Wrong) { 0x01 } else { 0x00 };
        answer.push(pck ^ wrong);
        let is_granted = answer.len() == 4;
        wire.say(&answer).await?;
        protocol = request.pps0 & 0x0F;
        if let Some(d) = rate.filter(|_| is_granted) {
            wire.timing.set_rate(d);
        }
    }
}

async fn request(wire: &mut Wire<'_, '_>) -> Result<Request, Interrupt> {
    let pps0 = wire.hear_one().await?;
    let mut bytes = vec![PPSS, pps0];
    let mut pps1 = None;
    for bit in [0x10, 0x20, 0x40] {
        if pps0 & bit != 0 {
            let byte = wire.hear_one().await?;
            bytes.push(byte);
            if bit == 0x10 {
                pps1 = Some(byte);
            }
        }
    }
    bytes.push(wire.hear_one().await?);
    Ok(Request { pps0, pps1, bytes })
}

/// The rate that PPS1 asks for, where the card has it: that of TA1, or the one that every card has.
fn granted(atr: &Atr, pps1: u8) -> Option<u32> {
    let has = pps1 == 0x11 || Some(pps1) == atr.ta1();
    Timing::rate(pps1).filter(|_| has)
}
