//! `payrig modem`: the modem alone, for software that is none of ours, on a port that it opens as any serial port.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so by its panic; processes run in wall time"
)]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use serialport::{ClearBuffer, SerialPort, TTYPort};
use support::{root, said};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(30);

fn payrig(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(folder).arg("modem").args(arguments);
    command.env("PAYRIG_FIXTURES", root().join("fixtures")).stdin(Stdio::null());
    // A machine whose name server is silent says so before the tests give up.
    command.env("RES_OPTIONS", "timeout:1 attempts:1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A modem that serves; ended with the test.
struct Modem {
    process: Child,
    stdout: Option<BufReader<ChildStdout>>,
    folder: TempDir,
}

impl Modem {
    fn serving(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let all = [&["--pty", "modem", "--seed", "1"], arguments].concat();
        let mut process = payrig(folder.path(), &all).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        if first.trim_end() != "serving on modem" {
            let mut said = String::new();
            process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{first}{said}");
        }
        Self { process, stdout: Some(stdout), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("modem")
    }

    fn open(&self) -> Software {
        let path = self.path();
        Software(serialport::new(path.to_str().unwrap(), 115_200).timeout(LIMIT).open_native().unwrap())
    }

    /// Waits until it says this.
    fn says(&mut self, what: &str) {
        let mut line = String::new();
        while !line.contains(what) {
            line.clear();
            assert_ne!(self.stdout.as_mut().unwrap().read_line(&mut line).unwrap(), 0, "{what}");
        }
    }

    /// Ends it by a signal; what it said, and its exit code.
    fn ended_by(mut self, signal: Signal) -> (String, Option<i32>) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        let mut said = String::new();
        self.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let code = self.process.wait().unwrap().code();
        assert!(self.path().symlink_metadata().is_err(), "the port's link is left");
        (said, code)
    }
}

impl Drop for Modem {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
    }
}

/// Software with the port open.
struct Software(TTYPort);

impl Software {
    /// What comes up to these bytes.
    fn heard_to(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let mut byte = [0];
            if let Err(error) = self.0.read_exact(&mut byte) {
                panic!("{error} behind {:?}", String::from_utf8_lossy(&heard));
            }
            heard.extend(byte);
        }
        String::from_utf8(heard).unwrap()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// A command, and the lines of its answer to the one that ends it.
    fn ask(&mut self, command: &str, last: &str) -> String {
        self.send(format!("{command}\r").as_bytes());
        let answer = self.heard_to(&format!("\r\n{last}\r\n"));
        answer.split(['\r', '\n']).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
    }
}

#[test]
fn software_finds_a_modem_and_what_is_said_is_shown() {
    let modem = Modem::serving(&[]);
    let mut software = modem.open();
    for (command, answer) in [
        ("AT", "AT | OK"),
        ("ATZ", "ATZ | OK"),
        ("ATE0", "ATE0 | OK"),
        ("ATV1", "OK"),
        ("AT&FE0", "OK"),
        ("AT+CMEE=?", "+CMEE: (0-2) | OK"),
        ("ATI", "SIM800 R14.18 | OK"),
        ("AT+CGMI", "SIMCOM_Ltd | OK"),
        ("AT+CGMM", "SIMCOM_SIM800L | OK"),
        ("AT+CGMR", "Revision:1418B05SIM800L24 | OK"),
        ("AT+CGSN", "001010123456788 | OK"),
        ("AT+CIMI", "001010123456789 | OK"),
        ("AT+CCID", "89860000000000000001 | OK"),
        ("AT+CPIN?", "+CPIN: READY | OK"),
        ("AT+CSQ", "+CSQ: 21,0 | OK"),
        ("AT+COPS?", "+COPS: 0,0,\"PAYRIG TEST\" | OK"),
        ("AT+CREG=?", "+CREG: (0-2) | OK"),
        ("AT+GCAP", "+GCAP: +CGSM | OK"),
        ("AT+CGDCONT?", "+CGDCONT: 1,\"IP\",\"\",\"0.0.0.0\",0,0 | OK"),
        ("AT+CFUN?", "+CFUN: 1 | OK"),
    ] {
        assert_eq!(software.ask(command, "OK"), answer);
    }
    assert_eq!(software.ask("AT^SYSINFO", "ERROR"), "ERROR");
    assert_eq!(software.ask("AT+CPIN=\"4711\"", "ERROR"), "ERROR");
    drop(software);
    let (said, code) = modem.ended_by(Signal::TERM);
    assert_eq!(code, Some(143), "{said}");
    for told in [
        "-- A registered SIM with data service; every step works, and quickly; seed 1; Ctrl-C ends",
        "-- the port was opened",
        "> AT+CSQ\n",
        "< +CSQ: 21,0\n",
        "> AT+CPIN=\"****\"\n",
    ] {
        assert!(said.contains(told), "{told:?} is missing in {said}");
    }
    assert!(!said.contains("4711"));
}

#[test]
fn the_module_stays_as_it_was_set_when_software_comes_and_goes() {
    let mut modem = Modem::serving(&["--network", "no-sim"]);
    let mut first = modem.open();
    assert_eq!(first.ask("ATE0", "OK"), "ATE0 | OK");
    assert_eq!(first.ask("AT+CMEE=1", "OK"), "OK");
    // An answer that nobody reads is not the next one's.
    first.send(b"ATI\r");
    first.heard_to("SIM800");
    drop(first);
    modem.says("-- the port was closed");
    let mut second = modem.open();
    assert_eq!(second.ask("AT+CPIN?", "+CME ERROR: 10"), "+CME ERROR: 10");
    drop(second);
    let (said, code) = modem.ended_by(Signal::INT);
    assert_eq!(code, Some(130), "{said}");
}

#[test]
fn no_connection_leaves_this_machine_unless_it_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let modem = Modem::serving(&[]);
    let mut software = modem.open();
    software.ask("ATE0", "OK");
    let answer = software.ask(&format!("AT+CIPSTART=\"TCP\",\"127.0.0.1\",{port}"), "CONNECT FAIL");
    assert_eq!(answer, "OK | STATE: TCP CLOSED | CONNECT FAIL");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let (said, _) = modem.ended_by(Signal::TERM);
    let told = format!("-- connection to 127.0.0.1:{port}: refused; --allow-network lets it through");
    assert!(said.contains(&told), "{said}");
}

