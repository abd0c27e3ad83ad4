//! What the host knows of a terminal.

use payrig_keys::{Key, Sm4Key};

/// A terminal in the host's books.
#[derive(Clone, Debug)]
pub struct Device {
    /// Sent in field 62 after `Sequence No`.
    pub device_id: String,
    /// Sent in the proof of field 59.
    pub serial: String,
    /// Field 41.
    pub terminal_id: String,
    /// Field 42.
    pub merchant_id: String,
    /// The key that is in the chip, by which a copy of the ids is told from the device.
    pub factory_key: Sm4Key,
    /// The key under which working keys are sent.
    pub tmk: Key,
}
