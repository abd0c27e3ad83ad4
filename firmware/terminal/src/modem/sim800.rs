//! One command at a time: what is sent to a SIM800 and how its answer is waited for.

use embassy_futures::poll_once;
use embassy_futures::select::{Either3, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, Timer, with_deadline};
use embedded_io_async::{Read, Write};

use super::at::{Decoder, Event};
use super::lines::{diagnose, is_closed, is_context_lost, is_error, is_foreign, refusal};
use crate::byte_source::ByteSource;
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::frame::{FrameBuffer, Progress};

/// Chunks of old bytes that are thrown away before a command, at most.
const STALE_CHUNKS: usize = 32;

/// Raised when the operator cancels.
pub(crate) type Cancel = Signal<NoopRawMutex, ()>;

/// Why a command led to nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The operator cancelled.
    Cancelled,
    /// The modem, the network or the host failed.
    Failed(Diagnosis),
}

impl From<Diagnosis> for Trouble {
    fn from(diagnosis: Diagnosis) -> Self {
        Self::Failed(diagnosis)
    }
}

/// What is known of the data context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Nothing: the terminal or the modem has just started.
    Unknown,
    /// It was up, and may still be.
    Kept,
    /// It must be opened anew.
    Spoilt,
}

/// What is known of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    Closed,
    /// Asked for, not answered.
    Opening,
    Open,
}

/// The modem's line and what is known of the modem.
pub(crate) struct Modem<R, W> {
    rx: ByteSource<R, 256>,
    tx: W,
    decoder: Decoder,
    pub(super) inbox: FrameBuffer,
    pub(super) context: Context,
    pub(super) connection: Connection,
    /// The line that ended the connection.
    pub(super) lost: Option<Diagnosis>,
}

impl<R: Read, W: Write> Modem<R, W> {
    pub(crate) fn new(rx: R, tx: W) -> Self {
        Self {
            rx: ByteSource::new(rx),
            tx,
            decoder: Decoder::default(),
            inbox: FrameBuffer::default(),
            context: Context::Unknown,
            connection: Connection::Closed,
            lost: None,
        }
    }

    /// The answer frame's bytes so far.
    pub(crate) fn inbox(&self) -> &[u8] {
        self.inbox.bytes()
    }

    /// Sends a command and hands every line to `judge` until it makes something of one.
    ///
    /// # Errors
    /// E201 when nothing answers within `limit`, E220 when something does that is no modem's answer.
    pub(super) async fn ask<T>(
        &mut self,
        command: &str,
        limit: Duration,
        cancel: &Cancel,
        mut judge: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, Trouble> {
        let deadline = Instant::now() + limit;
        self.send_command(command, deadline).await?;
        let mut silence = Cause::ModemSilent.bare();
        while let Some(event) = self.event(deadline, cancel).await? {
            if event != Event::Line {
                continue;
            }
            let line = self.decoder.line();
            if let Some(answer) = judge(line) {
                return Ok(answer);
            }
            if is_foreign(line) {
                silence = diagnose(Cause::ModemFault, line);
            }
        }
        Err(silence.into())
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
        let about_context = otherwise == Cause::NoDataService;
        let judge = |line: &[u8]| match line {
            b"OK" => Some(Ok(())),
            _ if is_error(line) || about_context && is_context_lost(line) => {
                Some(Err(refusal(line, otherwise)))
            }
            _ => None,
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
        let judge = |line: &[u8]| match line {
            b"OK" => found.take().map(Ok),
            _ if is_error(line) => Some(Err(refusal(line, otherwise))),
            _ => {
                found = read(line).or(found.take());
                None
            }
        };
        Ok(self.ask(command, limit, cancel, judge).await??)
    }

    /// Throws away what came before, and sends a command.
    pub(super) async fn send_command(&mut self, command: &str, deadline: Instant) -> Result<(), Trouble> {
        for _ in 0..STALE_CHUNKS {
            while let Some(byte) = self.rx.buffered() {
                self.take_byte(byte);
            }
            if poll_once(self.rx.fill()).is_pending() {
                break;
            }
        }
        self.decoder.abandon_data();
        self.send(command.as_bytes(), deadline).await?;
        self.send(b"\r", deadline).await
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// E201 when the modem's line takes none.
    pub(super) async fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Trouble> {
        let sending = async {
            self.tx.write_all(bytes).await?;
            self.tx.flush().await
        };
        match with_deadline(deadline, sending).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Cause::ModemSilent.bare().into()),
        }
    }

    /// Waits for a line, a prompt, or the end of the answer frame; `None` at the deadline.
    ///
    /// # Errors
    /// When the operator cancels.
    pub(super) async fn event(
        &mut self,
        deadline: Instant,
        cancel: &Cancel,
    ) -> Result<Option<Event>, Trouble> {
        loop {
            while let Some(byte) = self.rx.buffered() {
                if let Some(event) = self.take_byte(byte) {
                    return Ok(Some(event));
                }
            }
            // In this order, so that a modem that never stops talking does not keep the others from being seen.
            match select3(cancel.wait(), Timer::at(deadline), self.rx.fill()).await {
                Either3::First(()) => return Err(Trouble::Cancelled),
                Either3::Second(()) => return Ok(None),
                Either3::Third(()) => {}
            }
        }
    }

    /// The line of the last event.
    pub(super) fn line(&self) -> &[u8] {
        self.decoder.line()
    }

    /// Waits until a moment, as long as the operator does not cancel.
    pub(super) async fn pause_until(&mut self, until: Instant, cancel: &Cancel) -> Result<(), Trouble> {
        while self.event(until, cancel).await?.is_some() {}
        Ok(())
    }

    /// Decodes a byte; data goes to the inbox, and what a line says of the connection is kept.
    fn take_byte(&mut self, byte: u8) -> Option<Event> {
        let event = self.decoder.push(byte)?;
        match event {
            Event::Data(byte) => {
                self.inbox.push(byte);
                return (self.inbox.progress() != Progress::Partial).then_some(event);
            }
            Event::Line => self.note_line(),
            Event::Prompt => {}
        }
        Some(event)
    }

    fn note_line(&mut self) {
        let line = self.decoder.line();
        if line == b"RDY" {
            self.context = Context::Unknown;
        } else if is_context_lost(line) {
            self.context = Context::Spoilt;
        }
        if is_closed(line) {
            self.lost = Some(diagnose(Cause::ConnectionLost, line));
            if self.connection == Connection::Open {
                self.connection = Connection::Closed;
            }
        }
    }
}
