//! What of the terminal a transaction works with, and what is watched meanwhile.

use super::exchange::Exchange;
use crate::app::Terminal;
use crate::modem::link::Cancel;
use crate::panel::keypad::Keypad;
use crate::parameters::Parameters;
use crate::ports::Hardware;

/// An exchange of a terminal on this hardware.
type Exchanging<'a, H> = Exchange<
    'a,
    <H as Hardware>::Display,
    <H as Hardware>::ModemRx,
    <H as Hardware>::ModemTx,
    <H as Hardware>::BatteryRam,
    <H as Hardware>::Flash,
>;

impl<H: Hardware> Terminal<'_, H> {
    /// An exchange, and the keypad that it does not work with.
    pub(super) fn exchange_and_keypad<'a>(
        &'a mut self,
        cancel: &'a Cancel,
        parameters: &'a Parameters,
        may_sign_on: bool,
    ) -> (Exchanging<'a, H>, &'a mut Keypad<H::Keypad>) {
        let exchange = Exchange {
            display: &mut self.display,
            modem: &mut self.modem,
            stores: &mut self.stores,
            cancel,
            parameters,
            may_sign_on,
            rotation: &mut self.rotation,
            stripe: self.stripe,
        };
        (exchange, &mut self.keypad)
    }
}
