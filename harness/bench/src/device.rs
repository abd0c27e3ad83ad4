//! A terminal as a host has it in its books.

use payrig_acquirer::Device;
use payrig_keys::{Family, Key, KeyError, Sm4Key};
use payrig_operator::TerminalFixture;

use crate::{Finding, Fixtures};

impl Fixtures {
    /// The device of `fixtures/terminals/<name>.toml`, for the books of a host.
    ///
    /// # Errors
    /// [`Finding::Rig`]: a file that cannot be used, or a terminal that has no TMK.
    pub fn device(&self, name: &str) -> Result<Device, Finding> {
        let terminal = self.terminal(name)?;
        device(&terminal)
    }
}

/// The device that `terminal` is, for the books of a host.
///
/// # Errors
/// [`Finding::Rig`] for a terminal without a TMK: no host can send it working keys.
pub fn device(terminal: &TerminalFixture) -> Result<Device, Finding> {
    let unusable = |e: KeyError| Finding::Rig(format!("the host cannot know this terminal: {e}"));
    let without = "the host cannot know a terminal without a TMK: give its fixture one";
    known(terminal).map_err(unusable)?.ok_or_else(|| Finding::Rig(without.into()))
}

/// The same; nothing for a terminal without a TMK.
pub(crate) fn known(terminal: &TerminalFixture) -> Result<Option<Device>, KeyError> {
    let Some(tmk) = terminal.tmk() else { return Ok(None) };
    Ok(Some(Device {
        device_id: terminal.device_id().into(),
        serial: terminal.serial().into(),
        terminal_id: terminal.terminal_id().into(),
        merchant_id: terminal.merchant_id().into(),
        factory_key: Sm4Key::new(terminal.factory_key().bytes())?,
        tmk: Key::new(Family::Des, tmk.bytes())?,
    }))
}
