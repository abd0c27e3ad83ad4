//! A future that leaves nothing behind in the memory that it lived in.
//!
//! The state of a future is a place of its owner's. When it has ended, its values are dropped, yet the bytes of those that do
//! not erase themselves stay, and so do those of values that were moved out of it, until something else is kept there.
#![allow(unsafe_code, reason = "a future is dropped in its place, whose bytes are then overwritten")]

use core::future::Future;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::slice;
use core::task::{Context, Poll};

use zeroize::Zeroize;

/// A future whose memory is overwritten as soon as it has ended, or when it is dropped before.
///
/// Its output is moved out as ever: it has to be worth no protection.
pub(crate) struct Erased<F> {
    /// Initialised for as long as `is_there`.
    future: MaybeUninit<F>,
    is_there: bool,
    /// It is pinned in here.
    _pinned: PhantomPinned,
}

impl<F> Erased<F> {
    /// Takes a future that was not polled yet.
    pub(crate) const fn new(future: F) -> Self {
        Self { future: MaybeUninit::new(future), is_there: true, _pinned: PhantomPinned }
    }

    fn erase(&mut self) {
        if !core::mem::take(&mut self.is_there) {
            return;
        }
        // SAFETY: it was initialised, as `is_there` said, and nobody drops it again, as that does not say so any more. It has
        // not moved since it was pinned: callers have `self` pinned, or are its `drop`.
        unsafe { self.future.assume_init_drop() };
        let start = self.future.as_mut_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: these are the bytes of `self.future`, borrowed mutably, and any bytes may stand in a `MaybeUninit`.
        unsafe { slice::from_raw_parts_mut(start, size_of::<F>()) }.zeroize();
    }
}

impl<F: Future> Future for Erased<F> {
    type Output = F::Output;

    /// Once it has ended it stays pending.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: nothing is moved out of it: `future` is pinned below, or dropped in its place by `erase`.
        let this = unsafe { self.get_unchecked_mut() };
        if !this.is_there {
            return Poll::Pending;
        }
        // SAFETY: it is initialised, as `is_there` says, and pinned for as long as `self` is.
        let future = unsafe { Pin::new_unchecked(this.future.assume_init_mut()) };
        let polled = future.poll(context);
        if polled.is_ready() {
            this.erase();
        }
        polled
    }
}

impl<F> Drop for Erased<F> {
    fn drop(&mut self) {
        self.erase();
    }
}

#[cfg(test)]
mod tests {
    use super::Erased;
    use core::cell::Cell;
    use core::future::Future;
    use core::mem::MaybeUninit;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};
    use embassy_futures::yield_now;
    use std::vec::Vec;

    const SECRET: [u8; 12] = *b"123456789012";

    struct CountsDrops<'c>(&'c Cell<usize>);

    impl Drop for CountsDrops<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    /// A transaction that keeps a secret over a wait, and does not erase it.
    async fn careless(drops: &Cell<usize>) -> u8 {
        let _counted = CountsDrops(drops);
        let secret = core::hint::black_box(SECRET);
        yield_now().await;
        core::hint::black_box(&secret)[0]
    }

    fn poll<F: Future>(future: core::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// The bytes of a value, of which some may have been initialised by nobody.
    fn has_secret<T>(value: &MaybeUninit<T>) -> bool {
        // SAFETY: the memory was zeroed before the value was put in, and the compiler of a test does not look through this.
        let bytes = unsafe { core::slice::from_raw_parts(value.as_ptr().cast::<u8>(), size_of::<T>()) };
        let bytes: Vec<u8> = core::hint::black_box(bytes).to_vec();
        bytes.windows(SECRET.len()).any(|window| window == SECRET)
    }

    /// Plays `end` on a future that holds the secret, and tells whether it is in its memory before and after.
    fn looked_at<F: Future>(future: F, end: impl FnOnce(&mut MaybeUninit<F>)) -> (bool, bool) {
        let mut place = MaybeUninit::<F>::zeroed();
        place.write(future);
        // SAFETY: it stays where it is until `end` has dropped it.
        let pinned = unsafe { core::pin::Pin::new_unchecked(place.assume_init_mut()) };
        assert!(poll(pinned).is_pending());
        let before = has_secret(&place);
        end(&mut place);
        (before, has_secret(&place))
    }

    #[test]
    fn a_future_that_ends_leaves_nothing_and_gives_its_output() {
        let drops = Cell::new(0);
        let looked = looked_at(Erased::new(careless(&drops)), |place| {
            // SAFETY: as in `looked_at`.
            let pinned = unsafe { core::pin::Pin::new_unchecked(place.assume_init_mut()) };
            assert_eq!(poll(pinned), Poll::Ready(b'1'));
        });
        assert_eq!((looked, drops.get()), ((true, false), 1));
    }

    #[test]
    fn a_future_that_is_dropped_leaves_nothing() {
        let drops = Cell::new(0);
        // SAFETY: dropped once, in its place.
        let looked = looked_at(Erased::new(careless(&drops)), |place| unsafe { place.assume_init_drop() });
        assert_eq!((looked, drops.get()), ((true, false), 1));
    }

    /// What the two tests above would tell of a future that nobody erases.
    #[test]
    fn a_future_by_itself_leaves_the_secret() {
        let drops = Cell::new(0);
        // SAFETY: dropped once, in its place.
        let looked = looked_at(careless(&drops), |place| unsafe { place.assume_init_drop() });
        assert_eq!((looked, drops.get()), ((true, true), 1));
    }

    #[test]
    fn one_that_has_ended_stays_pending_and_is_dropped_once() {
        let drops = Cell::new(0);
        {
            let mut erased = pin!(Erased::new(careless(&drops)));
            assert!(poll(erased.as_mut()).is_pending());
            assert!(poll(erased.as_mut()).is_ready());
            assert!(poll(erased.as_mut()).is_pending());
        }
        assert_eq!(drops.get(), 1);
    }
}
