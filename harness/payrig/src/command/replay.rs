//! `payrig replay`.

use std::{path::Path, process::ExitCode};

use payrig_bench::{
    Fixtures,
    replay::{ReplayError, Replayed, case_folder, replay},
};

use crate::{
    cli::ReplayArgs,
    failure::{FAILED, Failure, OK, RIG_FAULT, USAGE},
    out::say,
};

/// Replays each case and says what came of it. A case that cannot be replayed does not keep the others from it.
pub(crate) fn run(args: &ReplayArgs) -> Result<ExitCode, Failure> {
    let fixtures = Fixtures::open(&args.fixtures).map_err(|e| {
        let help = "name the folder of the fixtures with --fixtures DIR";
        Failure::input(format!("{}: {e}", args.fixtures.display()), help)
    })?;
    let mut codes = Vec::new();
    for case in &args.cases {
        let folder = match &args.run_dir {
            Some(run) => case_folder(run, &case.to_string_lossy()),
            None => case.clone(),
        };
        codes.push(one(&folder, &fixtures));
    }
    let count = |code| codes.iter().filter(|other| **other == code).count();
    let (alike, different, not_run) = (count(Some(OK)), count(Some(FAILED)), count(None));
    let rest = codes.len() - alike - different - not_run;
    if codes.len() > 1 {
        say!(
            "{} cases: {alike} without a difference, {different} with one, {rest} not replayed whole, {not_run} not run",
            codes.len()
        );
    }
    // A difference outweighs a tape that cannot be replayed, and a fault of this machine both; what was not run says nothing.
    let worst = [RIG_FAULT, FAILED, USAGE].into_iter().find(|code| codes.contains(&Some(*code)));
    Ok(worst.unwrap_or(if alike > 0 { OK } else { USAGE }).into())
}

/// Replays one case; its exit code, or nothing for a case that was not run.
fn one(folder: &Path, fixtures: &Fixtures) -> Option<u8> {
    match replay(folder, fixtures) {
        Ok(replayed) => Some(told(folder, replayed)),
        Err(error @ ReplayError::NotRun { .. }) => {
            Failure::usage(&error).report();
            None
        }
        Err(error @ ReplayError::Spins { .. }) => {
            Failure::terminal(error.to_string()).report();
            Some(FAILED)
        }
        Err(error) if error.is_usage() => {
            Failure::usage(&error).report();
            Some(USAGE)
        }
        Err(error) => {
            Failure::rig(error.to_string()).report();
            Some(RIG_FAULT)
        }
    }
}

/// Prints what a replay came to; its exit code.
fn told(folder: &Path, replayed: Replayed) -> u8 {
    let folder = folder.display();
    let upto = if replayed.incomplete.is_some() { " as far as the tape goes" } else { "" };
    match &replayed.difference {
        None => say!("{folder}: no difference{upto}"),
        Some(difference) => say!("{folder}: a difference\n{difference}"),
    }
    summary(&replayed);
    for remark in &replayed.remarks {
        say!("  {remark}");
    }
    match (replayed.difference, replayed.incomplete) {
        (Some(_), None) => FAILED,
        (None, None) => OK,
        (difference, Some(why)) => {
            let help = "what is missing is not known; run the case again for a whole tape";
            Failure::input(why, help).report();
            if difference.is_some() { FAILED } else { USAGE }
        }
    }
}

/// What was compared, and the time that it took.
fn summary(replayed: &Replayed) {
    let Replayed { case, rig, records, boots, virtual_time, wall_time, .. } = replayed;
    let alike: Vec<_> = replayed.alike.iter().map(|(line, bytes)| format!("{line} {bytes}")).collect();
    let alike = if alike.is_empty() { "none".to_owned() } else { alike.join(", ") };
    let boots = if *boots == 1 { "1 boot".to_owned() } else { format!("{boots} boots") };
    say!("  {case} on {rig}: {records} records, {boots}; bytes alike: {alike}");
    say!("  {:.3} s of virtual time in {:.3} s", virtual_time.as_secs_f64(), wall_time.as_secs_f64());
}
