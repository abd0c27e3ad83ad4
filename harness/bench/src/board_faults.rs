//! What a case does to the board itself: power that fails at a chosen moment, flash that ages.

use payrig_rig::JournalAccess;

use crate::{Finding, World};

/// What the terminal uses of its journal's region: 8 sectors of parameters and counters, 32 of entries (INTERFACE.md, section 11).
const JOURNAL: usize = 40 * 4096;

impl World {
    /// Makes the terminal's power fail at the await behind so many polls of its application. The future ends at that moment; then the power
    /// is to be cut.
    ///
    /// # Errors
    /// A rig on which nobody counts polls.
    pub fn fail_after(&mut self, polls: usize) -> Result<impl Future<Output = ()> + 'static, Finding> {
        let board = self.board.name();
        let failed = self.board.fail_after(polls);
        let failed =
            failed.ok_or_else(|| Finding::Rig(format!("{board}: its application runs elsewhere")))?;
        Ok(async move { drop(failed.await) })
    }

    /// Makes the terminal's power fail within its key store: behind so many more bytes that it stores there. As [`World::fail_after`].
    ///
    /// # Errors
    /// A rig on which nobody counts stores.
    pub fn fail_after_stores(&mut self, bytes: usize) -> Result<impl Future<Output = ()> + 'static, Finding> {
        let board = self.board.name();
        let failed = self.board.fail_after_stores(bytes);
        let failed = failed.ok_or_else(|| Finding::Rig(format!("{board}: its key store is elsewhere")))?;
        Ok(async move { drop(failed.await) })
    }

    /// Makes the terminal's power fail within its journal: behind so many more changes of its flash, a unit of 16 bytes that is written or
    /// an erasure. As [`World::fail_after`].
    ///
    /// # Errors
    /// A rig on which nobody counts them.
    pub fn fail_after_journal_changes(
        &mut self,
        changes: usize,
    ) -> Result<impl Future<Output = ()> + 'static, Finding> {
        let board = self.board.name();
        let failed = self.board.fail_after_journal_changes(changes);
        let failed = failed.ok_or_else(|| Finding::Rig(format!("{board}: its journal is elsewhere")))?;
        Ok(async move { drop(failed.await) })
    }

    /// Flips a bit of the journal's flash; the power is off.
    ///
    /// # Errors
    /// A rig whose flash is not at hand.
    pub fn flip_journal_bit(&mut self, at: usize, bit: u8) -> Result<(), Finding> {
        self.tape.note("journal", &format!("bit {bit} of byte {at} flips"));
        self.journal()?.flip(at, bit);
        Ok(())
    }

    /// What the journal's flash holds: read through the debug probe, which wants the power on, or from the simulated board.
    ///
    /// # Errors
    /// A probe that fails; a rig whose flash is not at hand.
    pub async fn journal_bytes(&mut self) -> Result<Vec<u8>, Finding> {
        match self.read_region("PAYRIG_JOURNAL", JOURNAL).await? {
            Some(bytes) => Ok(bytes),
            None => Ok(self.journal()?.bytes()),
        }
    }

    fn journal(&mut self) -> Result<&mut dyn JournalAccess, Finding> {
        let board = self.board.name();
        self.board.journal().ok_or_else(|| Finding::Rig(format!("{board}: its journal is not at hand")))
    }
}
