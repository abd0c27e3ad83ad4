//! `payrig console`.

mod show;
mod watch;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use payrig_bench::{Fixtures, Transcript};
use payrig_iso8583::Dialect;
use payrig_rig::RigFile;
use payrig_tape::TAPE_FILE;

use crate::{
    cli::ConsoleArgs,
    failure::{Failure, OK},
    interrupt,
    out::say,
};
use show::Show;
use watch::{Place, Watch};

/// How often the tapes are looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Shows what goes over the lines until Ctrl-C, or prints an old tape.
pub(crate) fn run(args: &ConsoleArgs) -> Result<ExitCode, Failure> {
    let dialect = dialect(args)?;
    let show = Show::new(args.verbose);
    if let Some(record) = &args.record {
        return old(&tape_of(record)?, dialect, &show);
    }
    let place = match &args.run_dir {
        Some(run) => Place::Run(run.clone()),
        None => Place::Runs { folder: PathBuf::from("runs"), rig: RigFile::load(&args.rig.rig)?.name },
    };
    interrupt::end_at_once(None, || {})
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let watched = format!("watching {place}; Ctrl-C ends");
    let mut watch = Watch::new(place, args.case.clone(), dialect);
    watch.look(&show);
    let _ = writeln!(anstream::stderr(), "{watched}");
    loop {
        pause();
        watch.look(&show);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a person looks on, and another process writes: both in real time"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}

/// The dialect of host messages, from the fixtures.
fn dialect(args: &ConsoleArgs) -> Result<Arc<Dialect>, Failure> {
    let beside = || args.rig.rig.parent().unwrap_or(Path::new(".")).join("../fixtures");
    let folder = args.fixtures.clone().unwrap_or_else(beside);
    let help = "name the folder of the fixtures with --fixtures DIR";
    let fixtures =
        Fixtures::open(&folder).map_err(|e| Failure::input(format!("{}: {e}", folder.display()), help))?;
    fixtures.dialect("cup").map_err(|finding| Failure::input(finding.to_string(), help))
}

/// The tape that a person names by its case's folder.
fn tape_of(record: &Path) -> Result<PathBuf, Failure> {
    let tape = if record.is_dir() { record.join(TAPE_FILE) } else { record.to_owned() };
    if tape.is_file() {
        return Ok(tape);
    }
    let cases = watch::tapes_under(record);
    let help = match cases.iter().filter_map(|tape| tape.parent()).next() {
        Some(case) => format!("it holds the cases of a run: name one, such as {}", case.display()),
        None => "name the folder of a case, such as runs/<run>/sign-on/succeeds".to_owned(),
    };
    Err(Failure::input(format!("{}: there is no tape in it", record.display()), help))
}

/// Prints a tape that is there.
fn old(tape: &Path, dialect: Arc<Dialect>, show: &Show) -> Result<ExitCode, Failure> {
    let help = "name the folder of a case that was recorded";
    let recording = payrig_tape::read(tape).map_err(|e| Failure::input(e.to_string(), help))?;
    show.begins(&recording.about, tape);
    for row in Transcript::of(dialect, &recording) {
        show.row(None, &row);
    }
    if !recording.complete {
        say!("the tape is incomplete: its writer was killed, or still writes");
    }
    Ok(OK.into())
}
