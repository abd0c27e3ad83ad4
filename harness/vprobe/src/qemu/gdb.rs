//! Registers, breakpoints and run control by QEMU's gdbstub.
//!
//! Source: GDB manual, appendix E "GDB Remote Serial Protocol".

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

use crate::error::{Link, VprobeError};
use crate::qemu::ANSWER_LIMIT;
use crate::qemu::gdb_registers::{RegisterNumbers, included};

/// The byte that stops a running machine.
const INTERRUPT: u8 = 0x03;
/// The signal of a stop by [`INTERRUPT`] (SIGINT); a step or a breakpoint gives SIGTRAP.
const SIGINT: u8 = 2;

/// Why the machine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It was interrupted.
    Interrupted,
    /// A breakpoint was reached or a step is done.
    Trapped,
}

/// The connection. Answers are not acknowledged: QEMU takes the next packet for an acknowledgement, while a
/// byte on its own would stop a machine that has begun to run.
pub(crate) struct Gdb {
    stream: UnixStream,
    received: Vec<u8>,
    running: bool,
    numbers: RegisterNumbers,
    steps_mask_interrupts: Option<bool>,
}

impl Gdb {
    /// Takes up the conversation with a machine that is stopped.
    pub(crate) fn new(stream: UnixStream) -> Result<Self, VprobeError> {
        stream
            .set_read_timeout(Some(ANSWER_LIMIT))
            .map_err(VprobeError::on(Link::Gdb, "setting a time limit"))?;
        let mut gdb = Self {
            stream,
            received: Vec::new(),
            running: false,
            numbers: RegisterNumbers::default(),
            steps_mask_interrupts: None,
        };
        // QEMU answers single-register reads only after its target description has been read.
        let target = gdb.document("target.xml")?;
        for name in included(&target) {
            let feature = gdb.document(&name)?;
            gdb.numbers.add_feature(&feature);
        }
        Ok(gdb)
    }

    /// The stub's number of the register `name`.
    pub(crate) fn register_number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name)
    }

    /// Reads a register of up to 8 bytes.
    pub(crate) fn read_register(&mut self, number: u32) -> Result<u64, VprobeError> {
        let request = format!("p{number:x}");
        let answer = self.ask(&request)?;
        let mut value = [0_u8; 8];
        match decode_hex(&answer) {
            Some(bytes) if !bytes.is_empty() && bytes.len() <= 8 => {
                for (to, from) in value.iter_mut().zip(&bytes) {
                    *to = *from;
                }
                Ok(u64::from_le_bytes(value))
            }
            _ => Err(unforeseen(&request, &answer)),
        }
    }

    /// Writes the low `size` bytes of `value` to a register.
    pub(crate) fn write_register(&mut self, number: u32, value: u64, size: usize) -> Result<(), VprobeError> {
        let hex: String = value.to_le_bytes().iter().take(size).map(|b| format!("{b:02x}")).collect();
        self.ask_ok(&format!("P{number:x}={hex}"))
    }

    /// Plants a breakpoint at a half-word.
    pub(crate) fn insert_breakpoint(&mut self, address: u32) -> Result<(), VprobeError> {
        self.ask_ok(&format!("Z1,{address:x},2"))
    }

    /// Takes a breakpoint away.
    pub(crate) fn remove_breakpoint(&mut self, address: u32) -> Result<(), VprobeError> {
        self.ask_ok(&format!("z1,{address:x},2"))
    }

    /// Lets the machine run.
    pub(crate) fn resume(&mut self) -> Result<(), VprobeError> {
        self.send("c")?;
        self.running = true;
        Ok(())
    }

    /// Executes one instruction; its end is told by [`Self::poll_stop`]. No interrupt is taken meanwhile if
    /// `mask_interrupts`.
    pub(crate) fn step(&mut self, mask_interrupts: bool) -> Result<(), VprobeError> {
        if self.steps_mask_interrupts != Some(mask_interrupts) {
            // SSTEP_ENABLE 1, SSTEP_NOIRQ 2, SSTEP_NOTIMER 4 (QEMU `docs/system/gdb.rst`).
            self.ask_ok(if mask_interrupts { "Qqemu.sstep=7" } else { "Qqemu.sstep=1" })?;
            self.steps_mask_interrupts = Some(mask_interrupts);
        }
        self.send("s")?;
        self.running = true;
        Ok(())
    }

    /// Whether the machine has stopped by itself; waits for it at most about `limit`.
    pub(crate) fn poll_stop(&mut self, limit: Duration) -> Result<Option<Stop>, VprobeError> {
        if !self.running {
            return Ok(None);
        }
        while take_packet(&self.received).is_none() {
            if !self.readable(limit)? {
                return Ok(None);
            }
            // What comes may be a mere acknowledgement of the packet that started the machine.
            self.read_more()?;
        }
        let stop = parse_stop(&self.receive()?);
        self.running = false;
        Ok(Some(stop))
    }

    /// Stops the machine, if it runs.
    pub(crate) fn interrupt(&mut self) -> Result<Option<Stop>, VprobeError> {
        if !self.running {
            return Ok(None);
        }
        self.send_raw(&[INTERRUPT])?;
        let stop = parse_stop(&self.receive()?);
        self.running = false;
        Ok(Some(stop))
    }

    fn document(&mut self, name: &str) -> Result<String, VprobeError> {
        let mut text = String::new();
        loop {
            let request = format!("qXfer:features:read:{name}:{:x},7f0", text.len());
            let answer = self.ask(&request)?;
            let part = String::from_utf8_lossy(answer.get(1..).unwrap_or_default()).into_owned();
            text.push_str(&part);
            match answer.first() {
                Some(b'm') if !part.is_empty() => {}
                Some(b'l') => return Ok(text),
                _ => return Err(unforeseen(&request, &answer)),
            }
        }
    }

    fn ask(&mut self, request: &str) -> Result<Vec<u8>, VprobeError> {
        self.send(request)?;
        self.receive()
    }

    fn ask_ok(&mut self, request: &str) -> Result<(), VprobeError> {
        let answer = self.ask(request)?;
        if answer == b"OK" { Ok(()) } else { Err(unforeseen(request, &answer)) }
    }

    fn send(&mut self, body: &str) -> Result<(), VprobeError> {
        let sum = body.bytes().fold(0_u8, u8::wrapping_add);
        self.send_raw(format!("${body}#{sum:02x}").as_bytes())
    }

    fn send_raw(&mut self, bytes: &[u8]) -> Result<(), VprobeError> {
        self.stream.write_all(bytes).map_err(VprobeError::on(Link::Gdb, "sending"))
    }

    fn receive(&mut self) -> Result<Vec<u8>, VprobeError> {
        loop {
            if let Some((packet, used)) = take_packet(&self.received) {
                self.received.drain(..used);
                return Ok(packet);
            }
            self.read_more()?;
        }
    }

    fn read_more(&mut self) -> Result<(), VprobeError> {
        let mut chunk = [0_u8; 4096];
        let n = self.stream.read(&mut chunk).map_err(VprobeError::on(Link::Gdb, "waiting"))?;
        if n == 0 {
            let e = std::io::ErrorKind::UnexpectedEof.into();
            return Err(VprobeError::on(Link::Gdb, "waiting")(e));
        }
        self.received.extend_from_slice(chunk.get(..n).unwrap_or_default());
        Ok(())
    }

    fn readable(&self, limit: Duration) -> Result<bool, VprobeError> {
        let mut fds = [PollFd::from_borrowed_fd(self.stream.as_fd(), PollFlags::IN)];
        let limit = Timespec::try_from(limit).unwrap_or_default();
        let n = rustix::event::poll(&mut fds, Some(&limit))
            .map_err(|e| VprobeError::on(Link::Gdb, "waiting")(e.into()))?;
        Ok(n > 0)
    }
}

