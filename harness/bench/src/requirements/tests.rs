use std::{fs, path::Path};

use super::*;
use crate::Suite;

/// The sections of PROTOCOL.md that are about keys, sign-on and the network.
const SECTIONS: [&str; 3] = ["Sign-on 0800 -> 0810", "Cryptography", "The network's side"];

/// How lines on keys and sign-on begin that stand in other sections.
const ELSEWHERE: [&str; 2] = ["- Field 53 (16 digits)", "  - 60.3: "];

fn fixtures() -> Fixtures {
    Fixtures::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")).unwrap()
}

/// The bullets and table rows of the sections, and the lines elsewhere.
fn facts(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut header = false;
    let mut facts = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            inside = SECTIONS.iter().any(|section| title.starts_with(section));
        }
        let row = line.starts_with("| ");
        // The first row of a table names its columns.
        let is_fact = line.starts_with("- ") || row && header;
        header = line.starts_with('|');
        if inside && is_fact || ELSEWHERE.iter().any(|beginning| line.starts_with(beginning)) {
            facts.push(line);
        }
    }
    facts
}

#[test]
fn every_bullet_and_table_row_on_keys_sign_on_and_network_has_a_requirement() {
    let fixtures = fixtures();
    let page = fs::read_to_string(fixtures.root().join("PROTOCOL.md")).unwrap();
    let requirements = Requirements::load(&fixtures).unwrap();
    let anchors: Vec<_> = requirements.rows().iter().filter_map(|row| row.fact.as_deref()).collect();
    let facts = facts(&page);
    assert_eq!(
        facts.len(),
        21,
        "2 lines on fields, 4 bullets of schemes, 4 of cryptography, 11 rows of a modem's answers: {facts:#?}"
    );
    for fact in facts {
        assert!(
            anchors.iter().any(|anchor| fact.starts_with(anchor)),
            "no requirement names the line\n{fact}"
        );
    }
    for anchor in anchors {
        let lines = page.lines().filter(|line| line.starts_with(anchor)).count();
        assert_eq!(lines, 1, "`{anchor}` must begin one line of PROTOCOL.md");
    }
}

#[test]
fn every_row_has_a_case_or_a_reason() {
    let fixtures = fixtures();
    let suite = Suite::load(&fixtures).unwrap();
    let wrong = fixtures.requirements().unwrap().disagreements(&suite.cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A folder of fixtures with nothing but these requirements.
fn with(text: &str) -> (tempfile::TempDir, Fixtures) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), text).unwrap();
    let fixtures = Fixtures::open(folder.path()).unwrap();
    (folder, fixtures)
}

fn row(id: &str, more: &str) -> String {
    format!("[[requirement]]\nid = \"{id}\"\ntext = \"t\"\nsource = \"s\"\n{more}")
}

#[test]
fn a_row_that_no_case_covers_wants_a_reason_and_one_that_a_case_covers_wants_none() {
    let text = [
        row("a.bare", ""),
        row("a.told", "reason = \"shown elsewhere\"\n"),
        row("b.covered", "reason = \"none\"\n"),
    ];
    let (_folder, fixtures) = with(&text.concat());
    let mut case = Suite::load(&self::fixtures()).unwrap().cases.remove(0);
    case.requirements = vec!["b.covered".into()];
    let wrong = Requirements::load(&fixtures).unwrap().disagreements(&[case]);
    let [bare, covered] = &wrong[..] else { panic!("{wrong:?}") };
    assert!(bare.contains("requirements.toml:1: no case covers `a.bare`"), "{bare}");
    assert!(covered.contains("requirements.toml:10: a case covers `b.covered`"), "{covered}");
}

#[test]
fn the_worst_case_is_the_row_s_verdict_and_a_row_that_nothing_played_is_not_run() {
    let (_folder, fixtures) =
        with(&["a", "b", "c", "d"].map(|id| row(id, "level = \"optional\"\n")).concat());
    let requirements = Requirements::load(&fixtures).unwrap();
    let report = |case: &str, verdict: Verdict, ids: &[&str]| -> Report {
        serde_json::from_value(serde_json::json!({
            "case": case, "verdict": verdict, "why": null, "wall-seconds": 0.1, "figures": [], "folder": case,
            "requirements": ids,
        }))
        .unwrap()
    };
    let reports = [
        report("x::1", Verdict::Pass, &["a", "b"]),
        report("x::2", Verdict::Fail, &["b"]),
        report("x::3", Verdict::NotRun, &["a", "c"]),
    ];
    let told: Vec<_> =
        requirements.verdicts(&reports).into_iter().map(|row| (row.verdict, row.cases)).collect();
    assert_eq!(told, [(Verdict::Pass, 2), (Verdict::Fail, 2), (Verdict::NotRun, 1), (Verdict::NotRun, 0)]);
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_with_its_place() {
    let refused = |text: &str| Requirements::load(&with(text).1).unwrap_err().to_string();
    let twice = refused(&[row("a", ""), row("a", "")].concat());
    assert_eq!(twice, "fixtures/requirements.toml:6:6: `a` is there already: give each row an id of its own");
    assert!(refused(&row("A b", "")).starts_with("fixtures/requirements.toml:2:6: expected words of a-z"));
    assert!(
        refused(&row("a", "levle = \"optional\"\n")).contains("unknown key `levle`; did you mean `level`?")
    );
}
