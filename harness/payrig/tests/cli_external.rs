//! What the commands say of a rig with a device on its modem line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with a rig of this modem.
fn rig(modem: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "title = \"Mine\"\nboard = \"sim\"\ntime = \"virtual\"\n[lines]\nmodem = {{ external = \"{modem}\" }}\n"
    );
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    folder
}

fn payrig(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(folder.path()).args(arguments).args(["--rig", "mine.toml"]);
    command.env("PAYRIG_FIXTURES", root().join("fixtures")).env_remove("NEXTEST_RUN_ID");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_doctor_tells_what_is_expected_where_without_opening_it() {
    // Nobody is there, which only a case would find out.
    let output = payrig(&rig("tcp:127.0.0.1:9"), &["doctor"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    assert!(said.contains("can: power, reset, blank, tamper, cellular-modem\n"), "{said}");
    assert!(said.contains("external, cellular, tcp:127.0.0.1:9; a case opens it"), "{said}");
}

#[test]
fn a_port_that_is_not_there_keeps_a_run_from_beginning() {
    let folder = rig("tty:no-such-port");
    for command in ["doctor", "test"] {
        let output = payrig(&folder, &[command]);
        assert_eq!(output.status.code(), Some(3), "{command}");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(
            said.contains("the modem line has no device: tty:no-such-port: No such file or directory"),
            "{said}"
        );
        assert!(
            said.contains("mend it with: power the device and plug it in, or correct `modem` under [lines]"),
            "{said}"
        );
    }
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn the_list_says_which_cases_the_device_cannot_be_used_for() {
    let output = payrig(&rig("tcp:127.0.0.1:9"), &["list"]);
    let said = text(&output.stdout);
    let line = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let played = line("network::no-signal[network=no-signal] ");
    assert!(
        played.contains("(not on mine: mine's modem is external, and it has no virtual-time)"),
        "{played}"
    );
    assert!(!line("sign-on::after-power-on ").contains("not on"), "nothing of it needs our network");
}
