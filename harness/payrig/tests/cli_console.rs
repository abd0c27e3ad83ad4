//! `payrig console`: an old tape is printed, a run is watched while it is played, and nothing on a tape steers the window.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

use payrig_tape::{Direction, Lens, Tape};
use rustix::process::{Pid, Signal, kill_process};
use support::{Desk, root, said};
use tokio::{runtime::Builder, time::Instant};

fn sim(desk: &Desk, arguments: &[&str]) -> Command {
    desk.payrig_on(&root().join("rigs/sim.toml"), arguments)
}

/// Plays cases on the simulated board, to their end.
fn play(desk: &Desk, arguments: &[&str]) {
    let output = sim(desk, &[&["test", "--exact"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

fn stdout(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    String::from_utf8(output.stderr).unwrap()
}

/// A console that watches.
struct Watching {
    console: Child,
    rows: BufReader<std::process::ChildStdout>,
}

impl Watching {
    /// Starts it and waits until it has looked for the first time.
    fn start(command: &mut Command) -> Self {
        let mut console = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(console.stderr.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("watching"), "{first}");
        let rows = BufReader::new(console.stdout.take().unwrap());
        Self { console, rows }
    }

    /// What it shows, up to a row that contains `last`.
    fn until(&mut self, last: &str) -> String {
        let mut shown = String::new();
        while !shown.lines().last().is_some_and(|row| row.contains(last)) {
            let read = self.rows.read_line(&mut shown).unwrap();
            assert_ne!(read, 0, "it ended: {shown}");
        }
        shown
    }

    /// Presses Ctrl-C; what it shows after that.
    fn interrupt(mut self) -> String {
        let pid = Pid::from_raw(self.console.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let mut rest = String::new();
        self.rows.read_to_string(&mut rest).unwrap();
        assert_eq!(self.console.wait().unwrap().code(), Some(130));
        rest
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ended_already = self.console.kill();
        let _ended_already = self.console.wait();
    }
}

#[test]
fn an_old_tape_is_printed() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds"]);
    let rows = stdout(&mut sim(&desk, &["console", "run/sign-on/succeeds"]), 0);
    let expected = [
        "sign-on::succeeds on sim",
        "            -- power: on\n",
        "  slot      -> RST low\n",
        "  panel     -> booted: version ",
        "  panel     -> screen M010\n                          +------------------------+\n",
        "                          |Not provisioned         |\n",
        "  panel     <- provisioning record, 16 lines\n",
        "  panel     <- key 1\n",
        "  modem     -> AT+CREG?\n",
        "  modem     <- +CREG: 0,1\n",
        "  host      -> 0800 management request, STAN 000001, network code 004 sign-on",
        "  host      <- 0810 management answer, STAN 000001, response code 00 approved",
        "                          |Signed on               |\n",
        "-- verdict: pass\n",
    ];
    for row in expected {
        assert!(rows.contains(row), "{row:?} is not in\n{rows}");
    }
    assert!(!rows.contains('\x1b'), "no colours where there is no terminal");
    assert!(!rows.contains("terminal id"), "fields are for --verbose");
}

#[test]
fn fields_are_shown_on_demand_and_secrets_never() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds"]);
    let rows = stdout(&mut sim(&desk, &["console", "--verbose", "run/sign-on/succeeds/tape.jsonl"]), 0);
    let keys = root().join("fixtures/keys");
    for row in
        ["A2 04  proof                {proof}", "{key PIK#1}", "factory-key={key factory kcv 72EBA303}"]
    {
        assert!(rows.contains(row), "{row:?} is not in\n{rows}");
    }
    let texts = fs::read_dir(keys).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let values: Vec<_> = texts
        .flat_map(|text| {
            let values = text.lines().filter_map(|line| line.strip_prefix("value = \""));
            values.map(|value| value.trim_end_matches('"').to_uppercase()).collect::<Vec<_>>()
        })
        .collect();
    assert!(!values.is_empty());
    for value in values {
        assert!(!rows.to_uppercase().contains(&value), "a key is shown");
    }
}

#[test]
fn a_run_is_watched_while_it_is_played() {
    let desk = Desk::new();
    // The run folder need not be there yet.
    let mut watching = Watching::start(&mut sim(&desk, &["console", "--run-dir", "run"]));
    play(&desk, &["--run-dir", "run", "sign-on::succeeds", "sign-on::refused[code=03]"]);
    let mut rows = watching.until("-- verdict: pass");
    rows += &watching.until("-- verdict: pass");
    for case in ["sign-on::succeeds on sim", "sign-on::refused[code=03] on sim"] {
        assert!(rows.contains(case), "{rows}");
    }
    assert!(rows.contains("response code 03"), "{rows}");
    assert_eq!(watching.interrupt(), "");
}

#[test]
fn only_the_cases_that_were_asked_for_are_shown() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds", "sign-on::refused[code=03]"]);
    let console = ["console", "--run-dir", "run", "--case", "refused"];
    let mut watching = Watching::start(&mut sim(&desk, &console));
    let rows = watching.until("-- verdict: pass") + &watching.interrupt();
    assert!(rows.contains("sign-on::refused[code=03] on sim") && !rows.contains("succeeds"), "{rows}");
}

#[test]
fn every_new_run_of_the_rig_is_watched_and_none_that_has_ended() {
    let desk = Desk::new();
    play(&desk, &["sign-on::succeeds"]);
    let first = fs::read_dir(desk.path("runs")).unwrap().next().unwrap().unwrap().file_name();
    // Another rig's run, which this one is not to be taken for.
    fs::create_dir_all(desk.path("runs/20260101-000000-other-sim-9x")).unwrap();
    let mut watching = Watching::start(&mut sim(&desk, &["console"]));
    play(&desk, &["sign-on::refused[code=58]"]);
    let rows = watching.until("-- verdict: pass");
    assert!(rows.starts_with("sign-on::refused[code=58] on sim"), "{rows}");
    assert!(!rows.contains(&format!("{}/", first.to_str().unwrap())), "{rows}");
    watching.interrupt();
}

/// Two tapes at once: each row tells its case, and what was cut off is told when the tape goes.
#[test]
fn rows_of_several_cases_are_told_apart() {
    let desk = Desk::new();
    let mut watching = Watching::start(&mut sim(&desk, &["console", "--run-dir", "run"]));
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let _clock = runtime.enter();
    let tape = |case: &str| {
        let about = payrig_tape::About { case: case.into(), rig: "sim".into() };
        Tape::create_for(&desk.path("run").join(case), Instant::now(), &about).unwrap()
    };
    let (one, two) = (tape("one"), tape("two"));
    one.note("step", "1\x1b[2J\nbelow");
    watching.until("below");
    two.line("modem", Lens::Binary).record(Direction::ToTerminal, b"\r\nOK\x1b]0;x\x07\r\n");
    let row = watching.until("modem");
    assert!(row.contains("two     0.000  modem     <- OK\\u{1b}]0;x\\u{7}\n"), "{row}");
    one.line("panel", Lens::Text).record(Direction::FromTerminal, b"\x1b[?25l\x1b[1;1HPAY");
    fs::remove_dir_all(desk.path("run/one")).unwrap();
    let rows = watching.until("broken off");
    assert!(rows.contains("one     0.000  panel     -> broken off: \\u{1b}[?25l\\u{1b}[1;1HPAY"), "{rows}");
    watching.interrupt();
}

#[test]
fn colours_are_for_terminals() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds"]);
    let mut forced = sim(&desk, &["console", "run/sign-on/succeeds"]);
    let rows = stdout(forced.env("CLICOLOR_FORCE", "1"), 0);
    assert!(rows.contains("\x1b[32mpanel    \x1b[0m -> "), "{rows:?}");
}

#[test]
fn what_is_no_case_is_a_sentence() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds"]);
    let error = stderr(&mut sim(&desk, &["console", "run"]), 2);
    assert!(error.contains("run: there is no tape in it"), "{error}");
    assert!(error.contains("it holds the cases of a run: name one, such as run/sign-on/succeeds"), "{error}");
    let error = stderr(&mut sim(&desk, &["console", "nowhere"]), 2);
    assert!(error.contains("name the folder of a case, such as runs/<run>/sign-on/succeeds"), "{error}");
    let error = stderr(&mut sim(&desk, &["console", "run/results.json"]), 2);
    assert!(error.contains("results.json:1: not a record of a tape"), "{error}");
}

#[test]
fn a_tape_that_was_cut_off_is_printed_as_far_as_it_goes() {
    let desk = Desk::new();
    play(&desk, &["--run-dir", "run", "sign-on::succeeds"]);
    let tape = desk.path("run/sign-on/succeeds/tape.jsonl");
    let text = fs::read_to_string(&tape).unwrap();
    fs::write(&tape, &text[..text.len() / 2]).unwrap();
    let rows = stdout(&mut sim(&desk, &["console", "run/sign-on/succeeds"]), 0);
    assert!(rows.contains("panel     -> screen M100"), "{rows}");
    assert!(rows.ends_with("the tape is incomplete: its writer was killed, or still writes\n"), "{rows}");
}
