//! Records that are damaged, incomplete, or of other fixtures: a sentence, never a panic.

use std::{fs, path::Path, sync::LazyLock};

use miette::Diagnostic;
use payrig_bench::replay::{ReplayError, replay};
use proptest::prelude::*;

use crate::{
    doctored::Doctored,
    records::{Recorder, fixtures, replay_alike},
};

const CASE: &str = "power::keys-survive-a-power-cut";

/// What is wrong with a folder: the sentence, and what to do.
fn sentence(folder: &Path) -> String {
    let error = replay(folder, &fixtures()).map(drop).unwrap_err();
    assert!(error.is_usage(), "{error}");
    let (said, help) = (error.to_string(), error.help().map(|help| help.to_string()).unwrap_or_default());
    assert!(!said.contains('\n') && !help.is_empty(), "{said} ({help})");
    said
}

#[test]
fn a_torn_last_line_is_told_and_the_rest_is_replayed() {
    let recorder = Recorder::on("sim");
    let records = recorder.play_named(CASE);
    let tape = records.join("tape.jsonl");
    let whole = fs::read(&tape).unwrap();
    fs::write(&tape, &whole[..whole.len() * 2 / 3]).unwrap();
    let replayed = replay(&records, &fixtures()).unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    let why = replayed.incomplete.unwrap();
    assert!(why.contains("its last line is cut off after") && why.contains("it has no end record"), "{why}");
    assert!(replayed.alike["panel"] > 500, "{:?}", replayed.alike);
}

#[test]
fn what_follows_a_missing_record_is_not_replayed() {
    let recorder = Recorder::on("sim");
    let mut tape = Doctored::of(&recorder.play_named(CASE));
    let at = tape.chunks("modem", "from-terminal")[3];
    let (missing, before) = (tape.number(at), tape.records.len());
    tape.records.remove(at);
    let replayed = replay(&tape.write(recorder.place("doctored")), &fixtures()).unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    let why = replayed.incomplete.unwrap();
    assert!(why.contains(&format!("record {missing} or a part of it is missing")), "{why}");
    assert!((replayed.records as u64) == missing && replayed.records < before);
}

#[test]
fn a_chunk_whose_end_was_held_back_is_not_replayed() {
    let recorder = Recorder::on("sim");
    let mut tape = Doctored::of(&recorder.play_named(CASE));
    let at = tape.chunks("panel", "to-terminal")[1];
    tape.records[at]["more"] = true.into();
    let replayed = replay(&tape.write(recorder.place("doctored")), &fixtures()).unwrap();
    assert_eq!(replayed.records as u64, tape.number(at));
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
    assert!(replayed.incomplete.is_some());
}

#[test]
fn a_token_that_no_fixture_holds_is_named() {
    let recorder = Recorder::on("sim");
    let mut tape = Doctored::of(&recorder.play_named(CASE));
    let at = tape.with_text("panel", "to-terminal", 0, "%PAYRIG-RECORD");
    let n = tape.number(at);
    let written = |tape: &Doctored, name| tape.write(recorder.place(name));
    tape.replace(at, r#""token":"factory""#, r#""token":"record-factory#2""#);
    let said = sentence(&written(&tape, "unknown"));
    let expected = format!(
        "record {n}: no fixture that the case was played with holds a value for {{key record-factory#2 "
    );
    assert!(said.contains(&expected), "{said}");
    tape.replace(at, r#""token":"record-factory#2""#, r#""token":"factory""#);
    tape.replace(at, "kcv 72EBA303", "kcv 72EBA304");
    let said = sentence(&written(&tape, "misfit"));
    assert!(
        said.contains(&format!("record {n}: the fixtures hold another value for {{key factory ")),
        "{said}"
    );
}

#[test]
fn keys_that_the_host_issued_are_made_again_from_the_seed() {
    let recorder = Recorder::on("sim");
    let records = recorder.play_named(CASE);
    let mut tape = Doctored::of(&records);
    // A person types one of the keys in hex, which has no effect but in a record.
    let menu = tape.with_text("panel", "from-terminal", 0, "M100");
    let shown: String = tape.chunks("panel", "from-terminal").into_iter().map(|at| tape.text(at)).collect();
    let kcv = &shown[shown.rfind("PIK ").unwrap() + 4..][..8];
    let t = tape.records[menu]["t"].clone();
    let token = serde_json::json!({"token": "PIK#1", "kind": "key", "show": format!("kcv {kcv}"), "form": "raw", "nibbles": 32});
    let chunk = serde_json::json!({"n": 0, "t": t, "line": "antenna", "dir": "to-terminal", "data": [token]});
    tape.insert(menu, chunk);
    replay_alike(&tape.write(recorder.place("issued")));
    // Another seed, other keys.
    let folder = tape.write(recorder.place("other"));
    let played = fs::read_to_string(folder.join("case.json")).unwrap().replace("\"seed\": 1", "\"seed\": 2");
    fs::write(folder.join("case.json"), played).unwrap();
    assert!(sentence(&folder).contains("the fixtures hold another value for {key PIK#1 "));
}

#[test]
fn a_folder_that_holds_no_case_is_told_what_to_name() {
    let recorder = Recorder::on("sim");
    let records = recorder.play_named(CASE);
    assert!(sentence(&recorder.place("nowhere")).ends_with("nowhere: there is no such folder"));
    let run = records.parent().unwrap().parent().unwrap();
    assert!(sentence(run).ends_with("there is no tape.jsonl in it"));
    let help = replay(run, &fixtures()).map(drop).unwrap_err().help().unwrap().to_string();
    assert!(help.ends_with(&records.display().to_string()), "{help}");
    fs::write(records.join("case.json"), "{").unwrap();
    assert!(sentence(&records).contains("case.json: EOF while parsing"));
    fs::remove_file(records.join("case.json")).unwrap();
    assert!(sentence(&records).contains("failed to read"));
}

#[test]
fn a_record_that_makes_no_sense_is_named() {
    let recorder = Recorder::on("sim");
    let whole = Doctored::of(&recorder.play_named(CASE));
    let nth = |n: usize| {
        let mut tape = Doctored { records: whole.records.clone(), ..Doctored::of(&whole.from) };
        let said = match n {
            0 => {
                tape.records[30]["t"] = 0.into();
                format!("record {}: its time is before that of record", tape.number(30))
            }
            1 => {
                let note = tape.note("power");
                tape.records[note]["text"] = "of".into();
                format!("record {}: expected power `on`, `cut`", tape.number(note))
            }
            2 => {
                let note = tape.note("power");
                tape.records[note]["note"] = "step".into();
                "a line carries bytes before the power is on".to_owned()
            }
            3 => {
                tape.records[20]["n"] = tape.records[19]["n"].clone();
                format!("record {}: the tape has two records of this number", tape.number(19))
            }
            4 => {
                tape.records.last_mut().unwrap()["t"] = u64::MAX.into();
                "expected a time within 31 days of the tape's start".to_owned()
            }
            5 => {
                let at = tape.chunks("modem", "to-terminal")[0];
                tape.records[at]["line"] = "mode".into();
                format!("record {}: the simulated terminal has no line `mode`", tape.number(at))
            }
            _ => {
                let at = tape.chunks("modem", "to-terminal")[0];
                tape.records[at]["data"] = serde_json::json!([{"withheld": 4}]);
                format!("record {}: 4 bytes were recorded by their number only", tape.number(at))
            }
        };
        (tape, said)
    };
    for n in 0..7 {
        let (tape, expected) = nth(n);
        let said = sentence(&tape.write(recorder.place(&format!("wrong{n}"))));
        assert!(said.contains(&expected), "{said}");
    }
}

/// The tape of a case, read once.
static TAPE: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let recorder = Recorder::on("sim");
    let records = recorder.play_named(CASE);
    (fs::read(records.join("tape.jsonl")).unwrap(), fs::read(records.join("case.json")).unwrap())
});

