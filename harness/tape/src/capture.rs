//! The host's side of the wire as a capture that Wireshark opens.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::connection::{Connection, Packet, Sender};
use crate::host_stream::HostStream;
use crate::pcapng::PacketFile;
use crate::secrets::Secrets;
use crate::sink::Sink;

/// What can go wrong with a capture's file.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file could not be made.
    #[error("failed to create {}: {source}; give each run of a case a folder of its own", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not everything could be written.
    #[error("failed to write {}: {bytes} bytes and {packets} packets are missing at its end: {source}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// Bytes that are not in the file.
        bytes: usize,
        /// Packets that were given up besides.
        packets: u64,
        /// The first error met.
        source: io::Error,
    },
}

/// What a finished capture holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSummary {
    /// The file.
    pub path: PathBuf,
    /// Connections.
    pub connections: u32,
    /// Packets, those of handshakes and ends included.
    pub packets: u64,
}

/// Writes what terminal and host say to each other as TCP over IPv4 into a pcapng file. Clones write the same file.
///
/// No such packets were on any wire: they are made up around the recorded bytes, so that any tool can follow the streams.
/// Bytes of secrets are overwritten in place with zeros (a PAN keeps its first six and last four digits); the
/// packet's comment names them. A packet waits for its last byte to be decided, and those of its connection after it wait too.
#[derive(Clone)]
pub struct HostCapture {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    secrets: Secrets,
    path: PathBuf,
}

struct State {
    file: PacketFile,
    start: Instant,
    /// Time since 1970 at `start`.
    base: Duration,
    last: u64,
    open: BTreeMap<u32, Connection>,
    connections: u32,
    packets: u64,
}

impl HostCapture {
    /// Creates the file. A packet's time is `base` and what has passed since `start`.
    ///
    /// # Errors
    /// When the file exists or cannot be made.
    pub fn create(
        path: &Path,
        start: Instant,
        base: SystemTime,
        secrets: &Secrets,
    ) -> Result<Self, CaptureError> {
        let open = || {
            let file = OpenOptions::new().append(true).create_new(true).open(path)?;
            PacketFile::new(Sink::new(Box::new(file)))
        };
        let file = open().map_err(|source| CaptureError::Create { path: path.to_owned(), source })?;
        let base = base.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let state = State { file, start, base, last: 0, open: BTreeMap::new(), connections: 0, packets: 0 };
        let shared = Shared { state: Mutex::new(state), secrets: secrets.clone(), path: path.to_owned() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Opens a connection from the terminal to the host: the three packets of the handshake.
    pub fn connect(&self, terminal: SocketAddrV4, host: SocketAddrV4) -> HostConnection {
        let number = self.shared.lock().connect(terminal, host);
        HostConnection { shared: Arc::clone(&self.shared), number }
    }

    /// The first failure to write, if there was one; see [`Tape::fault`](crate::Tape::fault).
    pub fn fault(&self) -> Option<String> {
        self.shared.lock().file.sink().fault().map(ToString::to_string)
    }

    /// Closes all connections. What they carry later is ignored.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn finish(&self) -> Result<CaptureSummary, CaptureError> {
        let mut state = self.shared.lock();
        state.close_all(&self.shared.secrets);
        let path = self.shared.path.clone();
        state.file.sink().write_out();
        let (bytes, packets) = state.file.sink().unwritten();
        if bytes > 0 || packets > 0 {
            let source = state.file.sink().cause();
            return Err(CaptureError::Unwritten { path, bytes, packets, source });
        }
        Ok(CaptureSummary { path, connections: state.connections, packets: state.packets })
    }
}

impl std::fmt::Debug for HostCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostCapture").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&mut self) -> u64 {
        let elapsed = Instant::now().saturating_duration_since(self.start).as_nanos();
        self.last = u64::try_from(elapsed).unwrap_or(u64::MAX).max(self.last);
        self.last
    }

    fn connect(&mut self, terminal: SocketAddrV4, host: SocketAddrV4) -> u32 {
        let t = self.now();
        let number = self.connections;
        self.connections += 1;
        let mut connection = Connection::new(terminal, host, number);
        let packets = connection.handshake(t);
        self.write(packets, &mut connection);
        self.open.insert(number, connection);
        number
    }

    fn record(&mut self, secrets: &Secrets, number: u32, sender: Sender, bytes: &[u8]) {
        let t = self.now();
        if let Some(mut connection) = self.open.remove(&number) {
            let packets = connection.record(secrets, t, sender, bytes);
            self.write(packets, &mut connection);
            self.open.insert(number, connection);
        }
    }

    fn close(&mut self, secrets: &Secrets, number: u32) {
        if let Some(mut connection) = self.open.remove(&number) {
            let t = self.now();
            let packets = connection.close(secrets, t);
            self.write(packets, &mut connection);
        }
    }

    fn close_all(&mut self, secrets: &Secrets) {
        let numbers: Vec<u32> = self.open.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.close(secrets, number));
    }

    fn write(&mut self, packets: Vec<Packet>, connection: &mut Connection) {
        for Packet { t, data, comment } in packets {
            self.file.packet(self.base.saturating_add(Duration::from_nanos(t)), &data, &comment);
            self.packets += 1;
        }
        for fault in connection.faults.drain(..) {
            self.file.sink().give_up(io::Error::other(fault));
        }
    }
}

/// One connection of a capture. Dropping it closes it.
pub struct HostConnection {
    shared: Arc<Shared>,
    number: u32,
}

impl HostConnection {
    /// Records what the terminal sends to the host: one packet.
    pub fn to_host(&self, bytes: &[u8]) {
        self.record(Sender::Terminal, bytes);
    }

    /// Records what the host sends to the terminal: one packet.
    pub fn from_host(&self, bytes: &[u8]) {
        self.record(Sender::Host, bytes);
    }

    /// Closes the connection; a second time does nothing.
    pub fn close(&self) {
        self.shared.lock().close(&self.shared.secrets, self.number);
    }

    /// Puts the connection on the host's end of a stream: what the host reads, the terminal sent.
    pub fn wrap<S>(self, stream: S) -> HostStream<S> {
        HostStream::new(stream, self)
    }

    fn record(&self, sender: Sender, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.shared.lock().record(&self.shared.secrets, self.number, sender, bytes);
        }
    }
}

impl Drop for HostConnection {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for HostConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostConnection").field("number", &self.number).finish_non_exhaustive()
    }
}
