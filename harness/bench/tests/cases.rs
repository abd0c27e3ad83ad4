//! Every case of the suite, on the real image in QEMU and on the simulated board.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

use std::path::{Path, PathBuf};

use payrig_bench::{Bench, Fixtures, RunFolder, Settings, Verdict, cases};
use payrig_rig::RigFile;
use rstest::rstest;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn bench(rig: &str) -> Bench {
    let rig = RigFile::load(&root().join(format!("rigs/{rig}.toml"))).unwrap();
    let fixtures = Fixtures::open(&root().join("fixtures")).unwrap();
    let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs");
    let run = RunFolder::create(&runs, &rig.name).unwrap();
    Bench::new(Settings { rig, fixtures, run, seed: 1 })
}

#[rstest]
#[case::succeeds("sign-on::succeeds")]
#[case::after_power_on("sign-on::after-power-on")]
#[case::three_in_a_row("sign-on::three-in-a-row")]
#[case::clone_refused("sign-on::clone-refused")]
#[case::wrong_terminal_id("sign-on::wrong-terminal-id")]
#[case::kcv_wrong_pik("sign-on::kcv-wrong[key=PIK]")]
#[case::kcv_wrong_mak("sign-on::kcv-wrong[key=MAK]")]
#[case::kcv_wrong_tdk("sign-on::kcv-wrong[key=TDK]")]
#[case::key_wrong_pik("sign-on::key-wrong[key=PIK]")]
#[case::key_wrong_mak("sign-on::key-wrong[key=MAK]")]
#[case::key_wrong_tdk("sign-on::key-wrong[key=TDK]")]
#[case::no_key_field("sign-on::key-field-length[bytes=0]")]
#[case::key_field_of_003("sign-on::key-field-length[bytes=40]")]
#[case::key_field_short("sign-on::key-field-length[bytes=59]")]
#[case::key_field_long("sign-on::key-field-length[bytes=61]")]
#[case::refused_03("sign-on::refused[code=03]")]
#[case::refused_58("sign-on::refused[code=58]")]
#[case::refused_97("sign-on::refused[code=97]")]
#[case::power_cut("power::keys-survive-a-power-cut")]
#[case::reset("power::keys-survive-a-reset")]
#[case::blank_board("power::a-blank-board-says-so")]
fn passes(#[case] name: &str, #[values("qemu", "sim")] rig: &str) {
    let bench = bench(rig);
    let case = cases::all().into_iter().find(|case| case.name == name).unwrap();
    let lacks = bench.settings().rig.capabilities().missing(&case.needs);
    let report = bench.run(&case);
    for figure in &report.figures {
        println!("{rig} {name}: {}: {:.3} s", figure.name, figure.seconds);
    }
    let expected = if lacks.is_empty() { Verdict::Pass } else { Verdict::NotRun };
    let records = bench.settings().run.path().join(&report.folder);
    assert_eq!(report.verdict, expected, "{:?}\nrecords: {}", report.why, records.display());
}

#[test]
fn no_case_is_left_out_here() {
    let this_file = include_str!("cases.rs");
    for case in cases::all() {
        assert!(this_file.contains(&format!("(\"{}\")]", case.name)), "{} is not tested", case.name);
    }
}
