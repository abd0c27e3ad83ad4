//! stub
use crate::clock::DateTime;
use crate::diagnosis::{Cause, Diagnosis};
use crate::modem::sim800::{Cancel, Modem};
use crate::panel::vt100::Display;
use crate::stores::{StoreFault, Stores};
use embedded_storage_async::nor_flash::NorFlash;
pub(crate) enum Stop {
    Cancelled,
    Failed(Diagnosis),
    Store(StoreFault),
}
pub(crate) struct SignedOn {
    pub(crate) host_time: DateTime,
}
pub(crate) struct SignOn<'a, D, R, W, B, F: NorFlash> {
    pub(crate) display: &'a mut Display<D>,
    pub(crate) modem: &'a mut Modem<R, W>,
    pub(crate) stores: &'a mut Stores<B, F>,
    pub(crate) cancel: &'a Cancel,
}
impl<D, R, W, B: crate::ports::BatteryRam, F: NorFlash> SignOn<'_, D, R, W, B, F> {
    pub(crate) async fn run(self) -> Result<SignedOn, Stop> {
        let cause = if self.stores.secrets().is_some_and(|s| s.tmk().is_some()) {
            Cause::ModemSilent
        } else {
            Cause::NoMasterKey
        };
        Err(Stop::Failed(cause.bare()))
    }
}
