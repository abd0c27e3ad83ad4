//! Commands over T=0: how what a card has is fetched (ISO/IEC 7816-3, 12.2; EMV Book 1, 9.3.1).

use embedded_io_async::{Read, Write};

use super::apdu::{Command, Response, StatusWord};
use super::fault::SlotFault;
use super::line::Line;
use super::t0::{T0, Transfer};

/// CLA, INS, P1, P2 of GET RESPONSE.
const GET_RESPONSE: [u8; 4] = [0x00, 0xC0, 0x00, 0x00];
/// Commands that one command may lead to.
const ROUNDS: usize = 32;

impl T0 {
    /// Sends a command, and fetches its response.
    ///
    /// # Errors
    /// As for one command; a response that has no end, or more than 256 bytes.
    pub(super) async fn exchange<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        command: &Command,
        response: &mut Response,
    ) -> Result<StatusWord, SlotFault> {
        // What is read again with another Le.
        let mut reading = None;
        let mut warning = None;
        let mut status = match (command.data.as_slice(), command.expected) {
            ([], None) => self.command(line, with(command.header, 0), Transfer::Nothing).await?.status,
            ([], Some(expected)) => {
                reading = Some(command.header);
                self.read(line, command.header, expected, response).await?
            }
            (data, expected) => {
                // No command has more than 255 bytes.
                let header = with(command.header, data.len() as u8);
                let ended = self.command(line, header, Transfer::Out(data)).await?;
                let is_warning = matches!(ended.status.0 >> 8, 0x62 | 0x63);
                warning = (is_warning && ended.is_whole && expected.is_some()).then_some(ended.status);
                warning.map_or(ended.status, |_| StatusWord(0x6100))
            }
        };
        for _ in 0..ROUNDS {
            let (header, expected) = match (status.0.to_be_bytes(), reading) {
                ([0x61, expected], _) => (GET_RESPONSE, expected),
                ([0x6C, expected], Some(header)) => (header, expected),
                _ => return Ok(warning.unwrap_or(status)),
            };
            reading = Some(header);
            status = self.read(line, header, expected, response).await?;
        }
        Err(SlotFault::AnswerTooLong)
    }

    /// Sends a command for `expected` bytes (0: 256), which go behind those that are there.
    async fn read<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        header: [u8; 4],
        expected: u8,
        response: &mut Response,
    ) -> Result<StatusWord, SlotFault> {
        let count = if expected == 0 { 256 } else { usize::from(expected) };
        let before = response.len();
        let transfer = Transfer::In(response, count);
        let status = self.command(line, with(header, expected), transfer).await?.status;
        // What came before a wrong Le comes again.
        if status.0 >> 8 == 0x6C {
            response.truncate(before);
        }
        Ok(status)
    }
}

/// A header with its P3.
fn with([cla, ins, p1, p2]: [u8; 4], p3: u8) -> [u8; 5] {
    [cla, ins, p1, p2, p3]
}
