//! Network profiles: the fixtures are read, and what is wrong in one is told with its place.

#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

use std::{collections::BTreeMap, path::Path};

use payrig_network::{Dialect, NetworkProfile, ProfileError};
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
#[case::voice("start-lines = true", "voice = \"loud\"", 9, "unknown value `loud`")]
#[case::command("start-lines = true", "hangs-at = \"CREG\"", 12, "as \"AT+CREG\"")]
#[case::loss("attached = true", "byte-loss = 1001", 13, "how many of 1000 bytes are lost")]
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

/// Every key that a fixture uses stands in cellular-normal.toml or line-normal.toml, in force or behind `# `, and each of those can be
/// put in force.
#[test]
fn every_key_is_explained_in_the_normal_networks() {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut explained = vec!["like".to_owned()];
    let key = |line: &str| line.split_once(" = ").map(|(key, _)| key.to_owned());
    for normal in ["cellular-normal.toml", "line-normal.toml"] {
        let uncommented: String = read(&networks().join(normal))
            .lines()
            .filter(|line| !line.starts_with("# like = "))
            .filter_map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") => Some(format!("{rest}\n")),
                Some(_) => None,
                None => Some(format!("{line}\n")),
            })
            .collect();
        NetworkProfile::from_toml("all-keys.toml", &uncommented).unwrap();
        explained.extend(uncommented.lines().filter_map(key));
    }
    for entry in std::fs::read_dir(networks()).unwrap() {
        let path = entry.unwrap().path();
        for used in read(&path).lines().filter(|line| !line.starts_with('#')).filter_map(key) {
            assert!(explained.contains(&used), "{}: {used}", path.display());
        }
    }
}

/// A terminal that knows one behaviour of a condition only would pass by accident: each has two, with each module that it can be
/// played with.
#[test]
fn every_faulty_condition_has_two_behaviours_with_each_module() {
    let mut behaviours: BTreeMap<(String, Dialect), Vec<NetworkProfile>> = BTreeMap::new();
    for entry in std::fs::read_dir(networks()).unwrap() {
        let profile = NetworkProfile::load(&entry.unwrap().path()).unwrap();
        let others =
            Dialect::ALL.into_iter().filter_map(|dialect| profile.clone().with_dialect(dialect).ok());
        for mut played in others.filter(NetworkProfile::is_faulty) {
            let of = (played.condition().to_owned(), played.dialect());
            played.title.clear();
            behaviours.entry(of).or_default().push(played);
        }
    }
    assert!(behaviours.len() > 50, "{}", behaviours.len());
    for ((condition, dialect), behaviours) in behaviours {
        assert!(behaviours.len() >= 2, "{condition} has one behaviour with {dialect}");
        for (at, one) in behaviours.iter().enumerate() {
            assert!(!behaviours[..at].contains(one), "{condition} has one behaviour twice with {dialect}");
        }
    }
}

/// A folder with files of these names and texts, and the message with which the first is refused.
fn refused(name: &str, files: &[(&str, &str)]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let error = NetworkProfile::load(&folder.join(files[0].0)).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.display()), "")
}

const NAMED: &str = "title = \"one\"\n";

#[rstest]
#[case::unknown("like = \"normol\"\n", "one.toml:2:8: unknown file `normol` in ")]
#[case::suggestion("like = \"normol\"\n", "; did you mean `normal`?")]
#[case::no_name("like = 7\n", "one.toml:2:8: expected the name of a file beside this one")]
#[case::elsewhere("like = \"../normal\"\n", "one.toml:2:8: unknown file `../normal`")]
#[case::itself("like = \"one\"\n", "one.toml:2:8: `like` comes round to a file again: one, one")]
#[case::round("like = \"two\"\n", "two.toml:2:8: `like` comes round to a file again: one, two, one")]
#[case::unknown_key(
    "like = \"normal\"\n[radio]\nsignals = 3\n",
    "one.toml:4:1: unknown key `signals`; did you mean `signal`?"
)]
#[case::wrong_value(
    "like = \"normal\"\n[radio]\nsignal = 32\n",
    "one.toml:4:10: expected a signal of 0 to 31"
)]
#[case::no_table("like = \"normal\"\nradio = 3\n", "one.toml:3:9: invalid type")]
#[case::the_other_is_wrong("like = \"wrong\"\n", "wrong.toml:4:10: expected a signal of 0 to 31")]
#[case::no_such_module("like = \"normal\"\n[module]\ndialect = \"hayes\"\n", "a module `hayes` needs [line]")]
fn what_a_file_is_like_is_told_with_its_place(#[case] text: &str, #[case] says: &str) {
    let normal = std::fs::read_to_string(networks().join("cellular-normal.toml")).unwrap();
    let folder = format!("like-{}", text.len() * 1000 + says.len());
    let message = refused(
        &folder,
        &[
            ("one.toml", &format!("{NAMED}{text}")),
            ("two.toml", "title = \"two\"\nlike = \"one\"\n"),
            ("wrong.toml", "title = \"wrong\"\nlike = \"normal\"\n[radio]\nsignal = 32\n"),
            ("normal.toml", &normal),
        ],
    );
    assert!(message.contains(says), "{message}");
}

/// Tables are laid over each other; title and condition are a file's own.
#[test]
fn a_file_takes_from_the_other_what_it_does_not_say() {
    let load = |name: &str| NetworkProfile::load(&networks().join(format!("{name}.toml"))).unwrap();
    let (normal, mut slow) = (load("cellular-normal"), load("host-silent-late"));
    assert_eq!((normal.condition(), slow.condition()), ("no-fault", "host-silent"));
    assert_ne!(normal.title, slow.title);
    assert_eq!(slow.latency.attach, normal.latency.attach);
    slow.latency.give_up = normal.latency.give_up;
    assert_eq!(slow.latency, normal.latency);
    assert_eq!((slow.sim, slow.radio, slow.module), (normal.sim, normal.radio, normal.module));
    assert_eq!(load("host-silent").condition(), "host-silent");
}
