//! A sign-on with its tries, from the modem to the new keys (INTERFACE.md, section 6).

use embassy_time::Duration;
use embedded_io_async::{Read, Write};
use embedded_storage_async::nor_flash::NorFlash;

use super::answer::{Expected, judge};
use super::request::request;
use crate::clock::DateTime;
use crate::diagnosis::{Cause, Diagnosis};
use crate::log::info;
use crate::modem::link::{Cancel, Modem, Trouble};
use crate::panel::messages::{Phase, signing_on};
use crate::panel::vt100::Display;
use crate::parameters::Parameters;
use crate::ports::BatteryRam;
use crate::stores::{StoreFault, Stores};

/// Why a sign-on ended without new keys.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The operator cancelled.
    Cancelled,
    /// It failed, and no key changed.
    Failed(Diagnosis),
    /// A store failed.
    Store(StoreFault),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Cancelled => Self::Cancelled,
            Trouble::Failed(diagnosis) => Self::Failed(diagnosis),
        }
    }
}

impl From<Diagnosis> for Stop {
    fn from(diagnosis: Diagnosis) -> Self {
        Self::Failed(diagnosis)
    }
}

impl From<StoreFault> for Stop {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

/// A sign-on and what it works with.
pub(crate) struct SignOn<'a, D, R, W, B, F: NorFlash> {
    pub(crate) display: &'a mut Display<D>,
    pub(crate) modem: &'a mut Modem<R, W>,
    pub(crate) stores: &'a mut Stores<B, F>,
    pub(crate) cancel: &'a Cancel,
}

impl<D: Write, R: Read, W: Write, B: BatteryRam, F: NorFlash> SignOn<'_, D, R, W, B, F> {
    /// Tries until it succeeds, fails for good, or the tries are used up. Returns the host's date and time.
    pub(crate) async fn run(mut self) -> Result<DateTime, Stop> {
        let has_tmk = self.stores.contents().is_some_and(|contents| contents.has_tmk);
        let Some(parameters) = self.stores.parameters().filter(|_| has_tmk).cloned() else {
            return Err(Cause::NoMasterKey.bare().into());
        };
        self.modem.forget_sim();
        let mut number = 1;
        loop {
            let ended = self.attempt(&parameters, number).await.map_err(|stop| match stop {
                Stop::Failed(diagnosis) => Stop::Failed(self.modem.blame_signal(diagnosis)),
                stop => stop,
            });
            self.modem.close().await;
            if let Err(Stop::Failed(Diagnosis { cause, .. })) = &ended {
                info!("sign-on try {=u8} failed: {=str}", number, cause.message().id);
                if cause.spoils_context() {
                    self.modem.spoil_context();
                }
                if cause.is_tried_again() && number < parameters.tries {
                    number += 1;
                    continue;
                }
            }
            return ended;
        }
    }

    /// One connection, one request, one answer.
    async fn attempt(&mut self, parameters: &Parameters, number: u8) -> Result<DateTime, Stop> {
        let tries = parameters.tries;
        let Self { display, modem, stores, cancel } = self;
        let head = stores.head();
        let tell = async |stage| display.show(&signing_on(head, Phase::of(stage), number, tries)).await;
        modem.reach(parameters, cancel, tell).await?;
        self.show(Phase::Host, number, tries).await;
        let stan = self.ask_host(parameters).await?;
        self.show(Phase::CheckingKeys, number, tries).await;
        self.take_answer(parameters, stan)
    }

    /// Sends the request with a new STAN and waits for the answer.
    async fn ask_host(&mut self, parameters: &Parameters) -> Result<u32, Stop> {
        let stan = self.stores.next_stan().await?;
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        // Parameters that cannot be sent did not come from a record.
        let frame =
            request(stan, self.stores.batch(), parameters, &secrets).map_err(|_| StoreFault::Journal)?;
        let host_timeout = Duration::from_secs(parameters.host_timeout_s.into());
        self.modem.exchange(&frame, host_timeout, self.cancel).await?;
        Ok(stan)
    }

    /// Judges the answer in the modem's inbox and takes keys and batch from a good one.
    fn take_answer(&mut self, parameters: &Parameters, stan: u32) -> Result<DateTime, Stop> {
        let secrets = self.stores.secrets().ok_or(StoreFault::Keystore)?;
        let tmk = secrets.tmk().ok_or(StoreFault::Keystore)?;
        let expected = Expected { stan, parameters, tmk, present: secrets.working() };
        let accepted = judge(self.modem.inbox(), &expected)?;
        let host_time = accepted.host_time;
        self.stores.sign_on(accepted)?;
        info!("signed on, batch {=u32}", self.stores.batch());
        Ok(host_time)
    }

    async fn show(&mut self, phase: Phase, number: u8, tries: u8) {
        self.display.show(&signing_on(self.stores.head(), phase, number, tries)).await;
    }
}
