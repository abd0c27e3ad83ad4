//! The line modem: setting it up, dialling, hanging up (INTERFACE.md, section 15).

use core::fmt::Write as _;

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};
use heapless::String;

use super::decoder::{Announcement, Event};
use super::dial_exchange::Call;
use super::dial_frames::NO_CARRIER;
use super::dialect::Dialect;
use super::lines::diagnose;
use super::link::{Cancel, Connection, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};
use crate::parameters::DIAL;

pub(super) static DIALECT: Dialect = Dialect {
    announcement: Announcement::None,
    silent: Cause::PortSilent,
    is_closed: |_| false,
    is_context_lost: |_| false,
    is_known: |line| Answer::of(line).is_some(),
};

const SECOND: Duration = Duration::from_secs(1);
/// Tries of `AT` and their time limit.
const WAKE_TRIES: usize = 3;
const WAKE: Duration = Duration::from_millis(500);
const RESET: Duration = Duration::from_secs(2);
const DIALLING: Duration = Duration::from_secs(90);
const HANGING_UP: Duration = Duration::from_secs(2);
/// The silence before the escape. A modem wants a second (S12), counted from when it took the last byte: on a slow port that is later than the terminal sent
/// it.
const GUARD: Duration = Duration::from_millis(1200);
/// How long it may take to find that nothing follows, and to say so.
const ESCAPING: Duration = Duration::from_millis(1500);

/// A modem's answer, as a word (V1) or as a digit (V0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Ok,
    Connect,
    Ring,
    NoCarrier,
    Error,
    NoDialTone,
    Busy,
    Unanswered,
}

impl Answer {
    fn of(line: &[u8]) -> Option<Self> {
        match line {
            b"OK" | b"0" => Some(Self::Ok),
            b"CONNECT" | b"1" | b"5" | b"10" => Some(Self::Connect),
            b"RING" | b"2" => Some(Self::Ring),
            NO_CARRIER | b"3" => Some(Self::NoCarrier),
            b"ERROR" | b"4" => Some(Self::Error),
            b"NO DIALTONE" | b"NO DIAL TONE" | b"6" => Some(Self::NoDialTone),
            b"BUSY" | b"7" => Some(Self::Busy),
            b"NO ANSWER" | b"8" => Some(Self::Unanswered),
            _ => line.starts_with(b"CONNECT ").then_some(Self::Connect),
        }
    }
}

