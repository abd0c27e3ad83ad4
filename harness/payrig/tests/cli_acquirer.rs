//! `payrig acquirer`: the host alone, for terminals that are none of ours.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so by its panic; processes run in wall time"
)]

#[path = "../../acquirer/tests/support/mod.rs"]
mod terminal;

mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::root;
use tempfile::TempDir;
use terminal::{
    Line, framed,
    money::{PAN, PIN, Till},
    sign_on,
};
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

const LIMIT: Duration = Duration::from_secs(30);

fn payrig(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(folder).args(arguments).env("PAYRIG_FIXTURES", root().join("fixtures"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A host that listens; ended with the test.
struct Host {
    process: Child,
    stdout: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
    folder: TempDir,
}

impl Host {
    fn listening(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = payrig(folder.path(), &[&["acquirer"], arguments].concat()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first.trim_end().strip_prefix("listening on ").map(str::parse);
        let Some(Ok(address)) = address else {
            let mut said = String::new();
            process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{first}{said}");
        };
        Self { process, stdout, address, folder }
    }

    /// Ends it; what it said, and its exit code.
    fn ended_by(mut self, signal: Signal) -> (String, Option<i32>) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        (said, self.process.wait().unwrap().code())
    }

    async fn connect(&self) -> net::TcpStream {
        let socket = net::TcpStream::connect(self.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }

    async fn line(&self) -> Line {
        let mut socket = self.connect().await;
        Line::served(|mut far| async move { copy_bidirectional(&mut far, &mut socket).await.map(drop) })
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
    }
}

/// The book at the end of what was said.
fn book(said: &str) -> Value {
    let begins = said.find("\n{").unwrap_or_else(|| panic!("no book: {said}"));
    serde_json::from_str(&said[begins..]).unwrap()
}

fn sold(book: &Value) -> &Value {
    let [sale] = &book["transactions"].as_array().unwrap()[..] else { panic!("one sale: {book}") };
    sale
}

async fn sells(line: Line) {
    let mut till = Till::signed_on_over(line, "000001").await;
    let sale = till.with_pin(till.sale("000002", 12_345), PIN);
    assert_eq!(till.ask(sale).await.text(39), Some("00"));
}

#[rstest]
#[case::masked(&[])]
#[case::revealed(&["--reveal"])]
#[tokio::test]
async fn a_terminal_signs_on_and_sells_and_all_is_explained(#[case] arguments: &[&str]) {
    let host = Host::listening(arguments);
    assert!(host.address.ip().is_loopback());
    sells(host.line().await).await;
    let (said, code) = host.ended_by(Signal::TERM);
    assert_eq!(code, Some(143), "{said}");
    for told in [
        "connected",
        "0800  management request",
        "60.3   network code",
        "device 30600000290210015708 signed on, batch 000001",
        "sale of 123.45, card debit, approved: terminal 99999906, batch 000001, STAN 000002",
        "0210",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let in_clear = said.contains(PAN) || said.contains("62 12 34 56 78 90");
    assert_eq!(in_clear, !arguments.is_empty(), "{said}");
    let rest = said.replace(PAN, "");
    assert!(rest.contains("621234******1232") && !rest.contains('\u{1b}') && !rest.contains(PIN), "{said}");
    assert_eq!(
        (&sold(&book(&said))["amount"], &sold(&book(&said))["state"]),
        (&12_345.into(), &"captured".into())
    );
}

fn trusting(certificate: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    Arc::new(config.with_no_client_auth()).into()
}

#[tokio::test]
async fn a_terminal_that_trusts_the_certificate_sells_over_tls_and_no_other() {
    let host = Host::listening(&["--tls", "--tls-cert-out", "host.pem", "--book", "book.json"]);
    let certificate = host.file("host.pem");
    assert!(!certificate.contains("PRIVATE"), "the key stays where it is");
    for name in ["localhost", "127.0.0.1"] {
        let name = ServerName::try_from(name).unwrap();
        trusting(&certificate).connect(name, host.connect().await).await.unwrap();
    }
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    trusting(&other.cert.pem()).connect(name.clone(), host.connect().await).await.unwrap_err();
    let mut plain = host.line().await;
    plain.send(&framed(sign_on("000009"))).await;
    let mut refused = [0; 7];
    plain.stream.read_exact(&mut refused).await.unwrap();
    assert_eq!(refused[0], 21, "a terminal without TLS gets a TLS alert for an answer");

    let mut stream = trusting(&certificate).connect(name, host.connect().await).await.unwrap();
    sells(Line::served(|mut far| async move { copy_bidirectional(&mut far, &mut stream).await.map(drop) }))
        .await;
    assert_eq!(host.file("book.json"), "", "the book comes at the end, but it can be written");
    let folder = host.folder.path().to_owned();
    let in_file = |file: &Path| serde_json::from_str::<Value>(&fs::read_to_string(file).unwrap()).unwrap();
    kill_process(Pid::from_child(&host.process), Signal::INT).unwrap();
    let mut host = host;
    assert_eq!(host.process.wait().unwrap().code(), Some(130));
    assert_eq!(sold(&in_file(&folder.join("book.json")))["amount"], 12_345);
    let mut said = String::new();
    host.stdout.read_to_string(&mut said).unwrap();
    assert!(said.contains("broke: no TLS: ") && !said.contains("\n{"), "{said}");
}

/// A client that nobody of us has written.
#[test]
fn openssl_signs_on_over_tls() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("not run: there is no openssl on this machine");
        return;
    }
    let behaviour = ["--behaviour", "close-after-answer"];
    let host = Host::listening(&[&["--tls", "--tls-cert-out", "host.pem"], &behaviour[..]].concat());
    let mut client = Command::new("openssl")
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-CAfile",
            "host.pem",
            "-verify_hostname",
            "localhost",
        ])
        .args(["-connect", &host.address.to_string()])
        .current_dir(host.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = client.stdin.take().unwrap();
    keys.write_all(&framed(sign_on("000001"))).unwrap();
    keys.flush().unwrap();
    // The host closes behind its answer.
    let output = client.wait_with_output().unwrap();
    drop(keys);
    let answer = terminal::cup().decode(&output.stdout).map(|decoded| decoded.frame.message);
    let answer = answer.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!((answer.mti.as_str(), answer.text(39)), ("0810", Some("00")));
}

/// Signs on, and counts the reads in which the answer came.
fn reads_of_an_answer(address: SocketAddr, stan: u32) -> usize {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket.write_all(&framed(sign_on(&format!("{stan:06}")))).unwrap();
    let (mut answer, mut buffer, mut reads) = (Vec::new(), [0; 4096], 0);
    while answer.len() < 2 || answer.len() < 2 + usize::from(u16::from_be_bytes([answer[0], answer[1]])) {
        let count = socket.read(&mut buffer).unwrap();
        assert!(count > 0, "closed in the answer");
        answer.extend_from_slice(&buffer[..count]);
        reads += 1;
    }
    assert_eq!(terminal::cup().decode(&answer).unwrap().frame.message.text(39), Some("00"));
    reads
}

#[test]
fn behaviours_are_named_or_files() {
    let host = Host::listening(&["--behaviour", "bytewise"]);
    // How many single bytes one read finds is the machine's business; all of them, each time, is not.
    assert!((1..=50).any(|stan| reads_of_an_answer(host.address, stan) > 1));
    let (said, _) = host.ended_by(Signal::TERM);
    assert!(said.contains("the host behaves: Answers come in single bytes"), "{said}");

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "delay = \"400ms\"\n").unwrap();
    let host = Host::listening(&["--behaviour", file.path().to_str().unwrap()]);
    let asked = Instant::now();
    assert_eq!(reads_of_an_answer(host.address, 1), 1);
    assert!(asked.elapsed() >= Duration::from_millis(400), "{:?}", asked.elapsed());
}

#[rstest]
#[case::remote(&["--listen", "0.0.0.0:0"], "--listen 0.0.0.0:0: not a loopback address", "--allow-remote")]
#[case::no_address(&["--listen", "here"], "expected an address and a port", "127.0.0.1:5000")]
#[case::behaviour(
    &["--behaviour", "slwo"],
    "--behaviour: unknown file of fixtures/acquirers/behaviours `slwo`; did you mean `slow`?",
    "the path of a file"
)]
#[case::profile(&["--profile", "moon"], "--profile: unknown file of fixtures/acquirers `moon`; expected one of cup", "")]
#[case::terminal(&["--terminal", "keyd"], "did you mean `keyed`?", "")]
#[case::twice(&["--terminal", "keyed", "keyed-clone"], "--terminal keyed-clone: it has the ids of keyed", "name one")]
#[case::book(&["--book", "no/such/folder/book.json"], "--book no/such/folder/book.json: cannot be written: ", "")]
#[case::half_an_identity(&["--tls-cert", "host.pem"], "--tls-key", "")]
#[case::no_certificate(&["--tls-cert", "/dev/null", "--tls-key", "/dev/null"], "/dev/null: expected a certificate in PEM", "")]
#[case::nothing_to_write(&["--tls-cert-out", "host.pem"], "--tls", "")]
fn what_it_cannot_do_is_said(#[case] arguments: &[&str], #[case] said: &str, #[case] help: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = payrig(folder.path(), &[&["acquirer"], arguments].concat()).output().unwrap();
    let told = support::said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(said) && told.contains(help) && !told.contains("listening"), "{told}");
}

