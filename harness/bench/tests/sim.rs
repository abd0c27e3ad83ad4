//! Every case of the suite on the simulated board, by name; on the rig of `PAYRIG_RIG` where that is set.

use std::{env, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rig = env::var_os("PAYRIG_RIG").map_or_else(|| root.join("rigs/sim.toml"), |rig| root.join(rig));
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs");
    payrig_bench::runner::test_target(&rig, &root.join("fixtures"), &runs)
}
