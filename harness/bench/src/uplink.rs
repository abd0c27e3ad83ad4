//! From the modem's connection to the host, recorded on the tape and as a capture.

use std::{
    future::Future,
    io,
    net::SocketAddrV4,
    path::Path,
    pin::Pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, SystemTime},
};

use payrig_acquirer::Acquirer;
use payrig_network::{BoxStream, Uplink};
use payrig_rig::TimeKind;
use payrig_tape::{HostCapture, Lens, Tape};
use tokio::{io::duplex, task::JoinHandle, time::Instant};

use crate::{Finding, world::record};

/// A connection's worth of buffering on either side.
const PIPE: usize = 4096;
/// The terminal's address in the capture, which the cellular network would have given it (RFC 5737, TEST-NET-2).
const TERMINAL: [u8; 4] = [198, 51, 100, 7];
/// The host's address in the capture when the terminal names it instead (TEST-NET-3).
const NAMED_HOST: [u8; 4] = [203, 0, 113, 1];

/// Connects the modem to the acquirer of this world: to its address only, as the network does.
pub(crate) struct HostUplink {
    acquirer: Acquirer,
    tape: Tape,
    capture: HostCapture,
    host: (String, u16),
    next_port: AtomicU16,
    serving: Mutex<Vec<JoinHandle<()>>>,
}

impl HostUplink {
    pub(crate) fn new(acquirer: Acquirer, tape: Tape, capture: HostCapture, host: (String, u16)) -> Self {
        Self { acquirer, tape, capture, host, next_port: AtomicU16::new(49152), serving: Mutex::default() }
    }
}

impl HostUplink {
    /// The tasks that serve, or have served, a connection.
    pub(crate) fn take_serving(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.serving.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Uplink for HostUplink {
    fn open(
        &self,
        host: &str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        let known = self.host.0 == host && self.host.1 == port;
        let address = host.parse().unwrap_or_else(|_| NAMED_HOST.into());
        Box::pin(async move {
            if !known {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let terminal = SocketAddrV4::new(TERMINAL.into(), self.next_port.fetch_add(1, Ordering::Relaxed));
            let captured = self.capture.connect(terminal, SocketAddrV4::new(address, port));
            let (near, far) = duplex(PIPE);
            let far = captured.wrap(self.tape.line("host", Lens::Frames).wrap(far));
            let acquirer = self.acquirer.clone();
            // A connection that breaks is seen by both ends and is on the tape.
            let serving = tokio::spawn(async move { drop(acquirer.serve(far).await) });
            self.serving.lock().unwrap_or_else(PoisonError::into_inner).push(serving);
            Ok(Box::new(near) as BoxStream)
        })
    }
}

/// Where virtual time begins in a capture: 2026-01-01 00:00 UTC, in seconds since 1970.
const VIRTUAL_BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// The host's messages as a capture. Its times count from the wall clock's at the start, or from a fixed date where time is virtual, so that
/// the same run leaves the same bytes.
#[expect(clippy::disallowed_methods, reason = "a capture of real time tells when it was made")]
pub(crate) fn capture(
    folder: &Path,
    started: Instant,
    time: TimeKind,
    tape: &Tape,
) -> Result<HostCapture, Finding> {
    let now = match time {
        TimeKind::Virtual => SystemTime::UNIX_EPOCH + VIRTUAL_BEGINNING,
        TimeKind::Real => SystemTime::now(),
    };
    HostCapture::create(&folder.join("host.pcapng"), started, now, tape.secrets()).map_err(record)
}
