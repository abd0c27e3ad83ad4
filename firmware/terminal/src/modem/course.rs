//! From `AT` to an open connection, over every way (INTERFACE.md, sections 7, 14 and 15).

use embedded_io_async::{Read, Write};

use super::dialect::Module;
use super::lines::is_error;
use super::link::{Cancel, Connection, Context, Modem, Trouble};
use super::stage::Stage;
use super::{ec20, sim800};
use crate::access::Access;
use crate::diagnosis::{Cause, Diagnosis};
use crate::parameters::Parameters;

/// Starts in one try that are a fault.
const TOO_MANY_STARTS: u8 = 2;

impl<R: Read, W: Write> Modem<R, W> {
    /// Opens the connection to the host by the parameters' access, and tells each stage as it begins.
    pub(crate) async fn reach(
        &mut self,
        parameters: &Parameters,
        cancel: &Cancel,
        mut tell: impl AsyncFnMut(Stage),
    ) -> Result<(), Trouble> {
        self.begin_try(parameters.access);
        let Some(module) = self.module() else {
            tell(Stage::Modem).await;
            self.set_up_line(cancel).await?;
            tell(Stage::Dialling).await;
            return self.dial(&parameters.dial, cancel).await;
        };
        loop {
            match self.reach_by_module(module, parameters, cancel, &mut tell).await {
                // The modem has started anew, and is set up anew.
                Err(Trouble::Failed(Diagnosis { cause: Cause::ModemRestarts, .. }))
                    if !self.restarts_again() =>
                {
                    self.connection = Connection::Closed;
                }
                Err(Trouble::Failed(silent))
                    if silent.cause == Cause::ModemSilent && self.may_have_started() =>
                {
                    if !self.has_started_silently(cancel).await? {
                        return Err(silent.into());
                    }
                }
                ended => return ended,
            }
        }
    }

    async fn reach_by_module(
        &mut self,
        module: &Module,
        parameters: &Parameters,
        cancel: &Cancel,
        tell: &mut impl AsyncFnMut(Stage),
    ) -> Result<(), Trouble> {
        tell(Stage::Modem).await;
        self.wake(cancel).await?;
        tell(Stage::Network).await;
        self.register(module, cancel).await?;
        tell(Stage::Connecting).await;
        if self.context != Context::Kept || !self.is_context_up(cancel).await? {
            self.attach(cancel).await?;
            self.open_context(&parameters.apn, cancel).await?;
            self.context = Context::Kept;
        }
        self.inbox.clear();
        self.lost = None;
        self.connection = Connection::Opening;
        self.open_connection(parameters, cancel).await?;
        self.connection = Connection::Open;
        Ok(())
    }

    /// The cellular module, if there is one.
    pub(super) fn module(&self) -> Option<&'static Module> {
        match self.access {
            Access::Sim800 => Some(&sim800::MODULE),
            Access::Ec20 => Some(&ec20::MODULE),
            Access::Line => None,
        }
    }

    async fn is_context_up(&mut self, cancel: &Cancel) -> Result<bool, Trouble> {
        match self.access {
            Access::Ec20 => self.is_ec20_context_up(cancel).await,
            _ => self.is_sim800_context_up(cancel).await,
        }
    }

    async fn open_context(&mut self, apn: &str, cancel: &Cancel) -> Result<(), Trouble> {
        match self.access {
            Access::Ec20 => self.open_ec20_context(apn, cancel).await,
            _ => self.open_sim800_context(apn, cancel).await,
        }
    }

    /// Opens the connection; one that is refused is closed, any other trouble leaves it in doubt.
    async fn open_connection(&mut self, parameters: &Parameters, cancel: &Cancel) -> Result<(), Trouble> {
        let (host, port) = (parameters.host.as_str(), parameters.port);
        let answered = match self.access {
            Access::Ec20 => self.open_ec20_connection(host, port, cancel).await,
            _ => self.open_sim800_connection(host, port, cancel).await,
        };
        answered?.map_err(|refused| {
            self.connection = Connection::Closed;
            refused.into()
        })
    }

    /// Whether the modem has started too often in this try.
    pub(super) fn restarts_again(&self) -> bool {
        self.starts >= TOO_MANY_STARTS
    }

    /// Whether the connection is open, as far as the modem has told, and nothing of another frame is on its way.
    pub(crate) fn is_open(&mut self) -> bool {
        self.hear_stale();
        let between_frames = !self.decoder.expects_data() && !self.call.frames.is_inside();
        self.connection == Connection::Open && self.inbox.bytes().is_empty() && between_frames
    }

    /// Closes the connection, if there is one. What the modem says to it changes nothing.
    pub(crate) async fn close(&mut self) {
        let was = core::mem::replace(&mut self.connection, Connection::Closed);
        let Some(module) = self.module() else { return self.hang_up(was).await };
        match was {
            Connection::Closed => return,
            Connection::Opening => self.spoil_context(),
            Connection::Open | Connection::Lost => {}
        }
        let dialect = self.dialect();
        // Where the connection ends by itself meanwhile, a modem that keeps it still has to answer.
        let is_gone = if module.keeps_lost_connections { dialect.is_context_lost } else { dialect.is_closed };
        let judge = |line: &[u8]| (line == module.closed || is_gone(line) || is_error(line)).then_some(());
        let _ = self.ask(module.close, module.close_limit, &Cancel::new(), judge).await;
    }

    /// Makes the next connection open a new context.
    pub(crate) fn spoil_context(&mut self) {
        if self.context == Context::Kept {
            self.context = Context::Spoilt;
        }
    }
}
