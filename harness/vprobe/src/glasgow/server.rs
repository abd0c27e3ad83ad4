//! The probe's socket: one debugger at a time, served until it leaves.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::board::Board;
use crate::error::VprobeError;
use crate::glasgow::applet::{Identity, ResetLine, Root, Swd};
use crate::glasgow::frame::{self, Endpoint, Frames};

/// `sun_path` holds 108 bytes with the final zero.
const LONGEST_PATH: usize = 107;

/// How long a debugger waits for another one to leave. probe-rs closes a connection on a thread of its own, so whoever attaches anew at once may come
/// before the end of its own last one.
const GRACE: Duration = Duration::from_secs(1);

/// The board while it is switched on, shared by the debugger's thread and the machine's owner.
#[derive(Default)]
pub(crate) struct Socket {
    state: Mutex<SocketState>,
    released: Condvar,
}

#[derive(Default)]
struct SocketState {
    board: Option<Board>,
    /// The connection of the debugger that has the probe.
    debugger: Option<UnixStream>,
    fault: Option<VprobeError>,
}

impl Socket {
    /// Plugs the board in.
    pub(crate) fn plug(&self, board: Board) {
        self.lock().board = Some(board);
    }

    /// Takes the board out: debuggers are told from now on that it is off.
    pub(crate) fn unplug(&self) -> Option<Board> {
        self.lock().board.take()
    }

    /// Does something with the board; [`VprobeError::Off`] when there is none.
    pub(crate) fn with<T>(
        &self,
        act: impl FnMut(&mut Board) -> Result<T, VprobeError>,
    ) -> Result<T, VprobeError> {
        self.lock().board.as_mut().ok_or(VprobeError::Off)?.attempt(act)
    }

    /// What made a debugger's access fail, if any did since the last call.
    pub(crate) fn take_fault(&self) -> Option<VprobeError> {
        self.lock().fault.take()
    }

