//! What a run leaves, and what it says where it cannot leave it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails the test")]

mod support;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rstest::rstest;
use support::{Desk, Running, root, said};

const CASE: &str = "sign-on::succeeds";

/// `payrig test` of one case on the simulated board, into the folder `run` of the desk.
fn run(desk: &Desk, run: &Path, more: &[&str]) -> Command {
    let rig = root().join("rigs/sim.toml");
    let mut command = desk.payrig_on(&rig, &["test", "--color=never", CASE]);
    command.arg("--run-dir").arg(run).args(more);
    command
}

/// Every file that a run has left.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// What is wrong with a file that was recorded as far as the disk allowed.
fn fault(path: &Path) -> Option<String> {
    let data = fs::read(path).unwrap();
    match name(path) {
        "tape.jsonl" => payrig_tape::read(path).err().map(|e| e.to_string()),
        "host.pcapng" => payrig_tape::captured(&data).err().map(|e| e.to_string()),
        json if json.ends_with(".json") => {
            serde_json::from_slice::<serde_json::Value>(&data).err().map(|e| e.to_string())
        }
        "junit.xml" => (!data.ends_with(b"</testsuites>\n")).then(|| "it is cut off".into()),
        text if text.ends_with(".txt") => data.is_empty().then(|| "it is empty".into()),
        other => Some(format!("nothing leaves a file of the name {other}")),
    }
}

fn check_sentence(output: &Output, said: &str) {
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// The same command in a process whose files can be no larger than this many blocks of 512 bytes.
fn limited(command: &Command, blocks: u32) -> Command {
    let mut limited = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(key, value),
            None => limited.env_remove(key),
        };
    }
    limited.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    limited
}

#[test]
fn a_disk_that_is_full_at_any_moment_is_the_rigs_fault_and_spoils_no_record() {
    let desk = Desk::new();
    let (mut full, mut blocks, mut records) = (0, 0, Vec::new());
    // Until everything fits: the tape is the largest file.
    loop {
        let folder = desk.path(&format!("run-{blocks}"));
        let output = Running::start(&mut limited(&run(&desk, &folder, &[]), blocks)).output();
        let text = said(&output);
        for file in files(&folder) {
            assert_eq!(fault(&file), None, "{} of {blocks} blocks: {text}", file.display());
        }
        if output.status.code() == Some(0) {
            break;
        }
        check_sentence(&output, &text);
        let named =
            text.lines().filter(|line| line.contains(&format!("failed to write {}", folder.display())));
        let helped =
            text.contains("make room on that disk, or name a folder on another one with `--run-dir DIR`");
        assert!(named.count() > 0 && helped, "{blocks} blocks: {text}");
        // Where not even a case's first file fits there is no tape.
        let tape = payrig_tape::read(&folder.join("sign-on/succeeds/tape.jsonl"));
        records.push(tape.map_or(0, |tape| tape.entries.len()));
        full += 1;
        blocks += if blocks < 8 { 1 } else { 3 };
        assert!(blocks < 500, "nothing fits: {text}");
    }
    assert!(records.is_sorted() && records.first() < records.last(), "more room holds more: {records:?}");
    println!("{full} sizes, each with a sentence; what was recorded is whole: {records:?} records");
}

#[rstest]
#[case::a_file("run", |desk: &Desk| drop(File::create(desk.path("run")).unwrap()))]
#[case::under_a_file("file/run", |desk: &Desk| drop(File::create(desk.path("file")).unwrap()))]
#[case::no_place_for_folders("/proc/run", |_: &Desk| ())]
#[case::a_device("/dev/full", |_: &Desk| ())]
#[case::a_case_in_a_file("run", |desk: &Desk| {
    fs::create_dir(desk.path("run")).unwrap();
    fs::write(desk.path("run/sign-on"), "").unwrap();
})]
#[case::a_folder_in_the_place_of_the_results("run", |desk: &Desk| fs::create_dir_all(desk.path("run/results.json/x")).unwrap())]
#[case::a_folder_in_the_place_of_junit("run", |desk: &Desk| fs::create_dir_all(desk.path("run/junit.xml/x")).unwrap())]
fn a_run_folder_that_cannot_be_written_is_named(#[case] folder: &str, #[case] spoil: fn(&Desk)) {
    let desk = Desk::new();
    spoil(&desk);
    let output = Running::start(&mut run(&desk, folder.as_ref(), &[])).output();
    let text = said(&output);
    check_sentence(&output, &text);
    let named = [format!("failed to make {folder}"), format!("failed to write {folder}/")];
    assert!(named.iter().any(|named| text.contains(named)), "{text}");
    assert!(text.contains("name another one with `--run-dir DIR`"), "{text}");
    assert_eq!(desk.temporary(), [] as [&str; 0]);
}

#[test]
fn verdicts_that_cannot_be_printed_are_in_the_run_folder() {
    let desk = Desk::new();
    for (more, named) in [
        (&[][..], "standard output cannot be written: No space left"),
        (&["--test-threads=1"], "standard output cannot be written: No space left"),
        (&["--logfile", "/dev/full"], "/dev/full cannot be written: No space left"),
        (&["--logfile", "no/such/folder"], "no/such/folder cannot be written: No such file"),
    ] {
        let folder = desk.path("run");
        let mut command = run(&desk, &folder, more);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let text = said(&output);
        check_sentence(&output, &text);
        assert!(text.contains(named) && text.contains("are in the run folder"), "{text}");
        assert!(folder.join("results.json").exists() && folder.join("junit.xml").exists());
    }
}

#[test]
fn a_run_ends_with_its_cases_their_verdicts_and_both_times() {
    let desk = Desk::new();
    let folder = desk.path("run");
    let output = Running::start(&mut run(&desk, &folder, &[])).output();
    let text = said(&output);
    let closing = text.lines().find(|line| line.starts_with("1 case on sim: ")).unwrap_or(&text);
    let (verdicts, times) = closing.split_once("; ").unwrap();
    assert_eq!(verdicts, "1 case on sim: 1 pass, 0 fail, 0 rig-fault, 0 not-run, 0 inconclusive");
    let (wall, virtually) = times.split_once(", ").unwrap();
    assert!(wall.ends_with(" s of wall time") && virtually.ends_with(" s of virtual time"), "{times}");
    let results = fs::read_to_string(folder.join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let told: f64 = virtually.split(' ').next().unwrap().parse().unwrap();
    let kept = results["cases"][0]["clock-seconds"].as_f64().unwrap();
    assert!((told - kept).abs() <= 0.05 && kept > 0.1, "{told} s and {kept} s");
    assert!(fs::read_to_string(folder.join("junit.xml")).unwrap().contains("name=\"sign-on::succeeds\""));
}
