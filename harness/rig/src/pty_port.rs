//! A serial port that any software may open, with us at its other end.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, open},
    io::Errno,
    termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, unix::AsyncFd},
    time::sleep,
};

use crate::pty::{pair, registered};

/// How often we look whether somebody has opened the port: the system does not tell.
const LOOK: Duration = Duration::from_millis(20);

/// A pty as a serial port: eight bits, no echo and no line discipline, whatever software opens it.
#[derive(Debug)]
pub struct PtyPort {
    controller: OwnedFd,
    path: String,
}

impl PtyPort {
    /// Makes one. It lasts until it is dropped, however many open and close it.
    ///
    /// # Errors
    /// A system that has no pty left.
    pub fn make() -> io::Result<Self> {
        let (controller, path) = pair()?;
        let port = Self { controller, path };
        port.clear()?;
        Ok(port)
    }

    /// Sets the port as it was when it was made, and throws away what nobody has read: as between one cable and the next.
    ///
    /// # Errors
    /// What the system reports.
    pub fn clear(&self) -> io::Result<()> {
        let port = open(self.path.as_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&port)?;
        settings.make_raw();
        tcsetattr(&port, OptionalActions::Now, &settings)?;
        Ok(tcflush(&port, QueueSelector::IFlush)?)
    }

    /// The path by which it is opened.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Waits until somebody has opened the port. The stream ends when nobody has it open any more; what was written and not read
    /// waits for the next one, unless the port is [cleared](Self::clear).
    ///
    /// # Errors
    /// What the system reports.
    pub async fn opened(&self) -> io::Result<PtyStream> {
        while self.is_alone()? {
            sleep(LOOK).await;
        }
        // Watched anew each time: a file that was seen to end is watched no more.
        Ok(PtyStream(registered(self.controller.try_clone()?)?))
    }

    fn is_alone(&self) -> io::Result<bool> {
        let mut files = [PollFd::new(&self.controller, PollFlags::empty())];
        poll(&mut files, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        Ok(files.iter().any(|file| file.revents().contains(PollFlags::HUP)))
    }
}

/// Our end of a [`PtyPort`], for as long as somebody has it open.
#[derive(Debug)]
pub struct PtyStream(AsyncFd<OwnedFd>);

impl AsyncRead for PtyStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            let space = buffer.initialize_unfilled();
            match ready.try_io(|file| Ok(rustix::io::read(file.as_fd(), &mut *space)?)) {
                Ok(Ok(count)) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) if is_closed(&error) => return Poll::Ready(Ok(())),
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
    }
}

impl AsyncWrite for PtyStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(cx))?;
            match ready.try_io(|file| Ok(rustix::io::write(file.as_fd(), bytes)?)) {
                Ok(Err(error)) if is_closed(&error) => {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                Ok(written) => return Poll::Ready(written),
                Err(_would_block) => {}
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What the controlling side of a pty reports when nobody has the other one open.
fn is_closed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::IO.raw_os_error())
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::spawn_blocking,
        time::timeout,
    };

    use super::*;

    fn opened(path: &str) -> File {
        File::options().read(true).write(true).open(path).unwrap()
    }

    /// Bytes that a line discipline would change, one after another opening.
    #[tokio::test]
    async fn bytes_go_as_they_are_and_the_port_can_be_opened_again() {
        use std::io::{Read, Write};

        let port = PtyPort::make().unwrap();
        assert!(timeout(Duration::from_millis(100), port.opened()).await.is_err(), "nobody has opened it");
        for bytes in [*b"\r\n\x03\x04\x11\x7f\xff\x00", *b"\x1c\x1a\x13\n\n\rAT"] {
            let mut software = opened(port.path());
            let mut stream = port.opened().await.unwrap();
            software.write_all(&bytes).unwrap();
            let mut heard = [0; 8];
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(heard, bytes);
            stream.write_all(&bytes).await.unwrap();
            let software = spawn_blocking(move || {
                let mut heard = [0; 8];
                software.read_exact(&mut heard).unwrap();
                assert_eq!(heard, bytes);
                software
            });
            let software = software.await.unwrap();
            stream.write_all(b"never read").await.unwrap();
            drop(software);
            assert_eq!(stream.read(&mut heard).await.unwrap(), 0);
            port.clear().unwrap();
        }
    }
}
