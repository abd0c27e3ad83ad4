//! `payrig decode` as a user meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by its panic"
)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rstest::rstest;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn decode(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_payrig"));
    command.current_dir(root()).arg("decode").args(arguments);
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The published frames with what they say.
fn vectors() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("fixtures/vectors/cup_frames.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn json_says_what_the_published_frames_say() {
    for vector in vectors() {
        let (frame, expected) = (vector["inputs"]["frame"].as_str().unwrap(), &vector["outputs"]);
        let text = stdout(&mut decode(&["--dialect", "cup", "--format", "json", "--reveal", frame]));
        let said: Value = serde_json::from_str(&text).unwrap();
        for key in ["tpdu", "header", "mti", "fields"] {
            assert_eq!(said[key], expected[key], "{} of {}", key, vector["name"]);
        }
        assert_eq!(said["length"], frame.len() / 2 - 2);
        assert!(text.starts_with("{\"length\":"), "the keys are in the order that the README shows: {text}");
    }
}

#[rstest]
#[case::json("json")]
#[case::text("text")]
fn card_numbers_and_tracks_are_masked_unless_revealed(#[case] format: &str) {
    let sale = vectors().into_iter().find(|v| v["name"] == "sale_chip_constructed").unwrap();
    let frame = sale["inputs"]["frame"].as_str().unwrap();
    let masked = stdout(&mut decode(&["--format", format, frame]));
    assert!(masked.contains("621234******1232"), "{masked}");
    for digits in ["6212345678901232", "62 12 34 56 78", "D30122010000000000"] {
        assert!(!masked.contains(digits), "{masked}");
    }
    let revealed = stdout(&mut decode(&["--format", format, "--reveal", frame]));
    assert!(revealed.contains("6212345678901232"), "{revealed}");
}

#[test]
fn hex_comes_from_standard_input_as_people_paste_it() {
    let frame = vectors()[0]["inputs"]["frame"].as_str().unwrap().to_lowercase();
    let pasted: String =
        frame.as_bytes().chunks(4).map(|c| format!("{}:\n", str::from_utf8(c).unwrap())).collect();
    let said = stdout(decode(&["--format", "json", "-"]).write_stdin(pasted));
    assert!(said.contains("\"mti\":\"0800\""), "{said}");
}

#[rstest]
#[case::no_hex(&["00x7"], "the argument: byte 2: expected a hex digit, found 'x'")]
#[case::odd(&["00 570"], "the argument: byte 6: expected two hex digits for each byte, found 5 in all")]
#[case::empty(&[""], "the argument: byte 0: expected two hex digits for each byte, found 0 in all")]
#[case::cut(&["--format", "json", "00576005"], "the argument: this is no cup message: byte 2")]
#[case::dialect(&["--dialect", "cop", "0057"], "cop: cannot be read")]
fn bad_input_is_one_sentence_with_its_place(#[case] arguments: &[&str], #[case] sentence: &str) {
    let output = decode(arguments).assert().code(2).get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with(&format!("payrig: {sentence}")), "{error}");
    assert!(error.lines().count() <= 2, "a sentence and what to do: {error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_wrong_dialect_is_named_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let dialect = std::fs::read_to_string(root().join("fixtures/dialects/cup.toml")).unwrap();
    std::fs::write(&file, dialect.replacen("format = \"n..19\"", "fromat = \"n..19\"", 1)).unwrap();
    let output = decode(&["--dialect", file.to_str().unwrap(), "0057"]).assert().code(2).get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    let line = dialect.lines().position(|l| l == "format = \"n..19\"").unwrap() + 1;
    let sentence = format!("mine.toml:{line}:1: unknown key `fromat`; did you mean `format`?");
    assert!(error.contains(&sentence), "{error}");
}

#[test]
fn a_damaged_message_is_explained_up_to_the_damage() {
    let frame = vectors()[1]["inputs"]["frame"].as_str().unwrap().to_owned();
    let output = decode(&[&frame[..60]]).assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("management answer") && text.contains("error: byte"), "{text}");
}

/// A sign-on and its answer, as both ends sent them.
fn exchange() -> [String; 2] {
    [0, 1].map(|n: usize| vectors()[n]["inputs"]["frame"].as_str().unwrap().to_owned())
}

#[test]
fn many_messages_come_out_of_an_argument_a_raw_file_and_a_hex_file() {
    let [request, answer] = exchange();
    let folder = tempfile::tempdir().unwrap();
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    };
    let raw = folder.path().join("both.bin");
    std::fs::write(&raw, [bytes(&request), bytes(&answer)].concat()).unwrap();
    let hex = folder.path().join("both.hex");
    std::fs::write(&hex, format!("{request}\n{answer}\n")).unwrap();
    for input in [format!("{request}{answer}"), raw.display().to_string(), hex.display().to_string()] {
        let said = stdout(&mut decode(&["--format", "json", &input]));
        let mtis: Vec<_> =
            said.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["mti"].clone()).collect();
        assert_eq!(mtis, ["0800", "0810"], "{input}");
        let dump = stdout(&mut decode(&[&input]));
        assert!(dump.contains("message 2 of "), "{dump}");
    }
}

#[test]
fn a_message_cut_off_at_the_end_does_not_hide_those_before_it() {
    let [request, answer] = exchange();
    let input = format!("{request}{}", &answer[..40]);
    let output = decode(&["--format", "json", &input]).assert().code(2).get_output().clone();
    assert!(String::from_utf8(output.stdout).unwrap().contains("\"mti\":\"0800\""));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("payrig: message 2 of the argument: this is no cup message"), "{error}");
}

#[test]
fn a_runs_capture_is_decoded_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut test = Command::new(env!("CARGO_BIN_EXE_payrig"));
    test.current_dir(root()).args(["test", "--rig", "rigs/sim.toml", "sign-on::three-in-a-row", "--run-dir"]);
    test.arg(&run).env_remove("NEXTEST_RUN_ID").assert().success();
    let capture = run.join("sign-on/three-in-a-row/host.pcapng");
    let said = stdout(&mut decode(&["--format", "json", capture.to_str().unwrap()]));
    let messages: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stans: Vec<_> =
        messages.iter().map(|m| (m["mti"].as_str().unwrap(), m["fields"]["11"].as_str().unwrap())).collect();
    let both = |stan| [("0800", stan), ("0810", stan)];
    assert_eq!(stans, ["000001", "000002", "000003"].map(both).concat());
    let dump = stdout(&mut decode(&[capture.to_str().unwrap()]));
    assert!(dump.contains("message 2 of ") && dump.contains(" 192.0.2.10:5000 to 198.51.100.7:"), "{dump}");
}
