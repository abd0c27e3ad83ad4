//! `payrig replay` as a user meets it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use support::{root, said};

fn payrig(arguments: &[&str]) -> Output {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(root()).args(arguments).env_remove("NEXTEST_RUN_ID").env_remove("PAYRIG_FIXTURES");
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A run of one case; its folder and the case's.
fn recorded(folder: &Path, rig: &str, case: &str) -> (PathBuf, PathBuf) {
    let run = folder.join("run");
    let output = payrig(&["test", "--rig", rig, "--run-dir", run.to_str().unwrap(), case]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let case = run.join(case.replace("::", "/"));
    (run, case)
}

#[test]
fn a_tape_of_the_emulated_board_with_a_power_cut_is_replayed_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let (run, case) = recorded(folder.path(), "rigs/qemu.toml", "power::keys-survive-a-power-cut");
    let output = payrig(&["replay", case.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("keys-survive-a-power-cut: no difference\n"), "{text}");
    assert!(
        text.contains("power::keys-survive-a-power-cut on qemu: ") && text.contains(" 2 boots"),
        "{text}"
    );
    assert!(text.contains("bytes alike: modem ") && text.contains(" s of virtual time in "), "{text}");
    let named = ["replay", "--run-dir", run.to_str().unwrap(), "power::keys-survive-a-power-cut"];
    assert_eq!(code(&payrig(&named)), 0);
}

#[test]
fn a_difference_is_exit_code_1_and_shows_both_screens() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = recorded(folder.path(), "rigs/sim.toml", "sign-on::succeeds");
    let tape = case.join("tape.jsonl");
    let text = fs::read_to_string(&tape).unwrap();
    assert!(text.contains("PAYRIG T1"));
    fs::write(&tape, text.replacen("PAYRIG T1", "PAYRIG T2", 1)).unwrap();
    let output = payrig(&["replay", case.to_str().unwrap()]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    let text = said(&output);
    let row = text.lines().find(|line| line.contains('≠')).unwrap();
    assert!(row.contains("|PAYRIG T2 ") && row.contains("|  ≠  |PAYRIG T1 "), "{text}");
    assert!(text.contains("succeeds: a difference\nrecord "), "{text}");
    assert!(text.contains(": panel, from the terminal, byte "), "{text}");
}

#[test]
fn a_torn_tape_is_replayed_as_far_as_it_goes_and_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = recorded(folder.path(), "rigs/sim.toml", "sign-on::succeeds");
    let tape = case.join("tape.jsonl");
    let whole = fs::read(&tape).unwrap();
    fs::write(&tape, &whole[..whole.len() - 100]).unwrap();
    let output = payrig(&["replay", case.to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("no difference as far as the tape goes"));
    assert!(error.contains("tape.jsonl: the tape is incomplete: its last line is cut off after "), "{error}");
}

#[test]
fn of_several_cases_each_is_told_and_the_worst_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (run, case) = recorded(folder.path(), "rigs/sim.toml", "sign-on::succeeds");
    let (none, case) = (folder.path().join("none"), case.to_str().unwrap());
    let output = payrig(&["replay", case, none.to_str().unwrap(), run.to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    let (text, error) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(
        text.ends_with("3 cases: 1 without a difference, 0 with one, 2 not replayed whole, 0 not run\n"),
        "{text}"
    );
    assert!(error.contains("none: there is no such folder\n"), "{error}");
    assert!(error.contains(&format!("name one, such as {case}")), "{error}");
}

#[test]
fn other_fixtures_than_the_runs_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_, case) = recorded(folder.path(), "rigs/sim.toml", "sign-on::succeeds");
    let output = payrig(&["replay", "--fixtures", "nowhere", case.to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    // The tape of a terminal whose factory key is another.
    let tape = case.join("tape.jsonl");
    let recorded = fs::read_to_string(&tape).unwrap();
    assert!(recorded.contains("kcv 72EBA303"), "{recorded}");
    fs::write(&tape, recorded.replace("kcv 72EBA303", "kcv 72EBA304")).unwrap();
    let output = payrig(&["replay", case.to_str().unwrap()]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("for {key factory kcv ") && text.contains("--fixtures DIR"), "{text}");
    assert_eq!(text.lines().count(), 2, "a sentence and what to do: {text}");
}

#[test]
fn a_case_that_was_not_run_is_no_fault_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (run, case) = recorded(folder.path(), "rigs/sim.toml", "sign-on::succeeds");
    let report = fs::read_to_string(case.join("result.json")).unwrap();
    let not_run = run.join("sign-on/not-run");
    fs::create_dir(&not_run).unwrap();
    fs::write(not_run.join("result.json"), report.replacen("\"pass\"", "\"not-run\"", 1)).unwrap();
    let (case, not_run) = (case.to_str().unwrap(), not_run.to_str().unwrap());
    let output = payrig(&["replay", not_run]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(
        said(&output).contains("not-run: the case was not run, so that there is no tape"),
        "{}",
        said(&output)
    );
    let output = payrig(&["replay", case, not_run]);
    assert_eq!(code(&output), 0, "{}", said(&output));
}
