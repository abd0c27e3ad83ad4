//! `payrig test`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use libtest_mimic::{Completion, Failed, Trial};
use payrig_bench::{Bench, Fixtures, Parts, Report, RunFolder, Settings, Verdict, cases};
use payrig_rig::{BoardKind, Image, RigFile, doctor};

use crate::{
    cli::{RunArgs, TestArgs},
    failure::{FAILED, Failure, OK, RIG_FAULT},
    interrupt,
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
    interrupt::end_at_once(settings.run.path().to_owned())
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
    let settings = bench.settings();
    settings
        .run
        .write_results(&settings.rig.name, &reports)
        .map_err(|e| Failure::rig(format!("failed to write results.json: {e}")))?;
    summarise(settings, &reports, started.elapsed().as_secs_f64());
    clean(&bench)?;
    Ok(exit_code(&reports, conclusion.has_failed()).into())
}

/// Ends with a sentence if anything that the run has left holds a secret of one of its cases.
fn clean(bench: &Bench) -> Result<(), Failure> {
    let leaks = bench.leaks().map_err(|e| Failure::rig(e.to_string()))?;
    leaks.first().map_or(Ok(()), |leak| {
        Err(Failure::rig(format!("a record holds a secret: {leak}; {} in all", leaks.len())))
    })
}

/// Ends with a sentence if the rig's image is no image, and with the doctor's if this machine lacks something that the rig needs.
pub(crate) fn ready(rig: &RigFile) -> Result<(), Failure> {
    if let BoardKind::Qemu(section) = &rig.board
        && let Err(error) = Image::load(&section.image, &section.machine)
        && error.is_usage()
    {
        return Err(error.into());
    }
    doctor::first_obstacle(rig).map_or(Ok(()), |missing| {
        Err(Failure::rig(missing.message).with_help(format!("mend it with: {}", missing.mend)))
    })
}

/// The settings of a run on `rig` with worlds of `parts`, whose fixtures are checked before the run folder is made.
pub(crate) fn settings<'p>(
    rig: RigFile,
    rig_file: &Path,
    args: &RunArgs,
    parts: impl IntoIterator<Item = &'p Parts>,
) -> Result<Settings, Failure> {
    let beside = || rig_file.parent().unwrap_or(Path::new(".")).join("../fixtures");
    let folder = args.fixtures.clone().unwrap_or_else(beside);
    let fixtures = Fixtures::open(&folder).map_err(|e| {
        Failure::input(
            format!("{}: {e}", folder.display()),
            "name the folder of the fixtures with --fixtures DIR",
        )
    })?;
    for parts in parts {
        let help = "correct it, or name another folder of fixtures with --fixtures DIR";
        fixtures.check(parts).map_err(|finding| Failure::input(finding.to_string(), help))?;
    }
    let run = match &args.run_dir {
        Some(path) => RunFolder::at(path.clone()),
        None => RunFolder::create(&PathBuf::from("runs"), &rig.name),
    };
    let run = run.map_err(|e| Failure::rig(format!("failed to make the run folder: {e}")))?;
    Ok(Settings { rig, fixtures, run, seed: args.seed.unwrap_or(1) })
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

fn summarise(settings: &Settings, reports: &[Report], seconds: f64) {
    let count = |verdict| reports.iter().filter(|r| r.verdict == verdict).count();
    for (name, times) in figures(reports) {
        match times.as_slice() {
            [time] => println!("{name}: {time:.3} s"),
            [least, .., most] => {
                let median = times[times.len() / 2];
                println!("{name}: {median:.3} s (median of {}; {least:.3} to {most:.3} s)", times.len());
            }
            [] => {}
        }
    }
    println!(
        "{} on {}: {} pass, {} fail, {} rig-fault, {} not-run, {} inconclusive; {seconds:.1} s",
        if reports.len() == 1 { "1 case".into() } else { format!("{} cases", reports.len()) },
        settings.rig.name,
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::RigFault),
        count(Verdict::NotRun),
        count(Verdict::Inconclusive),
    );
    println!("records: {}", settings.run.path().display());
}

/// What the cases measured, by name, the times of each in ascending order.
fn figures(reports: &[Report]) -> BTreeMap<&str, Vec<f64>> {
    let mut figures = BTreeMap::<_, Vec<_>>::new();
    for figure in reports.iter().flat_map(|report| &report.figures) {
        figures.entry(figure.name.as_str()).or_default().push(figure.seconds);
    }
    figures.values_mut().for_each(|times| times.sort_by(f64::total_cmp));
    figures
}

/// A rig at fault outweighs a case that failed: nothing can be said of the terminal on a broken rig.
fn exit_code(reports: &[Report], failed: bool) -> u8 {
    if reports.iter().any(|r| r.verdict == Verdict::RigFault) {
        RIG_FAULT
    } else if failed {
        FAILED
    } else {
        OK
    }
}
