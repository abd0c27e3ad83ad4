//! Plays cases on a rig.

use std::{io, path::PathBuf, time::Duration};

use payrig_rig::{Progress, RigFile, TimeKind};
use payrig_tape::{Leak, LeakError, Secrets};
use tokio::{
    runtime::{Builder, Runtime},
    task::LocalSet,
};

use crate::{Case, Figure, Finding, Fixtures, Report, RunFolder, Verdict, World};

/// The longest that a case may take of wall time on a rig that runs in real time.
const CASE_LIMIT: Duration = Duration::from_secs(180);

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

/// A rig on which cases are played, each with a board, a clock and a tape of its own.
pub struct Bench {
    settings: Settings,
    progress: Box<dyn Fn(Progress) + Send + Sync>,
    /// Those of all cases that were played.
    secrets: Secrets,
}

impl Bench {
    /// A bench that shows no progress.
    pub fn new(settings: Settings) -> Self {
        Self { settings, progress: Box::new(|_| {}), secrets: Secrets::new() }
    }

    /// The same bench, telling `progress` how far flashing has come.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Box::new(progress);
        self
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
        let mut figures = Vec::new();
        let (folder, result) = match self.settings.run.case(&case.name) {
            Ok(folder) => {
                let result = self.play(case, &folder, &mut figures);
                (folder, result)
            }
            Err(e) => (PathBuf::new(), Err(Finding::Rig(format!("failed to make the case's folder: {e}")))),
        };
        let (verdict, why) = match result {
            Ok(()) => (Verdict::Pass, None),
            Err(finding) => (finding.verdict(), Some(finding.to_string())),
        };
        let folder = folder.strip_prefix(self.settings.run.path()).unwrap_or(&folder);
        Report {
            case: case.name.clone(),
            verdict,
            why,
            wall_seconds: started.elapsed().as_secs_f64(),
            figures,
            folder: folder.display().to_string(),
        }
    }

    /// Searches the whole run folder for the secrets of every case that was played so far. A case's own folder was searched at its end;
    /// this finds what is in the files of the run, in those of another case, and in names.
    ///
    /// # Errors
    /// A file that cannot be searched.
    pub fn leaks(&self) -> Result<Vec<Leak>, LeakError> {
        payrig_tape::leaks(self.settings.run.path(), &self.secrets)
    }

    fn play(&self, case: &Case, folder: &std::path::Path, figures: &mut Vec<Figure>) -> Result<(), Finding> {
        let missing = self.settings.rig.capabilities().missing(&case.needs);
        if !missing.is_empty() {
            return Err(Finding::Lacks(missing));
        }
        let runtime = local_runtime(self.settings.rig.time)
            .map_err(|e| Finding::Rig(format!("failed to start the runtime: {e}")))?;
        let local = LocalSet::new();
        let played = local.block_on(&runtime, async {
            let mut world = World::create(&self.settings, case, folder.to_owned()).await?;
            let result = tokio::time::timeout(CASE_LIMIT, async {
                world.flash(&*self.progress).await?;
                case.play(&mut world).await
            })
            .await
            .unwrap_or_else(|_| {
                Err(Finding::terminal(format!("the case had not ended after {} s", CASE_LIMIT.as_secs())))
            });
            figures.append(&mut world.take_figures());
            let secrets = world.secrets();
            let result = world.close(result).await;
            self.secrets.absorb(&secrets);
            result
        });
        // Actors that still serve a line end with the runtime; blocking threads of the probe have ended already.
        drop(local);
        runtime.shutdown_timeout(Duration::from_secs(5));
        played
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
