//! Terminal fixtures: they are read whole, and what is wrong in one is told with its place.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use payrig_operator::{FixtureError, LifeState, ProvisioningRecord, TerminalFixture};
use rstest::rstest;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixture(name: &str) -> TerminalFixture {
    TerminalFixture::load(&repository().join(format!("fixtures/terminals/{name}.toml"))).unwrap()
}

#[rstest]
#[case("blank", LifeState::Blank, None)]
#[case("factory", LifeState::Factory, Some(("72EBA303", None)))]
#[case("keyed", LifeState::Keyed, Some(("72EBA303", Some("174D85A54072AA3DB443D82F9B824D32"))))]
#[case("keyed-clone", LifeState::Keyed, Some(("CB1A2948", Some("51D655035C1EB36355857B5249214F6A"))))]
fn a_fixture_brings_a_terminal_to_its_state(
    #[case] name: &str,
    #[case] state: LifeState,
    #[case] keys: Option<(&str, Option<&str>)>,
) {
    let fixture = fixture(name);
    assert_eq!(fixture.state(), state);
    let record = fixture.record();
    let found = record.as_ref().map(|record| (record.get("factory-kcv").unwrap(), record.get("tmk")));
    assert_eq!(found, keys);
    if let Some(record) = &record {
        ProvisioningRecord::parse(name, &record.encode()).unwrap();
        assert_eq!(record.get("tmk-kcv").is_some(), record.get("tmk").is_some());
    }
    ProvisioningRecord::parse(name, &fixture.key_record().unwrap().encode()).unwrap();
    assert_eq!(fixture.host_address(), ("192.0.2.10".to_owned(), 5000));
    assert_eq!((fixture.device_id(), fixture.serial()), ("30600000290210015708", "0000290210015708"));
    assert_eq!((fixture.terminal_id(), fixture.merchant_id()), ("99999906", "001430170119999"));
}

#[test]
fn a_clone_differs_in_its_factory_key_only() {
    let (real, clone) = (fixture("keyed"), fixture("keyed-clone"));
    assert_ne!(real.factory_key().bytes(), clone.factory_key().bytes());
    assert_eq!(real.tmk(), clone.tmk());
    assert_eq!(real.device_id(), clone.device_id());
    let names: Vec<_> = clone.secret_keys().into_iter().map(|(name, _)| name).collect();
    // Whatever the key file has may be typed or sent, so that all of it is kept out of records.
    assert!(
        ["factory", "factory-clone", "tmk", "tmk-component-1"]
            .iter()
            .all(|name| names.iter().any(|n| n == name))
    );
}

/// The panel names every message of INTERFACE.md once, and no other.
#[test]
fn every_message_of_the_specification_has_one_name() {
    let page = fs::read_to_string(repository().join("firmware/terminal/INTERFACE.md")).unwrap();
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let is_id = |cell: &&str| {
        let (letter, digits) = cell.split_at_checked(1).unwrap_or_default();
        ["M", "E"].contains(&letter) && digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let specified: BTreeSet<_> = cells.filter(is_id).collect();
    let fixture = fixture("keyed");
    let named: Vec<_> = fixture.messages().map(|(_, id)| id).collect();
    assert!(specified.len() > 30);
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), specified);
    assert_eq!(named.len(), specified.len(), "an id has two names");
    assert_eq!(fixture.message_name("E207"), Some("sim-out-of-credit"));
    assert_eq!(fixture.message("signed-on"), Some("M111"));
}

#[test]
fn keys_are_not_shown() {
    let fixture = fixture("keyed");
    let shown = format!("{fixture:?} {:?}", fixture.record().unwrap());
    for secret in ["00112233445566778899AABB", "89ABCDEF01234567", "174D85A54072AA3D", "0, 17, 34, 51"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("72EBA303"), "{shown}");
}

