//! `payrig card`: a card for software that is none of ours, and what it says of a card in a reader.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so by its panic; processes run in wall time"
)]

#[path = "../../card/tests/pcsc/private.rs"]
mod private;

use std::{
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use libtest_mimic::{Arguments, Trial};
use private::{Pcscd, line_with, output, run, until};
use rustix::process::{Pid, Signal, kill_process};

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("foreign_software_finds_the_card_and_what_is_said_is_shown", served),
    ("a_card_in_a_reader_is_read", read),
    ("a_card_without_a_directory_is_told", without_directory),
    ("no_service_and_no_vpcd_are_the_rigs_fault", no_service),
    ("the_end_of_vpcd_is_told", vpcd_ends),
    ("the_cards_are_listed", listed),
    ("a_wrong_argument_is_told", wrong),
    ("the_doctor_looks_at_the_reader_of_a_rig", doctor),
];

fn main() {
    let mut arguments = Arguments::from_args();
    // They share the one PC/SC that they have here.
    arguments.test_threads = Some(1);
    if !arguments.list {
        private::enter();
    }
    let trial = |(name, test): &Test| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&arguments, TESTS.iter().map(trial).collect()).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn payrig(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.args(arguments).env("PAYRIG_FIXTURES", root().join("fixtures")).env_remove("NEXTEST_RUN_ID");
    command
}

/// What it says, which ends with this exit code.
#[track_caller]
fn says(arguments: &[&str], code: i32) -> String {
    let output = output(&mut payrig(arguments));
    let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

/// A card that is served; ended with the test.
struct Card {
    process: Child,
    stdout: BufReader<ChildStdout>,
}

impl Card {
    fn serving(arguments: &[&str]) -> Self {
        let mut command = payrig(&[&["card", "--vpcd"], arguments].concat());
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        line_with(&mut stdout, "serving ");
        let card = Self { process, stdout };
        until("the card in the reader", || {
            let readers = run(Command::new("opensc-tool").arg("--list-readers"));
            readers.lines().any(|line| line.starts_with("0    Yes"))
        });
        card
    }

    /// Ends it as Ctrl-C does; all that it said and was not read yet.
    fn ended(mut self) -> String {
        kill_process(Pid::from_child(&self.process), Signal::INT).unwrap();
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(130));
        said
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
    }
}

/// SELECT of the only application, and READ RECORD: hex for opensc-tool.
const SELECT: &str = "00A4040008A00000033301010200";
const VERIFY: &str = "0020008008241234FFFFFFFFFF";

fn served() {
    let _service = Pcscd::start();
    let card = Card::serving(&["--profile", "unionpay-credit"]);
    let atr = run(Command::new("opensc-tool").args(["--reader", "0", "--atr"]));
    assert_eq!(atr.trim(), "3b:68:00:00:50:41:59:52:49:47:30:31");
    let said = run(Command::new("opensc-tool").args(["--reader", "0", "-s", SELECT, "-s", VERIFY]));
    assert!(said.contains("Received (SW1=0x90, SW2=0x00)"), "{said}");
    let said = card.ended();
    for told in [
        "-- power on; ATR 3B 68 00 00 50 41 59 52 49 47 30 31",
        "> 00 A4 04 00 08  SELECT, 8 bytes",
        "> 00 20 00 80 08  VERIFY, 8 bytes",
        "< 90 00 behind ",
    ] {
        assert!(said.contains(told), "{told:?} is missing in {said}");
    }
    assert!(!said.contains("24 12 34"), "{said}");
    until("the reader without its card", || {
        run(Command::new("opensc-tool").arg("--list-readers")).lines().any(|line| line.starts_with("0    No"))
    });
}

fn read() {
    let _service = Pcscd::start();
    let _card = Card::serving(&["--profile", "unionpay-credit"]);
    for arguments in [&["card", "--read"][..], &["card", "--read", "--reader", "virtual"]] {
        let said = says(arguments, 0);
        for told in [
            "reader        Virtual PCD 00 00\n",
            "ATR           3B 68 00 00 50 41 59 52 49 47 30 31\n",
            "direct convention\n",
            "  A000000333010102                  UnionPay Credit, priority 1\n",
        ] {
            assert!(said.contains(told), "{told:?} is missing in {said}");
        }
    }
}

fn without_directory() {
    let _service = Pcscd::start();
    let _card = Card::serving(&["--profile", "no-directory"]);
    let said = says(&["card", "--read"], 0);
    assert!(said.contains("no directory: SELECT 1PAY.SYS.DDF01 is answered with 6A82"), "{said}");
}

fn no_service() {
    let said = says(&["card", "--read"], 3);
    assert!(said.contains("PC/SC does not run here, so no card reader can be used"), "{said}");
    assert!(said.contains("start it with `systemctl start pcscd.socket`"), "{said}");
    let said = says(&["card", "--vpcd"], 3);
    assert!(said.contains("no vpcd answers at 127.0.0.1:35963: Connection refused"), "{said}");
    let _service = Pcscd::start();
    let said = says(&["card", "--read", "--reader", "Virtual PCD 00 01"], 3);
    assert!(said.contains("no card is in the reader `Virtual PCD 00 01`: put one in"), "{said}");
    let said = says(&["card", "--read", "--reader", "ACR38"], 3);
    assert!(said.contains("no card reader is named like `ACR38`"), "{said}");
}

fn vpcd_ends() {
    let service = Pcscd::start();
    let mut card = Card::serving(&[]);
    service.end();
    assert_eq!(card.process.wait().unwrap().code(), Some(3));
    let mut said = String::new();
    card.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("vpcd has closed the connection"), "{said}");
}

fn listed() {
    let said = says(&["card", "--list"], 0);
    let names = fs::read_dir(root().join("fixtures/cards")).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "toml")
    });
    assert_eq!(said.lines().count(), names.count());
    let line = said.lines().find(|line| line.starts_with("unionpay-credit ")).unwrap();
    assert!(line.contains("UnionPay credit card"), "{line}");
}

fn wrong() {
    for (arguments, told) in [
        (&["card"][..], "<--vpcd [<ADDR>]|--read|--list>"),
        (&["card", "--read", "--list"], "cannot be used with"),
        (&["card", "--vpcd", "35963"], "expected a host and a port, as in `127.0.0.1:35963`"),
        (&["card", "--vpcd", "--profile", "unionpay-credi"], "did you mean `unionpay-credit`?"),
        (&["card", "--read", "--reveal"], "cannot be used with"),
    ] {
        let said = says(arguments, 2);
        assert!(said.contains(told), "{told:?} is missing in {said}");
    }
    let help = says(&["card", "--help"], 0);
    assert!(help.contains("payrig card --vpcd --profile unionpay-credit"), "{help}");
}

fn doctor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let text =
        "title = \"Mine\"\nboard = \"sim\"\ntime = \"real\"\n[cards]\nslot = { reader = \"Virtual\" }\n";
    fs::write(&file, text).unwrap();
    let arguments = ["doctor", "--rig", file.to_str().unwrap()];
    let said = says(&arguments, 3);
    assert!(said.contains("physical-card"), "{said}");
    assert!(
        said.contains("PC/SC does not run here") && said.contains("mend it with: start it with"),
        "{said}"
    );
    // A run does not begin without it.
    let said = says(&["test", "--rig", file.to_str().unwrap(), "power::"], 3);
    assert!(said.contains("PC/SC does not run here"), "{said}");
    let _service = Pcscd::start();
    let _card = Card::serving(&[]);
    let said = says(&arguments, 0);
    assert!(said.contains("Virtual PCD 00 00, with a card in it; a case uses it"), "{said}");
}
