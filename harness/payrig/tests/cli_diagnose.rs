//! `payrig diagnose` prints and keeps the matrix, and says by its exit code whether the terminal was right.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn diagnose(fixtures: &Path, run: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.arg("diagnose").args(arguments).arg("--fixtures").arg(fixtures).arg("--run-dir").arg(run);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_terminal_that_is_right_leaves_its_matrix_and_the_record_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["--exact", "--network", "no-sim", "--module", "ec20", "--variants", "2", "--seed", "7", "--record"];
    let output = diagnose(&fixtures(), folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("ec20: 1 behaviours of 1 conditions, 2 variants of each from seed 7"), "{text}");
    assert!(text.contains("2 sign-ons, 0 wrong, 0 findings"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("confusion.json")).unwrap()).unwrap();
    assert_eq!(json["behaviours"][0]["shown"]["E202"], 2, "{json:#}");
    assert!(fs::read_to_string(folder.path().join("confusion.txt")).unwrap().contains("E202 no-sim"));
    assert!(folder.path().join("diagnosis/ec20/no-sim#8/tape.jsonl").is_file());
}

#[test]
fn a_wrong_answer_is_told_with_its_dialogue_and_how_to_play_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("fixtures");
    copy(&fixtures(), &other);
    let network = other.join("networks/no-sim.toml");
    let text = fs::read_to_string(&network).unwrap().replace("[\"no-sim\"]", "[\"no-signal\"]");
    fs::write(&network, text).unwrap();
    let arguments = ["--exact", "--network", "no-sim", "--module", "sim800", "--variants", "1"];
    let output = diagnose(&other, &folder.path().join("run"), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("expected E205 no-signal; it said E202 no-sim"), "{text}");
    let again = "payrig diagnose --exact --network no-sim --module sim800 --variants 1 --seed 1 --record";
    let again = format!("{again} --fixtures {}", other.canonicalize().unwrap().display());
    assert!(text.contains(&again), "{text}");
    assert!(text.contains("< +CME ERROR: 10"), "{text}");
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = diagnose(&fixtures(), folder.path(), &["--network", "no-such-network"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("no network is as you asked"), "{}", said(&output));
}

/// The files that a world is made of.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            if entry.file_name() != "snapshots" && entry.file_name() != "scenarios" {
                copy(&entry.path(), &target);
            }
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
