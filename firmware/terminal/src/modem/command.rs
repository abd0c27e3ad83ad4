//! One command at a time: how its answer is waited for.

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};

use super::decoder::Event;
use super::lines::is_error;
use super::link::{Cancel, Modem, Trouble};
use super::silence::Silence;
use crate::diagnosis::{Cause, Diagnosis};

impl<R: Read, W: Write> Modem<R, W> {
    /// Sends a command and hands every line to `judge` until it makes something of one.
    ///
    /// # Errors
    /// E201 or E240 when nothing answers within `limit`, E220 or E223 when something does that is no answer.
    pub(super) async fn ask<T>(
        &mut self,
        command: &str,
        limit: Duration,
        cancel: &Cancel,
        mut judge: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, Trouble> {
        let deadline = Instant::now() + limit;
        self.send_command(command, deadline).await?;
        let mut silence = Silence::of(command, self.dialect());
        while let Some(event) = self.event(deadline, cancel).await? {
            if event != Event::Line {
                continue;
            }
            if let Some(answer) = judge(self.line()) {
                return Ok(answer);
            }
            silence.note(self.line());
        }
        Err(silence.diagnosis().into())
    }

    /// Sends a command that answers `OK`.
    ///
    /// # Errors
    /// `otherwise` when it is refused and the refusal does not say more.
    pub(super) async fn order(
        &mut self,
        command: &str,
        limit: Duration,
        cancel: &Cancel,
        otherwise: Cause,
    ) -> Result<(), Trouble> {
        let refusals = self.refusals();
        let refused = |line: &[u8]| is_error(line).then(|| refusals.of(line, otherwise));
        self.order_unless(command, limit, cancel, refused).await
    }

    /// The same, where lines of other kinds are refusals too.
    ///
    /// # Errors
    /// What `refused` makes of a line.
    pub(super) async fn order_unless(
        &mut self,
        command: &str,
        limit: Duration,
        cancel: &Cancel,
        refused: impl Fn(&[u8]) -> Option<Diagnosis>,
    ) -> Result<(), Trouble> {
        let judge = |line: &[u8]| match line {
            b"OK" => Some(Ok(())),
            _ => refused(line).map(Err),
        };
        Ok(self.ask(command, limit, cancel, judge).await??)
    }

    /// Sends a command that answers a line and `OK`; an `OK` before the line is an older command's.
    ///
    /// # Errors
    /// `otherwise` when it is refused and the refusal does not say more.
    pub(super) async fn query<T>(
        &mut self,
        command: &str,
        limit: Duration,
        cancel: &Cancel,
        otherwise: Cause,
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, Trouble> {
        let mut found = None;
        let refusals = self.refusals();
        let judge = |line: &[u8]| match line {
            b"OK" => found.take().map(Ok),
            _ if is_error(line) => Some(Err(refusals.of(line, otherwise))),
            _ => {
                found = read(line).or(found.take());
                None
            }
        };
        Ok(self.ask(command, limit, cancel, judge).await??)
    }

    /// Throws away what came before, and sends a command.
    ///
    /// # Errors
    /// E219 where the modem has started meanwhile, E201 or E240 where its line takes nothing.
    pub(super) async fn send_command(&mut self, command: &str, deadline: Instant) -> Result<(), Trouble> {
        self.hear_stale();
        self.check_started()?;
        self.decoder.abandon_data();
        self.send(command.as_bytes(), deadline).await?;
        self.send(b"\r", deadline).await
    }
}
