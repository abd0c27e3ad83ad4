//! The applet's commands.
//!
//! Source: the definitions in probe-rs 0.32, `probe/glasgow/proto.rs`.

use crate::board::Board;
use crate::dp::{DebugPort, Response, Transfer};
use crate::error::VprobeError;

const CMD_IDENTIFY: u8 = 0x00;
const CMD_GET_REF_CLOCK: u8 = 0x10;
const CMD_GET_DIVISOR: u8 = 0x11;
const CMD_SET_DIVISOR: u8 = 0x12;
const CMD_ASSERT_RESET: u8 = 0x20;
const CMD_CLEAR_RESET: u8 = 0x21;

/// SWD: a bit sequence on the line; without this bit, a transfer.
const CMD_SEQUENCE: u8 = 0x20;

const RSP_DATA_OK: u8 = 0x01;
const RSP_TAKEN: u8 = 0x11;
const RSP_FAULT: u8 = 0x14;
const RSP_ERROR: u8 = 0x20;

/// The clock that divisors refer to, in hertz. Nothing is clocked here; a debugger shows 24 MHz.
const REF_CLOCK: u32 = 24_000_000;

/// Who answers to "identify"; a debugger that does not get the first of them shows what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The probe is at the caller's service.
    Probe,
    /// Another debugger uses the probe.
    InUse,
    /// The board is switched off.
    Off,
}

impl Identity {
    /// The answer, always twelve bytes: a debugger waits for that many.
    fn bytes(self) -> &'static [u8; 12] {
        match self {
            Self::Probe => b"probe-rs,v01",
            Self::InUse => b"probe in use",
            Self::Off => b"board is off",
        }
    }
}

/// What the reset line shall do after a root command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetLine {
    Asserted,
    Released,
}

/// The probe's own endpoint.
#[derive(Debug, Default)]
pub(crate) struct Root {
    pending: Vec<u8>,
    divisor: u16,
}

impl Root {
    /// Takes in bytes, appends the answers, and returns what happens on the reset line, in order.
    pub(crate) fn take(&mut self, bytes: &[u8], identity: Identity, out: &mut Vec<u8>) -> Vec<ResetLine> {
        self.pending.extend_from_slice(bytes);
        let mut line = Vec::new();
        loop {
            let used = match *self.pending.as_slice() {
                [CMD_IDENTIFY, ..] => {
                    out.extend_from_slice(identity.bytes());
                    1
                }
                [CMD_GET_REF_CLOCK, ..] => {
                    out.extend_from_slice(&REF_CLOCK.to_le_bytes());
                    1
                }
                [CMD_GET_DIVISOR, ..] => {
                    out.extend_from_slice(&self.divisor.to_le_bytes());
                    1
                }
                [CMD_SET_DIVISOR, low, high, ..] => {
                    self.divisor = u16::from_le_bytes([low, high]);
                    3
                }
                [CMD_ASSERT_RESET, ..] => {
                    line.push(ResetLine::Asserted);
                    1
                }
                [CMD_CLEAR_RESET, ..] => {
                    line.push(ResetLine::Released);
                    1
                }
                [] | [CMD_SET_DIVISOR, ..] => return line,
                // Unknown commands have no known length: passed over byte by byte.
                [_, ..] => 1,
            };
            self.pending.drain(..used);
        }
    }
}

/// The SWD endpoint.
#[derive(Debug, Default)]
pub(crate) struct Swd {
    pending: Vec<u8>,
    /// The debug port of the board, from the first transfer on.
    port: Option<DebugPort>,
}

impl Swd {
    /// Takes in bytes, carries out the transfers on `board` and appends the answers. Without a board every
    /// transfer gets a protocol error.
    ///
    /// # Errors
    /// The board is gone; an answer that says so was appended.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        board: Option<&mut Board>,
        out: &mut Vec<u8>,
    ) -> Result<(), VprobeError> {
        self.pending.extend_from_slice(bytes);
        let transfers = self.parse();
        if transfers.is_empty() {
            return Ok(());
        }
        let Some(board) = board else {
            out.push(RSP_ERROR);
            return Ok(());
        };
        let port = self.port.get_or_insert_with(|| DebugPort::new(board.model()));
        let responses = match port.transfer(&transfers, board) {
            Ok(responses) => responses,
            Err(e) => {
                out.push(RSP_ERROR);
                return Err(e);
            }
        };
        if responses.last() == Some(&Response::Fault) {
            // Other drivers of probe-rs, or the probes behind them, clear the error when they have told of it. Its driver
            // for this one does not: every access until the next attach would fail.
            port.clear_errors();
        }
        for response in responses {
            match response {
                Response::Data(value) => {
                    out.push(RSP_DATA_OK);
                    out.extend_from_slice(&value.to_le_bytes());
                }
                Response::Taken => out.push(RSP_TAKEN),
                Response::Fault => out.push(RSP_FAULT),
            }
        }
        Ok(())
    }

    /// The whole transfers received. Bit sequences (line reset, protocol switch) have no effect here.
    fn parse(&mut self) -> Vec<Transfer> {
        let mut transfers = Vec::new();
        let mut rest = self.pending.as_slice();
        loop {
            rest = match *rest {
                [command, _, _, _, _, ref later @ ..] if command & CMD_SEQUENCE != 0 => later,
                [command, a, b, c, d, ref later @ ..] if command & 0b10 == 0 => {
                    transfers.push(transfer(command, Some(u32::from_le_bytes([a, b, c, d]))));
                    later
                }
                [command, ref later @ ..] if command & CMD_SEQUENCE == 0 && command & 0b10 != 0 => {
                    transfers.push(transfer(command, None));
                    later
                }
                _ => break,
            };
        }
        let used = self.pending.len() - rest.len();
        self.pending.drain(..used);
        transfers
    }
}

fn transfer(command: u8, write: Option<u32>) -> Transfer {
    Transfer { to_ap: command & 1 != 0, address: command & 0b1100, write }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_says_who_it_is_and_what_its_clock_is() {
        let mut out = Vec::new();
        let mut root = Root::default();
        assert!(root.take(&[0x00, 0x10, 0x12, 0x34], Identity::Probe, &mut out).is_empty());
        assert_eq!(out, b"probe-rs,v01\x00\x36\x6e\x01");
        out.clear();
        assert_eq!(root.take(&[0x12, 0x11, 0x21], Identity::Probe, &mut out), [ResetLine::Released]);
        assert_eq!(out, [0x34, 0x12]);
    }

    #[test]
    fn transfers_are_parsed_across_chunks_and_sequences_are_passed_over() {
        let mut swd = Swd::default();
        swd.pending.extend([0x33, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0x0D, 1, 2]);
        assert_eq!(swd.parse(), [Transfer { to_ap: false, address: 0, write: None }]);
        swd.pending.extend([3, 4, 0x0F]);
        assert_eq!(
            swd.parse(),
            [
                Transfer { to_ap: true, address: 0xC, write: Some(0x0403_0201) },
                Transfer { to_ap: true, address: 0xC, write: None }
            ]
        );
        assert!(swd.pending.is_empty());
    }

    #[test]
    fn without_a_board_a_transfer_is_answered_by_an_error() {
        let mut out = Vec::new();
        Swd::default().take(&[0x02, 0x02], None, &mut out).unwrap();
        assert_eq!(out, [RSP_ERROR]);
    }
}
