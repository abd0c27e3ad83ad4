//! The slot of a world's terminal: which card is in it, which cards were, and what the terminal is told of it.

use std::{cell::RefCell, future::pending, rc::Rc};

use payrig_card::chip::{ChipCard, SlotEvent, SlotHandle, SlotSettings, SlotSide, emv::EmvFault};
use payrig_rig::BoxLine;
use payrig_tape::Tape;
use tokio::{
    sync::watch,
    task::{AbortHandle, spawn_local},
};

use crate::{front_end::FrontEnd, slot_log::SlotLog};

/// The slot, its cards, and the front end that tells of them.
pub(crate) struct Slot {
    side: Rc<SlotSide>,
    handle: SlotHandle,
    told: Rc<Told>,
    /// The card that was put in last, until it is taken out.
    inside: Option<CardKey>,
    /// Those that were taken out: each keeps its counters.
    kept: Vec<(CardKey, Box<dyn ChipCard>)>,
    /// What passed on the line.
    pub(crate) log: SlotLog,
    /// How many cards were put in so far.
    pub(crate) insertions: u32,
    /// Watches over the reader of a physical card that is in.
    watching: Option<AbortHandle>,
}

/// Which card it is: a profile with other faults is another card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CardKey {
    pub card: String,
    pub faults: Vec<EmvFault>,
}

/// What the slot's events lead to.
#[derive(Default)]
struct Told {
    tape: Option<Tape>,
    /// The powered terminal's front end.
    front_end: RefCell<Option<FrontEnd>>,
    /// Why the bench is broken, if it is.
    broken: watch::Sender<Option<String>>,
}

impl Slot {
    /// An empty slot, and what must run beside it: it tells the terminal of cards that a fault pulls out.
    pub(crate) fn new(tape: Option<Tape>) -> (Self, impl Future<Output = ()> + use<>) {
        let side = Rc::new(SlotSide::new());
        let handle = side.handle();
        let mut events = handle.listen();
        let told = Rc::new(Told { tape, ..Told::default() });
        let to_tell = Rc::clone(&told);
        let telling = async move {
            while let Some(event) = events.recv().await {
                to_tell.event(event).await;
            }
        };
        let slot = Self {
            side,
            handle,
            told,
            inside: None,
            kept: Vec::new(),
            log: SlotLog::default(),
            insertions: 0,
            watching: None,
        };
        (slot, telling)
    }

    /// Plays the card's side of a line, until that ends.
    pub(crate) fn serve(&self, line: BoxLine) -> impl Future<Output = ()> + use<> {
        let side = Rc::clone(&self.side);
        let line = self.log.wrap(line);
        async move {
            // A line that breaks is seen by who has its other end.
            let _ = side.serve(line).await;
        }
    }

    /// The front end that is told of the card from now on; none while the terminal has no power.
    pub(crate) fn set_front_end(&self, front_end: Option<FrontEnd>) {
        self.told.front_end.replace(front_end);
    }

    /// Whether a card is in.
    pub(crate) fn is_taken(&self) -> bool {
        self.handle.is_taken()
    }

    /// The card of this key, if it was in the slot before.
    pub(crate) fn take_kept(&mut self, key: &CardKey) -> Option<Box<dyn ChipCard>> {
        let at = self.kept.iter().position(|(known, _)| known == key)?;
        Some(self.kept.swap_remove(at).1)
    }

    /// Puts a card in. Whether it went: not where one is in already.
    pub(crate) fn insert(&mut self, key: CardKey, card: Box<dyn ChipCard>, settings: SlotSettings) -> bool {
        let went = self.handle.insert(card, settings).is_ok();
        if went {
            self.inside = Some(key);
        }
        went
    }

    /// Puts a physical card in, which goes when it leaves its reader; no counters of it are kept. Whether it went: not where one is in already.
    pub(crate) fn insert_physical(
        &mut self,
        (card, leaves): (impl ChipCard + 'static, impl Future<Output = SlotEvent> + 'static),
        settings: SlotSettings,
    ) -> bool {
        let went = self.handle.insert(Box::new(card), settings).is_ok();
        if went {
            let (handle, told) = (self.handle.clone(), Rc::clone(&self.told));
            let watching = spawn_local(async move {
                let event = leaves.await;
                // Whoever spoke to it just then has told it already.
                if handle.is_taken() {
                    let _out = handle.remove().await;
                    told.event(event).await;
                }
            });
            self.watching = Some(watching.abort_handle());
        }
        went
    }

    /// Takes the card out, or gives up the one that a fault pulled out. Whether one was in until now.
    pub(crate) async fn remove(&mut self) -> bool {
        if let Some(watching) = self.watching.take() {
            watching.abort();
        }
        let was_in = self.is_taken();
        let card = self.handle.remove().await;
        if let (Some(key), Some(card)) = (self.inside.take(), card) {
            self.kept.push((key, card));
        }
        was_in
    }

    /// Why the bench is broken, if it is.
    pub(crate) fn mishap(&self) -> Option<String> {
        self.told.broken.borrow().clone()
    }

    /// Waits until the bench is broken; why.
    pub(crate) fn breaks(&self) -> impl Future<Output = String> + use<> {
        let mut broken = self.told.broken.subscribe();
        async move {
            // While somebody waits, the slot is there.
            let why = broken.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
            match why {
                Some(why) => why,
                None => pending().await,
            }
        }
    }
}

impl Told {
    async fn event(&self, event: SlotEvent) {
        let note = |text| {
            if let Some(tape) = &self.tape {
                tape.note("slot", text);
            }
        };
        match event {
            SlotEvent::PulledOut => note("the card is pulled out"),
            SlotEvent::Gone => note("the card is gone"),
            SlotEvent::Broken(sentence) => {
                note(&sentence);
                self.broken.send_if_modified(|broken| {
                    let is_first = broken.is_none();
                    broken.get_or_insert(sentence);
                    is_first
                });
                return;
            }
        }
        let front_end = self.front_end.borrow().clone();
        if let Some(front_end) = front_end {
            // A terminal that loses its power just now learns it at its next boot.
            let _ = front_end.contact_card(false).await;
        }
    }
}

#[cfg(test)]
mod tests;
