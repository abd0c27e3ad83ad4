//! A power supply that fails at a chosen await of the application, or within a chosen store of it, to its key store or to its journal.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
};

use tokio::sync::Notify;

/// A fuse that blows after so many polls, so many bytes of the key store, or so many changes of the flash.
#[derive(Clone, Default)]
pub(super) struct Fuse(Rc<State>);

#[derive(Default)]
struct State {
    /// Nothing where it is not armed.
    left: Cell<Option<usize>>,
    /// Bytes that may still be stored; nothing where they are not counted.
    stores: Cell<Option<usize>>,
    /// Units that may still be written in the flash, and erasures of it; nothing where they are not counted.
    flash: Cell<Option<usize>>,
    blown: Notify,
}

impl Fuse {
    /// Blows after so many more polls.
    pub(super) fn arm(&self, polls: usize) {
        self.0.left.set(Some(polls));
    }

    /// Blows at the store behind so many more bytes.
    pub(super) fn arm_for_stores(&self, bytes: usize) {
        self.0.stores.set(Some(bytes));
    }

    /// Blows at the change of the flash behind so many more.
    pub(super) fn arm_for_flash(&self, changes: usize) {
        self.0.flash.set(Some(changes));
    }

    /// Takes the store of a byte; whether there is power for it.
    pub(super) fn take_store(&self) -> bool {
        self.take_counted(&self.0.stores)
    }

    /// Takes a unit that is written to the flash, or an erasure; whether there is power for it.
    pub(super) fn take_flash(&self) -> bool {
        self.take_counted(&self.0.flash)
    }

    fn take_counted(&self, counted: &Cell<Option<usize>>) -> bool {
        match counted.get() {
            _ if self.0.left.get() == Some(0) => false,
            None => true,
            Some(0) => {
                self.0.left.set(Some(0));
                self.0.blown.notify_waiters();
                false
            }
            Some(left) => {
                counted.set(Some(left - 1));
                true
            }
        }
    }

    /// Waits until it is blown.
    pub(super) async fn blown(self) {
        let mut blown = pin!(self.0.blown.notified());
        // A fuse that was blown before notifies nobody any more.
        blown.as_mut().enable();
        if self.0.left.get() != Some(0) {
            blown.await;
        }
    }

    /// Takes a poll; whether there is power for it.
    fn take(&self) -> bool {
        match self.0.left.get() {
            None => true,
            Some(0) => false,
            Some(left) => {
                self.0.left.set(Some(left - 1));
                if left == 1 {
                    self.0.blown.notify_waiters();
                }
                true
            }
        }
    }

    /// Drives `future` as long as the fuse holds; what comes of the last poll that it allows is not asked for.
    pub(super) async fn drive<F: Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| if self.take() { future.as_mut().poll(context) } else { Poll::Pending }).await
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn what_is_stored_behind_the_last_byte_is_lost_and_so_is_the_next_poll() {
        let polls = Cell::new(0);
        let fuse = Fuse::default();
        assert!(fuse.take_store(), "not armed");
        fuse.arm_for_stores(2);
        let stores = fuse.clone();
        let mut driven = Box::pin(fuse.clone().drive(poll_fn(|_| {
            polls.set(polls.get() + 1);
            let stored: Vec<_> = (0..4).map(|_| stores.take_store()).collect();
            assert_eq!(stored, [true, true, false, false]);
            Poll::<()>::Pending
        })));
        let mut context = Context::from_waker(Waker::noop());
        (0..3).for_each(|_| assert!(driven.as_mut().poll(&mut context).is_pending()));
        assert_eq!(polls.get(), 1);
        assert!(Box::pin(fuse.blown()).as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn changes_of_the_flash_are_counted_by_themselves() {
        let fuse = Fuse::default();
        fuse.arm_for_flash(1);
        assert!(fuse.take_store() && fuse.take_flash() && fuse.take_store());
        assert!(!fuse.take_flash());
        assert!(!fuse.take_store(), "the power is gone for everything");
    }

    #[test]
    fn a_future_is_polled_as_often_as_the_fuse_says() {
        let polls = Cell::new(0);
        let fuse = Fuse::default();
        let mut driven = Box::pin(fuse.clone().drive(poll_fn(|_| {
            polls.set(polls.get() + 1);
            Poll::<()>::Pending
        })));
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = || assert!(driven.as_mut().poll(&mut context).is_pending());
        poll();
        fuse.arm(2);
        let mut blown = Box::pin(fuse.clone().blown());
        let mut now = Context::from_waker(Waker::noop());
        assert!(blown.as_mut().poll(&mut now).is_pending());
        (0..5).for_each(|_| poll());
        assert_eq!(polls.get(), 3);
        assert!(blown.as_mut().poll(&mut now).is_ready());
        assert!(Box::pin(fuse.blown()).as_mut().poll(&mut now).is_ready(), "known afterwards, too");
    }
}
