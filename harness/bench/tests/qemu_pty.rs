//! Every case of the suite on the real image in QEMU, its lines on serial ports, by name.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs");
    payrig_bench::runner::test_target(&root.join("rigs/qemu-pty.toml"), &root.join("fixtures"), &runs)
}
