//! A prepared terminal, from which every attempt begins anew.

use std::{path::Path, sync::Arc, time::Duration};

use payrig_acquirer::{AcquirerProfile, Device};
use payrig_iso8583::Dialect;
use payrig_network::NetworkProfile;
use payrig_operator::{Operator, TerminalFixture};
use payrig_rig::{
    Board,
    sim::{SimBoard, Stores},
};
use payrig_tape::Secrets;
use tokio::{runtime::Builder, task::LocalSet, time::timeout};

use super::small_world::{Between, SmallWorld};
use crate::{
    Finding, Fixtures, chip_records, device,
    fixtures::DIALECT,
    world::{line_broke, not_seen},
};

/// How long a screen may take that needs nothing but the terminal.
pub(super) const SOON: Duration = Duration::from_secs(10);
/// The longest that anybody may be at a stand: a terminal that has not come to an end by then hangs.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

/// A terminal of one fixture, provisioned, off: what all attempts with it share. Each begins with a copy of its stores, so that none
/// knows of another, in whatever order and on whatever thread they are played.
pub struct Stand {
    pub(super) terminal: Arc<TerminalFixture>,
    pub(super) dialect: Arc<Dialect>,
    pub(super) acquirer: Arc<AcquirerProfile>,
    pub(super) device: Device,
    pub(super) stores: Stores,
}

/// What is around the terminal of a stand.
pub struct Setting<'s> {
    /// The network.
    pub network: NetworkProfile,
    /// What its variant, its timing and the host's keys are drawn from.
    pub seed: u64,
    /// The folder for the record, where one is to be kept, and who takes over its secrets.
    pub record: Option<(&'s Path, &'s Secrets)>,
    /// What stands on the line between terminal and modem.
    pub between: Option<Between>,
}

impl Setting<'_> {
    /// A network with nothing in between and without a record.
    #[must_use]
    pub fn of(network: NetworkProfile, seed: u64) -> Self {
        Self { network, seed, record: None, between: None }
    }
}

impl Stand {
    /// Provisions a new board for the terminal `fixtures/terminals/<name>.toml`, whose host is `fixtures/acquirers/cup.toml`.
    ///
    /// # Errors
    /// A fixture that cannot be used, or a terminal that does not take its record.
    pub fn prepare(fixtures: &Fixtures, name: &str) -> Result<Self, Finding> {
        let terminal = fixtures.terminal(name)?;
        let device = device(&terminal)?;
        let acquirer = fixtures.acquirer("cup")?;
        let dialect = fixtures.dialect(DIALECT)?;
        let stores = in_virtual_time(provisioned(fixtures, &terminal))?;
        Ok(Self { terminal, dialect, acquirer, device, stores })
    }

    /// The same with what the terminal keeps at the end of `scene`: for attempts that begin later in its life.
    ///
    /// # Errors
    /// Those of `scene`.
    pub fn after(
        &self,
        setting: Setting<'_>,
        scene: impl AsyncFnOnce(&mut SmallWorld<'_>) -> Result<(), Finding>,
    ) -> Result<Self, Finding> {
        let stores = self.play(setting, async |world| {
            scene(world).await?;
            world.stores().await
        })?;
        let Self { terminal, dialect, acquirer, device, .. } = self;
        let (terminal, dialect) = (terminal.clone(), dialect.clone());
        Ok(Self { terminal, dialect, acquirer: acquirer.clone(), device: device.clone(), stores })
    }

    /// Powers a copy of the terminal in `setting`, waits for its menu, and plays `scene` with it, in virtual time that is its own.
    ///
    /// # Errors
    /// Those of `scene`; a terminal that crashes, or does not come to an end.
    pub fn play<T>(
        &self,
        setting: Setting<'_>,
        scene: impl AsyncFnOnce(&mut SmallWorld<'_>) -> Result<T, Finding>,
    ) -> Result<T, Finding> {
        in_virtual_time(async {
            let mut world = SmallWorld::around(self, setting)?;
            let played = timeout(LIMIT, async {
                world.power_on().await?;
                scene(&mut world).await
            });
            let late =
                || Finding::terminal(format!("nothing came to an end in {} h", LIMIT.as_secs() / 3600));
            let played = played.await.unwrap_or_else(|_| Err(late()));
            world.close(played).await
        })
    }

    /// What the terminal calls its messages.
    #[must_use]
    pub fn terminal(&self) -> &TerminalFixture {
        &self.terminal
    }
}

/// A new board that was given what the fixture has.
async fn provisioned(fixtures: &Fixtures, terminal: &TerminalFixture) -> Result<Stores, Finding> {
    let message = |name| message_id(terminal, name);
    let record = terminal.record().ok_or_else(|| Finding::Rig("a blank terminal cannot sign on".into()))?;
    let any = keys(terminal, "any")?;
    let mut board = SimBoard::new();
    let lines = board.power_on().await?;
    let operator = Operator::attach(lines.panel);
    operator.see(message("not-provisioned")?, SOON).await.map_err(not_seen)?;
    operator.send_record(&record).await.map_err(line_broke)?;
    operator.see(message("record-accepted")?, SOON).await.map_err(not_seen)?;
    operator.press(any).await.map_err(line_broke)?;
    operator.see(message("menu")?, SOON).await.map_err(not_seen)?;
    for record in chip_records::of_terminal(fixtures, terminal)? {
        operator.send_record(&record).await.map_err(line_broke)?;
        operator.see(message("record-accepted")?, SOON).await.map_err(not_seen)?;
        operator.press(any).await.map_err(line_broke)?;
        operator.see(message("menu")?, SOON).await.map_err(not_seen)?;
    }
    board.power_off().await?;
    Ok(board.stores())
}

pub(super) fn message_id<'t>(terminal: &'t TerminalFixture, name: &str) -> Result<&'t str, Finding> {
    terminal
        .message(name)
        .ok_or_else(|| Finding::Rig(format!("the terminal fixture has no message `{name}`")))
}

pub(super) fn keys<'t>(terminal: &'t TerminalFixture, intent: &str) -> Result<&'t str, Finding> {
    terminal
        .keys(intent)
        .ok_or_else(|| Finding::Rig(format!("the terminal fixture has no keys for `{intent}`")))
}

/// Runs to the end on a clock of its own that skips what nobody does anything in.
fn in_virtual_time<T>(work: impl Future<Output = Result<T, Finding>>) -> Result<T, Finding> {
    // No descriptors: there are thousands of these, and none waits for the system.
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
    LocalSet::new().block_on(&runtime, work)
}
