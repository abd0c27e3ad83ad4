//! `payrig test`.

use std::{
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Completion, Conclusion, Failed, Trial};
use payrig_bench::{Bench, Report, Verdict, cases};
use payrig_rig::RigFile;

use crate::{
    cli::TestArgs,
    failure::{FAILED, Failure, OK, RIG_FAULT},
    interrupt,
    run_settings::{ready, settings},
    summary,
};

/// Runs the cases and prints a verdict for each, the figures, and where the records are.
#[expect(clippy::disallowed_methods, reason = "the summary tells the wall time of the run")]
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    if args.libtest.list {
        let trials = cases::all().into_iter().map(|case| Trial::test(case.name, || Ok(()))).collect();
        let _ = libtest_mimic::run(&args.libtest, trials);
        return Ok(OK.into());
    }
    ready(&rig)?;
    let cases = cases::all();
    let settings = settings(rig, &args.rig.rig, &args.run, cases.iter().map(|case| &case.parts))?;
    interrupt::end_at_once(Some(settings.run.path().to_owned()), || {})
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let started = std::time::Instant::now();
    let bench = Arc::new(Bench::new(settings));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let trials = cases
        .into_iter()
        .map(|case| {
            let (bench, reports) = (bench.clone(), reports.clone());
            Trial::ignorable_test(case.name.clone(), move || {
                let report = bench.run(&case);
                let completion = completion(&report, bench.settings().run.path());
                reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                completion
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&args.libtest, trials);

    let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by(|a, b| a.case.cmp(&b.case));
    bench.write_results()?;
    summary::print(bench.settings(), &reports, started.elapsed().as_secs_f64());
    clean(&bench)?;
    judged(&reports, &bench.settings().rig.name)?;
    Ok(exit_code(&reports, &conclusion).into())
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

fn completion(report: &Report, run: &Path) -> Result<Completion, Failed> {
    let why = report.why.clone().unwrap_or_default();
    match report.verdict {
        Verdict::Pass => Ok(Completion::Completed),
        Verdict::NotRun => Ok(Completion::ignored_with(format!("not-run: {why}"))),
        verdict => {
            let records = run.join(&report.folder);
            Err(Failed::from(format!("{verdict}: {why}\nrecords: {}", records.display())))
        }
    }
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
            folder: String::new(),
        };
        judged(&[report(Verdict::NotRun), report(Verdict::Pass)], "sim").unwrap();
        judged(&[report(Verdict::NotRun), report(Verdict::NotRun)], "sim").unwrap_err();
        judged(&[], "sim").unwrap_err();
    }
}
