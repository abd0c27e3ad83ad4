//! The guide's table of presentations and outcomes: each cell names cases that there are, or says why there can be none.

use std::fs;

use payrig_bench::{Fixtures, Suite};

use crate::desk::root;

/// How a card is presented, as the rows have it.
const PRESENTATIONS: [&str; 5] = ["stripe", "chip, T=0", "chip, T=1", "fallback", "physical, by PC/SC"];
/// What comes of it, as the columns have it, and the messages one of which each case of such a cell waits for.
const OUTCOMES: [(&str, &[&str]); 5] = [
    ("approved", &["approved"]),
    ("declined by the card", &["declined-offline", "declined-by-card"]),
    ("declined by the host", &["declined"]),
    ("removed", &["card-removed"]),
    ("fault", &["card-not-read", "chip-not-read", "card-data-wrong", "card-not-supported"]),
];
/// What a cell begins with that names no case.
const REASON: &str = "none: ";

#[test]
fn every_presentation_has_a_case_for_every_outcome_or_a_reason() {
    let guide = fs::read_to_string(root().join("fixtures/scenarios/README.md")).unwrap();
    let suite = Suite::load(&Fixtures::open(&root().join("fixtures")).unwrap()).unwrap();
    let (_, section) = guide.split_once("## Presentations and outcomes").unwrap();
    let mut rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    assert_eq!(cells(rows.next().unwrap())[1..], OUTCOMES.map(|(outcome, _)| outcome));
    let rows: Vec<_> = rows.skip(1).map(cells).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), PRESENTATIONS);
    for row in rows {
        assert_eq!(row.len(), 1 + OUTCOMES.len(), "{}", row[0]);
        for ((outcome, messages), cell) in OUTCOMES.iter().zip(&row[1..]) {
            let at = format!("{}, {outcome}", row[0]);
            if let Some(reason) = cell.strip_prefix(REASON) {
                assert!(!reason.is_empty(), "{at}: expected a reason");
                continue;
            }
            let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{at}: expected cases or a reason: {cell}");
            for name in named {
                let of_matrix = format!("{name}[");
                let is_there = |case: &str| case == name || case.starts_with(&of_matrix);
                assert!(suite.cases.iter().any(|case| is_there(&case.name)), "{at}: there is no case {name}");
                let waits = scenario(name);
                let waits = messages.iter().any(|message| waits.contains(&format!("= \"{message}\"")));
                assert!(waits, "{at}: {name} waits for none of {messages:?}");
            }
        }
    }
}

/// The text of a case's scenario.
fn scenario(name: &str) -> String {
    let file = name.split('[').next().unwrap().replace("::", "/");
    fs::read_to_string(root().join(format!("fixtures/scenarios/{file}.toml"))).unwrap()
}

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}
