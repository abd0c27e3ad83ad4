//! The window of the person at the panel: raw keys in, the terminal's screen out.

use std::{
    io::{self, IsTerminal, Read, Write, stdin, stdout},
    sync::{Mutex, PoisonError},
    thread,
};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

/// The window in raw mode; its old mode comes back when this is dropped.
pub(crate) struct RawTerminal(());

/// The window's mode before it was taken over, for whoever ends the process.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

impl RawTerminal {
    /// Takes over the window.
    ///
    /// # Errors
    /// Standard input or output that is no terminal.
    pub(crate) fn enter() -> io::Result<Self> {
        if !stdin().is_terminal() || !stdout().is_terminal() {
            return Err(io::Error::other("the panel needs a terminal window for its keys and its screen"));
        }
        let before = tcgetattr(stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Flush, &raw)?;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        Ok(Self(()))
    }

    /// Keys as they are pressed. The thread that reads them ends with the process: a terminal cannot be unblocked.
    pub(crate) fn keys() -> mpsc::UnboundedReceiver<Vec<u8>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok(n @ 1..) = stdin().read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        receiver
    }

    /// Writes to the window at once.
    pub(crate) fn show(bytes: &[u8]) -> io::Result<()> {
        let mut out = stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }
}

impl RawTerminal {
    /// Gives the window its old mode back, once.
    pub(crate) fn restore() {
        let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        // Cursor shown, colours off, below the screen. A window that is gone needs no mending.
        let _ = Self::show(b"\x1b[?25h\x1b[0m\x1b[14;1H\x1b[J");
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &before);
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        Self::restore();
    }
}
