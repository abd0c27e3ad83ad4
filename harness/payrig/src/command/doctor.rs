//! `payrig doctor`.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use payrig_rig::{RigFile, doctor};

use crate::{
    cli::DoctorArgs,
    failure::{Failure, OK, RIG_FAULT},
    out::say,
};

/// Prints what was found and, for what is missing, the command that mends it.
pub(crate) fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    let good = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let bad = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    say!("{}: {}", rig.name, rig.title);
    let words: Vec<_> = rig.capabilities().iter().map(payrig_rig::Capability::word).collect();
    say!("  can: {}", words.join(", "));
    let mut code = OK;
    for finding in doctor::examine(&rig) {
        match finding.found {
            Ok(found) => say!("  {good}ok{good:#}       {:<15} {found}", finding.what),
            Err(missing) => {
                code = RIG_FAULT;
                say!("  {bad}missing{bad:#}  {:<15} {}", finding.what, missing.message);
                say!("           {:<15} mend it with: {}", "", missing.mend);
            }
        }
    }
    Ok(code.into())
}
