//! A person's session at the panel.

use payrig_acquirer::Behaviour;
use payrig_bench::{Bench, Parts, Person, RunFolder, Settings, Setup, replay::replay};
use payrig_operator::{PanelEvent, PanelStream};
use payrig_rig::{RigFile, TimeKind};
use tokio::sync::mpsc;

use crate::{
    doctored::Doctored,
    records::{Recorder, fixtures, replay_alike, root},
};

/// A person who signs on, looks at the keys, and goes back to the menu: a key for each message that is to be seen before it.
const SESSION: [(&str, &str); 5] =
    [("M100", "1"), ("M111", "\r"), ("M100", "7"), ("M120", "\r"), ("M100", "")];

/// A session on the simulated board, in real time as a person's is.
fn session(folder: &std::path::Path) -> std::path::PathBuf {
    let mut rig = RigFile::load(&root().join("rigs/sim.toml")).unwrap();
    rig.time = TimeKind::Real;
    let run = RunFolder::at(folder.join("run")).unwrap();
    let records = run.path().join("panel");
    let bench = Bench::new(Settings { rig, fixtures: fixtures(), run, seed: 1 });
    let (screen, mut seen) = mpsc::unbounded_channel::<Vec<u8>>();
    let (press, keys) = mpsc::unbounded_channel();
    let session = async move {
        let mut panel = PanelStream::default();
        let mut todo = SESSION.iter().peekable();
        while let Some((wanted, key)) = todo.peek() {
            let shown = panel.push(&seen.recv().await.unwrap());
            let whole =
                |event: &PanelEvent| matches!(event, PanelEvent::Screen(s) if s.message_id == *wanted);
            if shown.iter().any(whole) {
                press.send(key.as_bytes().to_vec()).unwrap();
                todo.next();
            }
        }
    };
    let setup =
        Setup { parts: &Parts::default(), record: None, blank: false, behaviour: Behaviour::default() };
    bench.attend(setup, Person { keys, screen }, session).unwrap();
    records
}

#[test]
fn a_persons_session_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let records = session(folder.path());
    let replayed = replay_alike(&records);
    assert_eq!((replayed.case.as_str(), replayed.boots), ("panel", 1));
    assert!(replayed.alike["modem"] > 300, "{:?}", replayed.alike);
}

#[test]
fn a_session_on_a_board_with_a_past_cannot_be_replayed_and_says_so() {
    let recorder = Recorder::on("sim");
    let mut tape = Doctored::of(&session(&recorder.place("session")));
    let (at, within) = tape.byte_of("panel", "boot=1", 5);
    tape.change_byte(at, within, b'4');
    let said = replay(&tape.write(recorder.place("kept")), &fixtures()).map(drop).unwrap_err().to_string();
    assert!(said.ends_with("the tape begins with a board that was not new: boot 4, blank"), "{said}");
}
