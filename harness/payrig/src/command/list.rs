//! `payrig list`.

use std::process::ExitCode;

use payrig_bench::{Suite, scenario};
use payrig_rig::RigFile;

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
    let capabilities = rig.capabilities();
    let Suite { cases } = suite(&fixtures(&args.rig.rig, args.fixtures.as_deref())?)?;
    let width = cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
    for case in cases {
        let missing = capabilities.missing(&case.needs);
        let note = match missing.as_slice() {
            [] => String::new(),
            missing => {
                let words: Vec<_> = missing.iter().map(|c| c.word()).collect();
                format!("  (not on {}: no {})", rig.name, words.join(", no "))
            }
        };
        say!("{:width$}  {}{note}", case.name, case.title);
    }
    Ok(OK.into())
}
