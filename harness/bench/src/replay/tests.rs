//! What no firmware does that works: a terminal that crashes, one that spins, one that does not stop to send.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use payrig_rig::{Board, BoardFuture, BoxLine, Capabilities, Lines, Mishap};
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

fn replay(fault: fn() -> Box<dyn Board>) -> Result<Replayed, ReplayError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tape.jsonl"), TAPE).unwrap();
    let parts = r#"{"terminal":"keyed","books":"keyed","network":"cellular-normal","acquirer":"cup"}"#;
    let played = format!(r#"{{"case":"bad::terminal","rig":"bad","seed":1,"parts":{parts}}}"#);
    fs::write(folder.path().join("case.json"), played).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let stage = Stage { board: fault, limit: Duration::from_secs(1) };
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
