//! `payrig flash`.

use std::process::ExitCode;

use payrig_bench::local_runtime;
use payrig_rig::{BoardKind, Image, RigError, RigFile, State};

use crate::{
    cli::FlashArgs,
    failure::{Failure, OK},
    interrupt,
    out::say,
    progress::Working,
};

/// Flashes the kept board of the rig and prints size, time and build id.
pub(crate) fn run(args: &FlashArgs) -> Result<ExitCode, Failure> {
    let rig = RigFile::load(&args.rig.rig)?;
    let image = match (&args.image, &rig.board) {
        (Some(path), _) => Image::load(path, &rig.name)?,
        (None, BoardKind::Qemu(section)) => Image::load(&section.image, &section.machine)?,
        (None, BoardKind::Sim) => {
            return Err(RigError::NoSuchInterface { board: "sim", interface: "flash" }.into());
        }
    };
    interrupt::end_at_once(None, || {})
        .map_err(|e| Failure::rig(format!("failed to wait for signals: {e}")))?;
    let mut board = rig.board(State::Kept)?;
    let working = Working::on("attaching");
    let report = local_runtime(rig.time)
        .map_err(|e| Failure::rig(format!("failed to start the runtime: {e}")))?
        .block_on(board.flash(&image, &|progress| working.flashing(progress)))?;
    drop(working);
    say!(
        "{}: {} bytes flashed and verified in {:.2} s, build {}",
        image.path().display(),
        report.bytes,
        report.took.as_secs_f64(),
        image.build_id().unwrap_or("without an id"),
    );
    Ok(OK.into())
}
