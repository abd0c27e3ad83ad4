//! What passed on a slot's line, put in words while it passes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_card::chip::{SlotDecoder, SlotDirection, SlotItem};
use payrig_rig::BoxLine;
use payrig_tape::{Direction, Tapped};

use crate::transcript::slot_direction;

/// Remembers what the lines carry that it is put on, one after the other. It holds no data of a command or an answer. Clones are the same
/// memory.
#[derive(Clone, Default)]
pub(crate) struct SlotLog(Arc<Mutex<Trace>>);

#[derive(Default)]
struct Trace {
    decoder: SlotDecoder,
    said: String,
}

impl SlotLog {
    /// Puts it on the line of a terminal's new boot, at the terminal's end: reading yields what the terminal sent.
    pub(crate) fn wrap(&self, line: BoxLine) -> BoxLine {
        self.trace().end();
        let log = self.clone();
        Box::new(Tapped::new(line, move |direction: Direction, bytes: &[u8]| {
            log.trace().take(direction, bytes)
        }))
    }

    /// What passed so far, a line each: `>` from the terminal, `<` from the card.
    pub(crate) fn text(&self) -> String {
        self.trace().said.clone()
    }

    /// A poisoned lock only says that another thread panicked: the text is whole after each write.
    fn trace(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace {
    fn take(&mut self, direction: Direction, bytes: &[u8]) {
        let items = self.decoder.feed(slot_direction(direction), bytes);
        self.say(&items);
    }

    fn end(&mut self) {
        let items = self.decoder.finish();
        self.say(&items);
        // The places of its items count from here on.
        self.decoder = SlotDecoder::new();
    }

    fn say(&mut self, items: &[SlotItem]) {
        for item in items {
            let arrow = match item.direction {
                SlotDirection::FromTerminal => '>',
                SlotDirection::ToTerminal => '<',
            };
            self.said.push_str(&format!("{arrow} {}\n", item.meaning));
        }
    }
}
