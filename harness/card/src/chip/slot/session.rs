//! A card with power: its answers to reset, and what it speaks behind them.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Interrupt, Timing, Wire, handle::Inserted, line_end::LineEnd};
use crate::chip::{
    Atr, CardFault, ChipCard, Edge,
    slot::{Never, SlotSettings, faults::Faults},
    transport,
};

/// VCC that goes off so soon after RST low is the end of a session, not a reset.
const DEACTIVATION: Duration = Duration::from_millis(4);

/// From VCC on to whatever ends it; `report` takes what the card says of itself.
pub(super) async fn session(
    end: &mut LineEnd<'_>,
    inserted: &mut Inserted,
    mut report: impl FnMut(&CardFault),
) -> Interrupt {
    inserted.powered = true;
    let is_held = !end.rst;
    let mut answer = end.run(inserted.card.power_on()).await;
    if !is_held && answer.is_ok() {
        // Power that comes with RST high resets nothing: the first reset after it is the cold one.
        match end.idle().await {
            Interrupt::RstLow => {}
            other => return other,
        }
    }
    let mut cold = true;
    loop {
        let ending = match answer {
            Ok(Ok(atr)) => speak(end, inserted, atr, cold).await,
            Ok(Err(fault)) => Interrupt::Card(fault),
            Err(interrupt) => interrupt,
        };
        let ending = match ending {
            Interrupt::Card(CardFault::Removed) => return ending,
            Interrupt::Card(fault) => {
                report(&fault);
                end.idle().await
            }
            other => other,
        };
        match ending {
            Interrupt::RstLow => answer = warm_reset(end, inserted).await,
            other => return other,
        }
        cold = false;
    }
}

/// RST went low: a reset, unless VCC goes off with it. The card is reset before RST is high again, so that one in a reader is in time.
async fn warm_reset(
    end: &mut LineEnd<'_>,
    inserted: &mut Inserted,
) -> Result<Result<Vec<u8>, CardFault>, Interrupt> {
    end.hush();
    end.run(sleep(DEACTIVATION)).await?;
    end.run(inserted.card.reset()).await
}

async fn speak(end: &mut LineEnd<'_>, inserted: &mut Inserted, atr: Vec<u8>, cold: bool) -> Interrupt {
    let Inserted { card, settings, faults, .. } = inserted;
    match try_speak(end, card.as_mut(), settings, faults, atr, cold).await {
        Ok(never) => match never {},
        Err(interrupt) => interrupt,
    }
}

async fn try_speak(
    end: &mut LineEnd<'_>,
    card: &mut dyn ChipCard,
    settings: &SlotSettings,
    faults: &mut Faults,
    own: Vec<u8>,
    cold: bool,
) -> Result<Never, Interrupt> {
    end.until_rst_high().await?;
    let (said, late) = faults.answer_to_reset(own.clone(), cold);
    let atr = said.as_deref().and_then(|said| Atr::parse(said).ok());
    let atr = atr.map_or_else(|| Atr::parse(&own), Ok);
    let (convention, timing) = atr
        .as_ref()
        .map_or_else(|_| (Default::default(), Timing::unknown()), |atr| (atr.convention(), Timing::of(atr)));
    let mut wire = Wire::new(end, faults, convention, timing, settings.paced);
    let Some(said) = said else { return Err(wire.silence().await) };
    answer_to_reset(&mut wire, &said, late).await?;
    // A card whose own answer is none speaks no protocol.
    let Ok(atr) = atr else { return Err(wire.silence().await) };
    transport::serve(&mut wire, card, settings, &atr).await
}

async fn answer_to_reset(wire: &mut Wire<'_, '_>, atr: &[u8], late: Option<Edge>) -> Result<(), Interrupt> {
    if let Some(edge) = late {
        wire.sleep_until(Instant::now() + Timing::atr_edge(edge)).await?;
    }
    wire.say(atr).await
}
