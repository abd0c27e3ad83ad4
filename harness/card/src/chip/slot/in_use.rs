//! A card that a session has.

use std::rc::Rc;

use super::handle::{Inserted, Shared};

/// A card that a session has. It goes back to where it came from, however the session ends: served lines are dropped at any point.
pub(super) struct InUse {
    shared: Rc<Shared>,
    inserted: Option<Inserted>,
    /// It does not go back: it is out.
    is_out: bool,
}

impl InUse {
    /// Takes the card that is in.
    pub(super) fn take(shared: &Rc<Shared>) -> Option<Self> {
        let inserted = shared.card.take()?;
        shared.in_use.set(true);
        Some(Self { shared: Rc::clone(shared), inserted: Some(inserted), is_out: false })
    }

    pub(super) const fn inserted(&mut self) -> Option<&mut Inserted> {
        self.inserted.as_mut()
    }

    /// The card is out of the slot.
    pub(super) const fn let_go(&mut self) {
        self.is_out = true;
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        let is_out = self.shared.removing.take() || self.is_out;
        if let Some(inserted) = self.inserted.take() {
            if is_out {
                *self.shared.taken.borrow_mut() = Some(inserted.card);
            } else {
                *self.shared.card.borrow_mut() = Some(inserted);
            }
        }
        self.shared.in_use.set(false);
        self.shared.given_up.notify_waiters();
    }
}
