//! The SIMCom SIM800's context, connection and words (INTERFACE.md, section 7).

use core::fmt::Write as _;

use embassy_time::Duration;
use embedded_io_async::{Read, Write};
use heapless::String;

use super::decoder::Announcement;
use super::dialect::{Dialect, Module};
use super::lines::{diagnose, is_address, is_error, is_known};
use super::link::{Cancel, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};

pub(super) static DIALECT: Dialect = Dialect {
    announcement: Announcement::Colon,
    silent: Cause::ModemSilent,
    is_closed,
    is_context_lost,
    is_known,
};

pub(super) static MODULE: Module = Module {
    registration: "AT+CREG?",
    registration_answer: "+CREG:",
    announce: "AT+CIPSEND=",
    close: "AT+CIPCLOSE=1",
    close_limit: Duration::from_secs(5),
    closed: b"CLOSE OK",
    keeps_lost_connections: false,
    sees_sim_late: false,
};

const SECOND: Duration = Duration::from_secs(1);

fn is_closed(line: &[u8]) -> bool {
    line == b"CLOSED" || is_context_lost(line)
}

fn is_context_lost(line: &[u8]) -> bool {
    line.starts_with(b"+PDP: DEACT") || line.starts_with(b"+PDP DEACT")
}

impl<R: Read, W: Write> Modem<R, W> {
    pub(super) async fn is_sim800_context_up(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        let judge = |line: &[u8]| match line.strip_prefix(b"STATE: ") {
            Some(state) => Some(matches!(state, b"IP STATUS" | b"TCP CLOSED")),
            None => is_error(line).then_some(false),
        };
        self.ask("AT+CIPSTATUS", SECOND, cancel, judge).await
    }

    pub(super) async fn open_sim800_context(&mut self, apn: &str, cancel: &Cancel) -> Result<(), Trouble> {
        let refusals = self.refusals();
        let shut = |line: &[u8]| match line {
            b"SHUT OK" => Some(Ok(())),
            _ if is_error(line) => Some(Err(refusals.of(line, Cause::ModemFault))),
            _ => None,
        };
        self.ask("AT+CIPSHUT", Duration::from_secs(65), cancel, shut).await??;
        self.order("AT+CIPHEAD=1", SECOND, cancel, Cause::ModemFault).await?;
        let refused =
            |line: &[u8]| (is_error(line) || is_context_lost(line)).then(|| refusals.of_context(line));
        let mut command = String::<48>::new();
        let _ = write!(command, "AT+CSTT=\"{apn}\"");
        self.order_unless(&command, SECOND, cancel, refused).await?;
        self.order_unless("AT+CIICR", Duration::from_secs(85), cancel, refused).await?;
        let address = |line: &[u8]| match line {
            _ if is_address(line) => Some(Ok(())),
            _ => refused(line).map(Err),
        };
        Ok(self.ask("AT+CIFSR", SECOND, cancel, address).await??)
    }

    /// Opens the connection, or says why it is refused.
    ///
    /// # Errors
    /// E218 when nothing comes of it in 75 seconds.
    pub(super) async fn open_sim800_connection(
        &mut self,
        host: &str,
        port: u16,
        cancel: &Cancel,
    ) -> Result<Result<(), Diagnosis>, Trouble> {
        let mut command = String::<112>::new();
        let _ = write!(command, "AT+CIPSTART=\"TCP\",\"{host}\",\"{port}\"");
        let refusals = self.refusals();
        let mut taken = false;
        let judge = |line: &[u8]| match line {
            b"OK" => {
                taken = true;
                None
            }
            b"CONNECT OK" => Some(Ok(())),
            b"CONNECT FAIL" | b"ALREADY CONNECT" => Some(Err(diagnose(Cause::HostNotReachable, line))),
            _ if is_error(line) => Some(Err(refusals.of(line, Cause::HostNotReachable))),
            _ if is_closed(line) => Some(Err(diagnose(Cause::ConnectionLost, line))),
            _ => None,
        };
        let answered = self.ask(&command, Duration::from_secs(75), cancel, judge).await;
        answered.map_err(|trouble| trouble.of_opening(taken))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_closed, is_context_lost};

    #[test]
    fn the_ends_of_connection_and_context() {
        assert!(is_closed(b"CLOSED") && !is_context_lost(b"CLOSED"));
        assert!(is_closed(b"+PDP: DEACT") && is_context_lost(b"+PDP: DEACT"));
        assert!(!is_closed(b"CLOSE OK"));
    }
}
