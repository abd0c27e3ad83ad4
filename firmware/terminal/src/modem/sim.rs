//! Whether there is a SIM that works (INTERFACE.md, section 7).

use embassy_time::{Duration, Instant};
use embedded_io_async::{Read, Write};

use super::lines::{diagnose, is_error};
use super::link::{Cancel, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};

/// What the modem says of a SIM whose contacts it has lost.
pub(super) const NOT_READY: &[u8] = b"+CPIN: NOT READY";

const POLL: Duration = Duration::from_millis(500);
/// How long the first answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a later one may take before it is given up for lost. Asked sooner, a slow modem would still be answering when the next
/// sign-on begins, and each command would be given another's answer.
const AGAIN: Duration = Duration::from_secs(2);
/// How long a SIM may be busy.
const BUSY: Duration = Duration::from_secs(10);

/// What `AT+CPIN?` says.
enum Sim {
    Ready,
    Busy(Diagnosis),
    /// None, or one that is not seen yet.
    Missing(Diagnosis),
    Unusable(Diagnosis),
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Forgets that the SIM was ready: another sign-on or transaction begins.
    pub(crate) fn forget_sim(&mut self) {
        (self.sim_was_ready, self.sim_left) = (false, false);
    }

    /// Asks for the SIM until it is ready. Where it never is, the last answer tells why; but one that is not seen any more was
    /// there, and says more by what it said then.
    pub(super) async fn wait_for_sim(&mut self, cancel: &Cancel) -> Result<(), Trouble> {
        let mut busy: Option<(Instant, Diagnosis)> = None;
        loop {
            let asked = Instant::now();
            let limit = busy.as_ref().map_or(LIMIT, |_| AGAIN);
            match (self.ask_for_sim(limit, cancel).await, &mut busy) {
                (Ok(Sim::Ready), _) => {
                    (self.sim_was_ready, self.sim_left) = (true, false);
                    return Ok(());
                }
                (Ok(Sim::Unusable(diagnosis)), _) => return Err(diagnosis.into()),
                (Ok(Sim::Busy(diagnosis)), Some((_, last))) => *last = diagnosis,
                (Ok(Sim::Missing(_)), Some(_)) => {}
                (Ok(Sim::Busy(diagnosis) | Sim::Missing(diagnosis)), none) => {
                    *none = Some((asked, diagnosis))
                }
                (Err(Trouble::Failed(Diagnosis { cause, .. })), Some(_)) if cause != Cause::ModemRestarts => {
                }
                (Err(trouble), _) => return Err(trouble),
            }
            // It is not asked what it has no time to answer: the next sign-on would be given that.
            let again = (asked + POLL).max(Instant::now());
            if let Some((since, diagnosis)) = &busy
                && again >= *since + BUSY
            {
                return Err(diagnosis.clone().into());
            }
            self.pause_until(again, cancel).await?;
        }
    }

    async fn ask_for_sim(&mut self, limit: Duration, cancel: &Cancel) -> Result<Sim, Trouble> {
        let refusals = self.refusals();
        let sees_late = self.module().is_some_and(|module| module.sees_sim_late);
        let missing = if self.sim_was_ready { Cause::SimContact } else { Cause::NoSim };
        // What the modem says by itself may come before its answer: of these lines the last one before the end counts.
        let mut told = None;
        let judge = |line: &[u8]| {
            match line {
                b"OK" => return told.take(),
                b"+CPIN: READY" => told = Some(Sim::Ready),
                NOT_READY => return Some(Sim::Busy(diagnose(Cause::SimContact, line))),
                b"+CPIN: NOT INSERTED" => told = Some(Sim::Unusable(diagnose(missing, line))),
                b"+CPIN: SIM PIN" => told = Some(Sim::Unusable(diagnose(Cause::SimLocked, line))),
                b"+CPIN: SIM PUK" => told = Some(Sim::Unusable(diagnose(Cause::SimBlocked, line))),
                _ if line.starts_with(b"+CPIN: ") => {
                    told = Some(Sim::Unusable(diagnose(Cause::ModemFault, line)));
                }
                b"+CME ERROR: 10" if sees_late => return Some(Sim::Missing(diagnose(missing, line))),
                b"+CME ERROR: 14" => return Some(Sim::Busy(diagnose(Cause::SimNotStarting, line))),
                _ if is_error(line) => return Some(Sim::Unusable(refusals.of(line, Cause::ModemFault))),
                _ => {}
            }
            None
        };
        self.ask("AT+CPIN?", limit, cancel, judge).await
    }

    /// What a search for a network that found none means: where the modem has lost the SIM meanwhile it is the SIM's
    /// contacts, whether it has it back just now or not.
    pub(super) fn explain_search(&self, searching: Diagnosis) -> Trouble {
        if self.sim_left { diagnose(Cause::SimContact, NOT_READY) } else { searching }.into()
    }
}