/// The keyed terminal's fixture with one file changed: the error, and the line in which the change is.
fn changed(file: &str, from: &str, to: &str) -> (FixtureError, usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut line = 0;
    for path in ["keys/rig.toml", "terminals/keyed.toml", "terminals/panels/reference.toml"] {
        let mut text = fs::read_to_string(repository().join("fixtures").join(path)).unwrap();
        if path == file {
            line = 1 + text.lines().position(|line| line.contains(from)).unwrap();
            text = text.replacen(from, to, 1);
        }
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    (TerminalFixture::load(&folder.path().join("terminals/keyed.toml")).unwrap_err(), line)
}

const KEYED: &str = "terminals/keyed.toml";
const KEYS: &str = "keys/rig.toml";
const PANEL: &str = "terminals/panels/reference.toml";

/// The components of the ceremony make the TMK that the host is told; no factory key is typed.
#[test]
fn components_are_typed_by_their_names() {
    let fixture = fixture("keyed");
    let names: Vec<_> = fixture.typed_keys().collect();
    assert!(names.contains(&"tmk-component-1") && !names.contains(&"factory"), "{names:?}");
    let bytes = |name: &str| fixture.typed_key(name).unwrap().bytes().to_vec();
    let made: Vec<_> =
        bytes("tmk-component-1").iter().zip(bytes("tmk-component-2")).map(|(a, b)| a ^ b).collect();
    assert_eq!(made, bytes("tmk-field"));
    assert!(fixture.typed_key("factory").is_none());
}

#[rstest]
#[case::device(
    KEYED,
    "30600000290210015708",
    "3060",
    13,
    "expected 8 to 20 characters 0-9 A-Z for `device-id`"
)]
#[case::tries(KEYED, "tries = 3", "tries = 10", 9, "expected a number of 1 to 9 for `tries`")]
#[case::host(KEYED, "192.0.2.10:5000", "192.0.2.10", 8, "expected an address, a colon and a port")]
#[case::no_key(
    KEYED,
    "\"factory\"",
    "\"none\"",
    11,
    "expected an sm4 key of the key file, one of factory, factory-clone, tmk"
)]
#[case::wrong_kind(KEYED, "\"factory\"", "\"tmk\"", 11, "expected an sm4 key")]
#[case::unknown(KEYED, "apn =", "apm =", 1, "unknown key `apm`; did you mean `apn`?")]
#[case::hex(KEYS, "\"72EBA303\"", "\"72EBA3\"", 7, "expected a check value of 8 hex digits")]
#[case::value(KEYS, "\"0011", "\"11", 9, "expected 32 hex digits")]
#[case::kcv(
    KEYS,
    "\"72EBA303\"",
    "\"72EBA304\"",
    7,
    "the key's check value is 72EBA303; correct it or the key"
)]
#[case::components(
    KEYS,
    "[\"tmk-component-1\", \"tmk-component-2\"]",
    "[\"tmk-component-1\", \"tmk\"]",
    14,
    "the XOR of these is another key; correct them or the key"
)]
#[case::no_component(
    KEYS,
    "[\"tmk-component-1\", \"tmk-component-2\"]",
    "[\"tmk-component-1\", \"tmk-component-3\"]",
    14,
    "expected the names of two keys of this file"
)]
#[case::wrapped(KEYS, "\"174D", "\"174E", 11, "expected `tmk` encrypted, SM4-ECB, under `factory`")]
#[case::key_scheme(
    KEYED,
    "tries = 3",
    "key-scheme = \"003\"",
    14,
    "expected `single`, `double`, `double-with-track`, `sm4` or `sm4-006` for `key-scheme`"
)]
#[case::nothing_to_dial(
    KEYED,
    "access = \"cellular\"",
    "access = \"line\"",
    10,
    "expected `dial` under [parameters] for this access; add it"
)]
#[case::language(KEYED, "tries = 3", "language = \"cn\"", 12, "expected `en` or `zh` for `language`")]
#[case::reversal_tries(
    KEYED,
    "tries = 3",
    "reversal-tries = 0",
    18,
    "expected a number of 1 to 9 for `reversal-tries`"
)]
#[case::reversal_closing(
    KEYED,
    "tries = 3",
    "reversal-closing = \"00 25\"",
    20,
    "expected 1 to 8 response codes of two characters 0-9 A-Z, with commas between for `reversal-closing`"
)]
#[case::label(PANEL, "voucher = [", "vuocher = [", 1, "unknown value `vuocher`; did you mean `voucher`?")]
#[case::no_text(PANEL, "[\"VOUCHER\", \"凭证号\"]", "[]", 11, "expected at least one text")]
#[case::text_with_blanks(PANEL, "\"BATCH\"", "\"BATCH \"", 10, "expected a text without blanks at its ends")]
#[case::text_twice(PANEL, "\"AUTH\"", "\"BATCH\"", 18, "`BATCH` stands for `batch` already")]
#[case::word(PANEL, "in-doubt = ", "in-dobut = ", 1, "unknown value `in-dobut`; did you mean `in-doubt`?")]
#[case::word_without_its_place(
    PANEL,
    "\"Sales «n»\"",
    "\"Sales\"",
    10,
    "expected 1 places for values, such as `«n»`"
)]
#[case::word_with_blanks(
    PANEL,
    "\"In doubt\"",
    "\"In doubt \"",
    13,
    "expected a text without blanks at its ends"
)]
#[case::panel(PANEL, "signed-on = \"M111\"", "signed-on = 111", 13, "expected a string")]
fn a_wrong_place_is_named(
    #[case] file: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] column: usize,
    #[case] says: &str,
) {
    let (error, line) = changed(file, from, to);
    let message = error.to_string();
    assert!(message.contains(says), "{message}");
    assert!(message.contains(&format!("{file}:{line}:{column}: ")), "expected {line}:{column} in {message}");
}

