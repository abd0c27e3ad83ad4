//! How far one command over T=1 is, and how much more of what is tolerated.

use embassy_time::{Duration, Instant};
use heapless::Vec;
use zeroize::Zeroizing;

use super::apdu::{Command, Response, StatusWord};
use super::block::Harm;
use super::fault::SlotFault;
use super::limits::{PATIENCE, within};
use super::t1::TIMES;

/// Blocks of one response at most: as many as it may have bytes.
const BLOCKS: u16 = 258;
/// Requests that are granted between two blocks.
const REQUESTS: u8 = 16;

/// The course of one command.
pub(super) struct Course<'c> {
    command: &'c Command,
    /// Where the part begins that is on its way, and its size.
    start: usize,
    size: usize,
    /// Whether the card has begun to answer.
    pub(super) is_answered: bool,
    /// Blocks in a row that were harmed or did not come.
    harms: u8,
    /// Times in a row that the card wanted the last block again.
    repeats: u8,
    requests: u8,
    blocks: u16,
    /// How many BWT the card has for its next block.
    times: u8,
    /// When the card's time is over, however often it asks for more.
    patience: Instant,
    most: Duration,
}

impl<'c> Course<'c> {
    pub(super) fn new(command: &'c Command, ifsc: usize, bwt: Duration) -> Self {
        let most = PATIENCE.max(bwt);
        let mut course = Self {
            command,
            start: 0,
            size: 0,
            is_answered: false,
            harms: 0,
            repeats: 0,
            requests: 0,
            blocks: 0,
            times: 1,
            patience: within(most),
            most,
        };
        course.go_on(ifsc);
        course
    }

    /// The command's bytes: header, Lc and data, Le.
    fn bytes(&self) -> impl Iterator<Item = u8> + Clone {
        let Command { header, data, expected } = self.command;
        // No command has more than 255 bytes of data.
        let length = (!data.is_empty()).then_some(data.len() as u8);
        header.iter().copied().chain(length).chain(data.iter().copied()).chain(*expected)
    }

    /// The part that is on its way.
    pub(super) fn part(&self) -> impl Iterator<Item = u8> + Clone {
        self.bytes().skip(self.start).take(self.size)
    }

    /// Whether it is the last one.
    pub(super) fn is_last(&self) -> bool {
        self.bytes().count() <= self.start + self.size
    }

    /// Goes on to the next part, of `ifsc` bytes at most.
    pub(super) fn go_on(&mut self, ifsc: usize) {
        self.start += self.size;
        self.size = ifsc;
    }

    /// When the first character of the card's next block must have come.
    pub(super) fn deadline(&mut self, bwt: Duration) -> Instant {
        let times = core::mem::replace(&mut self.times, 1);
        within(bwt * u32::from(times)).min(self.patience)
    }

    /// The card has gone a block further.
    ///
    /// # Errors
    /// There is no end to it.
    pub(super) fn progress(&mut self) -> Result<(), SlotFault> {
        (self.harms, self.repeats, self.requests) = (0, 0, 0);
        self.patience = within(self.most);
        self.blocks += u16::from(self.is_answered);
        if self.blocks > BLOCKS { Err(SlotFault::AnswerTooLong) } else { Ok(()) }
    }

    /// There was no block.
    ///
    /// # Errors
    /// For the third time in a row, or the card's time is over.
    pub(super) fn harm(&mut self, harm: Harm) -> Result<(), SlotFault> {
        self.harms += 1;
        let fault = match harm {
            Harm::Silence if Instant::now() >= self.patience => return Err(SlotFault::NoAnswer),
            Harm::Silence => SlotFault::NoAnswer,
            Harm::Transmission | Harm::Other => SlotFault::BlocksHarmed,
        };
        if self.harms < TIMES { Ok(()) } else { Err(fault) }
    }

    /// The card wants the last block again.
    ///
    /// # Errors
    /// For the third time in a row.
    pub(super) fn repeat(&mut self) -> Result<(), SlotFault> {
        self.harms = 0;
        self.repeats += 1;
        if self.repeats < TIMES { Ok(()) } else { Err(SlotFault::BlocksHarmed) }
    }

    /// The card wants so many BWT for its next block.
    ///
    /// # Errors
    /// Its time is over.
    pub(super) fn extend(&mut self, times: u8) -> Result<(), SlotFault> {
        (self.harms, self.times) = (0, times);
        if Instant::now() < self.patience { Ok(()) } else { Err(SlotFault::NoAnswer) }
    }

    /// The card asks for something that takes no time.
    ///
    /// # Errors
    /// Again and again.
    pub(super) fn count_request(&mut self) -> Result<(), SlotFault> {
        self.harms = 0;
        self.requests += 1;
        if self.requests <= REQUESTS { Ok(()) } else { Err(SlotFault::BlocksHarmed) }
    }
}

/// A response that comes in parts, the last two of whose bytes are the status.
pub(super) struct Answer<'r> {
    response: &'r mut Response,
    last: Zeroizing<Vec<u8, 2>>,
}

impl<'r> Answer<'r> {
    pub(super) fn new(response: &'r mut Response) -> Self {
        Self { response, last: Zeroizing::default() }
    }

    /// Takes the next part.
    ///
    /// # Errors
    /// It is too long.
    pub(super) fn take(&mut self, part: &[u8]) -> Result<(), SlotFault> {
        for byte in part {
            if let [first, second] = *self.last.as_slice() {
                self.response.push(first).map_err(|_| SlotFault::AnswerTooLong)?;
                self.last.clear();
                let _ = self.last.push(second);
            }
            let _ = self.last.push(*byte);
        }
        Ok(())
    }

    /// The status.
    ///
    /// # Errors
    /// There was none.
    pub(super) fn status(&self) -> Result<StatusWord, SlotFault> {
        let last = self.last.first_chunk().ok_or(SlotFault::BlocksHarmed)?;
        Ok(StatusWord(u16::from_be_bytes(*last)))
    }
}
