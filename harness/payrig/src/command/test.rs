//! `payrig test`.

use std::{collections::BTreeSet, path::Path, process::ExitCode, sync::Arc, time::Instant};

use libtest_mimic::Conclusion;
use payrig_bench::{Bench, Case, Held, Hold, Report, Suite, Verdict, last_failed, runner};
use payrig_rig::{RigFile, TimeKind, remove_temporary_folders};

use crate::{
    cli::TestArgs,
    failure::{FAILED, Failure, OK, RIG_FAULT},
    interrupt,
    out::say,
    progress::Working,
    run_settings::{RUNS, fixtures, ready, settings, suite},
    summary,
};

/// What the last search is called while it goes on.
const SEARCH: &str = "records searched for secrets";

/// Runs the cases and prints a verdict for each, the figures, and where the records are.
#[expect(clippy::disallowed_methods, reason = "the summary tells the wall time of the run")]
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    let fixtures = fixtures(&args.rig.rig, args.run.fixtures.as_deref())?;
    let mut cases = chosen(args, suite(&fixtures)?);
    if args.last_failed {
        keep_failed(args, &rig, &mut cases)?;
    }
    let mut libtest = args.libtest.clone();
    // They have been applied: to a case's name, so that each repetition goes with it.
    libtest.filter = None;
    libtest.skip.clear();
    if libtest.test_threads == Some(0) {
        return Err(Failure::input(
            "--test-threads 0: expected at least one",
            "leave it out for as many as this rig and machine can do",
        ));
    }
    if libtest.list {
        runner::list(&libtest, cases)?;
        return Ok(OK.into());
    }
    ready(&rig)?;
    let settings = settings(rig, fixtures, &args.run, cases.iter().map(|case| &case.parts))?;
    let hold = args.hold.then(|| Hold::new(tell_held));
    let released = hold.clone();
    let taken = move || released.as_ref().is_some_and(Hold::release);
    interrupt::end_unless(Some(settings.run.path().to_owned()), taken, || {})
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    if let Some(told) = runner::told_of_real_time(&settings.rig, &cases) {
        say!("{told}");
    }
    let virtually: BTreeSet<_> = cases
        .iter()
        .filter(|case| case.time_on(&settings.rig) == TimeKind::Virtual)
        .map(Case::label)
        .collect();
    let started = Instant::now();
    let mut bench = Bench::new(settings);
    if let Some(hold) = hold {
        bench = bench.with_hold(hold);
        libtest.test_threads = Some(1);
    }
    let bench = Arc::new(bench);
    let ran = runner::run(&libtest, &bench, cases, |_| {});
    // A case that was given up still has its own, and its thread ends with this process only.
    remove_temporary_folders();
    let written = bench.write_results();
    let ran = ran?;
    summary::print(bench.settings(), &ran.reports, &virtually, started.elapsed().as_secs_f64());
    written?;
    clean(&bench)?;
    let named = args.libtest.filter.is_some();
    judged(&ran.reports, &bench.settings().rig.name, named)?;
    Ok(exit_code(&ran.reports, &ran.conclusion).into())
}

/// The cases that the filters select, each as often as it is to be played.
fn chosen(args: &TestArgs, suite: Suite) -> Vec<Case> {
    let libtest = &args.libtest;
    let filters: Vec<_> = libtest.filter.iter().chain(&args.filters).collect();
    let matches =
        |name: &str, filter: &str| if libtest.exact { name == filter } else { name.contains(filter) };
    let mut cases = suite.cases;
    cases.retain(|case| {
        let name = case.name.as_str();
        (filters.is_empty() || filters.iter().any(|filter| matches(name, filter)))
            && !libtest.skip.iter().any(|filter| matches(name, filter))
    });
    cases.iter().flat_map(|case| (0..args.repeat).map(|nth| case.repeated(nth))).collect()
}

/// Leaves those cases that did not pass in the rig's newest run, among the runs or beside the folder of this one.
fn keep_failed(args: &TestArgs, rig: &RigFile, cases: &mut Vec<Case>) -> Result<(), Failure> {
    let beside =
        args.run.run_dir.as_deref().map(|dir| {
            dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
        });
    let runs = beside.unwrap_or(Path::new(RUNS));
    let last = last_failed(runs, &rig.name)?;
    // A repetition has a number behind the case's name.
    let failed: Vec<_> = last.failed.iter().map(|name| name.split('#').next().unwrap_or(name)).collect();
    if failed.is_empty() {
        let message = format!("every case of the last run passed: {}", last.folder.display());
        return Err(Failure::input(message, "run without --last-failed to play them again"));
    }
    cases.retain(|case| failed.contains(&case.name.as_str()));
    Ok(())
}

/// Says what is held, and how to get at it.
fn tell_held(held: &Held) {
    let attach = [
        held.panel.as_ref().map(|panel| format!("panel: payrig panel --attach {}", panel.display())),
        held.probe.as_ref().map(|probe| format!("probe: {probe}   (probe-rs tools: --probe {probe})")),
        Some("Ctrl-C ends it, and the run".to_owned()),
    ];
    say!("\n{} is held with its rig powered\n{}", held.case, runner::told_of(held));
    attach.iter().flatten().for_each(|row| say!("{row}"));
}

/// Ends with a sentence if anything that the run has left holds a secret of one of its cases.
fn clean(bench: &Bench) -> Result<(), Failure> {
    let leaks = {
        let working = Working::on(SEARCH);
        let searched = |done, all| working.counting(SEARCH, done, all);
        bench.leaks(searched).map_err(|e| Failure::rig(e.to_string()))?
    };
    leaks.first().map_or(Ok(()), |leak| {
        Err(Failure::rig(format!("a record holds a secret: {leak}; {} in all", leaks.len())))
    })
}

/// Ends with a sentence if nothing was said of the terminal at all: that is no success.
fn judged(reports: &[Report], rig: &str, named: bool) -> Result<(), Failure> {
    if reports.is_empty() {
        let none = if named { "none has such a name" } else { "none is as you asked" };
        return Err(Failure::input(format!("no case was run: {none}"), "`payrig list` names the cases"));
    }
    if reports.iter().all(|report| report.verdict == Verdict::NotRun) {
        let message = format!("no case was run: {rig} lacks what they need");
        return Err(Failure::input(message, "`payrig list` says what each lacks on a rig"));
    }
    Ok(())
}

/// A rig at fault outweighs a case that failed: nothing can be said of the terminal on a broken rig.
fn exit_code(reports: &[Report], conclusion: &Conclusion) -> u8 {
    if reports.iter().any(|r| r.verdict == Verdict::RigFault) {
        RIG_FAULT
    } else if conclusion.has_failed() {
        FAILED
    } else {
        OK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_that_the_rig_cannot_run_are_no_success() {
        let report = |verdict| Report {
            case: "power::cut".into(),
            verdict,
            why: None,
            requirements: Vec::new(),
            wall_seconds: 0.0,
            clock_seconds: 0.0,
            figures: Vec::new(),
            aftermath: None,
            folder: String::new(),
        };
        judged(&[report(Verdict::NotRun), report(Verdict::Pass)], "sim", false).unwrap();
        judged(&[report(Verdict::NotRun), report(Verdict::NotRun)], "sim", false).unwrap_err();
        judged(&[], "sim", true).unwrap_err();
    }
}
