//! What a step puts wrong with the line. Here our own actor is at its far end, so that time is virtual and every byte is drawn from the seed.

use std::time::Duration;

use payrig_bench::{Report, Verdict};
use payrig_rig::LineName;
use payrig_tape::{
    Direction::{self, FromTerminal, ToTerminal},
    Entry, Recording,
};
use rstest::rstest;

use crate::{desk::Desk, devices_end, has, play, rig, sign_on, terminals_end};

/// A sign-on while this is wrong with the line.
fn with_line(line: &str, rest: &str) -> (Report, Recording) {
    let desk = Desk::new();
    let text = sign_on("", rest).replacen("[[steps]]", &format!("[[steps]]\nline = {line}\n[[steps]]"), 1);
    let report = play(&desk, &rig(""), &text);
    (report, desk.tape())
}

const SIGNED_ON: &str = "[[steps]]\nsee = \"signed-on\"\nwithin = \"120s\"\n";
const SILENT: &str = "[[steps]]\nsee = \"modem-silent\"\nwithin = \"300s\"\n";

#[test]
fn what_is_dropped_was_sent_and_does_not_come() {
    let (report, tape) = with_line("{ drop = \"all\", direction = \"to-terminal\" }", SILENT);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert!(has(&devices_end(&tape, ToTerminal), "\r\nOK\r\n"), "the module answers");
    assert_eq!(terminals_end(&tape, ToTerminal), b"");
    assert_eq!(
        terminals_end(&tape, FromTerminal),
        devices_end(&tape, FromTerminal),
        "the other way is clean"
    );
}

#[test]
fn what_is_damaged_differs_by_one_bit_a_byte() {
    let (report, tape) = with_line("{ damage = \"all\", direction = \"from-terminal\" }", SILENT);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let (said, heard) = (terminals_end(&tape, FromTerminal), devices_end(&tape, FromTerminal));
    assert_eq!(said.len(), heard.len());
    assert!(
        said.starts_with(b"AT\r")
            && said.iter().zip(&heard).all(|(said, heard)| (said ^ heard).count_ones() == 1)
    );
}

#[test]
fn what_is_delayed_comes_later_and_in_its_order() {
    let (report, tape) = with_line("{ delay = \"200ms\" }", SIGNED_ON);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let first = |line: &str, way: Direction| {
        let at = tape.entries.iter().find_map(|entry| match entry {
            Entry::Event(event) if event.line == line && event.direction == way => Some(entry.at()),
            _ => None,
        });
        at.unwrap()
    };
    let (near, far) = (LineName::Modem.word(), "modem-device");
    for (way, from, to) in [(FromTerminal, near, far), (ToTerminal, far, near)] {
        let took = first(to, way) - first(from, way);
        assert!(took >= Duration::from_millis(200) && took < Duration::from_millis(210), "{way:?}: {took:?}");
        assert_eq!(terminals_end(&tape, way), devices_end(&tape, way));
    }
}

#[test]
fn a_clean_line_is_as_it_was_before() {
    let silent_first =
        format!("{SILENT}[[steps]]\nline = \"clean\"\n[[steps]]\ndo = \"sign-on\"\n{SIGNED_ON}");
    let (report, _) = with_line("{ drop = \"all\" }", &silent_first);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

#[test]
fn the_same_seed_hits_the_same_bytes() {
    let run = || {
        let wait = "[[steps]]\nwait = \"20s\"\n[expect]\nscreen = \"menu\"\n";
        terminals_end(&with_line("{ damage = \"1 in 5\", direction = \"to-terminal\" }", wait).1, ToTerminal)
    };
    let (first, second) = (run(), run());
    assert!(!first.is_empty());
    assert_eq!(first, second);
}

#[rstest]
#[case("{}", "expected one of drop, delay, damage, or `\"clean\"`")]
#[case("{ direction = \"to-terminal\" }", "expected one of drop, delay, damage")]
#[case("\"dirty\"", "unknown value `dirty`; expected `clean`")]
#[case("{ damage = \"often\" }", "expected \"all\" or a share of at most 1000000 bytes like \"1 in 50\"")]
#[case("{ drop = \"2 in 1\" }", "expected \"all\" or a share")]
#[case("{ dropp = \"all\" }", "unknown key `dropp`; did you mean `drop`?")]
#[case("{ drop = \"all\", direction = \"up\" }", "unknown value `up`")]
#[case(
    "7",
    "invalid type: integer `7`, expected `\"clean\"` or a table of drop, delay, damage and direction"
)]
fn a_wrong_step_is_named_with_its_place(#[case] line: &str, #[case] said: &str) {
    let desk = Desk::new();
    let text =
        sign_on("", SIGNED_ON).replacen("[[steps]]", &format!("[[steps]]\nline = {line}\n[[steps]]"), 1);
    desk.write("a/case.toml", &text);
    let error = desk.suite().unwrap_err();
    assert!(error.starts_with("fixtures/scenarios/a/case.toml:4:") && error.contains(said), "{error}");
}
