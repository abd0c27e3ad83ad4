//! A world whose host is none of ours: behind a socket, on another thread, with a clock of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

#[path = "scenario_files/desk.rs"]
mod desk;

use std::{fs, net::SocketAddr, path::PathBuf, thread::JoinHandle};

use desk::{Desk, root};
use payrig_acquirer::{Acquirer, Behaviour, Fault};
use payrig_bench::{Fixtures, Report, Verdict};
use payrig_iso8583::FrameSplitter;
use payrig_tape::{Direction, Secret, SecretKind, Secrets, captured, leaks, restore};
use rstest::rstest;
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};

/// Somebody's test host. It happens to know our terminal.
struct ForeignHost {
    address: SocketAddr,
    acquirer: Acquirer,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ForeignHost {
    /// One that draws other keys than a host of the bench would.
    fn listening() -> Self {
        let fixtures = Fixtures::open(&root().join("fixtures")).unwrap();
        let (profile, dialect) = (fixtures.acquirer("cup").unwrap(), fixtures.dialect("cup").unwrap());
        let acquirer =
            Acquirer::new((*profile).clone(), dialect, vec![fixtures.device("keyed").unwrap()], 99);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = oneshot::channel();
        let host = acquirer.clone();
        let thread = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(TcpListener::from_std(listener).unwrap(), host) => {}
                    _ = ended => {}
                }
            });
        });
        Self { address, acquirer, end: Some(end), thread: Some(thread) }
    }

    /// A scenario that signs on to it and expects this besides.
    fn sign_on(&self, rest: &str) -> String {
        scenario(&format!("tcp:{}", self.address), rest)
    }
}