#[test]
fn a_port_in_use_is_said_and_leaves_the_book_of_before() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("book.json"), "yesterday\n").unwrap();
    let output =
        payrig(folder.path(), &["acquirer", "--listen", &address, "--book", "book.json"]).output().unwrap();
    let told = support::said(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(&format!("--listen {address}: another process listens there")), "{told}");
    assert_eq!(fs::read_to_string(folder.path().join("book.json")).unwrap(), "yesterday\n");
    assert!(told.contains("ss -ltnp") && told.contains("--listen 0"), "{told}");
}

#[rstest]
#[case::interrupted(Signal::INT, 130)]
#[case::terminated(Signal::TERM, 143)]
#[case::hung_up(Signal::HUP, 129)]
fn it_ends_when_it_is_asked_and_closes_what_is_open(#[case] signal: Signal, #[case] code: i32) {
    let host = Host::listening(&["--behaviour", "silent"]);
    let mut open = TcpStream::connect(host.address).unwrap();
    open.set_read_timeout(Some(LIMIT)).unwrap();
    open.write_all(&framed(sign_on("000001"))).unwrap();
    let (address, asked) = (host.address, Instant::now());
    let (said, ended) = host.ended_by(signal);
    assert_eq!(ended, Some(code), "{said}");
    assert!(asked.elapsed() < LIMIT / 2, "{:?}", asked.elapsed());
    assert_eq!(open.read(&mut [0]).unwrap(), 0, "the connection is closed in order");
    assert_eq!(book(&said)["transactions"], Value::Array(vec![]));
    TcpStream::connect(address).unwrap_err();
}

