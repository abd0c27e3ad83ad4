//! What a simulated board keeps without power, as a thing of its own: many boards may begin where one has ended.

use super::{Shared, SimBoard};

/// The bytes of a board's key store and journal, and how often it has booted, from which its emulated entropy follows.
#[derive(Clone)]
pub struct Stores {
    battery_ram: Vec<u8>,
    flash: Vec<u8>,
    boots: u64,
}

impl SimBoard {
    /// What this board keeps when its power is cut now.
    #[must_use]
    pub fn stores(&self) -> Stores {
        Stores {
            battery_ram: self.battery_ram.lock().clone(),
            flash: self.flash.lock().clone(),
            boots: self.boots,
        }
    }

    /// A board, off, that keeps the same as the one of `stores`, byte for byte: what it does from here on is what that one would do.
    #[must_use]
    pub fn with_stores(stores: &Stores) -> Self {
        Self {
            battery_ram: Shared::holding(stores.battery_ram.clone()),
            flash: Shared::holding(stores.flash.clone()),
            boots: stores.boots,
            ..Self::new()
        }
    }
}
