//! What no record of a world may hold.

use std::{fmt, path::Path};

use payrig_tape::{Secret, SecretKind, Secrets, Tape};

use super::{World, record};
use crate::Finding;

impl World {
    /// The secrets of this world. The keys that its host issues come to them until it is closed.
    pub(crate) fn secrets(&self) -> Secrets {
        self.tape.secrets().clone()
    }

    pub(crate) fn register_issued_keys(&self) -> Result<(), Finding> {
        for issued in self.host.issued() {
            for (name, key) in issued.secrets() {
                register_key(&self.tape, &name.replace(' ', "-"), key.bytes(), key.kcv())?;
            }
        }
        Ok(())
    }
}

pub(crate) fn register_key(
    tape: &Tape,
    name: &str,
    bytes: &[u8],
    kcv: impl fmt::Display,
) -> Result<(), Finding> {
    Secret::new(SecretKind::Key, name, bytes)
        .map(|secret| secret.with_label(&format!("kcv {kcv}")))
        .and_then(|secret| tape.secrets().add(secret))
        .map_err(record)
}

/// No file that a case leaves may hold a secret of its world.
pub(crate) fn check_leaks(folder: &Path, secrets: &Secrets) -> Result<(), Finding> {
    let leaks = payrig_tape::leaks(folder, secrets).map_err(record)?;
    match leaks.first() {
        None => Ok(()),
        Some(leak) => Err(Finding::Rig(format!("a record holds a secret: {leak}; {} in all", leaks.len()))),
    }
}
