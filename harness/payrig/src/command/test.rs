//! `payrig test`.

use std::{process::ExitCode, sync::Arc, time::Instant};

use libtest_mimic::Conclusion;
use payrig_bench::{Bench, Case, Report, Suite, Verdict, runner};
use payrig_rig::RigFile;

use crate::{
    cli::TestArgs,
    failure::{FAILED, Failure, OK, RIG_FAULT},
    interrupt,
    run_settings::{fixtures, ready, settings, suite},
    summary,
};

/// Runs the cases and prints a verdict for each, the figures, and where the records are.
#[expect(clippy::disallowed_methods, reason = "the summary tells the wall time of the run")]
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    let fixtures = fixtures(&args.rig.rig, args.run.fixtures.as_deref())?;
    let cases = chosen(args, suite(&fixtures)?)?;
    let mut libtest = args.libtest.clone();
    if !args.filters.is_empty() {
        libtest.filter = None;
    }
    if libtest.list {
        runner::list(&libtest, cases);
        return Ok(OK.into());
    }
    ready(&rig)?;
    let settings = settings(rig, fixtures, &args.run, cases.iter().map(|case| &case.parts))?;
    interrupt::end_at_once(Some(settings.run.path().to_owned()), || {})
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let started = Instant::now();
    let bench = Arc::new(Bench::new(settings));
    let ran = runner::run(&libtest, &bench, cases, |_| {});
    bench.write_results()?;
    summary::print(bench.settings(), &ran.reports, started.elapsed().as_secs_f64());
    clean(&bench)?;
    judged(&ran.reports, &bench.settings().rig.name)?;
    Ok(exit_code(&ran.reports, &ran.conclusion).into())
}

/// The cases that any of several filters selects, each as often as it is to be played. One filter alone is libtest's business.
fn chosen(args: &TestArgs, suite: Suite) -> Result<Vec<Case>, Failure> {
    let mut cases = suite.cases;
    if !args.filters.is_empty() {
        let filters: Vec<_> = args.libtest.filter.iter().chain(&args.filters).collect();
        let exact = args.libtest.exact;
        let matches = |name: &str, filter: &str| if exact { name == filter } else { name.contains(filter) };
        cases.retain(|case| filters.iter().any(|filter| matches(&case.name, filter)));
    }
    Ok(cases.iter().flat_map(|case| (0..args.repeat).map(|nth| case.repeated(nth))).collect())
}

/// Ends with a sentence if anything that the run has left holds a secret of one of its cases.
fn clean(bench: &Bench) -> Result<(), Failure> {
    let leaks = bench.leaks().map_err(|e| Failure::rig(e.to_string()))?;
    leaks.first().map_or(Ok(()), |leak| {
        Err(Failure::rig(format!("a record holds a secret: {leak}; {} in all", leaks.len())))
    })
}

/// Ends with a sentence if nothing was said of the terminal at all: that is no success.
fn judged(reports: &[Report], rig: &str) -> Result<(), Failure> {
    if reports.is_empty() {
        return Err(Failure::input("no case was run: none has such a name", "`payrig list` names the cases"));
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
            wall_seconds: 0.0,
            clock_seconds: 0.0,
            figures: Vec::new(),
            aftermath: None,
            folder: String::new(),
        };
        judged(&[report(Verdict::NotRun), report(Verdict::Pass)], "sim").unwrap();
        judged(&[report(Verdict::NotRun), report(Verdict::NotRun)], "sim").unwrap_err();
        judged(&[], "sim").unwrap_err();
    }
}
