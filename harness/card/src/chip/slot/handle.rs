//! The bench's hold on a slot.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::Waker,
};

use tokio::sync::{Notify, mpsc};

use super::{SlotEvent, SlotSettings, faults::Faults};
use crate::chip::ChipCard;

/// A hold on a slot: puts cards in and takes them out. Cheap to clone; of the thread on which the slot is served.
///
/// It moves the card only. That one is in, or out, the terminal learns on its front-end line, which is the bench's.
#[derive(Clone)]
pub struct SlotHandle {
    pub(super) shared: Rc<Shared>,
}

/// A card in the slot.
pub(super) struct Inserted {
    pub(super) card: Box<dyn ChipCard>,
    pub(super) settings: SlotSettings,
    pub(super) faults: Faults,
    /// It was left with its power on, by a line that ended.
    pub(super) powered: bool,
}

#[derive(Default)]
pub(super) struct Shared {
    /// The card, while no session has it.
    pub(super) card: RefCell<Option<Inserted>>,
    /// A session has it.
    pub(super) in_use: Cell<bool>,
    /// It is to be given up.
    pub(super) removing: Cell<bool>,
    /// A card that was taken out, or pulled.
    pub(super) taken: RefCell<Option<Box<dyn ChipCard>>>,
    pub(super) given_up: Notify,
    pub(super) waker: RefCell<Option<Waker>>,
    listeners: RefCell<Vec<mpsc::UnboundedSender<SlotEvent>>>,
}

impl SlotHandle {
    /// Puts a card in.
    ///
    /// # Errors
    /// The card, where one is in already.
    pub fn insert(&self, card: Box<dyn ChipCard>, settings: SlotSettings) -> Result<(), Box<dyn ChipCard>> {
        if self.is_taken() {
            return Err(card);
        }
        let faults = Faults::new(&settings);
        *self.shared.card.borrow_mut() = Some(Inserted { card, settings, faults, powered: false });
        self.shared.wake();
        Ok(())
    }

    /// Takes the card out, in the middle of whatever it does; its power is off then. Gives it back, or the card that a fault pulled out
    /// before; nothing where none is in.
    pub async fn remove(&self) -> Option<Box<dyn ChipCard>> {
        if let Some(mut inserted) = self.shared.card.take() {
            if inserted.powered {
                // A card that cannot be switched off any more is out all the same.
                let _ = inserted.card.power_off().await;
            }
            return Some(inserted.card);
        }
        while self.shared.in_use.get() {
            self.shared.removing.set(true);
            self.shared.wake();
            self.shared.given_up.notified().await;
        }
        self.shared.taken.take()
    }

    /// Whether a card is in.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.shared.in_use.get() || self.shared.card.borrow().is_some()
    }

    /// Every event from now on.
    #[must_use]
    pub fn listen(&self) -> mpsc::UnboundedReceiver<SlotEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.shared.listeners.borrow_mut().push(sender);
        receiver
    }
}

impl Shared {
    pub(super) fn tell(&self, event: &SlotEvent) {
        self.listeners.borrow_mut().retain(|listener| listener.send(event.clone()).is_ok());
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
