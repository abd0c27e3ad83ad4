//! A leak that a text breaks over rows is found, whatever the text has between its rows.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use payrig_tape::{Direction, Lens, Secret, SecretKind, Secrets, Tape, leaks};
use rstest::rstest;
use tokio::time::Instant;

const KEY: &str = "5AA71CDE0F93B428E16D37C942FB807E";
const BLOCK: &str = "0612345ba9876fed";

fn secrets() -> Secrets {
    let secrets = Secrets::new();
    secrets.register(SecretKind::Key, "PIK#1", &hex::decode(KEY).unwrap()).unwrap();
    secrets.register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    secrets.register(SecretKind::Block, "block#1", &hex::decode(BLOCK).unwrap()).unwrap();
    secrets.add(Secret::new(SecretKind::Pin, "pin#1", b"471108").unwrap().on_lines(["panel"])).unwrap();
    secrets
}

fn names(dir: &std::path::Path) -> Vec<String> {
    leaks(dir, &secrets()).unwrap().into_iter().map(|leak| leak.name).collect()
}

#[rstest]
#[case::escaped(r#"{"screen": "|5AA71CDE0F93B428|\n|E16D37C942FB807E|"}"#, &["PIK#1"])]
#[case::escaped_by_number(r#"{"why": "5AA71CDE0F93\u0020B428E16D\u{20}37C942FB807E"}"#, &["PIK#1"])]
#[case::escaped_digits(r#"{"why": "\u0036212345678901232"}"#, &["pan#1"])]
#[case::escaped_and_nearly(r#"{"screen": "|5AA71CDE0F93B428|\n|E16D37C942FB807F|"}"#, &[])]
#[case::escape_cut_off(r#"6212345678901233\u00"#, &[])]
#[case::markup("<svg>\n<text y=\"30\">62123456</text>\n<text y=\"60\">78901232</text></svg>", &["pan#1"])]
#[case::markup_and_nearly("<svg>\n<text y=\"30\">62123456</text>\n<text y=\"60\">78901233</text></svg>", &[])]
#[case::no_markup("62123456 <- 78901232", &["pan#1"])]
#[case::sequences("62123456\u{1b}[2;1H\u{1b}[K78901232\u{1b}[", &["pan#1"])]
#[case::block("06 12 34 5B A9 87 6F ED", &["block#1"])]
#[case::block_packed_in_rows("|0612345ba9|\n|876fed    |\n", &["block#1"])]
#[case::nearly_the_block("0612345ba9876fee", &[])]
fn rows_of_a_file_hide_nothing(#[case] text: &str, #[case] expected: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), text).unwrap();
    assert_eq!(names(dir.path()), expected, "{text}");
}

#[rstest]
#[case::rows_of_a_screen("5AA71CDE0F93B428\u{1b}[2;1H\u{1b}[KE16D37C942FB807E", &["PIK#1"])]
#[case::groups("6212 3456 7890 1232", &["pan#1"])]
#[case::block_for_the_card("VERIFY 26 47 11 08 FF FF FF FF", &["pin#1"])]
#[case::block_for_another_pin("VERIFY 26 47 11 09 FF FF FF FF", &[])]
#[tokio::test(start_paused = true)]
async fn a_text_on_a_tape_hides_nothing(
    #[case] text: &str,
    #[case] expected: &[&str],
    #[values(true, false)] in_a_note: bool,
) {
    let dir = tempfile::tempdir().unwrap();
    let tape = Tape::create(dir.path(), Instant::now()).unwrap();
    if in_a_note {
        tape.note("step", text);
    } else {
        let panel = tape.line("panel", Lens::Text);
        text.as_bytes().chunks(5).for_each(|chunk| panel.record(Direction::FromTerminal, chunk));
    }
    tape.finish().unwrap();
    assert_eq!(names(dir.path()), expected, "{text}");
}
