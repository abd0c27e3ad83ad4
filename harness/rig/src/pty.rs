//! A line of the emulated board as a serial port: what an adapter at the end of a cable is on a bench.
//!
//! The board's end of the line is a socket. A task carries bytes between it and a pty, whose other side is opened by its path
//! as any serial port is. Nobody waits for anybody: the port is open before the board's first instruction, and
//! whatever the emulator is at, its socket stays connected. (QEMU's own ptys are read up to a second after they were opened, and go
//! with an emulator that is replaced after a lockup.)

use std::{io, os::fd::OwnedFd};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest, unix::AsyncFd},
    net::UnixStream,
    task::JoinHandle,
};
use tokio_serial::SerialStream;

use crate::RigError;

/// What the port is opened at, in bits per second. A pty keeps no pace.
const BAUD: u32 = 115_200;
/// Bytes carried at once.
const PIECE: usize = 4096;

/// A pty that carries a line for as long as the board has power.
#[derive(Debug)]
pub(crate) struct Pty {
    path: String,
    carrying: JoinHandle<()>,
}

impl Pty {
    /// Opens a serial port that carries the line whose other end is `board`.
    pub(crate) fn carry(board: UnixStream) -> Result<(SerialStream, Self), RigError> {
        let (controller, path) = pair().map_err(RigError::io("make a pty"))?;
        let controller = registered(controller).map_err(RigError::io("watch a pty"))?;
        let port = SerialStream::open(&tokio_serial::new(path.as_str(), BAUD))
            .map_err(|e| RigError::io(format!("open {path} as a serial port"))(e.into()))?;
        let carrying = tokio::spawn(carry(board, controller));
        Ok((port, Self { path, carrying }))
    }

    /// The port's path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Closes the board's side. The port has ended when this returns.
    pub(crate) async fn close(mut self) {
        self.carrying.abort();
        // It has ended, or was just aborted.
        let _ = (&mut self.carrying).await;
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

/// The controlling side of a new pty, and the path of the other one.
pub(crate) fn pair() -> io::Result<(OwnedFd, String)> {
    // A copy that another board's emulator inherits would keep the port from ending.
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&controller)?;
    unlockpt(&controller)?;
    let path = ptsname(&controller, Vec::new())?.into_string().map_err(io::Error::other)?;
    rustix::io::ioctl_fionbio(&controller, true)?;
    Ok((controller, path))
}

#[expect(unsafe_code, reason = "tokio has no safe call for a file of one's own")]
pub(crate) fn registered(file: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the file is open, and stays the same one, until the `AsyncFd` that owns it is dropped.
    unsafe { AsyncFd::register(file) }.map_err(|e| e.into())
}

/// Carries bytes both ways until either side has gone; then both are closed.
async fn carry(board: UnixStream, controller: AsyncFd<OwnedFd>) {
    let (from_board, to_board) = board.into_split();
    tokio::select! {
        biased;
        _ = out(from_board, &controller) => {}
        _ = into(&controller, to_board) => {}
    }
}

async fn out(mut board: impl AsyncRead + Unpin, controller: &AsyncFd<OwnedFd>) -> io::Result<()> {
    let mut piece = [0; PIECE];
    while let count @ 1.. = board.read(&mut piece).await? {
        let mut rest = &piece[..count];
        while !rest.is_empty() {
            let write = |controller: &OwnedFd| Ok(rustix::io::write(controller, rest)?);
            let written = controller.async_io(Interest::WRITABLE, write).await?;
            rest = &rest[written..];
        }
    }
    Ok(())
}

async fn into(controller: &AsyncFd<OwnedFd>, mut board: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut piece = [0; PIECE];
    loop {
        let read = |controller: &OwnedFd| Ok(rustix::io::read(controller, &mut piece)?);
        match controller.async_io(Interest::READABLE, read).await? {
            0 => return Ok(()),
            count => board.write_all(&piece[..count]).await?,
        }
    }
}
