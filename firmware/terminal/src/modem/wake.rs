//! Waking a cellular modem and setting it up (INTERFACE.md, sections 7 and 14).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};

use super::link::{Cancel, Context, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};

const SECOND: Duration = Duration::from_secs(1);
/// Tries of `AT` and their time limit.
const WAKE_TRIES: usize = 5;
const WAKE: Duration = Duration::from_millis(300);
/// Ends a modem's wait for data of no given length.
const ESCAPE: u8 = 0x1B;
/// The `AT` behind which so many bytes are sent that a wait for data of a given length ends.
const FILL_AFTER: usize = 3;
/// The most that `AT+CIPSEND` and `AT+QISEND` announce, which they may do where a digit of the length came wrong; none that a command could
/// begin with.
const SEGMENT: [u8; 1460] = [0; 1460];
/// How long they may take.
const FILL: Duration = Duration::from_secs(2);

impl<R: Read, W: Write> Modem<R, W> {
    /// Wakes the modem, sets it up, and looks for the SIM. It is set up each time: a modem that started since the last time need not have
    /// said so.
    pub(super) async fn wake(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        if self.starts == 0 {
            self.wake_by_at(cancel).await?;
            self.is_awake = true;
        }
        self.order("ATE0", SECOND, cancel, Cause::ModemFault).await?;
        self.order("AT+CMEE=1", SECOND, cancel, Cause::ModemFault).await?;
        self.wait_for_sim(cancel).await
    }

    /// Whether a modem that is silent was heard in this try, and has not started in it as far as anybody knows.
    pub(super) fn may_have_started(&self) -> bool {
        self.is_awake && self.starts == 0
    }

    /// Whether a modem that did not answer a command answers `AT`: it has started without a word.
    pub(super) async fn has_started_silently(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        self.is_awake = false;
        match self.wake_by_at(cancel).await {
            Ok(()) => {
                self.context = Context::Unknown;
                self.starts = self.starts.max(1);
                Ok(true)
            }
            Err(Trouble::Failed(_)) if !self.restarts_again() => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Sends `AT` until it is answered. A modem that a lost terminal left waiting for data takes the first ones for
    /// data: an escape ends that wait, or so many bytes that it has what it waits for. What is sent for that comes back
    /// with the echo, or hides the last `AT` from a modem that cannot be read: of what was heard meanwhile the most telling
    /// counts.
    async fn wake_by_at(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        let mut heard = None;
        for number in 1..WAKE_TRIES {
            match self.order("AT", WAKE, cancel, Cause::ModemFault).await {
                Err(Trouble::Failed(diagnosis)) if !self.restarts_again() => keep(&mut heard, &diagnosis),
                ended => return ended,
            }
            if number >= 2 {
                self.send(&[ESCAPE], Instant::now() + WAKE).await?;
            }
            if number == FILL_AFTER {
                self.send(&SEGMENT, Instant::now() + FILL).await?;
            }
        }
        match self.order("AT", WAKE, cancel, Cause::ModemFault).await {
            Err(Trouble::Failed(last)) if !self.restarts_again() => {
                keep(&mut heard, &last);
                Err(heard.unwrap_or(last).into())
            }
            ended => ended,
        }
    }
}

/// Keeps a diagnosis that tells more than what was heard before: the first wrong echo, else the last line that no modem sends.
fn keep(heard: &mut Option<Diagnosis>, diagnosis: &Diagnosis) {
    let echo_wrong = heard.as_ref().is_some_and(|heard| heard.cause == Cause::EchoWrong);
    if !echo_wrong && matches!(diagnosis.cause, Cause::EchoWrong | Cause::ModemFault) {
        *heard = Some(diagnosis.clone());
    }
}
