//! T=1: a command and its response in blocks (ISO/IEC 7816-3, 11; EMV Book 1, 9.2.4).

use core::iter;

use embassy_time::Duration;
use embedded_io_async::{Read, Write};

use super::apdu::{Command, Response, StatusWord};
use super::block::{Harm, Kind, Matter, block};
use super::course::{Answer, Course};
use super::fault::SlotFault;
use super::limits::{bwt, cwt, within};
use super::line::Line;

/// Bytes of INF that this terminal takes.
const IFSD: u8 = 254;
/// Times that a block is sent in all.
pub(super) const TIMES: u8 = 3;

/// A session in T=1.
pub(super) struct T1 {
    /// Bytes of INF that the card takes.
    ifsc: usize,
    pub(super) bwt: Duration,
    cwt: Duration,
    /// N(S) of our next I-block.
    ours: bool,
    /// N(S) of the card's next I-block.
    theirs: bool,
}

impl T1 {
    pub(super) fn new(ifsc: u8, bwi: u8, cwi: u8, divider: u8) -> Self {
        Self {
            ifsc: usize::from(ifsc),
            bwt: bwt(bwi, divider),
            cwt: cwt(cwi, divider),
            ours: false,
            theirs: false,
        }
    }

    /// Tells the card how much INF this terminal takes.
    ///
    /// # Errors
    /// The card does not agree.
    pub(super) async fn announce_size<R: Read, W: Write>(
        &self,
        line: &mut Line<R, W>,
    ) -> Result<(), SlotFault> {
        let mut fault = SlotFault::NoAnswer;
        for _ in 0..TIMES {
            line.send(block(Kind::Request(Matter::Ifs).pcb(), iter::once(IFSD))).await?;
            fault = match line.take_block(within(self.bwt), self.cwt).await {
                Ok(Kind::Response(Matter::Ifs)) if line.information() == [IFSD] => return Ok(()),
                Ok(Kind::Request(Matter::Abort | Matter::Resynch)) => return Err(SlotFault::EndedByCard),
                Err(Harm::Silence) => SlotFault::NoAnswer,
                _ => SlotFault::BlocksHarmed,
            };
        }
        Err(fault)
    }

    /// Sends a command, and takes its response.
    ///
    /// # Errors
    /// The card says nothing, what cannot be read, too much, or that it ends.
    pub(super) async fn exchange<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        command: &Command,
        response: &mut Response,
    ) -> Result<StatusWord, SlotFault> {
        let mut course = Course::new(command, self.ifsc, self.bwt);
        let mut answer = Answer::new(response);
        self.send_part(line, &course).await?;
        loop {
            let taken = line.take_block(course.deadline(self.bwt), self.cwt).await;
            let kind = match taken {
                Ok(kind) => kind,
                Err(harm) => {
                    self.complain(line, &mut course, harm).await?;
                    continue;
                }
            };
            match kind {
                Kind::Information { number, more } if number == self.theirs && course.is_last() => {
                    if !course.is_answered {
                        course.is_answered = true;
                        self.ours = !self.ours;
                    }
                    self.theirs = !self.theirs;
                    answer.take(line.information())?;
                    if !more {
                        return answer.status();
                    }
                    course.progress()?;
                    self.send_ready(line, None).await?;
                }
                Kind::Ready { number } if number == self.ours => {
                    course.repeat()?;
                    if course.is_answered {
                        self.send_ready(line, None).await?;
                    } else {
                        self.send_part(line, &course).await?;
                    }
                }
                Kind::Ready { .. } if !course.is_last() => {
                    self.ours = !self.ours;
                    course.go_on(self.ifsc);
                    course.progress()?;
                    self.send_part(line, &course).await?;
                }
                Kind::Request(matter) => self.grant(line, &mut course, matter).await?,
                _ => self.complain(line, &mut course, Harm::Other).await?,
            }
        }
    }

    /// Does what an S-block asks for.
    async fn grant<R: Read, W: Write>(
        &mut self,
        line: &mut Line<R, W>,
        course: &mut Course<'_>,
        matter: Matter,
    ) -> Result<(), SlotFault> {
        let value = line.information().first().copied();
        match (matter, value) {
            (Matter::Abort | Matter::Resynch, _) => return Err(SlotFault::EndedByCard),
            (Matter::Wtx, Some(times @ 1..)) => course.extend(times)?,
            (Matter::Ifs, Some(size @ 1..=254)) => {
                course.count_request()?;
                self.ifsc = usize::from(size);
            }
            _ => return self.complain(line, course, Harm::Other).await,
        }
        line.send(block(Kind::Response(matter).pcb(), value.into_iter())).await
    }

    /// Asks for the block again.
    async fn complain<R: Read, W: Write>(
        &self,
        line: &mut Line<R, W>,
        course: &mut Course<'_>,
        harm: Harm,
    ) -> Result<(), SlotFault> {
        course.harm(harm)?;
        self.send_ready(line, Some(harm)).await
    }

    async fn send_ready<R: Read, W: Write>(
        &self,
        line: &mut Line<R, W>,
        harm: Option<Harm>,
    ) -> Result<(), SlotFault> {
        line.send(block(Kind::ready_after(self.theirs, harm), iter::empty())).await
    }

    async fn send_part<R: Read, W: Write>(
        &self,
        line: &mut Line<R, W>,
        course: &Course<'_>,
    ) -> Result<(), SlotFault> {
        let kind = Kind::Information { number: self.ours, more: !course.is_last() };
        line.send(block(kind.pcb(), course.part())).await
    }
}
