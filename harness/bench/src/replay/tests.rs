//! What no firmware does that works: a terminal that crashes, one that spins, one that does not stop to send. And one that counts, by
//! which it shows what a power cut has left.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use payrig_rig::{Board, BoardFuture, BoxLine, Capabilities, Lines, Mishap};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    task::{JoinHandle, spawn_local},
    time::sleep,
};

use super::{DeviationKind, ReplayError, Replayed, Stage, replay_on};
use crate::Fixtures;

/// A terminal that says `hello` and does something when it is told.
struct Bad {
    fault: Fault,
    crashed: Option<Mishap>,
    application: Arc<AtomicBool>,
    running: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Crashes,
    Spins,
    Floods,
}

impl Board for Bad {
    fn name(&self) -> &'static str {
        "bad"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        let (panel, mut terminal) = duplex(4096);
        let (fault, application) = (self.fault, self.application.clone());
        if fault == Fault::Crashes {
            self.crashed = Some(Mishap::Terminal("the terminal's application panicked: on purpose".into()));
        }
        self.running = Some(spawn_local(async move {
            let _ = terminal.write_all(b"hello").await;
            let _ = terminal.read_u8().await;
            application.store(true, Ordering::Release);
            match fault {
                Fault::None => drop(terminal.write_all(b"bye").await),
                Fault::Crashes => {}
                #[expect(clippy::disallowed_methods, reason = "no actor: it is to occupy its thread")]
                Fault::Spins => loop {
                    std::thread::sleep(Duration::from_millis(1));
                },
                Fault::Floods => {
                    let _ = terminal.write_all(b"bye").await;
                    while terminal.write_all(&[b'x'; 512]).await.is_ok() {
                        sleep(Duration::from_millis(1)).await;
                    }
                }
            }
            std::future::pending::<()>().await;
        }));
        let line = || Box::new(duplex(1).0) as BoxLine;
        let lines =
            Lines { panel: Box::new(panel), modem: line(), slot: line(), antenna: line(), front_end: line() };
        Box::pin(async { Ok(lines) })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        if let Some(running) = self.running.take() {
            running.abort();
        }
        Box::pin(async { Ok(()) })
    }

    fn mishap(&mut self) -> Option<Mishap> {
        self.crashed.clone()
    }

    fn application(&self) -> Option<Arc<AtomicBool>> {
        Some(self.application.clone())
    }
}

const TAPE: &str = r#"{"tape":1,"case":"bad::terminal","rig":"bad"}
{"n":0,"t":0,"note":"power","text":"on"}
{"n":1,"t":0,"line":"panel","lens":"text"}
{"n":2,"t":1000000,"line":"panel","dir":"from-terminal","data":["hello"]}
{"n":3,"t":2000000,"line":"panel","dir":"to-terminal","data":["1"]}
{"n":4,"t":3000000,"line":"panel","dir":"from-terminal","data":["bye"]}
{"n":5,"t":9000000000,"note":"verdict","text":"pass"}
{"n":6,"t":9000000000,"end":"complete","events":3,"notes":2,"bytes":9}
"#;

fn replay(board: fn() -> Box<dyn Board>) -> Result<Replayed, ReplayError> {
    replay_tape(TAPE, board)
}

fn replay_tape(tape: &str, board: fn() -> Box<dyn Board>) -> Result<Replayed, ReplayError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tape.jsonl"), tape).unwrap();
    let parts = r#"{"terminal":"keyed","books":"keyed","network":"cellular-normal","acquirer":"cup"}"#;
    let played = format!(r#"{{"case":"bad::terminal","rig":"bad","seed":1,"parts":{parts}}}"#);
    fs::write(folder.path().join("case.json"), played).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let stage = Stage { board, limit: Duration::from_secs(1) };
    replay_on(folder.path(), &Fixtures::open(&fixtures).unwrap(), stage)
}

fn bad(fault: Fault) -> Box<dyn Board> {
    Box::new(Bad { fault, crashed: None, application: Arc::default(), running: None })
}

#[test]
fn a_terminal_that_does_as_the_recorded_one_is_no_different() {
    let replayed = replay(|| bad(Fault::None)).unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert_eq!(replayed.alike["panel"], 8);
}

