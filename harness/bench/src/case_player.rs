//! Plays one case from the first record to the last.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
    time::Duration,
};

use payrig_rig::{Board, Device, Progress, RigError, RigFile, State};
use payrig_tape::Secrets;
use tokio::{
    task::LocalSet,
    time::{Instant, timeout},
};

use crate::{
    Aftermath, Case, Figure, Finding, Hold, Settings, World,
    bench::runtime_builder,
    modem_line::device_of,
    watchdog::{Stuck, Watch, watched},
    world::check_leaks,
};

/// The longest that a board may take to be flashed and verified.
const FLASH_LIMIT: Duration = Duration::from_secs(120);
/// The longest that a world may take to be put together, and to be cleared away.
const WORLD_LIMIT: Duration = Duration::from_secs(60);

/// Makes the board of a case.
pub(crate) type MakeBoard = dyn Fn(&RigFile, State) -> Result<Box<dyn Board>, RigError> + Send + Sync;

/// What it takes to play a case, on any thread.
#[derive(Clone)]
pub(crate) struct CasePlayer {
    pub(crate) settings: Settings,
    pub(crate) progress: Arc<dyn Fn(Progress) + Send + Sync>,
    pub(crate) boards: Arc<MakeBoard>,
    /// Those of all cases that were played.
    pub(crate) secrets: Secrets,
    pub(crate) hold: Option<Hold>,
}

/// How a case ended.
pub(crate) struct Ended {
    pub(crate) result: Result<(), Finding>,
    pub(crate) measured: Measured,
}

/// What a case measured, however it ended.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) figures: Vec<Figure>,
    /// What there was to see when the case failed.
    pub(crate) aftermath: Option<Aftermath>,
    /// Time on the bench's clock.
    pub(crate) clock: Duration,
    /// How long the case was held for a person, which does not count.
    held: Duration,
}

impl Ended {
    pub(crate) fn failed(finding: Finding) -> Self {
        Self { result: Err(finding), measured: Measured::default() }
    }
}

impl CasePlayer {
    /// Plays a case on a thread of its own, and gives it up when it shows no sign of life for `limit` of wall time.
    pub(crate) fn watched(&self, case: &Case, folder: &Path, limit: Duration) -> Ended {
        let (player, played, its_folder) = (self.clone(), case.clone(), folder.to_owned());
        let ended = watched(&case.label(), limit, move |watch| {
            let mut measured = Measured::default();
            let play = AssertUnwindSafe(|| player.play(&played, &its_folder, watch, limit, &mut measured));
            let result =
                catch_unwind(play).unwrap_or_else(|panic| Err(Finding::panicked("harness", &*panic)));
            Ended { result, measured }
        });
        ended.unwrap_or_else(|stuck| self.give_up(folder, stuck))
    }

    /// Closes the records of a case whose thread is left behind, as far as that can be done from here.
    fn give_up(&self, folder: &Path, Stuck { finding, tape }: Stuck) -> Ended {
        let Some(tape) = tape else { return Ended::failed(finding) };
        let clock = tape.last_activity().map_or(Duration::ZERO, |last| last.at);
        tape.abandon("verdict", &format!("{}: {finding}", finding.verdict()));
        self.secrets.absorb(tape.secrets());
        let result = check_leaks(folder, tape.secrets()).and(Err(finding));
        Ended { result, measured: Measured { clock, ..Measured::default() } }
    }

    fn play(
        &self,
        case: &Case,
        folder: &Path,
        watch: &Watch,
        limit: Duration,
        measured: &mut Measured,
    ) -> Result<(), Finding> {
        let settings = self.settings.repeated(case.repetition).in_time(case.time_on(&self.settings.rig));
        let missing = case.missing_on(&settings.rig);
        if !missing.is_empty() {
            return Err(Finding::Lacks(missing));
        }
        let resting = watch.clone();
        let runtime = runtime_builder(settings.rig.time)
            .on_thread_park(move || resting.rests())
            .build()
            .map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
        let local = LocalSet::new();
        let playing = local.block_on(&runtime, async {
            watch.begin(limit);
            let device = device_of(&settings.rig).await?;
            let started = Instant::now();
            let result = self.play_in_world(&settings, case, folder, watch, device, measured).await;
            measured.clock = started.elapsed().saturating_sub(measured.held);
            result
        });
        // Actors that still serve a line end with the runtime; a probe that hangs is left behind after a while.
        drop(local);
        runtime.shutdown_timeout(Duration::from_secs(5));
        playing
    }

    async fn play_in_world(
        &self,
        settings: &Settings,
        case: &Case,
        folder: &Path,
        watch: &Watch,
        device: Option<Device>,
        measured: &mut Measured,
    ) -> Result<(), Finding> {
        let world = World::create(settings, case, folder.to_owned(), &*self.boards, device);
        let mut world = in_time(WORLD_LIMIT, "put together", world).await?;
        watch.sees(&world.tape, world.board.application());
        let result = self.flash_and_play(case, &mut world).await;
        measured.figures.append(&mut world.take_figures());
        measured.aftermath = result.as_ref().err().map(|_| world.aftermath());
        if let (Some(hold), Err(finding)) = (&self.hold, &result) {
            let held_from = Instant::now();
            let held = hold.hold(&mut world, finding).await;
            measured.held = held_from.elapsed();
            held.unwrap_or_else(|e| world.note("hold", &format!("failed: {e}")));
        }
        let secrets = world.secrets();
        let result = in_time(WORLD_LIMIT, "cleared away", world.close(result)).await;
        self.secrets.absorb(&secrets);
        result
    }

    async fn flash_and_play(&self, case: &Case, world: &mut World) -> Result<(), Finding> {
        let flashed = timeout(FLASH_LIMIT, world.flash_if_needed(&*self.progress)).await;
        flashed.map_err(|_| {
            Finding::Rig(format!("the board was not flashed in {} s", FLASH_LIMIT.as_secs()))
        })??;
        let external = world.modem_line.external().cloned();
        let lost = async {
            match external {
                Some(external) => external.gone().await,
                None => pending().await,
            }
        };
        let played = tokio::select! {
            biased;
            // Nothing that follows says anything of the terminal.
            why = lost => return Err(Finding::Rig(why)),
            played = timeout(case.limit, case.play(world)) => played,
        };
        played.map_err(|_| {
            Finding::Missing(format!("the case had not ended after {} s", case.limit.as_secs()))
        })?
    }
}

/// What the bench itself does to a world takes no time; where it does not end, the bench is wrong.
async fn in_time<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = Result<T, Finding>>,
) -> Result<T, Finding> {
    let done = timeout(limit, work).await;
    done.map_err(|_| Finding::Rig(format!("the world was not {what} in {} s", limit.as_secs())))?
}
