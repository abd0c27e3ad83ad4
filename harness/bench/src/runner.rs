//! Runs cases as tests: one case by each thread, listed, filtered and reported as `cargo test` and `cargo nextest` expect it.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread::available_parallelism,
};

use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use miette::Diagnostic;
use payrig_rig::{BoardKind, RigFile};
use thiserror::Error;

use crate::{
    Aftermath, Bench, Case, Fixtures, Held, Report, RunFolder, Settings, Suite, Verdict, quiet, turn::Turn,
    verdict,
};

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The cases that ended, in the order of their names.
    pub reports: Vec<Report>,
    /// What libtest makes of it.
    pub conclusion: Conclusion,
}

/// Verdicts that nobody can read.
#[derive(Debug, Error, Diagnostic)]
#[error("{output} cannot be written: {said}")]
#[diagnostic(help("the reports of the cases that have ended are in the run folder"))]
pub struct OutputError {
    /// Standard output, or the file of `--logfile`.
    output: String,
    said: String,
    /// Nobody wants to read it.
    gone: bool,
}

/// Lists the cases, as libtest does it. Opens no hardware.
///
/// # Errors
/// An output that cannot be written.
pub fn list(arguments: &Arguments, cases: Vec<Case>) -> Result<(), OutputError> {
    let trials = cases.into_iter().map(|case| Trial::test(case.label(), || Ok(()))).collect();
    match conclude(arguments, trials) {
        // A reader who has seen enough of a list is no fault.
        Err(error) if !error.gone => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The cases that are played in real time though the rig's may be virtual: there is somebody in their worlds who cannot wait.
pub fn told_of_real_time(rig: &RigFile, cases: &[Case]) -> Option<String> {
    if let Some(modem) = &rig.modem {
        return Some(format!("in real time, because this rig's modem is external: {}", modem.address));
    }
    let in_real_time = || cases.iter().filter(|case| case.time_on(rig) != rig.time);
    let hosts = in_real_time().filter(|case| case.parts.real_host().is_some());
    let hosts = hosts.map(|case| format!("{} ({})", case.label(), case.parts.acquirer)).collect();
    // What the rig cannot play follows no time.
    let cards = in_real_time().filter(|case| case.parts.real_host().is_none() && rig.slot.is_some());
    let cards = cards.map(Case::label).collect();
    let told = |why: &str, cases: Vec<String>| {
        (!cases.is_empty()).then(|| format!("in real time, because their {why}: {}", cases.join(", ")))
    };
    let told: Vec<_> = told("host is a real one", hosts)
        .into_iter()
        .chain(told("card is in a PC/SC reader", cards))
        .collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

/// Runs those of the cases that `arguments` select, several at once, and prints a verdict for each. On emulated boards a case that
/// [swipes](Case::swipes) has the machine for itself; such cases come last.
/// `ended` is told of each report as it comes.
pub fn run(
    arguments: &Arguments,
    bench: &Arc<Bench>,
    mut cases: Vec<Case>,
    ended: impl Fn(&Report) + Send + Sync + 'static,
) -> Result<Ran, OutputError> {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let ended = Arc::new(ended);
    let shared = threads(&bench.settings().rig).map(|_| Arc::new(RwLock::new(())));
    if shared.is_some() {
        // The machine is cleared once for all that swipe, not for each.
        cases.sort_by_key(|case| case.swipes);
    }
    let trials = cases
        .into_iter()
        .map(|case| {
            let (bench, reports, ended) = (bench.clone(), reports.clone(), ended.clone());
            let shared = shared.clone();
            Trial::ignorable_test(case.label(), move || {
                let _turn = shared.as_deref().map(|machine| Turn::on(machine, case.swipes));
                // Asked behind the wait: another case may have failed meanwhile.
                if bench.is_over() {
                    return Ok(Completion::ignored_with("not played: the run was stopped at a failure"));
                }
                let report = bench.run(&case);
                ended(&report);
                let completion = completion(&report, bench.settings().run.path());
                reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                completion
            })
        })
        .collect();
    let mut arguments = arguments.clone();
    arguments.test_threads = arguments.test_threads.or_else(|| threads(&bench.settings().rig));
    let conclusion = conclude(&arguments, trials)?;
    let mut reports = std::mem::take(&mut *reports.lock().unwrap_or_else(PoisonError::into_inner));
    reports.sort_by(|a, b| a.case.cmp(&b.case));
    Ok(Ran { reports, conclusion })
}

/// How many cases are played at once where nobody says; nothing: as many as there are cores. An emulated board waits more than it works.
fn threads(rig: &RigFile) -> Option<usize> {
    const PER_CORE: usize = 6;
    let waits = matches!(rig.board, BoardKind::Qemu(_));
    waits.then(|| available_parallelism().map_or(1, |cores| cores.get()) * PER_CORE)
}

/// libtest's own part. It panics where its output cannot be written, after the cases that were being played have ended.
fn conclude(arguments: &Arguments, trials: Vec<Trial>) -> Result<Conclusion, OutputError> {
    quiet::caught(|| libtest_mimic::run(arguments, trials)).map_err(|panic| {
        let tried = match &arguments.logfile {
            Some(file) => OpenOptions::new().append(true).open(file).and_then(|mut log| log.write_all(b"\n")),
            None => io::stdout().write_all(b"\n").and_then(|()| io::stdout().flush()),
        };
        OutputError {
            output: arguments.logfile.clone().unwrap_or_else(|| "standard output".into()),
            gone: tried.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe),
            said: tried.map_or_else(|e| e.to_string(), |()| verdict::said(&*panic).into()),
        }
    })
}

fn completion(report: &Report, run: &Path) -> Result<Completion, Failed> {
    match report.verdict {
        Verdict::Pass => Ok(Completion::Completed),
        Verdict::NotRun => {
            Ok(Completion::ignored_with(format!("not-run: {}", report.why.as_deref().unwrap_or_default())))
        }
        _ => Err(Failed::from(told(report, run, run))),
    }
}

/// All that a person needs to understand a case that has not passed.
/// `run` is the run's folder, and `shown` what it is called.
pub(crate) fn told(report: &Report, run: &Path, shown: &Path) -> String {
    let aftermath = report.aftermath.clone().unwrap_or_default();
    let why = format!("{}: {}", report.verdict, report.why.as_deref().unwrap_or_default());
    explained(&why, aftermath, &run.join(&report.folder), &shown.join(&report.folder))
}

/// The same of a case that is held.
pub fn told_of(held: &Held) -> String {
    explained(&held.why, held.aftermath.clone(), &held.folder, &held.folder)
}

fn explained(why: &str, aftermath: Aftermath, folder: &Path, shown: &Path) -> String {
    let mut rows = Vec::new();
    rows.extend(aftermath.step.map(|step| format!("at {step}")));
    rows.push(why.to_owned());
    // A finding about a screen shows that screen by itself.
    let screen = aftermath.screen.filter(|screen| !why.contains(screen));
    rows.extend(screen.map(|screen| format!("the screen:\n{screen}")));
    if !aftermath.messages.is_empty() {
        rows.push("the last messages of the host line:".into());
        rows.extend(aftermath.messages.iter().map(|message| format!("  {message}")));
    }
    rows.extend(aftermath.late.map(|late| late.to_string()));
    // A case whose board or device could not be had has none.
    if folder.join(payrig_tape::TAPE_FILE).is_file() {
        rows.push(format!("the tape: {}", shown.join(payrig_tape::TAPE_FILE).display()));
    }
    rows.join("\n")
}

/// A whole test target: every case on the rig of `rig_file`, with libtest's arguments from the command line. Records go to a run folder
/// under `runs`, one for all processes of a nextest run.
pub fn test_target(rig_file: &Path, fixtures: &Path, runs: &Path) -> ExitCode {
    let arguments = Arguments::from_args();
    let prepared = prepare(rig_file, fixtures, runs, arguments.list);
    let (cases, bench) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match play(&arguments, cases, bench) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(3)
        }
    }
}

