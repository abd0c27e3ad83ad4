//! The printer of a world: it outlives the terminal's boots.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use payrig_operator::paper::{Printer, PrinterState, Receipt};

/// The printer, for whoever has a part in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedPrinter(Arc<Mutex<Printer>>);

impl SharedPrinter {
    /// Loads paper, takes it away, switches it off or on.
    pub(crate) fn set_state(&self, state: PrinterState) {
        self.printer().set_state(state);
    }

    /// Gives it what the terminal sent; its answers, a byte each.
    pub(crate) fn take(&self, bytes: &[u8]) -> Vec<u8> {
        self.printer().take(bytes)
    }

    /// Everything that it has printed.
    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.printer().receipts()
    }

    /// A poisoned lock only says that another thread panicked: no method leaves a printer half changed.
    fn printer(&self) -> MutexGuard<'_, Printer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
