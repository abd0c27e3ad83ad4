//! Plays cases on a rig.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use payrig_rig::{Board, Progress, RigFile, TimeKind};
use payrig_tape::{Leak, LeakError, Secrets};
use tokio::runtime::{Builder, Runtime};

use crate::{
    Case, Finding, Fixtures, Hold, ImageSubject, Report, RunFolder, RunFolderError, Subject, Verdict,
    case_player::{CasePlayer, Ended},
    watchdog,
};

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

impl Settings {
    /// The settings of a case's `nth` repetition.
    pub(crate) fn repeated(&self, nth: u32) -> Self {
        Self { seed: self.seed.wrapping_add(nth.into()), ..self.clone() }
    }

    /// The settings for a world in this time: a real peer in it lives in real time, and so does everything around it.
    pub(crate) fn in_time(mut self, time: TimeKind) -> Self {
        self.rig.time = time;
        self
    }
}

/// A rig on which cases are played, each with a board, a clock and a tape of its own.
pub struct Bench {
    player: CasePlayer,
    hang_limit: Duration,
}

impl Bench {
    /// A bench that shows no progress.
    pub fn new(settings: Settings) -> Self {
        let player = CasePlayer {
            settings,
            progress: Arc::new(|_| {}),
            boards: Arc::new(RigFile::board),
            secrets: Secrets::new(),
            hold: None,
        };
        Self { player, hang_limit: watchdog::LIMIT }
    }

    /// The same bench, telling `progress` how far flashing has come.
    #[must_use]
    pub fn with_progress(mut self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.player.progress = Arc::new(progress);
        self
    }

    /// The same bench, stopping at the first case that fails. Cases are to be played one at a time then.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.player.hold = Some(hold);
        self
    }

    /// The same bench with boards that `make` makes, one for each case, in the place of the rig's: for terminals of another kind, and for
    /// those that are wrong on purpose.
    #[must_use]
    pub fn with_boards(mut self, make: impl Fn() -> Box<dyn Board> + Send + Sync + 'static) -> Self {
        self.player.boards = Arc::new(move |_, _| Ok(make()));
        self
    }

    /// The same bench, giving a case up that shows no sign of life for this long in wall time, rather than for 10 s.
    #[must_use]
    pub fn with_hang_limit(mut self, limit: Duration) -> Self {
        self.hang_limit = limit;
        self
    }

    /// Whether a case was held, so that no further one is to be played.
    pub fn is_over(&self) -> bool {
        self.player.hold.as_ref().is_some_and(Hold::is_over)
    }

    pub(crate) fn player(&self) -> &CasePlayer {
        &self.player
    }

    /// What all cases of this run share.
    pub fn settings(&self) -> &Settings {
        &self.player.settings
    }

    /// Plays a case and says how it ended. The board is off and gone afterwards, unless the case was given up because it did not go
    /// on: what cannot be ended is left behind on a thread of its own.
    #[expect(
        clippy::disallowed_methods,
        reason = "a report tells the wall time, whatever the bench's clock is"
    )]
    pub fn run(&self, case: &Case) -> Report {
        let started = std::time::Instant::now();
        let run = &self.settings().run;
        let (folder, Ended { result, measured }) = match run.case(&case.label()) {
            Ok(folder) => {
                let played = self.player.watched(case, &folder, self.hang_limit);
                (folder, played)
            }
            Err(e) => (PathBuf::new(), Ended::failed(e.into())),
        };
        let (verdict, why) = match result {
            Ok(()) => (Verdict::Pass, None),
            Err(finding) => (finding.verdict(), Some(finding.to_string())),
        };
        let folder = folder.strip_prefix(run.path()).unwrap_or(&folder);
        let mut report = Report {
            case: case.label(),
            verdict,
            why,
            requirements: case.requirements.clone(),
            wall_seconds: started.elapsed().as_secs_f64(),
            clock_seconds: measured.clock.as_secs_f64(),
            figures: measured.figures,
            aftermath: measured.aftermath,
            folder: folder.display().to_string(),
        };
        if let Err(e) = run.keep_report(&report) {
            report.verdict = Verdict::RigFault;
            let before = report.why.map(|why| format!("; before that: {why}")).unwrap_or_default();
            report.why = Some(format!("{}{before}", Finding::from(e)));
        }
        report
    }

    /// Writes `results.json` and `junit.xml`: what was run on what, and every case that has ended in the run folder.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn write_results(&self) -> Result<(), RunFolderError> {
        let Settings { rig, fixtures, run, seed } = self.settings();
        let image = rig.image().ok().flatten().map(|image| ImageSubject {
            file: image.path().display().to_string(),
            build_id: image.build_id().map(ToString::to_string),
            sha256: image.digest(),
        });
        let subject = Subject {
            payrig: env!("CARGO_PKG_VERSION").into(),
            rig: rig.name.clone(),
            seed: *seed,
            image,
            fixtures_sha256: fixtures.digest().map_err(RunFolderError::file("read", fixtures.root()))?,
        };
        run.write_results(&subject, &*fixtures.requirements()?)
    }

    /// Searches the whole run folder for the secrets of every case that was played so far. A case's own folder was searched at its end;
    /// this finds what is in the files of the run, in those of another case, and in names. `progress` is told how many of how many files have
    /// been searched.
    ///
    /// # Errors
    /// A file that cannot be searched.
    pub fn leaks(&self, progress: impl Fn(usize, usize) + Sync) -> Result<Vec<Leak>, LeakError> {
        payrig_tape::leaks_with_progress(self.settings().run.path(), &self.player.secrets, progress)
    }
}

/// A runtime of one thread with the rig's kind of clock. The bench owns the clock: actors use tokio's time only.
///
/// # Errors
/// What the system says when it cannot give a runtime its descriptors.
pub fn local_runtime(time: TimeKind) -> io::Result<Runtime> {
    runtime_builder(time).build()
}

/// See [`local_runtime`].
pub(crate) fn runtime_builder(time: TimeKind) -> Builder {
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    if time == TimeKind::Virtual {
        builder.start_paused(true);
    }
    builder
}