#[test]
fn a_connection_that_is_allowed_carries_data_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let modem = Modem::serving(&["--allow-network"]);
    let mut software = modem.open();
    software.ask("ATE0;+CIPHEAD=1", "OK");
    software.ask(&format!("AT+CIPSTART=\"TCP\",\"127.0.0.1\",{port}"), "CONNECT OK");
    let (mut host, _) = listener.accept().unwrap();
    host.set_read_timeout(Some(LIMIT)).unwrap();
    software.send(b"AT+CIPSEND=5\r");
    software.heard_to("> ");
    software.send(b"\x00\r\n\x11\xff");
    software.heard_to("SEND OK\r\n");
    let mut arrived = [0; 5];
    host.read_exact(&mut arrived).unwrap();
    assert_eq!(arrived, *b"\x00\r\n\x11\xff");
    host.write_all(b"yes").unwrap();
    assert_eq!(software.heard_to("yes"), "\r\n+IPD,3:yes");
    drop(host);
    assert_eq!(software.heard_to("CLOSED\r\n"), "\r\nCLOSED\r\n");
    let (said, _) = modem.ended_by(Signal::TERM);
    assert!(said.contains(&format!("-- connection to 127.0.0.1:{port}: open")), "{said}");
    assert!(said.contains("> (5 bytes)") && said.contains("< (3 bytes)"), "{said}");
}

#[test]
fn a_window_that_is_closed_ends_it() {
    let mut modem = Modem::serving(&[]);
    let mut software = modem.open();
    drop(modem.stdout.take());
    software.send(b"AT\r");
    let began = Instant::now();
    while modem.process.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < LIMIT, "it goes on");
        let _it_may_be_gone = software.0.clear(ClearBuffer::Input);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(modem.path().symlink_metadata().is_err(), "the port's link is left");
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output: Output = payrig(folder, arguments).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