/// One thing that a bad disk, or a person with an editor, does to a file.
#[derive(Clone, Debug)]
enum Damage {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Twice(prop::sample::Index),
    DropLine(prop::sample::Index),
    Digit(prop::sample::Index, u8),
}

impl Damage {
    fn one() -> impl Strategy<Value = Self> {
        let at = any::<prop::sample::Index>;
        prop_oneof![
            (at(), any::<u8>()).prop_map(|(at, byte)| Self::Byte(at, byte)),
            at().prop_map(Self::Cut),
            (at(), 1..200_usize).prop_map(|(at, length)| Self::Drop(at, length)),
            at().prop_map(Self::Twice),
            at().prop_map(Self::DropLine),
            (at(), b'0'..=b'9').prop_map(|(at, digit)| Self::Digit(at, digit)),
        ]
    }

    fn apply(&self, tape: &mut Vec<u8>) {
        let lines: Vec<_> = tape.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        match self {
            _ if tape.is_empty() => {}
            Self::Byte(at, byte) => {
                let at = at.index(tape.len());
                tape[at] = *byte;
            }
            Self::Cut(at) => tape.truncate(at.index(tape.len())),
            Self::Drop(at, length) => {
                let at = at.index(tape.len());
                tape.drain(at..(at + length).min(tape.len()));
            }
            Self::Twice(at) => {
                let line = &lines[at.index(lines.len())];
                tape.extend(line);
            }
            Self::DropLine(at) => {
                let gone = at.index(lines.len());
                *tape = lines
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| *n != gone)
                    .flat_map(|(_, l)| l.clone())
                    .collect();
            }
            Self::Digit(at, digit) => {
                let digits: Vec<_> = (0..tape.len()).filter(|n| tape[*n].is_ascii_digit()).collect();
                // What is left of a tape that was cut before may have none.
                if !digits.is_empty() {
                    tape[digits[at.index(digits.len())]] = *digit;
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_tape_ends_with_a_sentence(damage in prop::collection::vec(Damage::one(), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let (mut tape, case) = TAPE.clone();
        damage.iter().for_each(|damage| damage.apply(&mut tape));
        fs::write(folder.path().join("tape.jsonl"), &tape).unwrap();
        fs::write(folder.path().join("case.json"), case).unwrap();
        match replay(folder.path(), &fixtures()) {
            Ok(replayed) => {
                let said = replayed.difference.map(|difference| difference.to_string());
                prop_assert!(said.is_none_or(|said| !said.is_empty()));
            }
            Err(error) => {
                prop_assert!(error.is_usage(), "{error}");
                prop_assert!(!matches!(error, ReplayError::Machine(_)));
                prop_assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }
}
