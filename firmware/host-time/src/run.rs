//! One application and its alarms as a future.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use tokio::time::Sleep;

use crate::driver::{Clock, InPlace};

/// Runs `application` with an embassy clock that starts at zero when this is called.
///
/// Must be called and awaited inside a tokio runtime with time enabled. Dropping the future drops the application and
/// its clock, which is how power is cut.
pub fn run<F: Future>(application: F) -> Run<F> {
    Run { application: Box::pin(application), clock: Some(Clock::start()), alarm: None }
}

/// The future of [`run`].
#[derive(Debug)]
#[must_use = "a future does nothing until it is awaited"]
pub struct Run<F> {
    application: Pin<Box<F>>,
    clock: Option<Clock>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<F: Future> Future for Run<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        {
            let _in_place = InPlace::new(&mut this.clock);
            if let Poll::Ready(output) = this.application.as_mut().poll(context) {
                return Poll::Ready(output);
            }
        }
        this.poll_alarm(context);
        Poll::Pending
    }
}

impl<F> Run<F> {
    /// Sets the alarm for the next timer. An expired timer wakes its task, which polls the application again.
    fn poll_alarm(&mut self, context: &mut Context<'_>) {
        while let Some(next) = self.clock.as_mut().and_then(Clock::wake_expired) {
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next)));
            if alarm.deadline() != next {
                alarm.as_mut().reset(next);
            }
            if alarm.as_mut().poll(context).is_pending() {
                return;
            }
        }
    }
}