/// How a modem came back to its commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escaped {
    /// From a call that is still up.
    ToCommands,
    /// From one whose carrier is lost.
    ByLoss,
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Wakes the modem and sets it up.
    pub(super) async fn set_up_line(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        self.wake_line(cancel).await?;
        self.order_line("ATZ", RESET, cancel).await?;
        self.order_line("ATE0V1X4", SECOND, cancel).await
    }

    /// Sends `AT` until it is answered. A modem that a lost terminal left connected takes it for data: the escape and
    /// `ATH` end that.
    async fn wake_line(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        let mut unanswered = self.dialect().silent.bare();
        for _ in 0..WAKE_TRIES {
            match self.order_line("AT", WAKE, cancel).await {
                Err(Trouble::Failed(diagnosis)) => unanswered = diagnosis,
                answered => return answered,
            }
        }
        let _ = self.escape(cancel).await?;
        match self.order_line("ATH", HANGING_UP, cancel).await {
            Err(Trouble::Failed(_)) => Err(unanswered.into()),
            answered => answered,
        }
    }

    /// Calls the access controller.
    pub(super) async fn dial(&mut self, number: &str, cancel: &Cancel) -> Result<(), Trouble> {
        let mut command = String::<{ DIAL + 4 }>::new();
        let _ = write!(command, "ATDT{number}");
        let judge = |line: &[u8]| {
            let cause = match Answer::of(line)? {
                Answer::Connect => return Some(Ok(())),
                Answer::NoCarrier => Cause::NoCarrier,
                Answer::Error => Cause::ModemFault,
                Answer::NoDialTone => Cause::NoDialTone,
                Answer::Busy => Cause::LineBusy,
                Answer::Unanswered => Cause::NumberSilent,
                Answer::Ok | Answer::Ring => return None,
            };
            Some(Err(diagnose(cause, line)))
        };
        self.connection = Connection::Opening;
        match self.ask(&command, DIALLING, cancel, judge).await {
            Ok(Ok(())) => {
                self.inbox.clear();
                self.lost = None;
                self.call = Call::default();
                self.connection = Connection::Open;
                Ok(())
            }
            Ok(Err(refused)) => {
                self.connection = Connection::Closed;
                Err(refused.into())
            }
            Err(Trouble::Failed(Diagnosis { cause: Cause::PortSilent, .. })) => {
                Err(Cause::NumberSilent.bare().into())
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Ends a call, or a dialling that nobody waits for any more.
    pub(super) async fn hang_up(&mut self, was: Connection) {
        if was == Connection::Closed {
            return;
        }
        let never = Cancel::new();
        if let Ok(Escaped::ToCommands) = self.escape(&never).await {
            let ended = |line: &[u8]| Answer::of(line).map(|_| ());
            let _ = self.ask("ATH", HANGING_UP, &never, ended).await;
        }
    }

    /// Brings the modem back to its commands: `+++` with silence around it, until it says `OK`. It is back by itself where the
    /// carrier is lost. One that says nothing may be back all the same: noise may have taken its answer away.
    async fn escape(&mut self, cancel: &Cancel) -> Result<Escaped, Trouble> {
        let by_loss = |line: &[u8]| (line == NO_CARRIER).then_some(Escaped::ByLoss);
        let says_ok = |line: &[u8]| (Answer::of(line) == Some(Answer::Ok)).then_some(Escaped::ToCommands);
        // An `OK` in this silence is another command's.
        if let Some(escaped) = self.silent_for(GUARD, by_loss, cancel).await? {
            return Ok(escaped);
        }
        // Behind the first one comes the silence before the second.
        for wait in [ESCAPING + GUARD, ESCAPING] {
            self.send(b"+++", Instant::now() + SECOND).await?;
            let ends = |line: &[u8]| by_loss(line).or_else(|| says_ok(line));
            if let Some(escaped) = self.silent_for(wait, ends, cancel).await? {
                return Ok(escaped);
            }
        }
        Ok(Escaped::ToCommands)
    }

    /// Sends nothing for so long, or until a line of the modem is what is looked for. Returns what that was.
    async fn silent_for<T>(
        &mut self,
        time: Duration,
        look: impl Fn(&[u8]) -> Option<T>,
        cancel: &Cancel,
    ) -> Result<Option<T>, Trouble> {
        let until = Instant::now() + time;
        while let Some(event) = self.event(until, cancel).await? {
            if event == Event::Line
                && let Some(found) = look(self.line())
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Sends a command that answers `OK`.
    async fn order_line(&mut self, command: &str, limit: Duration, cancel: &Cancel) -> Result<(), Trouble> {
        let judge = |line: &[u8]| match Answer::of(line)? {
            Answer::Ok => Some(Ok(())),
            Answer::Error => Some(Err(diagnose(Cause::ModemFault, line))),
            _ => None,
        };
        Ok(self.ask(command, limit, cancel, judge).await??)
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;
    use rstest::rstest;

    #[rstest]
    #[case("OK", "0", Some(Answer::Ok))]
    #[case("CONNECT", "1", Some(Answer::Connect))]
    #[case("CONNECT 1200", "5", Some(Answer::Connect))]
    #[case("CONNECT 2400", "10", Some(Answer::Connect))]
    #[case("RING", "2", Some(Answer::Ring))]
    #[case("NO CARRIER", "3", Some(Answer::NoCarrier))]
    #[case("ERROR", "4", Some(Answer::Error))]
    #[case("NO DIALTONE", "6", Some(Answer::NoDialTone))]
    #[case("NO DIAL TONE", "6", Some(Answer::NoDialTone))]
    #[case("BUSY", "7", Some(Answer::Busy))]
    #[case("NO ANSWER", "8", Some(Answer::Unanswered))]
    #[case("CONNECTED", "9", None)]
    #[case("NO", "11", None)]
    fn words_and_digits(#[case] word: &str, #[case] digit: &str, #[case] answer: Option<Answer>) {
        assert_eq!(Answer::of(word.as_bytes()), answer);
        assert_eq!(Answer::of(digit.as_bytes()), answer);
    }
}