fn play(arguments: &Arguments, cases: Vec<Case>, bench: Option<Bench>) -> Result<ExitCode, String> {
    let Some(bench) = bench else {
        list(arguments, cases).map_err(|e| e.to_string())?;
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(told) = told_of_real_time(&bench.settings().rig, &cases) {
        println!("{told}");
    }
    let bench = Arc::new(bench);
    let ran = run(arguments, &bench, cases, |report| {
        for figure in &report.figures {
            println!("{}: {}: {:.3} s", report.case, figure.name, figure.seconds);
        }
    });
    bench.write_results().map_err(|e| e.to_string())?;
    Ok(ran.map_err(|e| e.to_string())?.conclusion.exit_code())
}

/// The cases, and a bench to play them on unless they are only listed.
fn prepare(
    rig_file: &Path,
    fixtures: &Path,
    runs: &Path,
    listing: bool,
) -> Result<(Vec<Case>, Option<Bench>), String> {
    let unusable = |e: &dyn std::fmt::Display| e.to_string();
    let fixtures = Fixtures::open(fixtures).map_err(|e| format!("{}: {e}", fixtures.display()))?;
    let cases = Suite::load(&fixtures).map_err(|e| unusable(&e))?.cases;
    if listing {
        return Ok((cases, None));
    }
    let rig = RigFile::load(rig_file).map_err(|e| unusable(&e))?;
    let run = RunFolder::create(runs, &rig.name).map_err(|e| unusable(&e))?;
    let bench = Bench::new(Settings { rig, fixtures, run, seed: 1 });
    Ok((cases, Some(bench)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_named_where_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let told = || explained("rig-fault: no device", Aftermath::default(), folder.path(), folder.path());
        assert_eq!(told(), "rig-fault: no device");
        std::fs::write(folder.path().join(payrig_tape::TAPE_FILE), "").unwrap();
        assert!(told().contains("the tape: "), "{}", told());
    }
}
