//! What must be right before a rig is used: its inputs, this machine, the fixtures; then the run folder.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use payrig_bench::{Fixtures, Parts, RunFolder, Settings, Suite};
use payrig_rig::{RigFile, doctor};

use crate::{cli::RunArgs, failure::Failure};

/// Where runs are kept that no `--run-dir` names.
pub(crate) const RUNS: &str = "runs";

/// Ends with a sentence if what the rig's file names is wrong, and with the doctor's if this machine lacks something that the rig needs.
pub(crate) fn ready(rig: &RigFile) -> Result<(), Failure> {
    rig.check_inputs()?;
    doctor::first_obstacle(rig).map_or(Ok(()), |missing| {
        Err(Failure::rig(missing.message).with_help(format!("mend it with: {}", missing.mend)))
    })
}

/// The folder of the fixtures: the one that was named, or the one beside the folder of the rig's file.
pub(crate) fn fixtures(rig_file: &Path, named: Option<&Path>) -> Result<Fixtures, Failure> {
    let beside = || rig_file.parent().unwrap_or(Path::new(".")).join("../fixtures");
    let folder = named.map_or_else(beside, Path::to_owned);
    Fixtures::open(&folder).map_err(|e| {
        let help = "name the folder of the fixtures with --fixtures DIR";
        Failure::input(format!("{}: {e}", folder.display()), help)
    })
}

/// All cases, with everything that their files name.
pub(crate) fn suite(fixtures: &Fixtures) -> Result<Suite, Failure> {
    let help = "correct it; fixtures/scenarios/README.md says how a scenario is written";
    Suite::load(fixtures).map_err(|e| Failure::input(e.to_string(), help))
}

/// The settings of a run on `rig` with worlds of `parts`, whose fixtures are checked before the run folder is made.
pub(crate) fn settings<'p>(
    rig: RigFile,
    fixtures: Fixtures,
    args: &RunArgs,
    parts: impl IntoIterator<Item = &'p Parts>,
) -> Result<Settings, Failure> {
    for parts in parts.into_iter().collect::<BTreeSet<_>>() {
        let help = "correct it, or name another folder of fixtures with --fixtures DIR";
        fixtures.check(parts).map_err(|finding| Failure::input(finding.to_string(), help))?;
    }
    let run = match &args.run_dir {
        Some(path) => RunFolder::at(path.clone()),
        None => RunFolder::create(&PathBuf::from(RUNS), &rig.name),
    }?;
    Ok(Settings { rig, fixtures, run, seed: args.seed.unwrap_or(1) })
}
