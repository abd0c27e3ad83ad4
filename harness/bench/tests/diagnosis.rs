//! The confusion matrix: whatever is wrong on the way to the host, in 200 variants each, the terminal says what is right; and where it says
//! the same of two conditions, no terminal could tell them apart.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

use std::{fs, path::Path};

use payrig_bench::{
    Fixtures, RunFolder,
    diagnosis::{Campaign, FIRST_SEED, MATRIX_TEXT, Records, VARIANTS, behaviours, terminal_of},
};
use payrig_network::Dialect;
use rstest::rstest;

fn fixtures() -> Fixtures {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    Fixtures::open(&root).unwrap()
}

/// A secret of every attempt with a SIM800, in hex digits.
fn terminal_key(fixtures: &Fixtures) -> String {
    let terminal = fixtures.terminal(terminal_of(Dialect::Sim800)).unwrap();
    let (_, key) = terminal.secret_keys().swap_remove(0);
    hex::encode_upper(key.bytes())
}

/// What is found where a fixture says something else than its network does, or two conditions are called one.
#[test]
fn a_wrong_a_missing_and_a_shared_cause_are_found() {
    let fixtures = fixtures();
    let mut behaviours = behaviours(&fixtures).unwrap();
    let planted = ["no-sim", "registration-denied", "roaming-no-data", "sim-pin"];
    behaviours.retain(|b| b.dialect == Dialect::Sim800 && planted.contains(&b.name.as_str()));
    for behaviour in &mut behaviours {
        match behaviour.name.as_str() {
            "no-sim" => behaviour.causes = vec!["no-signal".into()],
            "sim-pin" => behaviour.causes.push("sim-blocked".into()),
            "roaming-no-data" => behaviour.condition = "roaming".into(),
            _ => {}
        }
    }
    let campaign = Campaign { behaviours, variants: 100, seed: FIRST_SEED };
    let matrix = campaign.play(&fixtures, |_, _| {}).unwrap();
    // Mistakes whose dialogues differ are told apart, each with its seeds.
    let without_seeds = |line: &str| match (line.split_once(" with seed "), line.split_once(": ")) {
        (Some((who, _)), Some((_, what))) => format!("{who}: {what}"),
        _ => line.to_owned(),
    };
    let findings = matrix.findings();
    let mut findings: Vec<_> =
        findings.iter().filter_map(|found| found.lines().next()).map(without_seeds).collect();
    findings.dedup();
    let expected = [
        "sim800 no-sim: expected E205 no-signal; it said E202 no-sim",
        "sim800 no-sim: E205 no-signal is declared to be right, and was said in none of 100 variants",
        "sim800 sim-pin: E211 sim-blocked is declared to be right, and was said in none of 100 variants",
        "sim800 E206 sim-refused: registration-denied and roaming have this cause, but a terminal could tell them apart: 1 and 1 dialogues, 0 equal",
    ];
    assert_eq!(findings, expected);
    assert_eq!(matrix.rows.iter().map(|row| row.mistakes.len()).sum::<usize>(), 100);
    let folder = tempfile::tempdir().unwrap();
    let records = Records::new(RunFolder::at(folder.path().join("run")).unwrap());
    let told = campaign.record_mistakes(&fixtures, &matrix, &records).unwrap();
    assert_eq!(told.len(), 3, "{told:?}");
    // The record is the attempt's own.
    assert!(told[0].starts_with("sim800 no-sim with seed 1: no-sim; the tape: "), "{told:?}");
    matrix.write(records.run()).unwrap();
    records.check_leaks().unwrap();
    let key = terminal_key(&fixtures);
    fs::write(records.run().path().join(MATRIX_TEXT), format!("a cell with {key} in it\n")).unwrap();
    let found = records.check_leaks().unwrap_err().to_string();
    assert!(found.contains(MATRIX_TEXT) && !found.contains(&key), "{found}");
}

/// One test for each modem: conditions of one modem are compared with each other.
#[rstest]
#[case::sim800(Dialect::Sim800)]
#[case::ec20(Dialect::Ec20)]
#[case::line_modem(Dialect::Hayes)]
fn the_terminal_says_what_is_wrong(#[case] dialect: Dialect) {
    let fixtures = fixtures();
    let mut behaviours = behaviours(&fixtures).unwrap();
    behaviours.retain(|behaviour| behaviour.dialect == dialect);
    let campaign = Campaign { behaviours, variants: VARIANTS, seed: FIRST_SEED };
    let matrix = campaign.play(&fixtures, |_, _| {}).unwrap();
    println!("{matrix}");
    let findings = matrix.findings();
    if !findings.is_empty() {
        let runs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs");
        let run = RunFolder::create(&runs, &format!("diagnosis-{dialect}")).unwrap();
        matrix.write(&run).unwrap();
        let told = campaign.record_mistakes(&fixtures, &matrix, &Records::new(run)).unwrap();
        panic!("{}\n{}", findings.join("\n\n"), told.join("\n"));
    }
    insta::assert_snapshot!(format!("matrix-{dialect}"), matrix.to_string());
}