#[rstest]
#[case::network(&["--pty", "m", "--network", "no-sin"], "--network: unknown file of fixtures/networks `no-sin`; did you mean `no-sim`?")]
#[case::folder(&["--pty", "nowhere/m"], "--pty nowhere/m: no link can be made there")]
#[case::taken(&["--pty", "taken"], "--pty taken: there is something of this name already")]
#[case::no_port(&[], "--pty <PATH>")]
fn a_wrong_argument_is_told(#[case] arguments: &[&str], #[case] told: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("taken"), "mine").unwrap();
    let said = refused(folder.path(), arguments);
    assert!(said.contains(told), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_link_that_a_killed_modem_left_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("modem");
    std::os::unix::fs::symlink("/dev/pts/no-such", &path).unwrap();
    let mut process = payrig(folder.path(), &["--pty", "modem"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "serving on modem\n");
    assert!(path.exists());
    process.kill().unwrap();
    process.wait().unwrap();
}

/// What ModemManager, wvdial and pppd's chat scripts ask before they work.
#[test]
fn a_modem_stack_finds_an_ec20() {
    let modem = Modem::serving(&["--module", "ec20", "--variant", "3"]);
    let mut software = modem.open();
    software.send(b"ATE0\r");
    software.heard_to("OK\r\n");
    for (command, part) in [
        ("ATV1", "OK"),
        ("AT+CMEE=1", "OK"),
        ("ATX4", "OK"),
        ("AT&C1", "OK"),
        ("AT+IFC=1,1", "OK"),
        ("AT+GCAP", "+GCAP: +CGSM"),
        ("ATI", "Quectel"),
        ("AT+CGMI", "Quectel"),
        ("AT+CGMM", "EC20F"),
        ("AT+CPIN?", "+CPIN: READY"),
        ("AT+CCID", "+CCID: 89860000000000000001"),
        ("AT+CSCA?", "+CSCA: "),
        ("AT+CNMI=?", "+CNMI: "),
        ("AT+CPMS=?", "+CPMS: "),
        ("AT+CEREG=2", "OK"),
        ("AT+CEREG?", "+CEREG: 2,1"),
        ("AT+COPS=3,0;+COPS?", "+COPS: 0,0,\"PAYRIG TEST\",7"),
        ("AT+COPS=3,2;+COPS?", "+COPS: 0,2,\"00101\",7"),
        ("AT+CGDCONT=1,\"IPV4V6\",\"cmnet\"", "OK"),
        ("AT+CGDCONT?", "+CGDCONT: 1,\"IPV4V6\",\"cmnet\""),
        ("AT+CEER", "+CEER: No cause information available"),
        ("AT+CFUN=1,1", "OK"),
    ] {
        software.send(format!("{command}\r").as_bytes());
        let answer = software.heard_to("OK\r\n");
        assert!(answer.contains(part), "{command}: {answer:?}");
    }
    software.heard_to("RDY\r\n");
}

#[test]
fn a_name_that_does_not_exist_is_no_host_that_refuses() {
    let modem = Modem::serving(&["--module", "ec20", "--allow-network"]);
    let mut software = modem.open();
    software.ask("ATE0", "OK");
    software.ask("AT+QICSGP=1,1,\"cmnet\"", "OK");
    software.ask("AT+QIACT=1", "OK");
    software.ask("AT+QIOPEN=1,0,\"TCP\",\"nobody.invalid\",5000,0,1", "+QIOPEN: 0,565");
}

#[test]
fn a_line_modem_dials_and_hears_what_the_line_says() {
    let modem = Modem::serving(&["--network", "line-no-dial-tone"]);
    let mut software = modem.open();
    for (command, last, answer) in [
        ("ATZ", "OK", "ATZ | OK"),
        ("ATE0", "OK", "ATE0 | OK"),
        ("ATQ0 V1 E0 S0=0 &C1 &D2 +FCLASS=0", "OK", "OK"),
        ("ATDT95516", "NO DIALTONE", "NO DIALTONE"),
        ("ATH", "OK", "OK"),
    ] {
        assert_eq!(software.ask(command, last), answer);
    }
}

/// A port that is closed hangs up, as a modem with DTR would.
#[test]
fn the_next_software_finds_no_call_of_the_last_one() {
    // Behind the access controller is a host that does not answer, so that the call stands.
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("waits.toml");
    fs::copy(root().join("fixtures/networks/line-normal.toml"), folder.path().join("line-normal.toml"))
        .unwrap();
    let waits = "title = \"waits\"\nlike = \"line-normal\"\n[host]\nverdict = \"silent\"\n";
    fs::write(&network, waits).unwrap();
    let mut modem = Modem::serving(&["--network", network.to_str().unwrap()]);
    let mut first = modem.open();
    first.ask("ATE0", "OK");
    first.ask("ATDT95516", "CONNECT 2400");
    drop(first);
    modem.says("-- the port was closed");
    modem.says("* DTR off: the modem hangs up");
    let mut second = modem.open();
    assert_eq!(second.ask("ATO", "NO CARRIER"), "NO CARRIER");
}

#[rstest]
#[case(&["--module", "ec21"], "unknown module `ec21`")]
#[case(&["--module", "hayes"], "a module `hayes` needs [line]")]
#[case(&["--module", "ec20", "--network", "line-normal"], "a module `ec20` needs [sim], [radio] and [context]")]
fn a_module_that_cannot_play_the_network_is_refused(#[case] arguments: &[&str], #[case] says: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ended = payrig(folder.path(), &[&["--pty", "modem"], arguments].concat()).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(said(&ended).contains(says), "{}", said(&ended));
}

/// Debian's `chat`, as `pppd` runs it: it takes its answers to be those of a modem.
#[test]
fn a_foreign_dialler_gets_on_with_it() {
    const SCRIPT: [&str; 22] = [
        "ABORT",
        "ERROR",
        "",
        "ATZ",
        "OK",
        "ATE1",
        "OK",
        "ATI",
        "OK",
        "AT+CPIN?",
        "+CPIN: READY",
        "",
        "OK",
        "AT+CREG?",
        "0,1",
        "",
        "OK",
        "AT+CGATT?",
        "+CGATT: 1",
        "",
        "OK",
        "\\c",
    ];
    let modem = Modem::serving(&["--network", "cellular-normal"]);
    let port = |read| fs::File::options().read(read).write(!read).open(modem.path()).unwrap();
    let (stdin, stdout) = (port(true), port(false));
    let mut chat = Command::new("setpriv");
    chat.args(["--pdeathsig", "KILL", "--", "/usr/sbin/chat", "-s", "-v", "-S", "-t", "20"]).args(SCRIPT);
    let output =
        chat.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "`chat`, which ci/setup installs with Debian's ppp: {}\n{told}",
        output.status
    );
    assert!(told.contains("AT+CGATT?"), "it heard the echo: {told}");
}
