//! A request and its answer over an open connection (INTERFACE.md, sections 7, 14 and 15).

use core::fmt::Write as _;

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use heapless::String;

use super::decoder::Event;
use super::dialect::Module;
use super::lines::{diagnose, is_error};
use super::link::{Cancel, Connection, Modem, Trouble};
use super::silence::Silence;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::frame::Progress;
use crate::panel::texts::details;

/// How long a modem may take for the prompt, and for sending the data.
const PROMPT: Duration = Duration::from_secs(5);
pub(super) const SENDING: Duration = Duration::from_secs(60);

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrived {
    /// The answer's frame.
    Frame,
    /// The line that was waited for.
    Line,
    /// The deadline.
    Nothing,
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Sends a frame and waits until the answer's frame is whole in the inbox.
    pub(crate) async fn exchange(
        &mut self,
        frame: &[u8],
        host_timeout: Duration,
        cancel: &Cancel,
    ) -> Result<(), Trouble> {
        self.announce(frame.len()).await?;
        let sent = self.send_frame(frame, cancel).await?;
        self.wait_for_host(sent, host_timeout, cancel).await
    }

    /// Announces data. Cancelling is seen to later: a modem would take the next command for data.
    pub(crate) async fn announce(&mut self, length: usize) -> Result<(), Trouble> {
        match self.module() {
            Some(module) => self.announce_to(module, length).await,
            None => self.check_line(),
        }
    }

    /// Sends an announced frame, and waits until the modem has sent it or the answer is there. Returns the moment from
    /// which the host's time runs.
    pub(crate) async fn send_frame(&mut self, frame: &[u8], cancel: &Cancel) -> Result<Instant, Trouble> {
        if self.module().is_none() {
            return self.send_over_line(frame).await;
        }
        let sent_by = Instant::now() + SENDING;
        self.send(frame, sent_by).await?;
        let mut silence = Silence::of("", self.dialect());
        let is_sent = |line: &[u8]| {
            silence.note(line);
            line == b"SEND OK"
        };
        match self.wait_for_answer(sent_by, cancel, Cause::LostWhileSending, is_sent).await? {
            Arrived::Nothing => Err(silence.diagnosis().into()),
            _ => Ok(Instant::now()),
        }
    }

    /// Waits until an answer's frame is whole in the inbox.
    pub(crate) async fn wait_for_host(
        &mut self,
        sent: Instant,
        host_timeout: Duration,
        cancel: &Cancel,
    ) -> Result<(), Trouble> {
        if self.module().is_none() {
            return self.wait_on_line(sent, host_timeout, cancel).await;
        }
        let deadline = sent + host_timeout;
        match self.wait_for_answer(deadline, cancel, Cause::LostBeforeAnswer, |_| false).await? {
            Arrived::Frame => Ok(()),
            _ => Err(host_silent(host_timeout)),
        }
    }

    /// Makes room for the next answer. What of it has come already is kept in the line's order.
    pub(crate) fn clear_inbox(&mut self) {
        self.inbox.clear();
    }

    /// Erases what a transaction has left: request and answer. Of a connection that is still open the answer stays.
    pub(crate) fn forget_frames(&mut self) {
        if self.connection != Connection::Open {
            self.inbox.clear();
        }
        self.call.forget_request();
    }

    async fn announce_to(&mut self, module: &Module, length: usize) -> Result<(), Trouble> {
        self.hear_stale();
        self.check_connection(Cause::ConnectionLost)?;
        let mut command = String::<24>::new();
        let _ = write!(command, "{}{length}", module.announce);
        let deadline = Instant::now() + PROMPT;
        self.send_command(&command, deadline).await?;
        let (never, refusals) = (Cancel::new(), self.refusals());
        let mut silence = Silence::of(&command, self.dialect());
        while let Some(event) = self.event(deadline, &never).await? {
            if event == Event::Prompt {
                return Ok(());
            }
            if self.inbox.progress() == Progress::Whole {
                // Nothing was asked yet: a second answer to what was asked before.
                self.inbox.clear();
            }
            self.check_connection(Cause::ConnectionLost)?;
            if event == Event::Line {
                if is_error(self.line()) {
                    return Err(refusals.of(self.line(), Cause::ModemFault).into());
                }
                silence.note(self.line());
            }
        }
        Err(silence.diagnosis().into())
    }

    /// Waits for the answer's frame, or for a line that is enough.
    async fn wait_for_answer(
        &mut self,
        deadline: Instant,
        cancel: &Cancel,
        when_lost: Cause,
        mut is_enough: impl FnMut(&[u8]) -> bool,
    ) -> Result<Arrived, Trouble> {
        let refusals = self.refusals();
        loop {
            match self.inbox.progress() {
                Progress::Whole => return Ok(Arrived::Frame),
                Progress::TooLong => {
                    return Err(Cause::Malformed.with(Detail::of(details::BYTE, 0_u32)).into());
                }
                Progress::Partial => self.check_connection(when_lost)?,
            }
            match self.event(deadline, cancel).await? {
                None => return Ok(Arrived::Nothing),
                Some(Event::Line) if is_enough(self.line()) => return Ok(Arrived::Line),
                Some(Event::Line) if self.line() == b"SEND FAIL" => {
                    return Err(diagnose(Cause::LostWhileSending, self.line()).into());
                }
                Some(Event::Line) if is_error(self.line()) => {
                    return Err(refusals.of(self.line(), Cause::ModemFault).into());
                }
                Some(_) => {}
            }
        }
    }

    /// # Errors
    /// `when_lost` where the connection has ended, or E219 where a modem that starts again and again ended it.
    fn check_connection(&self, when_lost: Cause) -> Result<(), Trouble> {
        let Some(line) = &self.lost else { return Ok(()) };
        let cause = if self.restarts_again() { Cause::ModemRestarts } else { when_lost };
        Err(Diagnosis { cause, detail: line.clone() }.into())
    }
}

pub(super) fn host_silent(host_timeout: Duration) -> Trouble {
    let seconds = u32::try_from(host_timeout.as_secs()).unwrap_or(u32::MAX);
    Cause::HostSilent.with(Detail::of(details::SECONDS, seconds)).into()
}
