//! The modem's line, and what is known of the modem.

use embassy_futures::poll_once;
use embassy_futures::select::{Either3, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Instant, Timer, with_deadline};
use embedded_io_async::{Read, Write};

use super::decoder::{Decoder, Event};
use super::dial_exchange::Call;
use super::dial_frames::{Heard, NO_CARRIER};
use super::dialect::Dialect;
use super::lines::{diagnose, is_start};
use super::refusals::Refusals;
use super::signal::strength;
use super::sim::NOT_READY;
use crate::access::Access;
use crate::byte_source::ByteSource;
use crate::detail::Detail;
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

impl Trouble {
    /// What it means while a connection is opened: a modem that took the command and says no more waits for the host.
    pub(super) fn of_opening(self, taken: bool) -> Self {
        match self {
            Self::Failed(Diagnosis { cause: Cause::ModemSilent, .. }) => {
                Cause::HostNotConnecting.bare().into()
            }
            Self::Failed(Diagnosis { cause: Cause::ModemFault | Cause::EchoWrong, .. }) if taken => {
                Cause::HostNotConnecting.bare().into()
            }
            trouble => trouble,
        }
    }
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
    /// Ended by itself, and to be closed all the same.
    Lost,
}

/// The modem's line and what is known of the modem.
pub(crate) struct Modem<R, W> {
    rx: ByteSource<R, 256>,
    tx: W,
    pub(super) access: Access,
    pub(super) decoder: Decoder,
    /// The call on a phone line, while a connection is open.
    pub(super) call: Call,
    pub(super) inbox: FrameBuffer,
    pub(super) context: Context,
    pub(super) connection: Connection,
    /// The line that ended the connection.
    pub(super) lost: Option<Detail>,
    /// How often the modem has started since the try began.
    pub(super) starts: u8,
    /// Whether it has started since anybody looked.
    has_started: bool,
    /// Whether it answered `AT` in this try.
    pub(super) is_awake: bool,
    /// Whether the SIM was ready in this sign-on or transaction.
    pub(super) sim_was_ready: bool,
    /// Whether the modem said since then, unasked, that it is not.
    pub(super) sim_left: bool,
    /// The last strength of the signal, and its line.
    pub(super) strength: Option<(u8, Detail)>,
}

impl<R: Read, W: Write> Modem<R, W> {
    pub(crate) fn new(rx: R, tx: W) -> Self {
        Self {
            rx: ByteSource::new(rx),
            tx,
            access: Access::default(),
            decoder: Decoder::default(),
            call: Call::default(),
            inbox: FrameBuffer::default(),
            context: Context::Unknown,
            connection: Connection::Closed,
            lost: None,
            starts: 0,
            has_started: false,
            is_awake: false,
            sim_was_ready: false,
            sim_left: false,
            strength: None,
        }
    }

    /// The answer frame's bytes so far.
    pub(crate) fn inbox(&self) -> &[u8] {
        self.inbox.bytes()
    }

    pub(super) fn dialect(&self) -> &'static Dialect {
        Dialect::of(self.access)
    }

    pub(super) fn refusals(&self) -> Refusals {
        Refusals { sim_was_ready: self.sim_was_ready }
    }

    /// Begins a try over this way: what the modem does from now on counts.
    pub(super) fn begin_try(&mut self, access: Access) {
        self.access = access;
        self.decoder.expect(self.dialect().announcement);
        self.hear_stale();
        (self.starts, self.has_started, self.is_awake) = (0, false, false);
    }

    /// Takes what has come unasked, for what it says of the connection.
    pub(super) fn hear_stale(&mut self) {
        for _ in 0..STALE_CHUNKS {
            while let Some(byte) = self.rx.buffered() {
                self.take_byte(byte);
            }
            if poll_once(self.rx.fill()).is_pending() {
                break;
            }
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// E201, on a phone line E240, when the modem's line takes none.
    pub(super) async fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Trouble> {
        let sending = async {
            self.tx.write_all(bytes).await?;
            self.tx.flush().await
        };
        match with_deadline(deadline, sending).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(self.dialect().silent.bare().into()),
        }
    }

    /// Waits for a line, a prompt, or the end of the answer frame; `None` at the deadline.
    ///
    /// # Errors
    /// When the operator cancels; E219 when the modem starts, unless that ended a connection.
    pub(super) async fn event(
        &mut self,
        deadline: Instant,
        cancel: &Cancel,
    ) -> Result<Option<Event>, Trouble> {
        loop {
            while let Some(byte) = self.rx.buffered() {
                if let Some(event) = self.take_byte(byte) {
                    self.check_started()?;
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

    /// Waits until a moment, as long as the operator does not cancel.
    pub(super) async fn pause_until(&mut self, until: Instant, cancel: &Cancel) -> Result<(), Trouble> {
        while self.event(until, cancel).await?.is_some() {}
        Ok(())
    }

    /// The line of the last event.
    pub(super) fn line(&self) -> &[u8] {
        self.decoder.line()
    }

    /// # Errors
    /// E219 where the modem has started since anybody looked.
    pub(super) fn check_started(&mut self) -> Result<(), Trouble> {
        match core::mem::take(&mut self.has_started) {
            true => Err(Cause::ModemRestarts.with(format_args!("RDY")).into()),
            false => Ok(()),
        }
    }

    /// Decodes a byte; data goes to the inbox, and what a line says of the connection is kept.
    fn take_byte(&mut self, byte: u8) -> Option<Event> {
        if self.access == Access::Line && self.connection == Connection::Open {
            let heard = self.call.frames.push(byte, &mut self.inbox)?;
            self.note_heard(heard);
            return Some(Event::Framed(heard));
        }
        let event = self.decoder.push(byte)?;
        match event {
            Event::Data(byte) => {
                self.inbox.push(byte);
                return (self.inbox.progress() != Progress::Partial).then_some(event);
            }
            Event::Line => self.note_line(),
            Event::Prompt | Event::Framed(_) => {}
        }
        Some(event)
    }

    /// Keeps what a phone line says of the connection.
    pub(super) fn note_heard(&mut self, heard: Heard) {
        if heard == Heard::CarrierLost {
            self.connection = Connection::Closed;
            self.lost = Some(diagnose(Cause::CarrierLost, NO_CARRIER).detail);
        }
    }

    fn note_line(&mut self) {
        if self.access == Access::Line {
            return;
        }
        let (line, dialect) = (self.decoder.line(), self.dialect());
        if line == NOT_READY {
            self.sim_left = true;
        } else if let Some(strength) = strength(line) {
            self.strength = Some((strength, diagnose(Cause::WeakSignal, line).detail));
        }
        let (starts, context_lost) = (is_start(line), (dialect.is_context_lost)(line));
        if starts {
            self.context = Context::Unknown;
            self.starts = self.starts.saturating_add(1);
            self.has_started = self.connection != Connection::Open;
        } else if context_lost {
            self.context = Context::Spoilt;
        }
        if starts || context_lost || (dialect.is_closed)(line) {
            self.lost = Some(diagnose(Cause::ConnectionLost, line).detail);
            let keeps = self.module().is_some_and(|module| module.keeps_lost_connections);
            self.connection = match self.connection {
                // What there was went with the modem's start, or with the context.
                Connection::Open | Connection::Lost if starts || context_lost => Connection::Closed,
                Connection::Open if keeps => Connection::Lost,
                Connection::Open => Connection::Closed,
                other => other,
            };
        }
    }
}
