//! What the commands say when a rig, an image or this machine is not as it should be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use rstest::rstest;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with a copy of `rigs/qemu.toml`, changed, from which a command is run.
struct Desk {
    folder: TempDir,
    rig: PathBuf,
}

impl Desk {
    fn new(change: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(root().join("rigs/qemu.toml")).unwrap();
        let here = root().canonicalize().unwrap();
        let text = text
            .replace("../target-firmware", here.join("target-firmware").to_str().unwrap())
            .replace("\"chips/", &format!("\"{}/", here.join("rigs/chips").display()))
            .replace("../target/rigs/qemu", "state");
        let rig = folder.path().join("rig.toml");
        fs::write(&rig, change(text)).unwrap();
        Self { folder, rig }
    }

    fn payrig(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
        command.current_dir(self.folder.path()).args(arguments).arg("--rig").arg(&self.rig);
        if ["test", "panel", "list"].contains(&arguments[0]) {
            command.env("PAYRIG_FIXTURES", root().join("fixtures"));
        }
        command.env_remove("NEXTEST_RUN_ID");
        command
    }

    /// Everything in the folder but the rig file.
    fn left_behind(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| *path != self.rig).collect()
    }
}

fn stderr(command: &mut Command, code: i32) -> String {
    String::from_utf8(command.assert().code(code).get_output().stderr.clone()).unwrap()
}

fn stdout(command: &mut Command, code: i32) -> String {
    String::from_utf8(command.assert().code(code).get_output().stdout.clone()).unwrap()
}

fn without_emulator(text: String) -> String {
    text.replace("qemu-system-arm", "qemu-system-that-is-not-there")
}

fn without_image(text: String) -> String {
    text.replace("mps2-an386.elf", "that-is-not-there.elf")
}

#[test]
fn listing_opens_nothing_and_needs_nothing() {
    let desk = Desk::new(|text| without_emulator(without_image(text)));
    assert!(stdout(&mut desk.payrig(&["list"]), 0).contains("sign-on::kcv-wrong[key=MAK]"));
    let terse = stdout(&mut desk.payrig(&["test", "--list", "--format", "terse"]), 0);
    assert!(terse.contains("sign-on::succeeds: test\n"), "{terse}");
    assert_eq!(desk.left_behind(), Vec::<PathBuf>::new());
}

#[rstest]
#[case::run(&["test"])]
#[case::power(&["power", "--seconds", "1"])]
fn a_missing_emulator_is_the_doctors_sentence(#[case] arguments: &[&str]) {
    let desk = Desk::new(without_emulator);
    let error = stderr(&mut desk.payrig(arguments), 3);
    assert!(error.contains("qemu-system-that-is-not-there is not to be found"), "{error}");
    assert!(error.contains("mend it with: ci/setup"), "{error}");
    assert_eq!(desk.left_behind(), Vec::<PathBuf>::new());
}

#[test]
fn a_missing_image_is_the_doctors_sentence() {
    let desk = Desk::new(without_image);
    let error = stderr(&mut desk.payrig(&["test"]), 3);
    assert!(error.contains("that-is-not-there.elf: there is no image yet"), "{error}");
    assert!(error.contains("mend it with: ci/firmware mps2-an386"), "{error}");
    let doctor = stdout(&mut desk.payrig(&["doctor"]), 3);
    assert!(doctor.contains("mend it with: ci/firmware mps2-an386"), "{doctor}");
}

#[rstest]
#[case::flash(&["flash"])]
#[case::run(&["test"])]
fn a_wrong_image_is_named_with_its_offset(#[case] arguments: &[&str]) {
    let desk = Desk::new(|text| text.replace("image = \"", "image = \"wrong.elf\" # "));
    fs::write(desk.folder.path().join("wrong.elf"), b"\x7fELF\x02\x01\x01").unwrap();
    let error = stderr(&mut desk.payrig(arguments), 2);
    assert!(error.contains("wrong.elf: byte 4: expected a 32-bit ELF file (class 1), found 02"), "{error}");
}

#[rstest]
#[case::key("title", "titel", "rig.toml:2:1: unknown key `titel`; did you mean `title`?")]
#[case::value(
    "time = \"real\"",
    "time = \"reel\"",
    "rig.toml:4:8: unknown value `reel`; did you mean `real`?"
)]
fn a_wrong_rig_file_is_named_with_its_place(#[case] from: &str, #[case] to: &str, #[case] sentence: &str) {
    let desk = Desk::new(|text| text.replacen(from, to, 1));
    for command in ["test", "list", "flash", "power", "doctor"] {
        let error = stderr(&mut desk.payrig(&[command]), 2);
        assert!(error.contains(sentence), "{command}: {error}");
    }
}

#[test]
fn a_rig_file_that_is_not_there_is_a_sentence() {
    let desk = Desk::new(|text| text);
    fs::remove_file(&desk.rig).unwrap();
    let error = stderr(&mut desk.payrig(&["test"]), 2);
    assert!(error.contains("rig.toml: cannot be read"), "{error}");
}

#[test]
fn a_wrong_provisioning_record_is_named_with_its_line() {
    let desk = Desk::new(|text| text);
    let record = "%PAYRIG-RECORD 1\nserail=0000290210015708\n%END 0000\n";
    fs::write(desk.folder.path().join("mine.record"), record).unwrap();
    let error = stderr(&mut desk.payrig(&["panel", "--record", "mine.record"]), 2);
    assert!(error.starts_with("payrig: mine.record:"), "{error}");
    assert!(error.lines().count() <= 2, "a sentence and what to do: {error}");
}

#[test]
fn a_wrong_fixture_is_named_with_its_place_before_anything_is_started() {
    let desk = Desk::new(|text| text);
    let fixtures = desk.folder.path().join("fixtures");
    for folder in ["dialects", "terminals", "terminals/panels", "networks", "acquirers", "keys"] {
        fs::create_dir_all(fixtures.join(folder)).unwrap();
        for entry in fs::read_dir(root().join("fixtures").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, fixtures.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    fs::create_dir(fixtures.join("scenarios")).unwrap();
    let network = fixtures.join("networks/cellular-normal.toml");
    let text = fs::read_to_string(&network).unwrap();
    fs::write(&network, format!("whether = \"fine\"\n{text}")).unwrap();
    let error = stderr(desk.payrig(&["test"]).env("PAYRIG_FIXTURES", &fixtures), 2);
    assert!(error.contains("cellular-normal.toml:1:1") && error.contains("whether"), "{error}");
    assert_eq!(desk.left_behind(), vec![fixtures]);
}