    /// Gives the probe to the debugger at `stream`; false when another one has it and keeps it.
    fn claim(&self, stream: &UnixStream) -> io::Result<bool> {
        let is_taken = |state: &mut SocketState| state.debugger.is_some();
        let waited = self.released.wait_timeout_while(self.lock(), GRACE, is_taken);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        // One that has just left may not be done yet: saving the flash takes a moment.
        while state.debugger.as_ref().is_some_and(has_left) {
            state = self.released.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.debugger.is_some() {
            return Ok(false);
        }
        state.debugger = Some(stream.try_clone()?);
        Ok(true)
    }

    /// Takes the probe back.
    fn release(&self) {
        let mut state = self.lock();
        state.debugger = None;
        if let Some(Err(e)) = state.board.as_mut().map(Board::detached) {
            state.fault = Some(e);
        }
        self.released.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, SocketState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The listening socket and the thread behind it.
pub(crate) struct Server {
    listener: UnixListener,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Reserves `path`. A socket that a killed process left behind is taken over.
    pub(crate) fn bind(path: &Path) -> Result<Self, VprobeError> {
        Ok(Self { listener: bind(path)?, path: path.to_owned(), thread: None })
    }

    /// Begins to answer debuggers.
    pub(crate) fn serve(&mut self, socket: &Arc<Socket>) -> Result<(), VprobeError> {
        let failed = |what| move |source| VprobeError::System { what, source };
        let accepting = self.listener.try_clone().map_err(failed("a copy of the probe's socket"))?;
        let socket = Arc::clone(socket);
        let thread = std::thread::Builder::new()
            .name("vprobe-accept".to_owned())
            .spawn(move || {
                // The wait ends with an error when the listener is shut down.
                while let Ok((stream, _)) = accepting.accept() {
                    let socket = Arc::clone(&socket);
                    let _no_thread = std::thread::Builder::new()
                        .name("vprobe-debugger".to_owned())
                        .spawn(move || serve(stream, &socket));
                }
            })
            .map_err(failed("a thread"))?;
        self.thread = Some(thread);
        Ok(())
    }
}

impl Server {
    /// Stops listening and removes the socket.
    pub(crate) fn close(&mut self) {
        let _removed_already = std::fs::remove_file(&self.path);
        let _closed_already = rustix::net::shutdown(&self.listener, rustix::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

fn bind(path: &Path) -> Result<UnixListener, VprobeError> {
    let refused = |why: String| VprobeError::Socket { path: path.to_owned(), why };
    if path.as_os_str().len() > LONGEST_PATH {
        return Err(refused(format!("a socket's path has at most {LONGEST_PATH} bytes")));
    }
    match UnixListener::bind(path) {
        Err(e) if e.kind() == io::ErrorKind::AddrInUse => {
            if UnixStream::connect(path).is_ok() {
                return Err(refused("another board serves its probe there".to_owned()));
            }
            // What a killed board has left may go; any other file is somebody's.
            let left = std::fs::symlink_metadata(path).map_err(|e| refused(e.to_string()))?;
            if !left.file_type().is_socket() {
                return Err(refused("a file that is no socket is there".to_owned()));
            }
            std::fs::remove_file(path).map_err(|e| refused(e.to_string()))?;
            UnixListener::bind(path).map_err(|e| refused(e.to_string()))
        }
        other => other.map_err(|e| refused(e.to_string())),
    }
}

/// Serves one connection until the debugger closes it.
///
/// It is never closed from this side: probe-rs takes the end of the stream for "nothing yet" and would
/// ask again for ever. A debugger that finds the probe in use, or the board off, gets an error as answer.
fn serve(mut stream: UnixStream, socket: &Socket) {
    let Ok(owner) = socket.claim(&stream) else { return };
    let _ended = converse(&mut stream, socket, owner);
    if owner {
        socket.release();
    }
}

fn has_left(stream: &UnixStream) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::empty())];
    let polled = rustix::event::poll(&mut fds, Some(&Timespec::default()));
    polled.is_err() || fds[0].revents().contains(PollFlags::HUP)
}

fn converse(stream: &mut UnixStream, socket: &Socket, owner: bool) -> io::Result<()> {
    let (mut frames, mut root, mut swd) = (Frames::default(), Root::default(), Swd::default());
    let mut chunk = vec![0; 64 << 10];
    let mut out = Vec::new();
    loop {
        let n = stream.read(&mut chunk)?;
        if n == 0 {
            return Ok(());
        }
        frames.push(chunk.get(..n).unwrap_or_default());
        out.clear();
        while let Some((endpoint, payload)) = frames.next().map_err(|_| io::ErrorKind::InvalidData)? {
            let mut answer = Vec::new();
            let mut state = socket.lock();
            let SocketState { board, fault, .. } = &mut *state;
            let board = board.as_mut().filter(|_| owner);
            let done = match endpoint {
                Endpoint::Root => {
                    let identity = match (&board, owner) {
                        (Some(_), _) => Identity::Probe,
                        (None, true) => Identity::Off,
                        (None, false) => Identity::InUse,
                    };
                    let line = root.take(&payload, identity, &mut answer);
                    pulse(&line, board)
                }
                Endpoint::Swd => swd.take(&payload, board, &mut answer),
            };
            if let Err(e) = done {
                *fault = Some(e);
            }
            if !answer.is_empty() {
                frame::append(endpoint, &answer, &mut out);
            }
        }
        stream.write_all(&out)?;
    }
}

/// The reset line: asserted holds the core at its reset vector, released lets it run.
fn pulse(line: &[ResetLine], board: Option<&mut Board>) -> Result<(), VprobeError> {
    let Some(board) = board else { return Ok(()) };
    for state in line {
        match state {
            ResetLine::Asserted => board.attempt(|board| board.core.hold(&mut board.memory))?,
            ResetLine::Released => board.attempt(|board| board.core.release(&mut board.memory))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_was_left_is_taken_over_and_any_other_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("probe.sock");
        drop(UnixListener::bind(&path).unwrap());
        drop(bind(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "a thesis").unwrap();
        let refused = bind(&path).unwrap_err().to_string();
        assert!(refused.ends_with("a file that is no socket is there"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a thesis");
    }
}
