//! One TCP connection of a capture: masks secrets and keeps the packets in order.

use std::collections::VecDeque;
use std::net::SocketAddrV4;

use crate::form::nibbles_to_bytes;
use crate::growing::GrowingPatterns;
use crate::lens::Lens;
use crate::packet::{End, Segment, build};
use crate::scan::{Scanner, Span};
use crate::secrets::Secrets;

/// Payload of one packet; longer chunks take several.
const LONGEST_PAYLOAD: usize = 16 << 10;

/// Which end of the connection sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Terminal,
    Host,
}

/// A packet that is ready for the file.
pub(crate) struct Packet {
    /// Nanoseconds since the start.
    pub(crate) t: u64,
    pub(crate) data: Vec<u8>,
    pub(crate) comment: String,
}

/// A chunk that waits until its bytes are decided and all chunks before it are out.
struct Waiting {
    t: u64,
    sender: Sender,
    /// Nibbles that are not decided yet.
    left: usize,
    masked: Vec<u8>,
    comments: Vec<String>,
}

pub(crate) struct Connection {
    terminal: End,
    host: End,
    to_host: Scanner,
    to_terminal: Scanner,
    patterns: GrowingPatterns,
    waiting: VecDeque<Waiting>,
    /// Errors of the packet builder.
    pub(crate) faults: Vec<String>,
}

impl Connection {
    pub(crate) fn new(terminal: SocketAddrV4, host: SocketAddrV4, number: u32) -> Self {
        // Made-up numbers, apart enough that connections with the same ports are told apart.
        let first = number.wrapping_mul(0x0100_0000);
        Self {
            terminal: End { address: terminal, next: first.wrapping_add(1000) },
            host: End { address: host, next: first.wrapping_add(0x0080_0000) },
            to_host: Scanner::default(),
            to_terminal: Scanner::default(),
            patterns: GrowingPatterns::through(Lens::Binary, None),
            waiting: VecDeque::new(),
            faults: Vec::new(),
        }
    }

    pub(crate) fn handshake(&mut self, t: u64) -> Vec<Packet> {
        let steps = [
            (Sender::Terminal, Segment::Syn),
            (Sender::Host, Segment::SynAck),
            (Sender::Terminal, Segment::Ack),
        ];
        steps.into_iter().filter_map(|(sender, segment)| self.bare(t, sender, segment)).collect()
    }

    pub(crate) fn record(&mut self, secrets: &Secrets, t: u64, sender: Sender, bytes: &[u8]) -> Vec<Packet> {
        self.scanner(sender).push(bytes);
        let left = bytes.len() * 2;
        self.waiting.push_back(Waiting { t, sender, left, masked: Vec::new(), comments: Vec::new() });
        self.advance(secrets, false)
    }

    /// Everything that waits, and the end of the connection; the terminal closes first.
    pub(crate) fn close(&mut self, secrets: &Secrets, t: u64) -> Vec<Packet> {
        let mut packets = self.advance(secrets, true);
        let steps = [
            (Sender::Terminal, Segment::Fin),
            (Sender::Host, Segment::Fin),
            (Sender::Terminal, Segment::Ack),
        ];
        packets.extend(steps.into_iter().filter_map(|(sender, segment)| self.bare(t, sender, segment)));
        packets
    }

    fn advance(&mut self, secrets: &Secrets, end: bool) -> Vec<Packet> {
        let set = self.patterns.of(secrets);
        self.to_host.advance(set, end);
        self.to_terminal.advance(set, end);
        let mut packets = Vec::new();
        while let Some(mut first) = self.waiting.pop_front() {
            let (nibbles, spans) = self.scanner(first.sender).take_spans(first.left);
            first.take(nibbles, &spans);
            if first.left > 0 {
                self.waiting.push_front(first);
                break;
            }
            packets.extend(self.data(&first));
        }
        packets
    }

    fn data(&mut self, chunk: &Waiting) -> Vec<Packet> {
        let comment = chunk.comments.join("\n");
        let payloads = chunk.masked.chunks(LONGEST_PAYLOAD).enumerate();
        payloads
            .filter_map(|(at, payload)| {
                let comment = if at == 0 { comment.clone() } else { String::new() };
                self.packet(chunk.t, chunk.sender, Segment::Data, payload, comment)
            })
            .collect()
    }

    fn bare(&mut self, t: u64, sender: Sender, segment: Segment) -> Option<Packet> {
        self.packet(t, sender, segment, &[], String::new())
    }

    fn packet(
        &mut self,
        t: u64,
        sender: Sender,
        segment: Segment,
        payload: &[u8],
        comment: String,
    ) -> Option<Packet> {
        let (from, to) = match sender {
            Sender::Terminal => (&mut self.terminal, &self.host),
            Sender::Host => (&mut self.host, &self.terminal),
        };
        match build(from, to, segment, payload) {
            Ok(data) => Some(Packet { t, data, comment }),
            Err(error) => {
                self.faults.push(error);
                None
            }
        }
    }

    fn scanner(&mut self, sender: Sender) -> &mut Scanner {
        match sender {
            Sender::Terminal => &mut self.to_host,
            Sender::Host => &mut self.to_terminal,
        }
    }
}

impl Waiting {
    /// Takes the chunk's next nibbles, masks them and notes what was masked.
    fn take(&mut self, mut nibbles: Vec<u8>, spans: &[Span]) {
        for span in spans {
            let stretch = &mut nibbles[span.start..span.start + span.length];
            let token = span.token();
            stretch.copy_from_slice(&span.pattern.hidden()[span.from..span.from + span.length]);
            let at = self.masked.len() + span.start / 2;
            self.comments.push(format!("{token} at byte {at}, {} bytes, masked", token.bytes()));
        }
        self.left -= nibbles.len();
        self.masked.extend(nibbles_to_bytes(&nibbles));
    }
}
