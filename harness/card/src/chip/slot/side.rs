//! A slot as an actor: whatever card is in it, on the terminal's line.

use std::{io, rc::Rc};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    Interrupt, SlotEvent, SlotHandle, handle::Shared, in_use::InUse, line_end::LineEnd, session::session,
};
use crate::chip::CardFault;

/// The contacts of a slot, with a card on them or none.
///
/// It is served on the terminal's slot line; cards come and go by its [`SlotHandle`]. A card stays in when the line ends, as one does
/// when a terminal loses its power.
#[derive(Default)]
pub struct SlotSide {
    shared: Rc<Shared>,
}

impl SlotSide {
    /// An empty slot.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A hold on this slot, good while it is served and between.
    #[must_use]
    pub fn handle(&self) -> SlotHandle {
        SlotHandle { shared: Rc::clone(&self.shared) }
    }

    /// Serves a line until the terminal's side closes it. May be called again with another line: its contacts begin without power.
    ///
    /// # Errors
    /// What the line reported, but for its closing.
    pub async fn serve(&self, mut line: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut end = LineEnd::new(&mut line, Rc::clone(&self.shared));
        loop {
            let interrupt = if end.vcc { self.powered(&mut end).await } else { end.idle().await };
            end.hush();
            if let Interrupt::Ended(ended) = interrupt {
                return ended;
            }
        }
    }

    /// From VCC on, or from a card's coming under power, to what ends it.
    async fn powered(&self, end: &mut LineEnd<'_>) -> Interrupt {
        let Some(mut in_use) = InUse::take(&self.shared) else { return end.until_card().await };
        let Some(inserted) = in_use.inserted() else { return Interrupt::Inserted };
        let report = |fault: &CardFault| {
            if let CardFault::Reader(sentence) = fault {
                self.shared.tell(&SlotEvent::Broken(sentence.clone()));
            }
        };
        let ending = session(end, inserted, report).await;
        // A card that is gone cannot be switched off.
        let _ = inserted.card.power_off().await;
        inserted.powered = false;
        let event = match &ending {
            Interrupt::Removed => None,
            Interrupt::Pulled => Some(SlotEvent::PulledOut),
            Interrupt::Card(_) => Some(SlotEvent::Gone),
            _ => return ending,
        };
        in_use.let_go();
        drop(in_use);
        if let Some(event) = event {
            self.shared.tell(&event);
        }
        ending
    }
}
