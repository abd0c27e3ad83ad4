//! Says whether the application runs, for a watchdog on another thread.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
};

/// Drives `future`; `running` is true exactly while it is being polled, and false while it awaits.
pub(super) async fn tell_running<F: Future>(running: &AtomicBool, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _poll = Poll::begin(running);
        future.as_mut().poll(context)
    })
    .await
}

/// A poll that goes on. It ends by a panic, too.
struct Poll<'r>(&'r AtomicBool);

impl<'r> Poll<'r> {
    fn begin(running: &'r AtomicBool) -> Self {
        running.store(true, Ordering::Release);
        Self(running)
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        task::{Context, Waker},
    };

    use super::*;
    use tokio::sync::Notify;

    #[test]
    fn only_a_future_that_is_polled_runs() {
        let (running, wake) = (AtomicBool::new(false), Notify::new());
        let mut seen = Vec::new();
        let mut application = Box::pin(tell_running(&running, async {
            seen.push(running.load(Ordering::Acquire));
            wake.notified().await;
            seen.push(running.load(Ordering::Acquire));
            panic!("a fault of the application");
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(application.as_mut().poll(&mut context).is_pending());
        assert!(!running.load(Ordering::Acquire), "it awaits");
        wake.notify_one();
        catch_unwind(AssertUnwindSafe(|| application.as_mut().poll(&mut context))).unwrap_err();
        assert!(!running.load(Ordering::Acquire), "it has crashed");
        drop(application);
        assert_eq!(seen, [true, true]);
    }
}
