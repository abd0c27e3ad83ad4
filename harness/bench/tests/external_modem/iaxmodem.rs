//! Debian's `iaxmodem`: a soft modem whose AT interpreter is that of spandsp. Its telephone exchange is not there, so that no call is
//! answered; everything up to that is its own.

use std::fs;

use payrig_bench::{Report, Verdict};
use payrig_rig::RigFile;
use payrig_tape::{
    Direction::{FromTerminal, ToTerminal},
    Recording,
};
use tempfile::TempDir;

use crate::{desk::Desk, devices_end, free_port, has, play, process::Program, rig, sign_on, terminals_end};

/// A modem that runs; ended with the test.
struct Iaxmodem {
    _program: Program,
    folder: TempDir,
}

impl Iaxmodem {
    fn running() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (settings, port) = (folder.path().join("settings"), folder.path().join("port"));
        // Nobody but this test speaks to its sound port, which is none of the exchange's either.
        let text = format!(
            "device {}\nowner root:root\nmode 660\nport {}\nrefresh 0\nserver 127.0.0.1\npeername x\nsecret x\n\
             cidname x\ncidnumber 1\ncodec slinear\n",
            port.display(),
            free_port()
        );
        fs::write(&settings, text).unwrap();
        // It looks for its settings in /etc/iaxmodem.
        let name = format!("../..{}", settings.display());
        Self { _program: Program::making(&port, &["iaxmodem", &name]), folder }
    }

    fn rig(&self) -> RigFile {
        let port = self.folder.path().join("port");
        rig(&format!("[lines]\nmodem = {{ external = \"tty:{}\", access = \"line\" }}\n", port.display()))
    }
}

const WORLD: &str = "terminal = \"keyed-line\"\nnetwork = \"line-normal\"\n";

/// Signs on over it with this wrong with the line, and sees `message`.
fn sign_on_and_see(line: &str, message: &str) -> (Report, Recording) {
    let (desk, modem) = (Desk::new(), Iaxmodem::running());
    let rest = format!(
        "[[steps]]\nsee = \"{message}\"\nwithin = \"30s\"\n[expect]\nhost-messages = 0\nkeys = \"unchanged\"\n"
    );
    let text =
        sign_on(WORLD, &rest).replacen("[[steps]]", &format!("[[steps]]\nline = {line}\n[[steps]]"), 1);
    let report = play(&desk, &modem.rig(), &text);
    (report, desk.tape())
}

/// Each try takes the modem 45 s; the terminal's `tries` are 1 here.
#[test]
fn its_no_answer_is_told_as_such_and_the_dialogue_is_recorded_though_it_comes_late() {
    let (desk, modem) = (Desk::new(), Iaxmodem::running());
    let once = fs::read_to_string(crate::root().join("fixtures/terminals/keyed-line.toml")).unwrap();
    desk.write("../terminals/keyed-line.toml", &once.replace("tries = 3", "tries = 1"));
    let rest = "[[steps]]\nsee = \"number-does-not-answer\"\nwithin = \"90s\"\n[expect]\nhost-messages = 0\nkeys = \"unchanged\"\n";
    let text =
        sign_on(WORLD, rest).replacen("[[steps]]", "[[steps]]\nline = { delay = \"150ms\" }\n[[steps]]", 1);
    let report = play(&desk, &modem.rig(), &text);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let tape = desk.tape();
    let dialogue =
        ["AT\r\r\nOK\r\n", "ATZ\r\r\nOK\r\n", "ATE0V1X4\r\r\nOK\r\n", "\r\nNO ANSWER\r\n"].concat();
    // A terminal that was too hasty at first has asked again.
    assert!(String::from_utf8(terminals_end(&tape, ToTerminal)).unwrap().ends_with(&dialogue));
    assert!(terminals_end(&tape, FromTerminal).ends_with(b"AT\rATZ\rATE0V1X4\rATDT95516\r"));
    for way in [FromTerminal, ToTerminal] {
        assert_eq!(terminals_end(&tape, way), devices_end(&tape, way));
    }
}

/// Which bytes are damaged is drawn, but when the modem answers is its own matter: a line as long as the command is a wrong echo.
#[test]
fn what_it_says_is_damaged_on_the_way_and_the_terminal_says_so_of_an_answer_or_an_echo() {
    // Of every byte too much would be wrong: nothing would be a line any more.
    let (report, tape) =
        sign_on_and_see("{ damage = \"1 in 4\", direction = \"to-terminal\" }", "modem-echo-wrong");
    let screen = report.aftermath.and_then(|after| after.screen).unwrap_or_default();
    let of_an_answer = report.verdict == Verdict::Fail && screen.contains("E220");
    assert!(report.verdict == Verdict::Pass || of_an_answer, "{:?}", report.why);
    assert!(tape.stream("host", FromTerminal).is_empty(), "nothing went out to the host");
    let (sent, got) = (devices_end(&tape, ToTerminal), terminals_end(&tape, ToTerminal));
    assert!(has(&sent, "\r\nOK\r\n"), "it said what it says");
    assert!(got.len() == sent.len() && got != sent, "the terminal got something else");
    let differ = got.iter().zip(&sent).filter(|(got, sent)| got != sent);
    assert!(differ.clone().all(|(got, sent)| (got ^ sent).count_ones() == 1));
    assert!(differ.count() * 2 < sent.len());
}

#[test]
fn what_it_says_is_lost_on_the_way_and_the_terminal_hears_no_modem() {
    let (report, tape) =
        sign_on_and_see("{ drop = \"all\", direction = \"to-terminal\" }", "line-modem-silent");
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert!(has(&devices_end(&tape, ToTerminal), "\r\nOK\r\n"));
    assert_eq!(terminals_end(&tape, ToTerminal), b"");
}
