//! A connection to the host under test.

use std::io;

use payrig_acquirer::Acquirer;
use payrig_iso8583::{Frame, FrameSplitter, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use super::cup;

pub fn framed(message: Message) -> Vec<u8> {
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 9], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message };
    cup().encode(&frame).unwrap()
}

/// The terminal's end of a connection to the host.
pub struct Line {
    pub stream: DuplexStream,
    pub serving: JoinHandle<io::Result<()>>,
    splitter: FrameSplitter,
}

impl Line {
    pub fn open(host: &Acquirer) -> Self {
        Self::served(|far| host.clone().serve(far))
    }

    /// The same where the host is behind something that `serve` knows.
    pub fn served<F: Future<Output = io::Result<()>> + Send + 'static>(
        serve: impl FnOnce(DuplexStream) -> F,
    ) -> Self {
        let (stream, far) = tokio::io::duplex(4096);
        let serving = tokio::spawn(serve(far));
        Self { stream, serving, splitter: FrameSplitter::new(cup().largest_frame()) }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next answer; nothing when the host closed the connection first.
    pub async fn answer(&mut self) -> Option<Frame> {
        let mut buffer = [0; 64];
        loop {
            if let Some(frame) = self.splitter.next_frame() {
                let decoded = cup().decode(&frame).unwrap();
                assert_eq!(decoded.notes, [], "the host encodes strictly");
                return Some(decoded.frame);
            }
            match self.stream.read(&mut buffer).await.unwrap() {
                0 => return None,
                n => self.splitter.push(&buffer[..n]),
            }
        }
    }

    /// Bytes of an answer that did not come to its end.
    pub fn half(&self) -> usize {
        self.splitter.pending().len()
    }

    pub async fn ask(&mut self, message: Message) -> Message {
        self.send(&framed(message)).await;
        self.answer().await.unwrap().message
    }
}

/// One request on a connection of its own.
pub async fn ask(host: &Acquirer, message: Message) -> Message {
    Line::open(host).ask(message).await
}

pub fn judgement(host: &Acquirer) -> String {
    host.exchanges().pop().unwrap().judgement.to_string()
}
