//! Network profiles: the fixtures are read, and what is wrong in one is told with its place.

use std::path::Path;

use payrig_network::{NetworkProfile, ProfileError};
use rstest::rstest;

fn networks() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/networks")
}

#[test]
fn every_fixture_is_a_profile_with_a_title_of_its_own() {
    let mut titles: Vec<_> = std::fs::read_dir(networks())
        .unwrap()
        .map(|entry| NetworkProfile::load(&entry.unwrap().path()).unwrap().title)
        .collect();
    let count = titles.len();
    titles.sort();
    titles.dedup();
    assert!(count >= 3);
    assert_eq!(titles.len(), count);
}

#[rstest]
#[case::unknown_key("signal = 21", "signals = 21", 1, "unknown key `signals`; did you mean `signal`?")]
#[case::signal("signal = 21", "signal = 32", 10, "expected a signal of 0 to 31, or 99 for none, found 32")]
#[case::state("state = \"ready\"", "state = \"redy\"", 9, "unknown value `redy`; did you mean `ready`?")]
#[case::time("command = \"1ms..3ms\"", "command = \"3ms..1ms\"", 11, "shorter first")]
#[case::no_unit("prompt = \"1ms..3ms\"", "prompt = \"1\"", 10, "expected a time like \"4ms\"")]
#[case::syntax("bit-errors = 0", "bit-errors =", 13, "")]
#[case::address("10.64.0.21", "10.64.0", 11, "IPv4")]
fn a_wrong_place_is_named(#[case] from: &str, #[case] to: &str, #[case] column: usize, #[case] says: &str) {
    let text = std::fs::read_to_string(networks().join("cellular-normal.toml")).unwrap();
    let line = 1 + text.lines().position(|line| line.contains(from)).expect("the fixture has this text");
    let error = NetworkProfile::from_toml("net.toml", &text.replacen(from, to, 1)).unwrap_err();
    let message = error.to_string();
    let place = match &error {
        ProfileError::Content(refusal) => (refusal.line, refusal.column),
        ProfileError::Read { .. } => panic!("{message}"),
    };
    assert!(message.contains(says), "{message}");
    assert!(message.starts_with(&format!("net.toml:{}:{}: ", place.0, place.1)), "{message}");
    assert_eq!(place, (line, column), "{message}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = NetworkProfile::load(Path::new("nowhere/net.toml")).unwrap_err();
    assert!(error.to_string().starts_with("nowhere/net.toml: cannot be read: "), "{error}");
}
