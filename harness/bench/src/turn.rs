//! Whose turn it is on a machine that plays several emulated boards at once.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The machine, as long as a case is played: alone or among others.
#[derive(Debug)]
pub enum Turn<'m> {
    /// No other case is played meanwhile.
    Alone {
        /// Held for as long as the turn lasts.
        _machine: RwLockWriteGuard<'m, ()>,
    },
    /// Other cases are played meanwhile, none of them alone.
    AmongOthers {
        /// Held for as long as the turn lasts.
        _machine: RwLockReadGuard<'m, ()>,
    },
}

impl<'m> Turn<'m> {
    /// Waits until the machine is free for it. Whoever panicked meanwhile has left nothing behind.
    pub fn on(machine: &'m RwLock<()>, alone: bool) -> Self {
        if alone {
            Self::Alone { _machine: machine.write().unwrap_or_else(PoisonError::into_inner) }
        } else {
            Self::AmongOthers { _machine: machine.read().unwrap_or_else(PoisonError::into_inner) }
        }
    }
}
