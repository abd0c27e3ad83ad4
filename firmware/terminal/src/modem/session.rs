//! From `AT` to an open connection, and an exchange over it (INTERFACE.md, section 7).

use core::fmt::Write as _;

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use heapless::String;

use super::at::Event;
use super::lines::{diagnose, is_address, is_closed, is_error, refusal, registration};
use super::sim800::{Cancel, Connection, Context, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};
use crate::iso8583::frame::Progress;
use crate::parameters::Parameters;

const POLL: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);
/// How long a SIM may be busy, and a registration be searched for.
const SIM_BUSY: Duration = Duration::from_secs(10);
const SEARCH: Duration = Duration::from_secs(60);
/// Tries of `AT` and their time limit.
const WAKE_TRIES: usize = 5;
const WAKE: Duration = Duration::from_millis(300);
/// Ends a modem's wait for data.
const ESCAPE: u8 = 0x1B;

/// What `AT+CPIN?` says.
enum Sim {
    Ready,
    Busy(Diagnosis),
    Unusable(Diagnosis),
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Wakes the modem, sets it up if it has just started, and looks for the SIM.
    pub(crate) async fn wake(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        self.wake_by_at(cancel).await?;
        if self.context == Context::Unknown {
            self.order("ATE0", SECOND, cancel, Cause::ModemFault).await?;
            self.order("AT+CMEE=1", SECOND, cancel, Cause::ModemFault).await?;
        }
        self.wait_for_sim(cancel).await
    }

    /// Sends `AT` until it is answered. A modem that a lost terminal left waiting for data takes the first ones for
    /// data: an escape ends that wait.
    async fn wake_by_at(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        for number in 1..WAKE_TRIES {
            match self.order("AT", WAKE, cancel, Cause::ModemFault).await {
                Err(Trouble::Failed(_)) => {}
                answered => return answered,
            }
            if number >= 2 {
                self.send(&[ESCAPE], Instant::now() + WAKE).await?;
            }
        }
        self.order("AT", WAKE, cancel, Cause::ModemFault).await
    }

    async fn wait_for_sim(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        let mut busy: Option<(Instant, Diagnosis)> = None;
        loop {
            let asked = Instant::now();
            let limit = if busy.is_some() { POLL } else { Duration::from_secs(5) };
            match (self.ask_for_sim(limit, cancel).await, &mut busy) {
                (Ok(Sim::Ready), _) => return Ok(()),
                (Ok(Sim::Unusable(diagnosis)), _) => return Err(diagnosis.into()),
                (Ok(Sim::Busy(diagnosis)), Some((_, last))) => *last = diagnosis,
                (Ok(Sim::Busy(diagnosis)), none) => *none = Some((asked, diagnosis)),
                (Err(Trouble::Failed(_)), Some(_)) => {}
                (Err(trouble), _) => return Err(trouble),
            }
            if let Some((since, diagnosis)) = &busy
                && since.elapsed() >= SIM_BUSY
            {
                return Err(diagnosis.clone().into());
            }
            self.pause_until(asked + POLL, cancel).await?;
        }
    }

    async fn ask_for_sim(&mut self, limit: Duration, cancel: &Cancel) -> Result<Sim, Trouble> {
        let mut ready = false;
        let judge = |line: &[u8]| match line {
            b"OK" => ready.then_some(Sim::Ready),
            b"+CPIN: READY" => {
                ready = true;
                None
            }
            b"+CPIN: NOT READY" => Some(Sim::Busy(diagnose(Cause::SimDamaged, line))),
            b"+CPIN: NOT INSERTED" => Some(Sim::Unusable(diagnose(Cause::NoSim, line))),
            _ if line.starts_with(b"+CPIN: ") => Some(Sim::Unusable(diagnose(Cause::SimLocked, line))),
            b"+CME ERROR: 14" => Some(Sim::Busy(diagnose(Cause::ModemFault, line))),
            _ if is_error(line) => Some(Sim::Unusable(refusal(line, Cause::ModemFault))),
            _ => None,
        };
        self.ask("AT+CPIN?", limit, cancel, judge).await
    }

