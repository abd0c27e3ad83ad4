//! Steps that swipe a card.

use payrig_bench::{Fixtures, Verdict, replay::replay};
use payrig_tape::{Direction, render};
use rstest::rstest;

use crate::desk::Desk;

fn scenario(swipe: &str) -> String {
    format!(
        "title = \"A swipe where none is asked for\"\n[[steps]]\nswipe = {swipe}\n[[steps]]\nsee-not = \"*\"\nfor = \"2s\"\n\
         [expect]\nscreen = \"menu\"\nhost-messages = 0\n"
    )
}

/// At the menu a swipe is without effect (INTERFACE.md, section 8). What it was is on the tape without a digit of the card, and the tape can be replayed.
#[rstest]
#[case::by_name("\"debit\"", "track 2 of debit")]
#[case::backward(
    "{ card = \"with-chip\", speed = 120, jitter = 10, direction = \"backward\" }",
    "track 2 of with-chip"
)]
#[case::damaged(
    "{ card = \"debit\", tracks = [2], fault = { flipped-bits = 2, lost-transitions = 1, stop = { at = 50, for = \"200ms\" } } }",
    "track 2 of debit"
)]
fn a_swipe_is_told_by_token_and_replayed(#[case] swipe: &str, #[case] token: &str) {
    let desk = Desk::new();
    let report = desk.play(&scenario(swipe));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let shown = render(&desk.tape().stream("front-end", Direction::ToTerminal));
    assert!(shown.contains("{flux#1.") && shown.contains(token), "{shown}");
    let bytes = shown.split(['<', '>']).map(str::len).filter(|length| *length > 40).count();
    assert!(bytes < 4, "no long row of bytes beside the tokens: {shown}");
    let fixtures = Fixtures::open(desk.run().parent().unwrap()).unwrap();
    let replayed = replay(&desk.run().join("a/case"), &fixtures).unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
}

/// Another seed is another swipe; the same one is the same to the byte.
#[test]
fn each_swipe_of_a_case_is_drawn_anew() {
    let desk = Desk::new();
    let swipe = "{ card = \"debit\", jitter = 10, tracks = [2] }";
    let step = format!("[[steps]]\nswipe = {swipe}\n[[steps]]\nwait = \"1s\"\n");
    let text = format!("title = \"Two swipes\"\n{step}{step}[expect]\nscreen = \"menu\"\n");
    let report = desk.play(&text);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let notes: Vec<_> =
        desk.tape().notes().filter(|note| note.kind == "swipe").map(|note| note.text.clone()).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes[0].contains("\"number\":1") && notes[1].contains("\"number\":2"), "{notes:?}");
    let seeds: Vec<_> = notes.iter().map(|note| note.split("\"seed\":").nth(1).unwrap().to_owned()).collect();
    assert_ne!(seeds[0], seeds[1]);
}

#[rstest]
#[case("\"debti\"", "3:9: unknown card `debti`; did you mean `debit`?")]
#[case("{ card = \"debit\", sped = 3 }", "unknown key `sped`; did you mean `speed`?")]
#[case("{ card = \"debit\", speed = 0 }", "3:9: expected a speed of 1 to 300 cm/s")]
#[case(
    "{ card = \"debit\", speed = 10, acceleration = -50 }",
    "3:9: the card would come to rest before it has left the head"
)]
#[case("{ card = \"debit\", tracks = [4] }", "expected a track, 1, 2 or 3, found 4")]
#[case("{ card = \"debit\", fault = { cut-at = 100 } }", "3:9: expected `cut-at` from 1 to 99")]
#[case("{ speed = 30 }", "missing field `card`")]
fn a_swipe_that_cannot_be_is_refused_with_its_place(#[case] swipe: &str, #[case] message: &str) {
    let desk = Desk::new();
    desk.write("a/case.toml", &scenario(swipe));
    let refused = desk.suite().unwrap_err();
    assert!(refused.contains(message), "{refused}");
}

#[test]
fn a_swipe_that_nothing_looks_at_is_refused() {
    let desk = Desk::new();
    desk.write("a/case.toml", "title = \"A\"\n[[steps]]\nswipe = \"debit\"\n[expect]\nscreen = \"menu\"\n");
    let refused = desk.suite().unwrap_err();
    assert!(refused.contains("nothing looks at what comes of it"), "{refused}");
}
