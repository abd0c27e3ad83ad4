//! On the simulated board the same seed leaves the same records, byte for byte; and what is recorded is replayed to the nanosecond.

use std::{collections::BTreeMap, fs, path::Path};

use payrig_bench::{Suite, Verdict};
use rstest::rstest;

use crate::records::{Recorder, fixtures, replay_alike};

/// Cases in which the terminal goes on a millisecond later in the replay than on the tape: the module writes a line at the very instant at which
/// the simulated wire takes its next piece, and each piece takes whole milliseconds. Whether the line goes with that piece is a matter of which task
/// was first. Every byte is compared all the same.
const AT_ONCE: [&str; 2] = [
    "network::connection-drops[network=drop-during-answer-context]",
    "network::ec20-faults[network=drop-during-answer-context]",
];

/// The suite is played in so many parts, each a test.
const PARTS: usize = 4;

/// What a case leaves, but for its report, which tells wall time.
fn files(records: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(records).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|file| (file.file_name().unwrap().to_str().unwrap().to_owned(), file));
    named
        .filter(|(name, _)| name != "result.json")
        .map(|(name, file)| (name, fs::read(file).unwrap()))
        .collect()
}

#[rstest]
fn every_case_leaves_the_same_twice_and_is_replayed_to_the_nanosecond(#[values(0, 1, 2, 3)] part: usize) {
    let (first, second) = (Recorder::on("sim"), Recorder::on("sim"));
    let (mut bytes, mut cases) = (0, 0);
    for case in Suite::load(&fixtures()).unwrap().cases.iter().skip(part).step_by(PARTS) {
        let (report, records) = first.play(case);
        if report.verdict == Verdict::NotRun {
            continue;
        }
        let left = files(&records);
        assert!(left.contains_key("tape.jsonl"), "{} leaves {:?}", case.name, left.keys());
        let again = files(&second.play(case).1);
        assert!(
            left.keys().eq(again.keys()),
            "{} leaves {:?}, then {:?}",
            case.name,
            left.keys(),
            again.keys()
        );
        let differs = left.iter().find(|(name, bytes)| again[*name] != **bytes);
        assert!(differs.is_none(), "{}: {} differs", case.name, differs.map_or("", |(name, _)| name));
        let replayed = replay_alike(&records);
        // Nothing may come at another time than on the tape: then what is compared is all that there is.
        assert!(replayed.exact || AT_ONCE.contains(&case.name.as_str()), "{}", case.name);
        assert!(replayed.remarks.is_empty(), "{}: {:?}", case.name, replayed.remarks);
        bytes += replayed.alike.values().sum::<u64>();
        cases += 1;
    }
    println!("{cases} cases of sim: {bytes} bytes alike");
    assert!(cases > 20 && bytes > 50_000, "{cases} cases, {bytes} bytes");
}

/// The comparison can fail: another seed brings other keys.
#[test]
fn another_seed_leaves_other_records() {
    let suite = Suite::load(&fixtures()).unwrap();
    let case = suite.case("sign-on::succeeds").unwrap();
    let left = |seed| files(&Recorder::with_seed("sim", seed).play(case).1);
    let (one, other) = (left(1), left(2));
    assert!(one.keys().eq(other.keys()));
    assert!(one["tape.jsonl"] != other["tape.jsonl"] && one["host.pcapng"] != other["host.pcapng"]);
}
