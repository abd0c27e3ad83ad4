//! The Quectel EC20's context, connection and words (INTERFACE.md, section 14).

use core::fmt::Write as _;

use embassy_time::Duration;
use embedded_io_async::{Read, Write};
use heapless::String;

use super::decoder::Announcement;
use super::dialect::{Dialect, Module};
use super::lines::{diagnose, is_error, is_known};
use super::link::{Cancel, Modem, Trouble};
use crate::diagnosis::{Cause, Diagnosis};

pub(super) static DIALECT: Dialect = Dialect {
    announcement: Announcement::Line,
    silent: Cause::ModemSilent,
    is_closed,
    is_context_lost,
    is_known,
};

pub(super) static MODULE: Module = Module {
    registration: "AT+CEREG?",
    registration_answer: "+CEREG:",
    announce: "AT+QISEND=0,",
    close: "AT+QICLOSE=0",
    close_limit: Duration::from_secs(10),
    closed: b"OK",
    keeps_lost_connections: true,
    sees_sim_late: true,
};

const SECOND: Duration = Duration::from_secs(1);
const OPENING: Duration = Duration::from_secs(150);

fn is_closed(line: &[u8]) -> bool {
    line == b"+QIURC: \"closed\",0" || is_context_lost(line)
}

fn is_context_lost(line: &[u8]) -> bool {
    line == b"+QIURC: \"pdpdeact\",1"
}

impl<R: Read, W: Write> Modem<R, W> {
    /// Whether the context is up; its socket is free then.
    pub(super) async fn is_ec20_context_up(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        let is_up = self.ask_for_context(cancel).await?;
        if is_up {
            self.undo(MODULE.close, MODULE.close_limit, cancel).await?;
        }
        Ok(is_up)
    }

    async fn ask_for_context(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        let mut is_up = false;
        let judge = |line: &[u8]| match line {
            b"OK" => Some(is_up),
            _ => {
                is_up |= line.starts_with(b"+QIACT: 1,1,");
                is_error(line).then_some(false)
            }
        };
        self.ask("AT+QIACT?", SECOND, cancel, judge).await
    }

    pub(super) async fn open_ec20_context(&mut self, apn: &str, cancel: &Cancel) -> Result<(), Trouble> {
        self.undo("AT+QIDEACT=1", Duration::from_secs(40), cancel).await?;
        let refusals = self.refusals();
        let refused = |line: &[u8]| is_error(line).then(|| refusals.of_context(line));
        let mut command = String::<64>::new();
        let _ = write!(command, "AT+QICSGP=1,1,\"{apn}\",\"\",\"\",0");
        self.order_unless(&command, SECOND, cancel, refused).await?;
        match self.order_unless("AT+QIACT=1", OPENING, cancel, refused).await {
            Err(Trouble::Failed(bare)) if bare.cause == Cause::NoDataService && bare.detail.is("ERROR") => {
                Err(self.ask_why_no_context(bare, cancel).await)
            }
            ended => ended,
        }
    }

    /// Ends what may have been left behind. A refusal says that there was nothing, unless it is the SIM's.
    async fn undo(&mut self, command: &str, limit: Duration, cancel: &Cancel) -> Result<(), Trouble> {
        match self.order(command, limit, cancel, Cause::NoDataService).await {
            Err(Trouble::Failed(Diagnosis { cause: Cause::NoDataService, .. })) => Ok(()),
            ended => ended,
        }
    }

    /// What the module says of the context that it has just refused; the refusal itself where it says nothing of it.
    async fn ask_why_no_context(&mut self, bare: Diagnosis, cancel: &Cancel) -> Trouble {
        let read = |line: &[u8]| {
            let code = line.strip_prefix(b"+QIGETERROR: ")?.split(|byte| *byte == b',').next()?;
            let cause = if code == b"573" { Cause::AccessPointRefused } else { Cause::NoDataService };
            Some(diagnose(cause, line))
        };
        match self.query("AT+QIGETERROR", SECOND, cancel, Cause::NoDataService, read).await {
            Ok(why) => why.into(),
            Err(Trouble::Failed(Diagnosis { cause: Cause::NoDataService, .. })) => bare.into(),
            Err(trouble) => trouble,
        }
    }

    /// Opens the connection, or says why it is refused.
    ///
    /// # Errors
    /// E218 when nothing comes of it in 150 seconds.
    pub(super) async fn open_ec20_connection(
        &mut self,
        host: &str,
        port: u16,
        cancel: &Cancel,
    ) -> Result<Result<(), Diagnosis>, Trouble> {
        let mut command = String::<112>::new();
        let _ = write!(command, "AT+QIOPEN=1,0,\"TCP\",\"{host}\",{port},0,1");
        let refusals = self.refusals();
        let mut taken = false;
        let judge = |line: &[u8]| match (line, line.strip_prefix(b"+QIOPEN: 0,")) {
            (b"OK", _) => {
                taken = true;
                None
            }
            (_, Some(error)) => Some(opened(error).map_or(Ok(()), |cause| Err(diagnose(cause, line)))),
            _ if is_error(line) => Some(Err(refusals.of(line, Cause::HostNotReachable))),
            _ if is_closed(line) => Some(Err(diagnose(Cause::ConnectionLost, line))),
            _ => None,
        };
        let answered = self.ask(&command, OPENING, cancel, judge).await;
        answered.map_err(|trouble| trouble.of_opening(taken))
    }
}

/// What an error of `+QIOPEN` means; `None` where there is none.
fn opened(error: &[u8]) -> Option<Cause> {
    match error {
        b"0" => None,
        b"565" => Some(Cause::HostNotFound),
        b"569" => Some(Cause::HostNotConnecting),
        _ => Some(Cause::HostNotReachable),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_closed, is_context_lost};

    #[test]
    fn the_ends_of_connection_and_context() {
        assert!(is_closed(b"+QIURC: \"closed\",0") && !is_context_lost(b"+QIURC: \"closed\",0"));
        assert!(is_closed(b"+QIURC: \"pdpdeact\",1") && is_context_lost(b"+QIURC: \"pdpdeact\",1"));
        assert!(!is_closed(b"+QIURC: \"closed\",1"));
    }
}