    /// Waits until the modem is registered in a network.
    pub(crate) async fn register(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        if self.context == Context::Unknown {
            let signal = |line: &[u8]| line.starts_with(b"+CSQ: ").then_some(());
            self.query("AT+CSQ", SECOND, cancel, Cause::ModemFault, signal).await?;
        }
        let until = Instant::now() + SEARCH;
        loop {
            let asked = Instant::now();
            let state =
                |line: &[u8]| registration(line).map(|state| (state, diagnose(Cause::NoSignal, line)));
            match self.query("AT+CREG?", SECOND, cancel, Cause::ModemFault, state).await? {
                (1 | 5, _) => return Ok(()),
                (3, denied) => return Err(Diagnosis { cause: Cause::SimRefused, ..denied }.into()),
                (_, searching) if asked + POLL >= until => return Err(searching.into()),
                _ => self.pause_until(asked + POLL, cancel).await?,
            }
        }
    }

    /// Opens the connection to the host, over the context that is up or over a new one.
    pub(crate) async fn connect(&mut self, parameters: &Parameters, cancel: &Cancel) -> Result<(), Trouble> {
        if self.context != Context::Kept || !self.is_context_up(cancel).await? {
            self.open_context(&parameters.apn, cancel).await?;
        }
        self.open_connection(&parameters.host, parameters.port, cancel).await
    }

    async fn is_context_up(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        let judge = |line: &[u8]| match line.strip_prefix(b"STATE: ") {
            Some(state) => Some(matches!(state, b"IP STATUS" | b"TCP CLOSED")),
            None => is_error(line).then_some(false),
        };
        self.ask("AT+CIPSTATUS", SECOND, cancel, judge).await
    }

    async fn open_context(&mut self, apn: &str, cancel: &Cancel) -> Result<(), Trouble> {
        let attached = |line: &[u8]| match line {
            b"+CGATT: 1" => Some(true),
            b"+CGATT: 0" => Some(false),
            _ => None,
        };
        let limit = Duration::from_secs(10);
        if !self.query("AT+CGATT?", limit, cancel, Cause::SimRefused, attached).await? {
            self.order("AT+CGATT=1", Duration::from_secs(75), cancel, Cause::SimRefused).await?;
        }
        let shut = |line: &[u8]| match line {
            b"SHUT OK" => Some(Ok(())),
            _ if is_error(line) => Some(Err(refusal(line, Cause::ModemFault))),
            _ => None,
        };
        self.ask("AT+CIPSHUT", Duration::from_secs(65), cancel, shut).await??;
        self.connection = Connection::Closed;
        self.order("AT+CIPHEAD=1", SECOND, cancel, Cause::ModemFault).await?;
        let mut command = String::<48>::new();
        let _ = write!(command, "AT+CSTT=\"{apn}\"");
        self.order(&command, SECOND, cancel, Cause::NoDataService).await?;
        self.order("AT+CIICR", Duration::from_secs(85), cancel, Cause::NoDataService).await?;
        let address = |line: &[u8]| match line {
            _ if is_address(line) => Some(Ok(())),
            _ if is_error(line) => Some(Err(refusal(line, Cause::NoDataService))),
            _ => None,
        };
        self.ask("AT+CIFSR", SECOND, cancel, address).await??;
        self.context = Context::Kept;
        Ok(())
    }

    async fn open_connection(&mut self, host: &str, port: u16, cancel: &Cancel) -> Result<(), Trouble> {
        let mut command = String::<112>::new();
        let _ = write!(command, "AT+CIPSTART=\"TCP\",\"{host}\",\"{port}\"");
        self.inbox.clear();
        self.lost = None;
        self.connection = Connection::Opening;
        let judge = |line: &[u8]| match line {
            b"CONNECT OK" => Some(Ok(())),
            b"CONNECT FAIL" | b"ALREADY CONNECT" => Some(Err(diagnose(Cause::HostNotReachable, line))),
            _ if is_error(line) => Some(Err(refusal(line, Cause::HostNotReachable))),
            _ if is_closed(line) => Some(Err(diagnose(Cause::ConnectionLost, line))),
            _ => None,
        };
        match self.ask(&command, Duration::from_secs(75), cancel, judge).await {
            Ok(Ok(())) => {
                self.connection = Connection::Open;
                Ok(())
            }
            Ok(Err(refused)) => {
                self.connection = Connection::Closed;
                Err(refused.into())
            }
            Err(Trouble::Failed(silence)) => {
                Err(Diagnosis { cause: Cause::HostNotReachable, ..silence }.into())
            }
            Err(Trouble::Cancelled) => Err(Trouble::Cancelled),
        }
    }

