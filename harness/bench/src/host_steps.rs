//! What a case tells the host of its world besides how to behave.

use payrig_acquirer::Acquirer;
use payrig_keys::Key;

use crate::{Finding, World};

impl World {
    /// Tells the host another TMK of the terminal.
    ///
    /// # Errors
    /// A host that is none of ours.
    pub fn set_host_tmk(&self, name: &str, key: &Key) -> Result<(), Finding> {
        self.note("host-tmk", name);
        self.own_host()?.set_tmk(self.terminal.device_id(), key.clone());
        Ok(())
    }

    /// Sets the host's clock, which stands still: MMDD and hhmmss.
    ///
    /// # Errors
    /// A host that is none of ours.
    pub fn set_host_clock(&self, date: &str, time: &str) -> Result<(), Finding> {
        self.note("host-clock", &format!("{date} {time}"));
        self.own_host()?.set_clock(date, time);
        Ok(())
    }

    fn own_host(&self) -> Result<&Acquirer, Finding> {
        self.acquirer().ok_or_else(|| Finding::Rig("a real host cannot be told what to do".into()))
    }
}