/// The first whole packet's body, and how many bytes it took up.
fn take_packet(received: &[u8]) -> Option<(Vec<u8>, usize)> {
    let start = received.iter().position(|b| *b == b'$')?;
    let length = received.get(start + 1..)?.iter().position(|b| *b == b'#')?;
    let end = start + 1 + length;
    // Two digits of checksum follow; on a local socket nothing needs them.
    received.get(end + 2)?;
    Some((unescape(received.get(start + 1..end)?), end + 3))
}

fn unescape(body: &[u8]) -> Vec<u8> {
    let mut bytes = body.iter();
    let mut plain = Vec::with_capacity(body.len());
    while let Some(&b) = bytes.next() {
        plain.push(if b == b'}' { bytes.next().map_or(b, |e| e ^ 0x20) } else { b });
    }
    plain
}

fn parse_stop(packet: &[u8]) -> Stop {
    let signal = packet.get(1..3).and_then(decode_hex).and_then(|b| b.first().copied());
    if signal == Some(SIGINT) { Stop::Interrupted } else { Stop::Trapped }
}

fn decode_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(digits).ok()?;
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}

fn unforeseen(asked: &str, got: &[u8]) -> VprobeError {
    let got = String::from_utf8_lossy(got).into_owned();
    VprobeError::Answer { link: Link::Gdb, asked: asked.to_owned(), got }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_taken_only_when_whole() {
        let bytes = b"+$T05thread:01;#07$x#";
        assert_eq!(take_packet(&bytes[..17]), None);
        assert_eq!(take_packet(bytes), Some((b"T05thread:01;".to_vec(), 18)));
        assert_eq!(take_packet(&bytes[18..]), None);
    }

    #[test]
    fn escaped_bytes_are_restored() {
        assert_eq!(unescape(b"a}\x03b"), b"a#b");
    }

    #[test]
    fn an_interrupt_is_told_from_a_breakpoint() {
        assert_eq!(parse_stop(b"T02thread:01;"), Stop::Interrupted);
        assert_eq!(parse_stop(b"T05thread:01;"), Stop::Trapped);
    }
}
