//! The terminal's image: in the board's flash, and in its boot lines.

use payrig_operator::BootLine;
use payrig_rig::{Capability, Progress, RigError};

use super::World;
use crate::Finding;

impl World {
    /// Puts the rig's image into the board, unless its flash holds it already.
    pub(crate) async fn flash_if_needed(&mut self, progress: &dyn Fn(Progress)) -> Result<(), Finding> {
        match self.verify().await {
            Err(RigError::FlashDiffers { .. }) => self.flash(progress).await,
            Err(RigError::NoSuchInterface { interface, .. }) if interface == Capability::Flash.word() => {
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// Puts the rig's image into the board, where the board has flash.
    async fn flash(&mut self, progress: &dyn Fn(Progress)) -> Result<(), Finding> {
        let Some(image) = self.image.as_ref().filter(|_| self.board.capabilities().has(Capability::Flash))
        else {
            return Ok(());
        };
        let report = self.board.flash(image, progress).await?;
        self.figure(&format!("flash and verify {} bytes", report.bytes), report.took);
        Ok(())
    }

    /// Compares what the board's flash holds with the rig's image.
    async fn verify(&mut self) -> Result<(), RigError> {
        match &self.image {
            Some(image) => self.board.verify(image).await,
            None => Err(RigError::NoSuchInterface {
                board: self.board.name(),
                interface: Capability::Flash.word(),
            }),
        }
    }

    /// A boot is the next one of this board, of the image that was flashed.
    pub(crate) fn check_boot(&mut self, boot: &BootLine) -> Result<(), Finding> {
        self.check_build(boot)?;
        let before = self.boots.replace(boot.boot);
        match before.map(|before| before + 1) {
            Some(expected) if expected != boot.boot => Err(Finding::terminal(format!(
                "expected boot {expected} of this board, the boot line says {}: its counter survives everything but the \
                 removal of the journal",
                boot.boot
            ))),
            _ => Ok(()),
        }
    }

    /// A stale image must not pass for the one that was flashed.
    fn check_build(&self, boot: &BootLine) -> Result<(), Finding> {
        let Some(image) = &self.image else { return Ok(()) };
        match image.build_id() {
            Some(expected) if expected == boot.build => Ok(()),
            Some(expected) => Err(Finding::Rig(format!(
                "the board runs build {} although {expected} was flashed: flash it again",
                boot.build
            ))),
            None => Err(Finding::Rig(format!(
                "{} has no GNU build id: whether the board runs it cannot be known",
                image.path().display()
            ))),
        }
    }
}
