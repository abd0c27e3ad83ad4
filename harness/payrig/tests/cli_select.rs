//! Which cases a run plays, how often, and where it stops.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests of processes run in wall time, and fail by a panic"
)]

mod support;

use std::{
    cell::RefCell,
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Command, Output},
};

use rustix::process::Signal;
use support::{Desk, Running, root, said};

/// A desk with fixtures of its own, of which two scenarios expect what no terminal does.
struct Bent(Desk);

/// In the order in which they are played.
const BENT: [&str; 2] = ["sign-on::no-signal", "sign-on::sim-no-credit"];
/// The cases that are played: the bent ones are among them.
const GROUP: &str = "sign-on::";

impl Bent {
    fn new() -> Self {
        let desk = Desk::new();
        let copied =
            Command::new("cp").arg("-r").arg(root().join("fixtures")).arg(desk.path("")).status().unwrap();
        assert!(copied.success());
        for case in BENT {
            let file = desk.path(&format!("fixtures/scenarios/{}.toml", case.replace("::", "/")));
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace("see = \"", "see = \"no-sim\" # \"")).unwrap();
        }
        Self(desk)
    }

    fn payrig(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.payrig_on(&root().join("rigs/sim.toml"), arguments);
        command.env("PAYRIG_FIXTURES", self.0.path("fixtures"));
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output: Output = self.payrig(arguments).output().unwrap();
        (output.status.code(), said(&output))
    }
}

#[test]
fn the_failures_of_the_last_run_are_played_again_until_there_is_none() {
    let bent = Bent::new();
    let (code, text) = bent.run(&["test", "--last-failed"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = bent.run(&["test", GROUP]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("2 fail"), "{text}");
    let (code, text) = bent.run(&["test", "--last-failed"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(BENT.iter().all(|case| text.contains(&format!("test {case}"))), "{text}");
    assert!(text.contains("2 cases on sim: 0 pass, 2 fail"), "{text}");
    // Mended, they pass, and then there is nothing to play again.
    let mend =
        |command: &mut Command| command.env("PAYRIG_FIXTURES", root().join("fixtures")).output().unwrap();
    let mended = mend(&mut bent.payrig(&["test", "--last-failed"]));
    assert!(said(&mended).contains("2 cases on sim: 2 pass"), "{}", said(&mended));
    let (code, text) = bent.run(&["test", "--last-failed"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("every case of the last run passed"), "{text}");
}

#[test]
fn a_case_is_repeated_with_other_seeds_and_other_keys() {
    let desk = Desk::new();
    let sim = root().join("rigs/sim.toml");
    let run =
        ["test", "--repeat", "3", "--seed", "40", "--run-dir", "run", "sign-on::succeeds", "a-blank-board"];
    let output = desk.payrig_on(&sim, &run).output().unwrap();
    assert!(said(&output).contains("6 cases on sim: 6 pass"), "{}", said(&output));
    let seeds = ["succeeds", "succeeds#2", "succeeds#3"].map(|case| {
        let played = payrig_bench::Played::read(&desk.path("run/sign-on").join(case)).unwrap();
        let host = fs::read(desk.path("run/sign-on").join(case).join("host.pcapng")).unwrap();
        (played.seed, host)
    });
    assert_eq!(seeds.each_ref().map(|(seed, _)| *seed), [40, 41, 42]);
    assert!(seeds[0].1 != seeds[1].1 && seeds[1].1 != seeds[2].1, "the same keys for two seeds");
}

#[test]
fn a_run_is_held_at_its_first_failure_with_the_terminal_in_reach() {
    let bent = Bent::new();
    let running = Running::start(&mut bent.payrig(&["test", "--hold", "--run-dir", "run", GROUP]));
    // The socket has its name a moment before anybody listens to it.
    let panel = RefCell::new(None);
    running.until(|| {
        *panel.borrow_mut() = socket(&bent.0).and_then(|socket| UnixStream::connect(socket).ok());
        panel.borrow().is_some()
    });
    let mut panel = panel.into_inner().unwrap();
    let shown = read_until(&mut panel, "E205");
    assert!(shown.contains("No network signal"), "{shown}");
    panel.write_all(b"\r").unwrap();
    read_until(&mut panel, "M100");
    panel.write_all(b"7").unwrap();
    let keys = read_until(&mut panel, "M120");
    assert!(keys.contains("PIK --------"), "{keys}");
    drop(panel);
    running.signal(Signal::INT);
    let output = running.output();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("sign-on::no-signal is held with its rig powered"), "{text}");
    assert!(text.contains("payrig panel --attach "), "{text}");
    assert!(text.contains("not played: the run was stopped at a failure"), "{text}");
    assert!(!text.contains("sign-on::sim-no-credit is held"), "{text}");
    assert_eq!(bent.0.temporary(), Vec::<String>::new());
}

fn socket(desk: &Desk) -> Option<PathBuf> {
    let mut folders = fs::read_dir(desk.path("tmp")).unwrap();
    folders
        .find_map(|folder| Some(folder.unwrap().path().join("panel.sock")).filter(|socket| socket.exists()))
}

/// What the panel shows until a message id has come.
fn read_until(panel: &mut UnixStream, id: &str) -> String {
    panel.set_read_timeout(Some(support::LIMIT)).unwrap();
    let (mut shown, mut bytes) = (String::new(), [0; 512]);
    while !shown.contains(id) {
        let count = panel.read(&mut bytes).unwrap();
        assert!(count > 0, "the panel closed after {shown}");
        shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    shown
}
