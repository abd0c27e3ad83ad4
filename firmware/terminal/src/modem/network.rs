//! Registration, attachment and the signal (INTERFACE.md, sections 4, 7 and 14).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};

use super::dialect::Module;
use super::lines::{diagnose, registration};
use super::link::{Cancel, Modem, Trouble};
use super::signal::strength;
use crate::access::Access;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::panel::texts::details;

const SECOND: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(500);
/// How long a network is searched for.
const SEARCH: Duration = Duration::from_secs(60);
/// The strongest signal that is called weak.
const WEAK: u8 = 9;

impl<R: Read, W: Write> Modem<R, W> {
    /// Waits until the modem is registered in a network.
    pub(super) async fn register(&mut self, module: &Module, cancel: &Cancel) -> Result<(), Trouble> {
        // An older strength tells nothing of this try.
        self.strength = None;
        self.query("AT+CSQ", SECOND, cancel, Cause::ModemFault, strength).await?;
        let until = Instant::now() + SEARCH;
        let state = |line: &[u8]| {
            registration(line, module.registration_answer)
                .map(|state| (state, diagnose(Cause::NoSignal, line)))
        };
        loop {
            let asked = Instant::now();
            match self.query(module.registration, SECOND, cancel, Cause::ModemFault, state).await? {
                (1 | 5, _) => return Ok(()),
                (3, denied) => return Err(Diagnosis { cause: Cause::SimRefused, ..denied }.into()),
                (_, searching) if asked + POLL >= until => {
                    return Err(self.explain_search(searching));
                }
                _ => self.pause_until(asked + POLL, cancel).await?,
            }
        }
    }

    /// Attaches to the network's packet service, unless the modem is attached.
    pub(super) async fn attach(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        let attached = |line: &[u8]| match line {
            b"+CGATT: 1" => Some(true),
            b"+CGATT: 0" => Some(false),
            _ => None,
        };
        let limit = Duration::from_secs(10);
        if !self.query("AT+CGATT?", limit, cancel, Cause::SimRefused, attached).await? {
            self.order("AT+CGATT=1", Duration::from_secs(75), cancel, Cause::SimRefused).await?;
        }
        Ok(())
    }

    /// Blames a weak signal for what a weak signal does, and a noisy line for what its noise does.
    pub(crate) fn blame_signal(&self, diagnosis: Diagnosis) -> Diagnosis {
        if self.access == Access::Line {
            return self.blame_noise(diagnosis);
        }
        let may_be_the_signal = match diagnosis.cause {
            Cause::ConnectionLost
            | Cause::HostSilent
            | Cause::HostNotConnecting
            | Cause::LostWhileSending
            | Cause::LostBeforeAnswer => true,
            Cause::Malformed => matches!(diagnosis.detail, Detail::Words(details::BYTE, _)),
            _ => false,
        };
        match &self.strength {
            Some((0..=WEAK, line)) if may_be_the_signal => {
                Diagnosis { cause: Cause::WeakSignal, detail: line.clone() }
            }
            _ => diagnosis,
        }
    }

    /// A frame that is lost is asked for by nobody, and harm that hides itself from the LRC is found in the message.
    fn blame_noise(&self, diagnosis: Diagnosis) -> Diagnosis {
        let may_be_noise = match diagnosis.cause {
            Cause::HostSilent => true,
            Cause::Malformed => matches!(diagnosis.detail, Detail::Words(details::BYTE, _)),
            _ => false,
        };
        self.call.noise().filter(|_| may_be_noise).unwrap_or(diagnosis)
    }
}