    /// Sends a frame and waits until the answer's frame is whole in the inbox.
    pub(crate) async fn exchange(
        &mut self,
        frame: &[u8],
        host_timeout: Duration,
        cancel: &Cancel,
    ) -> Result<(), Trouble> {
        self.wait_for_prompt(frame.len()).await?;
        let sent_by = Instant::now() + Duration::from_secs(60);
        self.send(frame, sent_by).await?;
        if self.wait_for_answer(sent_by, cancel, |line| line == b"SEND OK").await? == Arrived::Nothing {
            return Err(Cause::ModemSilent.bare().into());
        }
        let answered_by = Instant::now() + host_timeout;
        match self.wait_for_answer(answered_by, cancel, |_| false).await? {
            Arrived::Frame => Ok(()),
            _ => Err(Cause::HostSilent.with(format_args!("{} s", host_timeout.as_secs())).into()),
        }
    }

    /// Announces data. Cancelling is seen to later: the modem would take the next command for data.
    async fn wait_for_prompt(&mut self, length: usize) -> Result<(), Trouble> {
        let mut command = String::<24>::new();
        let _ = write!(command, "AT+CIPSEND={length}");
        let deadline = Instant::now() + Duration::from_secs(5);
        self.send_command(&command, deadline).await?;
        let never = Cancel::new();
        while let Some(event) = self.event(deadline, &never).await? {
            if event == Event::Prompt {
                return Ok(());
            }
            self.check_connection()?;
            if event == Event::Line && is_error(self.line()) {
                return Err(diagnose(Cause::ModemFault, self.line()).into());
            }
        }
        Err(Cause::ModemSilent.bare().into())
    }

    /// Waits for the answer's frame, or for a line that is enough.
    async fn wait_for_answer(
        &mut self,
        deadline: Instant,
        cancel: &Cancel,
        is_enough: impl Fn(&[u8]) -> bool,
    ) -> Result<Arrived, Trouble> {
        loop {
            match self.inbox.progress() {
                Progress::Whole => return Ok(Arrived::Frame),
                Progress::TooLong => return Err(Cause::Malformed.with(format_args!("byte 0")).into()),
                Progress::Partial => self.check_connection()?,
            }
            match self.event(deadline, cancel).await? {
                None => return Ok(Arrived::Nothing),
                Some(Event::Line) if is_enough(self.line()) => return Ok(Arrived::Line),
                Some(Event::Line) if self.line() == b"SEND FAIL" => {
                    return Err(diagnose(Cause::ConnectionLost, self.line()).into());
                }
                Some(Event::Line) if is_error(self.line()) => {
                    return Err(diagnose(Cause::ModemFault, self.line()).into());
                }
                Some(_) => {}
            }
        }
    }

    fn check_connection(&self) -> Result<(), Trouble> {
        match &self.lost {
            Some(lost) => Err(lost.clone().into()),
            None => Ok(()),
        }
    }

    /// Closes the connection, if there is one. What the modem says to it changes nothing.
    pub(crate) async fn close(&mut self) {
        if self.connection == Connection::Closed {
            return;
        }
        if self.connection == Connection::Opening {
            self.context = Context::Spoilt;
        }
        self.connection = Connection::Closed;
        let judge = |line: &[u8]| (line == b"CLOSE OK" || is_closed(line) || is_error(line)).then_some(());
        let never = Cancel::new();
        let _ = self.ask("AT+CIPCLOSE=1", Duration::from_secs(5), &never, judge).await;
    }

    /// Makes the next connection open a new context.
    pub(crate) fn spoil_context(&mut self) {
        if self.context == Context::Kept {
            self.context = Context::Spoilt;
        }
    }
}

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
