//! The card slot: who has its line, in a session and between two of them.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;

use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_sync::waitqueue::WakerRegistration;
use embedded_io_async::{Read, Write};

use super::fault::SlotFault;
use super::line::Line;
use super::presence::Presence;
use super::session::Session;

/// The slot of a terminal.
pub(crate) struct Slot<'p, R, W> {
    line: Mutex<NoopRawMutex, Line<R, W>>,
    claims: Claims,
    presence: &'p Presence,
}

/// Who wants the line for a session.
#[derive(Default)]
struct Claims {
    count: Cell<usize>,
    changed: RefCell<WakerRegistration>,
}

/// One who does, for as long as this lives.
pub(super) struct Claim<'c>(&'c Claims);

impl<'p, R: Read, W: Write> Slot<'p, R, W> {
    pub(crate) fn new(rx: R, tx: W, presence: &'p Presence) -> Self {
        Self { line: Mutex::new(Line::new(rx, tx)), claims: Claims::default(), presence }
    }

    /// Whether a card is in.
    pub(crate) fn presence(&self) -> &'p Presence {
        self.presence
    }

    /// Deactivates the contacts, whatever was before. A slot that does not work is no reason not to go on.
    pub(crate) async fn deactivate(&self) {
        self.line.lock().await.power_down().await;
    }

    /// Between sessions, deactivates what a session that was given up has left, and reads and forgets what comes. It
    /// has to run at all times.
    pub(crate) async fn rest(&self) -> Infallible {
        loop {
            self.claims.until(|count| count == 0).await;
            {
                let mut line = self.line.lock().await;
                if line.is_powered() {
                    line.power_down().await;
                }
                select(self.claims.until(|count| count > 0), line.discard()).await;
            }
        }
    }

    /// Begins a session with the card that is in.
    ///
    /// # Errors
    /// There is none, or it does not work.
    pub(crate) async fn activate(&self) -> Result<Session<'_, R, W>, SlotFault> {
        let stay = self.presence.card().ok_or(SlotFault::Removed)?;
        let claim = self.claims.claim();
        let line = self.line.lock().await;
        Session::begin(line, claim, self.presence, stay).await
    }
}

impl Claims {
    fn claim(&self) -> Claim<'_> {
        self.change(self.count.get().saturating_add(1));
        Claim(self)
    }

    fn change(&self, count: usize) {
        self.count.set(count);
        self.changed.borrow_mut().wake();
    }

    async fn until(&self, is_so: impl Fn(usize) -> bool) {
        poll_fn(|context| {
            if is_so(self.count.get()) {
                return Poll::Ready(());
            }
            self.changed.borrow_mut().register(context.waker());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.change(self.0.count.get().saturating_sub(1));
    }
}