#[rstest]
#[case::no_tmk(
    KEYED,
    "tmk = \"tmk\"",
    "",
    "keyed.toml:3:9: expected `tmk` under [keys] for a keyed terminal; add it"
)]
#[case::no_label(PANEL, "voucher = [\"VOUCHER\", \"凭证号\"]", "", "expected `voucher` in [receipt]; add it")]
#[case::no_word(PANEL, "totals = [\"Totals\", \"合计\"]", "", "expected `totals` in [screens]; add it")]
#[case::under(
    KEYS,
    "factory = \"174D",
    "other = \"174D",
    "expected `tmk` under `factory` in the key file; add it to [keys.tmk.under]"
)]
#[case::no_panel(
    KEYED,
    "panels/reference.toml",
    "panels/none.toml",
    "panels/none.toml: cannot be read: No such file"
)]
fn what_is_missing_is_named(#[case] file: &str, #[case] from: &str, #[case] to: &str, #[case] says: &str) {
    let (error, _) = changed(file, from, to);
    assert!(error.to_string().contains(says), "{error}");
}

/// The record says what the fixture says.
#[test]
fn optional_parameters_are_sent_where_they_are_set() {
    let text = fs::read_to_string(repository().join("fixtures").join(KEYED)).unwrap();
    let set =
        "key-scheme = \"double\"\nlanguage = \"zh\"\nreversal-tries = 2\nreversal-closing = \"00,25\"\n";
    let fixture = loaded(&format!("{text}{set}"));
    let record = fixture.record().unwrap();
    let keys = ["key-scheme", "language", "reversal-tries", "reversal-closing"];
    assert_eq!(keys.map(|key| record.get(key)), [Some("double"), Some("zh"), Some("2"), Some("00,25")]);
    ProvisioningRecord::parse("record", &record.encode()).unwrap();
    assert_eq!(loaded(&text).record().unwrap().get("language"), None);
}

/// The keyed terminal's fixture with this text.
fn loaded(text: &str) -> TerminalFixture {
    let folder = tempfile::tempdir().unwrap();
    for path in [KEYS, PANEL] {
        let to = folder.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(repository().join("fixtures").join(path), to).unwrap();
    }
    let file = folder.path().join(KEYED);
    fs::write(&file, text).unwrap();
    TerminalFixture::load(&file).unwrap()
}