#[test]
fn a_terminal_that_crashes_is_silent_and_says_how() {
    let difference = replay(|| bad(Fault::Crashes)).unwrap().difference.unwrap();
    let first = &difference.deviations[0];
    assert_eq!((first.record, first.byte), (4, 5), "{difference}");
    assert!(matches!(first.kind, DeviationKind::Silent(time) if time >= Duration::from_secs(10)));
    let said = difference.to_string();
    assert!(said.ends_with("the terminal's application panicked: on purpose"), "{said}");
}

#[test]
fn a_terminal_that_spins_does_not_keep_the_replay() {
    let error = replay(|| bad(Fault::Spins)).unwrap_err();
    assert!(matches!(error, ReplayError::Spins { n: 4, .. }), "{error}");
}

#[test]
fn a_terminal_that_does_not_stop_to_send_is_stopped() {
    let replayed = replay(|| bad(Fault::Floods)).unwrap();
    let difference = replayed.difference.unwrap();
    let first = &difference.deviations[0];
    assert_eq!((first.record, first.byte, first.kind), (4, 8, DeviationKind::More), "{difference}");
    // The tape goes on for nine seconds; nobody listens that long.
    assert!(replayed.virtual_time < Duration::from_secs(1), "{:?}", replayed.virtual_time);
}

/// A terminal that says at each boot how many keys were ever pressed, and each time that one is.
#[derive(Default)]
struct Counting {
    pressed: Arc<AtomicU64>,
    running: Option<JoinHandle<()>>,
}

impl Board for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        let (panel, mut terminal) = duplex(64);
        let pressed = self.pressed.clone();
        self.running = Some(spawn_local(async move {
            loop {
                let said = pressed.load(Ordering::Relaxed).to_string();
                if terminal.write_all(said.as_bytes()).await.is_err() || terminal.read_u8().await.is_err() {
                    return;
                }
                pressed.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let line = || Box::new(duplex(1).0) as BoxLine;
        let lines =
            Lines { panel: Box::new(panel), modem: line(), slot: line(), antenna: line(), front_end: line() };
        Box::pin(async { Ok(lines) })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        if let Some(running) = self.running.take() {
            running.abort();
        }
        Box::pin(async { Ok(()) })
    }
}

/// Two keys, then a power cut after so many milliseconds, then a boot that says `again`.
fn cut(after: u64, again: &str) -> Replayed {
    let cut = 3 + after;
    let tape = format!(
        r#"{{"tape":1,"case":"bad::terminal","rig":"bad"}}
{{"n":0,"t":0,"note":"power","text":"on"}}
{{"n":1,"t":1500000,"line":"panel","dir":"from-terminal","data":["0"]}}
{{"n":2,"t":2500000,"line":"panel","dir":"to-terminal","data":["a"]}}
{{"n":3,"t":2700000,"line":"panel","dir":"from-terminal","data":["1"]}}
{{"n":4,"t":3000000,"line":"panel","dir":"to-terminal","data":["b"]}}
{{"n":5,"t":{cut}000000,"note":"power","text":"cut"}}
{{"n":6,"t":{cut}500000,"note":"power","text":"on"}}
{{"n":7,"t":{cut}600000,"line":"panel","dir":"from-terminal","data":["{again}"]}}
{{"n":8,"t":{cut}900000,"note":"verdict","text":"pass"}}
"#
    );
    replay_tape(&tape, || Box::new(Counting::default())).unwrap()
}

#[rstest]
#[case::taken("2", &[])]
#[case::last_one_lost("1", &["record 5: the last input had no lasting effect before the terminal was cut off"])]
#[case::both_lost("0", &["record 5: each of the last 2 inputs had no lasting effect before the terminal was cut off"])]
fn a_later_boot_tells_what_a_cut_left_of_the_inputs_before_it(#[case] again: &str, #[case] remarks: &[&str]) {
    let replayed = cut(1, again);
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert_eq!(replayed.remarks, remarks);
}

#[rstest]
#[case::another_state(1, "7", 7, 2)]
#[case::nothing_said_in_time(2000, "2", 4, 1)]
fn what_no_cut_explains_is_a_difference(
    #[case] after: u64,
    #[case] again: &str,
    #[case] record: u64,
    #[case] boot: usize,
) {
    let replayed = cut(after, again);
    let difference = replayed.difference.unwrap();
    let first = &difference.deviations[0];
    assert_eq!((first.record, first.boot), (record, boot), "{difference}");
    assert!(replayed.remarks.is_empty(), "{:?}", replayed.remarks);
}

/// A terminal that asks its printer for paper, prints so much, and says on its panel what it was answered.
#[derive(Default)]
struct Printing {
    running: Option<JoinHandle<()>>,
}

impl Board for Printing {
    fn name(&self) -> &'static str {
        "printing"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn power_on(&mut self) -> BoardFuture<'_, Lines> {
        let (panel, mut screen) = duplex(64);
        let (front_end, mut printer) = duplex(64);
        self.running = Some(spawn_local(async move {
            for asks in [b"\x10\x04\x04".as_slice(), b"\x1b@copy\n\x1dVB\x00\x1dr\x01"] {
                let mut answer = [0; 7];
                if printer.write_all(asks).await.is_err() || printer.read_exact(&mut answer).await.is_err() {
                    return;
                }
                let _ = screen.write_all(format!("{:02x}.", answer[4]).as_bytes()).await;
            }
            std::future::pending::<()>().await;
        }));
        let line = || Box::new(duplex(1).0) as BoxLine;
        let (panel, front_end) = (Box::new(panel), Box::new(front_end));
        let lines = Lines { panel, modem: line(), slot: line(), antenna: line(), front_end };
        Box::pin(async { Ok(lines) })
    }

    fn power_off(&mut self) -> BoardFuture<'_, ()> {
        if let Some(running) = self.running.take() {
            running.abort();
        }
        Box::pin(async { Ok(()) })
    }
}

