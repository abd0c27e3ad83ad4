//! A session in which a person uses the terminal.

use std::future::Future;

use payrig_acquirer::Behaviour;
use payrig_operator::ProvisioningRecord;
use payrig_rig::State;
use tokio::task::LocalSet;

use crate::{Bench, Finding, Parts, Person, World, local_runtime, modem_line::device_of};

/// The session's name in the run folder.
const SESSION: &str = "panel";

/// What a session begins with.
pub struct Setup<'p> {
    /// The world around the rig's kept board.
    pub parts: &'p Parts,
    /// What a blank terminal is sent; `None`: the terminal fixture's record.
    pub record: Option<ProvisioningRecord>,
    /// Whether key store and journal are erased first.
    pub blank: bool,
    /// How the host behaves, where it is ours.
    pub behaviour: Behaviour,
}

/// What a session found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attended {
    /// The terminal had been provisioned before: it was sent no record.
    pub provisioned_before: bool,
}

impl Bench {
    /// Puts a world around the rig's kept board, flashes and provisions it where that is missing, and lets `person` use it
    /// until `session` ends. Every line is recorded as in a case.
    ///
    /// # Errors
    /// A rig that fails, or a terminal that does not boot.
    pub fn attend(
        &self,
        setup: Setup<'_>,
        person: Person,
        session: impl Future<Output = ()>,
    ) -> Result<Attended, Finding> {
        let settings = &self.settings().clone().in_time(setup.parts.time_on(&self.settings().rig));
        let folder = settings.run.case(SESSION)?;
        let runtime = local_runtime(settings.rig.time)
            .map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
        LocalSet::new().block_on(&runtime, async {
            let boards = &*self.player().boards;
            let device = device_of(&settings.rig).await?;
            let mut world =
                World::around(settings, SESSION, setup.parts, folder, State::Kept, boards, device).await?;
            world.seat(person);
            let mut attended = Attended { provisioned_before: false };
            let result = self.host(&mut world, setup, session, &mut attended).await;
            world.close(result).await.map(|()| attended)
        })
    }

    async fn host(
        &self,
        world: &mut World,
        setup: Setup<'_>,
        session: impl Future<Output = ()>,
        attended: &mut Attended,
    ) -> Result<(), Finding> {
        if let Some(record) = setup.record {
            world.replace_record(record)?;
        }
        if setup.blank {
            world.blank().await?;
        }
        if let Some(host) = world.acquirer() {
            host.set_behaviour(setup.behaviour);
        }
        world.flash_if_needed(&*self.player().progress).await?;
        attended.provisioned_before = world.power_on().await?.state != "blank";
        if !attended.provisioned_before && world.has_record() {
            world.provision().await?;
        }
        session.await;
        world.check_mishap()
    }
}
