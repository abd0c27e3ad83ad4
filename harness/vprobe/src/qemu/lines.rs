//! The board's serial lines.
//!
//! They are connected here and handed to QEMU, which inherits them. So a line stays connected while an emulator whose core
//! has locked up is replaced by a new one: to whom listens it is one board with one cable.

use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::VprobeError;

/// Our copies of the lines' ends, in the order of the board's UARTs.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<UnixStream>>);

impl Lines {
    /// Connects to the sockets that the harness listens on.
    pub(crate) fn connect(paths: &[PathBuf]) -> Result<Self, VprobeError> {
        let connect = |path: &PathBuf| {
            UnixStream::connect(path).map_err(|source| VprobeError::Line { path: path.clone(), source })
        };
        Ok(Self(Mutex::new(paths.iter().map(connect).collect::<Result<_, _>>()?)))
    }

    /// Another copy of each line's end.
    pub(crate) fn for_qemu(&self) -> Result<Vec<OwnedFd>, VprobeError> {
        let copies = self.lock().iter().map(|line| Ok(line.try_clone()?.into())).collect::<io::Result<_>>();
        copies.map_err(|source| VprobeError::System { what: "a copy of a line", source })
    }

    /// Throws away what arrived while nobody was there to receive it.
    pub(crate) fn drain(&self) {
        let mut waste = [0; 4096];
        for line in self.lock().iter_mut() {
            // QEMU's copy is gone: what is set here holds for its successor, which sets the same.
            if line.set_nonblocking(true).is_ok() {
                while matches!(line.read(&mut waste), Ok(1..)) {}
            }
        }
    }

    /// Pulls the cable of one line: both sides see its end, at once and for good.
    pub(crate) fn unplug(&self, uart: usize) {
        if let Some(line) = self.lock().get(uart) {
            let _unplugged_already = line.shutdown(Shutdown::Both);
        }
    }

    /// Disconnects them: the other side sees the end of the stream.
    pub(crate) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<UnixStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
