//! `payrig list`.

use std::process::ExitCode;

use payrig_bench::{Case, Fixtures, Suite, scenario};
use payrig_rig::{RigFile, lacking};

use crate::{
    cli::ListArgs,
    failure::{Failure, OK},
    out::say,
    run_settings::{fixtures, suite},
};

/// Prints each case with what it is for, and what the rig lacks for it. Opens nothing but files.
pub(crate) fn run(args: &ListArgs) -> Result<ExitCode, Failure> {
    if args.schema {
        say!("{:#}", scenario::schema());
        return Ok(OK.into());
    }
    let rig = RigFile::load(&args.rig.rig)?;
    let fixtures = fixtures(&args.rig.rig, args.fixtures.as_deref())?;
    let Suite { cases } = suite(&fixtures)?;
    if args.requirements {
        return requirements(&fixtures, &cases);
    }
    let width = cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    for case in cases {
        let missing = case.missing_on(&rig);
        let note = match missing.as_slice() {
            [] => String::new(),
            missing => format!("  (not on {0}: {0}{1})", rig.name, lacking(missing)),
        };
        say!("{:width$}  {}{note}", case.name, case.title);
    }
    Ok(OK.into())
}

/// Prints each requirement with the cases that cover it, or the reason why none does.
fn requirements(fixtures: &Fixtures, cases: &[Case]) -> Result<ExitCode, Failure> {
    let help = "correct fixtures/requirements.toml";
    let requirements = fixtures.requirements().map_err(|e| Failure::input(e.to_string(), help))?;
    let width = requirements.rows().iter().map(|row| row.id.len()).max().unwrap_or(0);
    for row in requirements.rows() {
        let covering = cases.iter().filter(|case| case.requirements.contains(&row.id)).count();
        let covered = match (covering, &row.reason) {
            (0, Some(reason)) => format!("no case: {reason}"),
            (0, None) => "NO CASE".to_owned(),
            (1, _) => "1 case".to_owned(),
            (cases, _) => format!("{cases} cases"),
        };
        say!("{:width$}  {} ({})  [{covered}]", row.id, row.text, row.source);
    }
    let wrong = requirements.disagreements(cases);
    match wrong.as_slice() {
        [] => Ok(OK.into()),
        wrong => Err(Failure::input(wrong.join("\n"), help)),
    }
}
