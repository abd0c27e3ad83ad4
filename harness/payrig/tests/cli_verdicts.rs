//! A verdict says whose fault it is, and nothing but what was seen decides it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests of processes run in wall time, and fail by a panic"
)]

mod support;

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use support::{Desk, Running, root, said};

fn payrig(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(root()).args(arguments).env_remove("NEXTEST_RUN_ID");
    command
}

#[test]
fn an_emulator_that_dies_is_the_rigs_fault_not_the_terminals() {
    let desk = Desk::new();
    let run = ["test", "--run-dir", "run", "--color=never", "sign-on::succeeds"];
    let running = Running::start(&mut desk.payrig(&run));
    // The first emulator is there to be flashed, the second to run: that one is killed once its panel says something.
    let tape = desk.path("run/sign-on/succeeds/tape.jsonl");
    running.until(|| fs::read_to_string(&tape).is_ok_and(|text| text.contains("PAYRIG T1")));
    let emulator = desk.processes().into_iter().find(|pid| is_emulator(*pid)).unwrap();
    kill_process(emulator, Signal::KILL).unwrap();
    let output = running.output();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("rig-fault: the emulator ended by itself"), "{text}");
}

fn is_emulator(pid: Pid) -> bool {
    fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_nonzero()))
        .is_ok_and(|name| name.starts_with("qemu"))
}

/// The fixtures with one reviewed snapshot changed, or taken away.
fn altered(folder: &Path, change: impl FnOnce(&Path)) {
    let copied = Command::new("cp").arg("-r").arg(root().join("fixtures")).arg(folder).status().unwrap();
    assert!(copied.success());
    change(&folder.join("fixtures/snapshots/sign-on/succeeds.screen.snap"));
}

#[rstest]
#[case::plain(&[])]
#[case::force_pass(&[("INSTA_FORCE_PASS", "1")])]
#[case::always(&[("INSTA_UPDATE", "always")])]
fn no_setting_makes_a_difference_pass(#[case] environment: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    altered(folder.path(), |snapshot| {
        let text = fs::read_to_string(snapshot).unwrap();
        fs::write(snapshot, text.replacen("Signed on", "Signed in", 1)).unwrap();
    });
    let mut command = payrig(&["test", "--rig", "rigs/sim.toml", "sign-on::succeeds"]);
    command
        .env("PAYRIG_FIXTURES", folder.path().join("fixtures"))
        .env("PAYRIG_RUN_DIR", folder.path().join("run"));
    let output = command.envs(environment.iter().copied()).assert().code(1).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("fail: the screen differs from the reviewed snapshot"), "{text}");
}

#[test]
fn a_snapshot_that_nobody_has_reviewed_leaves_the_case_undecided() {
    let folder = tempfile::tempdir().unwrap();
    altered(folder.path(), |snapshot| fs::remove_file(snapshot).unwrap());
    let mut command = payrig(&["test", "--rig", "rigs/sim.toml", "sign-on::succeeds"]);
    command
        .env("PAYRIG_FIXTURES", folder.path().join("fixtures"))
        .env("PAYRIG_RUN_DIR", folder.path().join("run"));
    let output = command.assert().code(1).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("inconclusive: there is no reviewed snapshot"), "{text}");
}

#[test]
fn a_run_of_nothing_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let filter = "no-such-case";
    let mut command = payrig(&["test", "--rig", "rigs/sim.toml", "--run-dir", run.to_str().unwrap(), filter]);
    let output = command.assert().code(2).get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no case was run: none has such a name"), "{error}");
}

#[test]
fn results_name_the_image_the_seed_and_the_fixtures() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let run = run.to_str().unwrap();
    for case in ["sign-on::after-power-on", "power::a-blank-board-says-so"] {
        payrig(&["test", "--rig", "rigs/sim.toml", "--run-dir", run, "--seed", "7", case]).assert().success();
    }
    let text = fs::read_to_string(folder.path().join("run/results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(results["run"]["seed"], 7);
    assert_eq!(results["run"]["rig"], "sim");
    assert_eq!(results["run"]["fixtures-sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        results["cases"].as_array().unwrap().len(),
        2,
        "the second process keeps the first one's case: {text}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_payrig"))
        .current_dir(root())
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(child.wait().unwrap().success() && error.is_empty(), "{error}");
}

#[test]
fn a_simulated_board_is_powered_for_as_long_as_it_was_asked() {
    let started = Instant::now();
    payrig(&["power", "--rig", "rigs/sim.toml", "--seconds", "1"]).assert().success();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_file_in_the_place_of_the_probes_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thesis.txt");
    fs::write(&file, "all of it").unwrap();
    let output = payrig(&["power", "--probe-socket", file.to_str().unwrap(), "--seconds", "0"])
        .assert()
        .code(2)
        .get_output()
        .clone();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("thesis.txt: exists and is no socket"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "all of it");
}
