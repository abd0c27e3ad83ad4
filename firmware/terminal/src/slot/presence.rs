//! Whether a card is in the slot, as the front end says it (INTERFACE.md, section 21).

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::task::Poll;

use embassy_sync::waitqueue::WakerRegistration;

/// The last that the front end said of a card, and how often one went out. At boot none is in.
#[derive(Default)]
pub(crate) struct Presence {
    is_in: Cell<bool>,
    removals: Cell<u32>,
    waiting: RefCell<WakerRegistration>,
}

/// One card, from its coming in to its going out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay(u32);

impl Presence {
    /// Takes what the front end says.
    pub(crate) fn set(&self, is_in: bool) {
        if self.is_in.replace(is_in) && !is_in {
            self.removals.set(self.removals.get().wrapping_add(1));
        }
        self.waiting.borrow_mut().wake();
    }

    /// The card that is in.
    pub(crate) fn card(&self) -> Option<Stay> {
        self.is_in.get().then(|| Stay(self.removals.get()))
    }

    /// Waits until a card is in, other than one that was in already.
    pub(crate) async fn inserted(&self, but: Option<Stay>) -> Stay {
        self.until(|| self.card().filter(|stay| Some(*stay) != but)).await
    }

    /// Waits until this card is out, whether another one is in or not.
    pub(crate) async fn removed(&self, stay: Stay) {
        self.until(|| (self.card() != Some(stay)).then_some(())).await;
    }

    async fn until<T>(&self, mut found: impl FnMut() -> Option<T>) -> T {
        poll_fn(|context| match found() {
            Some(found) => Poll::Ready(found),
            None => {
                self.waiting.borrow_mut().register(context.waker());
                Poll::Pending
            }
        })
        .await
    }
}
