//! Memory and device access through QEMU's qtest protocol, which works while the CPU runs.
//!
//! Source: QEMU `softmmu/qtest.c`, "QTest Protocol".

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Link, VprobeError};
use crate::qemu::ANSWER_LIMIT;

/// The largest block in one command: QEMU scans its input line anew for every 4 KiB that arrive.
const BLOCK: usize = 16 << 10;

/// The connection. One command, one answer.
pub(crate) struct Qtest {
    reader: BufReader<UnixStream>,
    line: String,
}

impl Qtest {
    pub(crate) fn new(stream: UnixStream) -> Result<Self, VprobeError> {
        stream
            .set_read_timeout(Some(ANSWER_LIMIT))
            .map_err(VprobeError::on(Link::Qtest, "setting a time limit"))?;
        Ok(Self { reader: BufReader::with_capacity(64 << 10, stream), line: String::new() })
    }

    /// Fills `bytes` from memory at `address`, with one access where it is an aligned byte, half-word or
    /// word, so that device registers are read as the bus master would.
    pub(crate) fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), VprobeError> {
        let command = match bytes.len() {
            1 => "readb",
            2 if address.is_multiple_of(2) => "readw",
            4 if address.is_multiple_of(4) => "readl",
            _ => return self.read_blocks(address, bytes),
        };
        let request = format!("{command} {address:#x}\n");
        let answer = self.ask(&request)?;
        let value = answer.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let Some(value) = value else { return Err(unforeseen(&request, answer)) };
        for (to, from) in bytes.iter_mut().zip(value.to_le_bytes()) {
            *to = from;
        }
        Ok(())
    }

    /// Writes `bytes` to memory at `address`; single accesses as in [`Self::read`].
    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), VprobeError> {
        let command = match *bytes {
            [a] => format!("writeb {address:#x} {a:#x}\n"),
            [a, b] if address.is_multiple_of(2) => {
                format!("writew {address:#x} {:#x}\n", u16::from_le_bytes([a, b]))
            }
            [a, b, c, d] if address.is_multiple_of(4) => {
                format!("writel {address:#x} {:#x}\n", u32::from_le_bytes([a, b, c, d]))
            }
            _ => return self.write_blocks(address, bytes),
        };
        self.ask(&command).map(|_| ())
    }

    /// Fills `size` bytes at `address` with `value`.
    pub(crate) fn fill(&mut self, address: u32, size: u32, value: u8) -> Result<(), VprobeError> {
        self.ask(&format!("memset {address:#x} {size:#x} {value:#x}\n")).map(|_| ())
    }

    fn read_blocks(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), VprobeError> {
        let mut at = address;
        for block in bytes.chunks_mut(BLOCK) {
            let request = format!("b64read {at:#x} {:#x}\n", block.len());
            let answer = self.ask(&request)?;
            match STANDARD.decode(answer) {
                Ok(decoded) if decoded.len() == block.len() => block.copy_from_slice(&decoded),
                _ => return Err(unforeseen(&request, answer)),
            }
            at = at.wrapping_add(BLOCK as u32);
        }
        Ok(())
    }

    fn write_blocks(&mut self, address: u32, bytes: &[u8]) -> Result<(), VprobeError> {
        let mut at = address;
        let mut command = String::new();
        for block in bytes.chunks(BLOCK) {
            command.clear();
            let _infallible = write!(command, "b64write {at:#x} {:#x} ", block.len());
            STANDARD.encode_string(block, &mut command);
            command.push('\n');
            self.ask(&command)?;
            at = at.wrapping_add(BLOCK as u32);
        }
        Ok(())
    }

    /// Sends one command line and returns what follows `OK `.
    fn ask(&mut self, command: &str) -> Result<&str, VprobeError> {
        let doing = || command.chars().take(40).collect::<String>();
        self.reader
            .get_mut()
            .write_all(command.as_bytes())
            .map_err(|e| VprobeError::on(Link::Qtest, doing())(e))?;
        self.line.clear();
        let n =
            self.reader.read_line(&mut self.line).map_err(|e| VprobeError::on(Link::Qtest, doing())(e))?;
        if n == 0 {
            return Err(VprobeError::on(Link::Qtest, doing())(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let line = self.line.trim_end();
        match line.strip_prefix("OK") {
            Some(rest) => Ok(rest.trim_start()),
            None => Err(unforeseen(command, line)),
        }
    }
}

fn unforeseen(asked: &str, got: &str) -> VprobeError {
    let cut = |s: &str| s.trim_end().chars().take(60).collect();
    VprobeError::Answer { link: Link::Qtest, asked: cut(asked), got: cut(got) }
}
