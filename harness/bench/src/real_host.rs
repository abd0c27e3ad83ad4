//! A real host: the way to it, and what is heard on it.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use payrig_acquirer::IssuedKeys;
use payrig_iso8583::{Dialect, FrameSplitter, Message};
use payrig_keys::{Family, Key, Layout, SealedKeys};
use payrig_operator::TerminalFixture;
use payrig_tape::Direction;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    net::TcpStream,
    time::timeout,
};

use crate::{HostAddress, host::Heard};

/// What is carried at once.
const CHUNK: usize = 4096;
/// How long one end may go on after the other has closed.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// A real host. Clones are the same host.
#[derive(Clone)]
pub(crate) struct RealHost {
    address: HostAddress,
    dialect: Arc<Dialect>,
    device_id: String,
    /// The key under which working keys come, where the terminal has it.
    tmk: Option<Key>,
    said: Arc<Mutex<Said>>,
}

/// What was said on all connections.
#[derive(Default)]
struct Said {
    connections: usize,
    /// Each with the connection that it was on.
    heard: Vec<(usize, Heard)>,
    trouble: Vec<String>,
}

impl RealHost {
    /// The host at `address`, to which `terminal` signs on.
    pub(crate) fn new(address: HostAddress, dialect: Arc<Dialect>, terminal: &TerminalFixture) -> Self {
        let tmk = terminal.tmk().and_then(|tmk| Key::new(Family::Des, tmk.bytes()).ok());
        Self { address, dialect, device_id: terminal.device_id().into(), tmk, said: Arc::default() }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Nobody answers there; why is remembered for whoever reads the report.
    pub(crate) async fn connect(&self) -> io::Result<HostLine> {
        let HostAddress { host, port } = &self.address;
        let opened = match TcpStream::connect((host.as_str(), *port)).await {
            // A message goes out when it is written, not when there is more.
            Ok(socket) => socket.set_nodelay(true).map(|()| socket),
            Err(error) => Err(error),
        };
        let mut said = self.said();
        match opened {
            Ok(socket) => {
                said.connections += 1;
                Ok(HostLine { socket, host: self.clone(), connection: said.connections })
            }
            Err(error) => {
                said.trouble.push(format!("{}: no connection: {error}", self.address));
                Err(error)
            }
        }
    }

    /// Every exchange so far, in the order of the requests.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.said().heard.iter().map(|(_, heard)| heard.clone()).collect()
    }

    /// What went wrong.
    pub(crate) fn trouble(&self) -> Vec<String> {
        self.said().trouble.clone()
    }

    /// The working keys that came in answers, as far as the terminal's TMK opens them.
    pub(crate) fn issued(&self) -> Vec<IssuedKeys> {
        let heard = self.heard();
        let answers =
            heard.iter().filter_map(|heard| Some((heard.request.as_ref()?, heard.answer.as_ref()?)));
        let signed_on = answers.filter_map(|(request, answer)| {
            let (asked, answered) = (self.message(request)?, self.message(answer)?);
            (answered.mti == "0810" && answered.text(39) == Some("00") && answered.get(62).is_some())
                .then_some((asked, answered))
        });
        let sets = signed_on.enumerate().filter_map(|(n, (asked, answered))| {
            let field = answered.get(62)?.as_bytes()?;
            let keys = SealedKeys::from_bytes(layout(&asked)?, field).ok()?.open(self.tmk.as_ref()?).ok()?;
            Some(IssuedKeys::new(n + 1, &self.device_id, keys, None))
        });
        sets.collect()
    }

    fn message(&self, frame: &[u8]) -> Option<Message> {
        Some(self.dialect.decode(frame).ok()?.frame.message)
    }

    /// A panic elsewhere leaves whole entries.
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How field 62 of the answer to this sign-on is laid out.
fn layout(asked: &Message) -> Option<Layout> {
    match asked.text(60)?.get(8..11)? {
        "001" => Some(Layout::Single),
        "003" => Some(Layout::Double),
        "004" => Some(Layout::DoubleWithTrack),
        "005" | "006" => Some(Layout::Sm4),
        _ => None,
    }
}

/// A connection to a real host.
pub(crate) struct HostLine {
    socket: TcpStream,
    host: RealHost,
    connection: usize,
}

impl HostLine {
    /// Carries what is said both ways, to and from `terminal`, until both have closed.
    pub(crate) async fn carry(self, terminal: impl AsyncRead + AsyncWrite) {
        let (from_terminal, to_terminal) = split(terminal);
        let ear = |direction| Ear {
            host: self.host.clone(),
            connection: self.connection,
            direction,
            frames: FrameSplitter::new(self.host.dialect.largest_frame()),
        };
        let (asked, answered) = (ear(Direction::FromTerminal), ear(Direction::ToTerminal));
        let (from_host, to_host) = self.socket.into_split();
        let mut there = Box::pin(copy(from_terminal, to_host, asked));
        let mut back = Box::pin(copy(from_host, to_terminal, answered));
        // One that goes on alone has little time left to say the rest.
        let _ = tokio::select! {
            () = &mut there => timeout(CLOSING_TIME, back).await,
            () = &mut back => timeout(CLOSING_TIME, there).await,
        };
    }
}

/// Carries one way, until its source ends or either end breaks, and closes it then.
async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut ear: Ear) {
    let mut chunk = [0; CHUNK];
    loop {
        match from.read(&mut chunk).await {
            Ok(count @ 1..) => {
                let bytes = chunk.get(..count).unwrap_or_default();
                ear.hear(bytes);
                if let Err(error) = to.write_all(bytes).await {
                    return ear.broke(&error);
                }
            }
            Ok(0) => break,
            Err(error) => return ear.broke(&error),
        }
    }
    // Who is gone needs no word of it.
    let _ = to.shutdown().await;
}

/// Hears the frames of one direction.
struct Ear {
    host: RealHost,
    connection: usize,
    direction: Direction,
    frames: FrameSplitter,
}

impl Ear {
    fn hear(&mut self, bytes: &[u8]) {
        self.frames.push(bytes);
        while let Some(frame) = self.frames.next_frame() {
            self.keep(frame);
        }
    }

    fn keep(&self, frame: Vec<u8>) {
        let heard = &mut self.host.said().heard;
        if self.direction == Direction::FromTerminal {
            heard.push((self.connection, Heard { request: Some(frame), answer: None, judgement: None }));
            return;
        }
        let mut waiting = heard.iter_mut().filter(|(connection, heard)| {
            *connection == self.connection && heard.request.is_some() && heard.answer.is_none()
        });
        match waiting.next() {
            Some((_, asked)) => asked.answer = Some(frame),
            None => {
                heard.push((self.connection, Heard { request: None, answer: Some(frame), judgement: None }));
            }
        }
    }

    fn broke(&self, error: &io::Error) {
        let said = format!("{}: connection {} broke: {error}", self.host.address, self.connection);
        self.host.said().trouble.push(said);
    }
}

/// What came of a frame that will not be whole, or is none.
impl Drop for Ear {
    fn drop(&mut self) {
        if !self.frames.pending().is_empty() {
            self.keep(self.frames.pending().to_vec());
        }
    }
}
