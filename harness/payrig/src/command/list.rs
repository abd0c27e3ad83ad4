//! `payrig list`.

use std::process::ExitCode;

use payrig_bench::cases;
use payrig_rig::RigFile;

use crate::{
    cli::ListArgs,
    failure::{Failure, OK},
    out::say,
};

/// Prints each case with what it is for, and what the rig lacks for it. Opens nothing but the rig's file.
pub(crate) fn run(args: &ListArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    let capabilities = rig.capabilities();
    let cases = cases::all();
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
