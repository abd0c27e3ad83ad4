//! `payrig key`: keys that can be made again, and the records that a terminal is sent.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use assert_cmd::Command;
use payrig_operator::ProvisioningRecord;

fn payrig(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("payrig").unwrap();
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).args(arguments);
    command
}

fn said(arguments: &[&str]) -> String {
    let output = payrig(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

/// The value of a row, and that the CRC is right.
fn row(record: &str, key: &str) -> String {
    let (body, crc) = record.split_once("%END ").unwrap();
    let rows = body.lines().skip(1).map(|line| line.split_once('=').unwrap());
    let whole = rows.fold(ProvisioningRecord::new(), |record, (key, value)| record.with(key, value));
    assert_eq!(String::from_utf8(whole.encode()).unwrap(), format!("{body}%END {}\n", crc.trim()));
    whole.get(key).unwrap_or_default().to_owned()
}

#[test]
fn the_keys_of_a_scheme_an_issuer_and_a_card_are_made_again_from_their_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["one.toml", "two.toml"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    for file in &files {
        said(&["key", "--file", file, "ca", "scheme", "--index", "F9", "--seed", "1", "--bits", "768"]);
        said(&[
            "key", "--file", file, "issuer", "bank", "--ca", "scheme", "--serial", "000001", "--seed", "2",
            "--bits", "704",
        ]);
        said(&["key", "--file", file, "icc", "card", "--serial", "000002", "--seed", "3", "--bits", "640"]);
    }
    let [one, two] = files.each_ref().map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(one, two);
    assert!(one.contains("They protect nothing"));
    let twice = payrig(&["key", "--file", &files[0], "icc", "card", "--serial", "000003", "--seed", "4"]);
    refused(twice, "duplicate key");
    let orphan = payrig(&[
        "key", "--file", &files[0], "issuer", "b", "--ca", "schme", "--serial", "000003", "--seed", "4",
        "--bits", "512",
    ]);
    refused(orphan, "did you mean scheme?");
    assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), one, "nothing was written");
    let record = said(&["key", "--file", &files[0], "record", "ca", "scheme"]);
    assert_eq!((row(&record, "ca-index"), row(&record, "ca-modulus-3").len()), ("F9".into(), 24));
}

fn refused(mut command: Command, sentence: &str) {
    let output = command.assert().code(2).get_output().stderr.clone();
    let told = String::from_utf8(output).unwrap();
    assert!(told.contains(sentence), "{told}");
}

#[test]
fn records_are_what_a_terminal_is_sent() {
    let record = said(&["key", "record", "ca", "unionpay-long"]);
    let modulus: String = (1..=6).map(|number| row(&record, &format!("ca-modulus-{number}"))).collect();
    assert_eq!((modulus.len(), row(&record, "ca-exponent")), (496, "010001".into()));
    assert_eq!(row(&record, "ca-check").len(), 40);
    assert!(record.lines().all(|line| line.len() <= 97) && record.len() <= 1024);

    let record = said(&["key", "record", "application", "A000000333010102", "--floor", "5000"]);
    assert_eq!((row(&record, "aid-floor"), row(&record, "aid-threshold")), ("5000".into(), "5000".into()));
    let record = said(&["key", "record", "issuer", "621234", "Test Bank"]);
    assert_eq!((row(&record, "bin"), row(&record, "issuer")), ("621234".into(), "Test Bank".into()));
    let record = said(&["key", "record", "revocation", "unionpay", "BADBAD"]);
    assert_eq!(
        (row(&record, "revoked-rid"), row(&record, "revoked-serial")),
        ("A000000333".into(), "BADBAD".into())
    );

    refused(payrig(&["key", "record", "issuer", "62123", "Bank"]), "expected the first six digits");
    refused(payrig(&["key", "record", "ca", "unionpy"]), "did you mean unionpay?");
    refused(payrig(&["key", "record", "application", "A0"]), "5 to 16 bytes");
    refused(payrig(&["key", "record", "application", "A000000333", "--ddol", "9F37"]), "data object list");
}
