//! A session in which a person uses the terminal.

use std::future::Future;

use payrig_operator::ProvisioningRecord;
use payrig_rig::{Capability, RigError, State};
use tokio::task::LocalSet;

use crate::{Bench, Finding, Parts, Person, World, local_runtime};

/// The session's name in the run folder.
const SESSION: &str = "panel";

impl Bench {
    /// Puts `parts` around the rig's kept board, flashes and provisions it (by `record`, or by the terminal fixture's) where that is missing, and lets `person` use
    /// it until `session` ends. Every line is recorded as in a case.
    ///
    /// # Errors
    /// A rig that fails, or a terminal that does not boot.
    pub fn attend(
        &self,
        parts: &Parts,
        record: Option<ProvisioningRecord>,
        person: Person,
        session: impl Future<Output = ()>,
    ) -> Result<(), Finding> {
        let settings = self.settings();
        let folder = settings
            .run
            .case(SESSION)
            .map_err(|e| Finding::Rig(format!("failed to make the session's folder: {e}")))?;
        let runtime = local_runtime(settings.rig.time)
            .map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
        LocalSet::new().block_on(&runtime, async {
            let mut world = World::around(settings, SESSION, parts, folder, State::Kept).await?;
            world.seat(person);
            if let Some(record) = record {
                world.replace_record(record);
            }
            let result = self.host(&mut world, session).await;
            world.close(result).await
        })
    }

    async fn host(&self, world: &mut World, session: impl Future<Output = ()>) -> Result<(), Finding> {
        world.flash_if_needed(self.progress()).await?;
        if world.power_on().await?.state == "blank" {
            world.provision().await?;
        }
        session.await;
        Ok(())
    }
}

impl World {
    /// Puts the rig's image into the board unless it is there already.
    async fn flash_if_needed(&mut self, progress: &dyn Fn(payrig_rig::Progress)) -> Result<(), Finding> {
        match self.verify().await {
            Err(RigError::FlashDiffers { .. }) => self.flash(progress).await,
            Err(RigError::NoSuchInterface { interface, .. }) if interface == Capability::Flash.word() => {
                Ok(())
            }
            other => Ok(other?),
        }
    }
}
