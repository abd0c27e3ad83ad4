//! What the key store keeps.

use heapless::String;

use crate::clock::DateTime;
use crate::crypto::keys::Key16;
use crate::crypto::working_keys::WorkingKeys;

/// A provisioned terminal's identity and keys, and the batch that came with the last working keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secrets {
    device_id: String<20>,
    serial: [u8; 16],
    factory_key: Key16,
    tmk: Option<Key16>,
    working: Option<WorkingKeys>,
    /// Of the sign-on that brought the working keys.
    signed_on_at: Option<DateTime>,
    batch: u32,
}

impl Secrets {
    /// The factory state: no TMK, and batch 0 until a sign-on.
    pub(crate) fn new(device_id: String<20>, serial: [u8; 16], factory_key: Key16) -> Self {
        Self { device_id, serial, factory_key, tmk: None, working: None, signed_on_at: None, batch: 0 }
    }

    /// The same terminal with a new TMK. Working keys came under the old one: they are gone. The batch goes on.
    pub(crate) fn with_master_key(&self, tmk: Key16) -> Self {
        Self { tmk: Some(tmk), working: None, signed_on_at: None, ..self.clone() }
    }

    /// The same terminal with new working keys, of a sign-on whose time is not known.
    pub(crate) fn with_working_keys(&self, working: WorkingKeys) -> Self {
        Self { working: Some(working), signed_on_at: None, ..self.clone() }
    }

    /// The same terminal with the host's time of the sign-on that brought the working keys.
    pub(crate) fn with_sign_on_at(&self, at: DateTime) -> Self {
        Self { signed_on_at: Some(at), ..self.clone() }
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

    /// The host's time of the sign-on that brought the working keys, where it is known.
    pub(crate) fn signed_on_at(&self) -> Option<DateTime> {
        self.signed_on_at
    }

    /// The batch number of the last sign-on; 0 before the first.
    pub(crate) fn batch(&self) -> u32 {
        self.batch
    }
}
