//! From the modem's connection to the host, recorded on the tape and as a capture.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddrV4},
    path::Path,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, SystemTime},
};

use payrig_acquirer::Exchange;
use payrig_network::{AsyncStream, BoxStream, Uplink};
use payrig_rig::TimeKind;
use payrig_tape::{HostCapture, Lens, Tape};
use tokio::{io::duplex, task::JoinHandle, time::Instant};

use crate::{Finding, host::Host, world::record};

/// A connection's worth of buffering on either side.
const PIPE: usize = 4096;
/// The terminal's address in the capture, which the cellular network would have given it (RFC 5737, TEST-NET-2).
const TERMINAL: [u8; 4] = [198, 51, 100, 7];
/// The host's address in the capture when the terminal names it instead (TEST-NET-3).
pub(crate) const NAMED_HOST: [u8; 4] = [203, 0, 113, 1];

/// Connects the modem to the host of this world: by the address only that the terminal has for it, as the network does.
pub(crate) struct HostUplink {
    host: Host,
    tape: Tape,
    capture: HostCapture,
    known: (String, u16),
    next_port: AtomicU16,
    serving: Mutex<Vec<JoinHandle<()>>>,
    /// When each exchange with our own host was, in its order.
    exchanged: Arc<Mutex<Vec<Instant>>>,
}

impl HostUplink {
    /// `known` is the address that the terminal has for `host`, wherever that really is.
    pub(crate) fn new(host: Host, tape: Tape, capture: HostCapture, known: (String, u16)) -> Self {
        Self {
            host,
            tape,
            capture,
            known,
            next_port: AtomicU16::new(49152),
            serving: Mutex::default(),
            exchanged: Arc::default(),
        }
    }
}

impl HostUplink {
    /// When each exchange with our own host was, in its order; nothing of a real one.
    pub(crate) fn exchanged(&self) -> Vec<Instant> {
        self.exchanged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves a connection to the host, which the terminal believes to be at `address`: recorded on the tape and in the capture.
    ///
    /// # Errors
    /// A real host that does not answer: a connection that does not come about is none in the records.
    pub(crate) async fn serve(
        &self,
        stream: impl AsyncStream + 'static,
        address: Ipv4Addr,
        port: u16,
    ) -> io::Result<()> {
        let real = match &self.host {
            Host::Own(_) => None,
            Host::Real(real) => Some(real.connect().await?),
        };
        let terminal = SocketAddrV4::new(TERMINAL.into(), self.next_port.fetch_add(1, Ordering::Relaxed));
        let captured = self.capture.connect(terminal, SocketAddrV4::new(address, port));
        let far = captured.wrap(self.tape.line("host", Lens::Frames).wrap(stream));
        // A connection that breaks is seen by both ends and is on the tape.
        let serving = match (&self.host, real) {
            (Host::Own(acquirer), _) => {
                let (acquirer, exchanged) = (acquirer.clone(), self.exchanged.clone());
                let hear = move |_: &Exchange| {
                    exchanged.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
                };
                tokio::spawn(async move { drop(acquirer.serve_heard(far, hear).await) })
            }
            (Host::Real(_), Some(line)) => tokio::spawn(line.carry(far)),
            (Host::Real(_), None) => return Err(io::ErrorKind::NotConnected.into()),
        };
        self.serving.lock().unwrap_or_else(PoisonError::into_inner).push(serving);
        Ok(())
    }

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
        let known = self.known.0 == host && self.known.1 == port;
        let address = host.parse().unwrap_or_else(|_| Ipv4Addr::from(NAMED_HOST));
        Box::pin(async move {
            if !known {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (near, far) = duplex(PIPE);
            self.serve(far, address, port).await?;
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
