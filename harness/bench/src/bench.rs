//! Plays cases on a rig.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::Duration,
};

use payrig_rig::{Progress, RigFile, TimeKind};
use payrig_tape::{Leak, LeakError, Secrets};
use tokio::{
    runtime::{Builder, Runtime},
    task::LocalSet,
    time::{Instant, timeout},
};

use crate::{
    Aftermath, Case, Figure, Finding, Fixtures, Hold, ImageSubject, Report, RunFolder, RunFolderError,
    Subject, Verdict, World,
};

/// The longest that a board may take to be flashed and verified.
const FLASH_LIMIT: Duration = Duration::from_secs(120);

/// What all cases of a run share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The rig.
    pub rig: RigFile,
    /// The parts of worlds, and the reviewed snapshots.
    pub fixtures: Fixtures,
    /// Where the run leaves its records.
    pub run: RunFolder,
    /// What the host's keys and the network's timing are drawn from.
    pub seed: u64,
}

/// What a case measured, however it ended.
#[derive(Default)]
struct Measured {
    figures: Vec<Figure>,
    /// What there was to see when the case failed.
    aftermath: Option<Aftermath>,
    /// Time on the bench's clock.
    clock: Duration,
}

impl Settings {
    /// The settings of a case's `nth` repetition.
    fn repeated(&self, nth: u32) -> Self {
        Self { seed: self.seed.wrapping_add(nth.into()), ..self.clone() }
    }
}

/// A rig on which cases are played, each with a board, a clock and a tape of its own.
pub struct Bench {
    settings: Settings,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
    /// Those of all cases that were played.
    secrets: Secrets,
    hold: Option<Hold>,
}

impl Bench {
    /// A bench that shows no progress.
    pub fn new(settings: Settings) -> Self {
        Self { settings, progress: Box::new(|_| {}), secrets: Secrets::new(), hold: None }
    }

    /// The same bench, telling `progress` how far flashing has come.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Box::new(progress);
        self
    }

    /// The same bench, stopping at the first case that fails. Cases are to be played one at a time then.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.hold = Some(hold);
        self
    }

    /// Whether a case was held, so that no further one is to be played.
    pub fn is_over(&self) -> bool {
        self.hold.as_ref().is_some_and(Hold::is_over)
    }

    pub(crate) fn progress(&self) -> &dyn Fn(Progress) {
        &*self.progress
    }

    /// What all cases of this run share.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Plays a case and says how it ended. The board is off and gone afterwards.
    #[expect(
        clippy::disallowed_methods,
        reason = "a report tells the wall time, whatever the bench's clock is"
    )]
    pub fn run(&self, case: &Case) -> Report {
        let started = std::time::Instant::now();
        let mut measured = Measured::default();
        let (folder, result) = match self.settings.run.case(&case.label()) {
            Ok(folder) => {
                let play = AssertUnwindSafe(|| self.play(case, &folder, &mut measured));
                let result =
                    catch_unwind(play).unwrap_or_else(|panic| Err(Finding::panicked("harness", &*panic)));
                (folder, result)
            }
            Err(e) => (PathBuf::new(), Err(e.into())),
        };
        let (verdict, why) = match result {
            Ok(()) => (Verdict::Pass, None),
            Err(finding) => (finding.verdict(), Some(finding.to_string())),
        };
        let folder = folder.strip_prefix(self.settings.run.path()).unwrap_or(&folder);
        let mut report = Report {
            case: case.label(),
            verdict,
            why,
            wall_seconds: started.elapsed().as_secs_f64(),
            clock_seconds: measured.clock.as_secs_f64(),
            figures: measured.figures,
            aftermath: measured.aftermath,
            folder: folder.display().to_string(),
        };
        if let Err(e) = self.settings.run.keep_report(&report) {
            report.verdict = Verdict::RigFault;
            report.why = Some(Finding::from(e).to_string());
        }
        report
    }

    /// Writes `results.json` and `junit.xml`: what was run on what, and every case that has ended in the run folder.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn write_results(&self) -> Result<(), RunFolderError> {
        let Settings { rig, fixtures, run, seed } = &self.settings;
        let image = rig.image().ok().flatten().map(|image| ImageSubject {
            file: image.path().display().to_string(),
            build_id: image.build_id().map(ToString::to_string),
            sha256: image.digest(),
        });
        run.write_results(&Subject {
            payrig: env!("CARGO_PKG_VERSION").into(),
            rig: rig.name.clone(),
            seed: *seed,
            image,
            fixtures_sha256: fixtures.digest().map_err(RunFolderError::file("read", fixtures.root()))?,
        })
    }

    /// Searches the whole run folder for the secrets of every case that was played so far. A case's own folder was searched at its end;
    /// this finds what is in the files of the run, in those of another case, and in names.
    ///
    /// # Errors
    /// A file that cannot be searched.
    pub fn leaks(&self) -> Result<Vec<Leak>, LeakError> {
        payrig_tape::leaks(self.settings.run.path(), &self.secrets)
    }

    fn play(&self, case: &Case, folder: &Path, measured: &mut Measured) -> Result<(), Finding> {
        let missing = self.settings.rig.capabilities().missing(&case.needs);
        if !missing.is_empty() {
            return Err(Finding::Lacks(missing));
        }
        let runtime = local_runtime(self.settings.rig.time)
            .map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
        let local = LocalSet::new();
        let playing = local.block_on(&runtime, async {
            let started = Instant::now();
            let settings = self.settings.repeated(case.repetition);
            let mut world = World::create(&settings, case, folder.to_owned()).await?;
            let result = self.flash_and_play(case, &mut world).await;
            measured.figures.append(&mut world.take_figures());
            measured.aftermath = result.as_ref().err().map(|_| world.aftermath());
            if let (Some(hold), Err(finding)) = (&self.hold, &result) {
                let held = hold.hold(&mut world, finding).await;
                held.unwrap_or_else(|e| world.note("hold", &format!("failed: {e}")));
            }
            let secrets = world.secrets();
            let result = world.close(result).await;
            self.secrets.absorb(&secrets);
            measured.clock = started.elapsed();
            result
        });
        // Actors that still serve a line end with the runtime; a probe that hangs is left behind after a while.
        drop(local);
        runtime.shutdown_timeout(Duration::from_secs(5));
        playing
    }

    async fn flash_and_play(&self, case: &Case, world: &mut World) -> Result<(), Finding> {
        let flashed = timeout(FLASH_LIMIT, world.flash_if_needed(&*self.progress)).await;
        flashed.map_err(|_| {
            Finding::Rig(format!("the board was not flashed in {} s", FLASH_LIMIT.as_secs()))
        })??;
        let played = timeout(case.limit, case.play(world)).await;
        played.map_err(|_| {
            Finding::Missing(format!("the case had not ended after {} s", case.limit.as_secs()))
        })?
    }
}

/// A runtime of one thread with the rig's kind of clock. The bench owns the clock: actors use tokio's time only.
///
/// # Errors
/// What the system says when it cannot give a runtime its descriptors.
pub fn local_runtime(time: TimeKind) -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    if time == TimeKind::Virtual {
        builder.start_paused(true);
    }
    builder.build()
}