impl Drop for ForeignHost {
    fn drop(&mut self) {
        drop(self.end.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn serve(listener: TcpListener, host: Acquirer) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(host.clone().serve(socket));
    }
}

fn scenario(acquirer: &str, rest: &str) -> String {
    format!("title = \"A case\"\n[world]\nacquirer = \"{acquirer}\"\n[[steps]]\ndo = \"sign-on\"\n{rest}")
}

const SIGNED_ON: &str = "[[steps]]\nsee = \"signed-on\"\n[expect]\nhost-messages = 1\nscreen = \"signed-on\"\n\
                         host = [{ mti = \"0800\", fields = { \"60.3\" = \"004\" } }, { mti = \"0810\", fields = { 39 = \"00\" } }]\n";

/// Where the case of a desk has left its records.
fn records(desk: &Desk, report: &Report) -> PathBuf {
    desk.run().join(&report.folder)
}

fn read(desk: &Desk, report: &Report, name: &str) -> String {
    fs::read_to_string(records(desk, report).join(name)).unwrap()
}

#[test]
fn the_terminal_signs_on_and_the_records_hold_the_conversation() {
    let (desk, host) = (Desk::new(), ForeignHost::listening());
    let report = desk.play(&host.sign_on(SIGNED_ON));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    // The rig's time is virtual: the case lived through no more than the wall clock did.
    assert!(report.clock_seconds > 0.2 && report.clock_seconds <= report.wall_seconds, "{report:?}");
    let exchange = host.acquirer.exchanges().pop().unwrap();
    let said = [exchange.request, exchange.answer.unwrap()];

    let folder = records(&desk, &report);
    assert!(read(&desk, &report, "case.json").contains(&format!("\"acquirer\": \"tcp:{}\"", host.address)));
    let tape = payrig_tape::read(&folder.join("tape.jsonl")).unwrap();
    assert!(tape.complete);
    let ways = [Direction::FromTerminal, Direction::ToTerminal];
    let taped = ways.map(|way| restore(&tape.stream("host", way), &Secrets::new()).unwrap());
    assert_eq!(taped, said, "neither way holds a secret in clear, so that nothing is a token");
    let packets = captured(&fs::read(folder.join("host.pcapng")).unwrap()).unwrap();
    let mut frames = FrameSplitter::new(4096);
    packets.iter().for_each(|packet| frames.push(&packet.bytes));
    assert_eq!([frames.next_frame().unwrap(), frames.next_frame().unwrap()], said);
}

#[test]
fn the_keys_that_it_issued_are_opened_named_and_kept_off_the_records() {
    let (desk, host) = (Desk::new(), ForeignHost::listening());
    let report =
        desk.play(&host.sign_on(&SIGNED_ON.replace("[expect]\n", "[expect]\nsnapshot = [\"host\"]\n")));
    assert_eq!(report.verdict, Verdict::Inconclusive, "nobody has reviewed it: {:?}", report.why);
    let told = read(&desk, &report, "host.txt");
    assert!(told.starts_with("exchange 1\n-> terminal to host\n"), "no judgement: {told}");
    for name in ["{key PIK#1}", "{KCV of PIK#1}", "{KCV of MAK#1}", "{KCV of TDK#1}"] {
        assert!(told.contains(name), "{told}");
    }
    let secrets = Secrets::new();
    for (name, key) in host.acquirer.issued()[0].secrets() {
        secrets.add(Secret::new(SecretKind::Key, &name, key.bytes()).unwrap()).unwrap();
    }
    assert_eq!(secrets.len(), 3);
    assert_eq!(leaks(&desk.run(), &secrets).unwrap(), []);
}

#[test]
fn an_answer_that_nobody_asked_for_is_told_as_such() {
    let (desk, host) = (Desk::new(), ForeignHost::listening());
    host.acquirer.set_behaviour(Behaviour::faulty(Fault::Twice));
    let report = desk.play(&host.sign_on(SIGNED_ON));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let told = read(&desk, &report, "host.txt");
    assert!(told.contains("exchange 2\n-> no request\n<- host to terminal\n"), "{told}");
}

#[test]
fn a_host_that_closes_in_its_answer_is_heard_as_far_as_it_came() {
    let (desk, host) = (Desk::new(), ForeignHost::listening());
    host.acquirer.set_behaviour(Behaviour { times: Some(1), ..Behaviour::faulty(Fault::CloseAfter(30)) });
    // The terminal tries again by itself.
    let report = desk.play(&host.sign_on(&SIGNED_ON.replace("messages = 1", "messages = 2")));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let told = read(&desk, &report, "host.txt");
    let (first, second) = told.split_once("exchange 2\n").unwrap();
    assert!(first.contains("   error: ") && second.contains("{KCV of PIK#1}"), "{told}");
}

#[test]
fn where_nobody_listens_the_modem_cannot_connect_and_the_report_says_why() {
    // Held, so that nobody else gets the port, and not listened at.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = held.local_addr().unwrap();
    let desk = Desk::new();
    let unreachable =
        "[[steps]]\nsee = \"host-unreachable\"\nwithin = \"30s\"\n[expect]\nhost-messages = 0\n";
    let report = desk.play(&scenario(&format!("tcp:{nobody}"), unreachable));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert_eq!(read(&desk, &report, "host.txt"), "no exchange\n");

    let report =
        desk.play(&scenario(&format!("tcp:{nobody}"), "[[steps]]\nsee = \"signed-on\"\nwithin = \"10s\"\n"));
    assert_eq!(report.verdict, Verdict::Fail);
    let messages = report.aftermath.unwrap().messages;
    assert!(messages[0].starts_with(&format!("tcp:{nobody}: no connection: ")), "{messages:?}");
}

#[test]
fn what_needs_virtual_time_is_not_run() {
    let took = "[[steps]]\nsee = \"signed-on\"\n[expect]\ntook = { at-most = \"9s\" }\n";
    let report = Desk::new().play(&scenario("tcp:127.0.0.1:9", took));
    assert_eq!(report.verdict, Verdict::NotRun);
    assert_eq!(report.why.as_deref(), Some("this rig has no virtual-time"));
}

const SEEN: &str = "[[steps]]\nsee = \"signed-on\"\n";

#[rstest]
#[case::address(
    "tcp:localhost",
    "",
    "3:12: expected `tcp:HOST:PORT`, as in `tcp:192.0.2.10:5000`, found `tcp:localhost`"
)]
#[case::books("tcp:h:1\"\nbooks = \"keyed", "", "4:9: the host is a real one, whose books are its own")]
#[case::behaviour(
    "tcp:h:1",
    "[[steps]]\nacquirer = \"silent\"\n",
    "9:12: the host is a real one, which cannot be told how to behave"
)]
#[case::keys(
    "tcp:h:1",
    "[[steps]]\nkeys = \"changed\"\n",
    "9:8: the host is a real one, and only our own tells"
)]
#[case::keys_at_the_end(
    "tcp:h:1",
    "[expect]\nkeys = \"changed\"\n",
    "9:8: the host is a real one, and only our own tells which keys"
)]
#[case::judged(
    "tcp:h:1",
    "[expect]\nhost = [{ mti = \"0810\", judged = \"*\" }]\n",
    "9:34: the host is a real one, which does not tell why it answered so"
)]
#[case::snapshot(
    "tcp:h:1",
    "[expect]\nsnapshot = [\"screen\", \"keys\"]\n",
    "9:23: the host is a real one, and keys are named"
)]
fn what_only_our_own_host_knows_is_refused(#[case] acquirer: &str, #[case] rest: &str, #[case] said: &str) {
    let desk = Desk::new();
    let text = scenario(acquirer, &format!("{SEEN}{rest}"));
    desk.write("a/case.toml", &text);
    let error = desk.suite().unwrap_err();
    assert!(error.starts_with(&format!("fixtures/scenarios/a/case.toml:{said}")), "{error}\n{text}");
    // The same of a host of ours can be asked for.
    desk.write("a/case.toml", &text.replace("tcp:localhost", "cup").replace("tcp:h:1", "cup"));
    desk.suite().unwrap();
}

#[rstest]
#[case::unchanged("[[steps]]\nkeys = \"unchanged\"\n")]
#[case::none("[expect]\nkeys = \"none\"\n")]
#[case::messages("[expect]\nhost-messages = 1\nhost = [{ mti = \"0810\", fields = { 39 = \"00\" } }]\n")]
#[case::snapshots("[expect]\nsnapshot = [\"screen\", \"modem\", \"host\"]\n")]
fn what_is_heard_and_seen_may_be_asked_for(#[case] rest: &str) {
    let desk = Desk::new();
    desk.write("a/case.toml", &scenario("tcp:host.example:5000", &format!("{SEEN}{rest}")));
    desk.suite().unwrap();
}