#[test]
fn who_sends_garbage_or_too_much_disturbs_nobody() {
    let host = Host::listening(&[]);
    let mut garbage = TcpStream::connect(host.address).unwrap();
    garbage.set_read_timeout(Some(LIMIT)).unwrap();
    garbage.write_all(b"GET / HTTP/1.1\r\n\x1b[2J\r\n\r\n").unwrap();
    assert_eq!(garbage.read(&mut [0]).unwrap(), 0);
    // A terminal id that would clear the window.
    let mut steering = framed(sign_on("000001"));
    let id = steering.windows(8).position(|bytes| bytes == b"99999906").unwrap();
    steering[id..id + 4].copy_from_slice(b"\x1b[2J");
    let mut steers = TcpStream::connect(host.address).unwrap();
    steers.write_all(&steering).unwrap();
    steers.write_all(&[0, 80, 1, 2, 3]).unwrap();
    steers.shutdown(Shutdown::Write).unwrap();
    steers.read_to_end(&mut Vec::new()).unwrap();

    let open: Vec<_> = (0..64).map(|_| TcpStream::connect(host.address).unwrap()).collect();
    let mut one_more = TcpStream::connect(host.address).unwrap();
    one_more.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(one_more.read(&mut [0]).unwrap_or(0), 0);
    drop(open);
    // The places are free as soon as the host has seen that they are.
    let begun = Instant::now();
    let signed_on = || {
        let mut socket = TcpStream::connect(host.address).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.write_all(&framed(sign_on("000002"))).is_ok() && matches!(socket.read(&mut [0]), Ok(1))
    };
    while !signed_on() {
        assert!(begun.elapsed() < LIMIT, "no place is free");
    }
    let (said, _) = host.ended_by(Signal::TERM);
    for told in [
        "connection closed: byte 0 of the stream: a frame's length says 18245 bytes",
        "the terminal closed the connection after 5 bytes of a frame",
        "turned away: 64 connections are open",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "{}", said.escape_debug());
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Both ends of the command line: a host that serves, and a case that has it in its world.
#[test]
fn a_case_is_played_against_it_in_real_time() {
    let host = Host::listening(&[]);
    let fixtures = host.folder.path().join("fixtures");
    copy_folder(&root().join("fixtures"), &fixtures);
    let scenario = format!(
        "title = \"A real host\"\n[world]\nacquirer = \"tcp:{}\"\n[[steps]]\ndo = \"sign-on\"\n[[steps]]\nsee = \"signed-on\"\n\
         [expect]\nhost = [{{ mti = \"0810\", fields = {{ 39 = \"00\" }} }}]\n",
        host.address
    );
    fs::create_dir(fixtures.join("scenarios/real")).unwrap();
    fs::write(fixtures.join("scenarios/real/host.toml"), scenario).unwrap();
    let mut test = payrig(host.folder.path(), &["test", "--run-dir", "run", "--color=never", "real::host"]);
    let test = test.arg("--rig").arg(root().join("rigs/sim.toml")).env("PAYRIG_FIXTURES", &fixtures);
    let output = test.env_remove("NEXTEST_RUN_ID").output().unwrap();
    let told = support::said(&output);
    assert!(output.status.success(), "{told}");
    let in_real_time =
        format!("in real time, because their host is a real one: real::host (tcp:{})\n", host.address);
    assert!(told.contains(&in_real_time) && !told.contains("of virtual time"), "{told}");
    let (said, _) = host.ended_by(Signal::TERM);
    assert!(said.contains("device 30600000290210015708 signed on, batch 000001"), "{said}");
}