/// A tape of it, with what it printed and what the panel showed of the second answer.
fn print(copy: &str, shown: &str) -> Replayed {
    let tape = format!(
        r#"{{"tape":1,"case":"bad::terminal","rig":"bad"}}
{{"n":0,"t":0,"note":"power","text":"on"}}
{{"n":1,"t":1000000,"line":"front-end","dir":"from-terminal","data":[{{"hex":"100404"}}]}}
{{"n":2,"t":2000000,"line":"front-end","dir":"to-terminal","data":[{{"hex":"a50500011239c7"}}]}}
{{"n":3,"t":3000000,"line":"panel","dir":"from-terminal","data":["12."]}}
{{"n":4,"t":4000000,"note":"printer","text":"{{ paper-out-after = 1 }}"}}
{{"n":5,"t":4000000,"line":"front-end","dir":"from-terminal","data":[{{"hex":"1b40"}},"{copy}"]}}
{{"n":6,"t":5000000,"line":"front-end","dir":"from-terminal","data":[{{"hex":"0a1d5642001d7201"}}]}}
{{"n":7,"t":6000000,"line":"front-end","dir":"to-terminal","data":[{{"hex":"a50500010cca38"}}]}}
{{"n":8,"t":7000000,"line":"panel","dir":"from-terminal","data":["{shown}"]}}
{{"n":9,"t":8000000,"note":"verdict","text":"pass"}}
"#
    );
    replay_tape(&tape, || Box::new(Printing::default())).unwrap()
}

#[test]
fn a_recorded_printer_answers_again() {
    let replayed = print("copy", "0c.");
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert_eq!((replayed.alike["front-end"], replayed.alike["panel"]), (17, 6));
}

#[rstest]
#[case::printed("cope", "0c.", 5, "front-end")]
#[case::made_of_the_answer("copy", "00.", 8, "panel")]
fn what_a_terminal_prints_otherwise_is_a_difference(
    #[case] copy: &str,
    #[case] shown: &str,
    #[case] record: u64,
    #[case] line: &str,
) {
    let difference = print(copy, shown).difference.unwrap();
    let first = &difference.deviations[0];
    assert_eq!((first.record, first.line), (record, line), "{difference}");
}
