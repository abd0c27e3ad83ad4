//! What the key store keeps.

use heapless::String;

use crate::crypto::keys::{Key16, WorkingKeys};

/// A provisioned terminal's identity and keys, and the batch that came with the last working keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secrets {
    device_id: String<20>,
    serial: [u8; 16],
    factory_key: Key16,
    tmk: Option<Key16>,
    working: Option<WorkingKeys>,
    batch: u32,
}

impl Secrets {
    /// The factory state: no TMK, and batch 0 until a sign-on.
    pub(crate) fn new(device_id: String<20>, serial: [u8; 16], factory_key: Key16) -> Self {
        Self { device_id, serial, factory_key, tmk: None, working: None, batch: 0 }
    }

    /// The same terminal with a new TMK. Working keys came under the old one: they are gone. The batch goes on.
    pub(crate) fn with_master_key(&self, tmk: Key16) -> Self {
        Self { tmk: Some(tmk), working: None, ..self.clone() }
    }

    /// The same terminal with new working keys.
    pub(crate) fn with_working_keys(&self, working: WorkingKeys) -> Self {
        Self { working: Some(working), ..self.clone() }
    }

    /// The same terminal with another batch number.
    pub(crate) fn with_batch(&self, batch: u32) -> Self {
        Self { batch, ..self.clone() }
    }

    /// The id by which the host knows the device.
    pub(crate) fn device_id(&self) -> &str {
        &self.device_id
    }

    /// The serial number: 16 ASCII characters.
    pub(crate) fn serial(&self) -> &[u8; 16] {
        &self.serial
    }

    /// The SM4 key that proves the device.
    pub(crate) fn factory_key(&self) -> &Key16 {
        &self.factory_key
    }

    /// The key under which working keys come.
    pub(crate) fn tmk(&self) -> Option<&Key16> {
        self.tmk.as_ref()
    }

    /// The working keys in use.
    pub(crate) fn working(&self) -> Option<&WorkingKeys> {
        self.working.as_ref()
    }

    /// The batch number of the last sign-on; 0 before the first.
    pub(crate) fn batch(&self) -> u32 {
        self.batch
    }
}
