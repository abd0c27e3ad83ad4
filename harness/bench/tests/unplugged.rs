//! A line that goes away in the middle of a case is the bench's fault, and the line is named.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::path::Path;

use payrig_bench::{Bench, Case, Fixtures, RunFolder, Settings, Verdict};
use payrig_rig::{LineName, RigFile};
use rstest::rstest;

#[rstest]
fn a_line_that_vanishes_in_mid_run_is_a_rig_fault_that_names_it(
    #[values("qemu-pty", "qemu", "sim")] rig: &str,
    #[values(LineName::Panel, LineName::Modem)] line: LineName,
) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(Settings {
        rig: RigFile::load(&root.join(format!("rigs/{rig}.toml"))).unwrap(),
        fixtures: Fixtures::open(&root.join("fixtures")).unwrap(),
        run: RunFolder::at(folder.path().join("run")).unwrap(),
        seed: 1,
    });
    let case = Case::new("lines::vanish", "A line vanishes in the middle of a sign-on", move |world| {
        Box::pin(async move {
            world.prepare().await?;
            world.press("sign-on").await?;
            world.unplug(line).await?;
            // The terminal cannot show it on a panel that is gone, or reach the host by a modem that is.
            world.see("signed-on").await.map(drop)
        })
    });
    let report = bench.run(&case);
    let why = report.why.unwrap();
    assert_eq!(report.verdict, Verdict::RigFault, "{why}");
    let expected = format!("the {line} line has gone while the board was powered: ");
    assert!(why.starts_with(&expected), "{why}");
}
