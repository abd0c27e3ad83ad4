//! stub
use embassy_sync::{blocking_mutex::raw::NoopRawMutex, signal::Signal};
pub(crate) type Cancel = Signal<NoopRawMutex, ()>;
pub(crate) struct Modem<R, W> {
    rx: R,
    tx: W,
}
impl<R, W> Modem<R, W> {
    pub(crate) fn new(rx: R, tx: W) -> Self {
        Self { rx, tx }
    }
}
