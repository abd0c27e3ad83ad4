//! Steps that put chip cards into the slot.

use payrig_bench::{Fixtures, Verdict, replay::replay};
use payrig_tape::Direction;
use rstest::rstest;

use crate::desk::Desk;

fn scenario(steps: &str) -> String {
    format!("title = \"A card at the menu\"\n{steps}\n[expect]\nscreen = \"menu\"\nhost-messages = 0\n")
}

const WAIT: &str = "[[steps]]\nsee-not = \"*\"\nfor = \"2s\"\n";

/// At the menu a card waits (INTERFACE.md, section 21). What it was is on the tape, the front end tells of it, and the tape can be replayed.
#[rstest]
#[case::by_name("\"unionpay-credit\"", "\"card\":\"unionpay-credit\"")]
#[case::with_faults(
    "{ card = \"t1\", ifs = 32, wtx = 2, faults = [\"wrong-cryptogram\"], fault = { edc = { block = 2 } } }",
    "\"faults\":[\"wrong-cryptogram\"]"
)]
#[case::in_convention_and_late(
    "{ card = \"unionpay-credit\", procedure = \"single\", paced = true, fault = { late-atr = \"inside\", at-reset = \"cold\" } }",
    "\"late-atr\":\"inside\""
)]
fn a_card_that_is_put_in_is_told_and_replayed(#[case] card: &str, #[case] told: &str) {
    let desk = Desk::new();
    let steps = format!(
        "[[steps]]\ninsert = {card}\n{WAIT}[[steps]]\nreset = true\n[[steps]]\nsee = \"menu\"\n{WAIT}[[steps]]\nremove = true\n{WAIT}"
    );
    let report = desk.play(&scenario(&steps));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let tape = desk.tape();
    let notes: Vec<_> = tape.notes().filter(|note| note.kind == "insert").collect();
    assert!(matches!(notes[..], [note] if note.text.contains(told)), "{notes:?}");
    let secrets = payrig_tape::Secrets::new();
    let frames = payrig_tape::restore(&tape.stream("front-end", Direction::ToTerminal), &secrets).unwrap();
    let said: Vec<_> = frames.chunks(7).map(|frame| (frame[1], frame[4])).collect();
    // In; in again after the reset; out.
    assert_eq!(said, [(1, 1), (1, 1), (1, 0)]);
    let fixtures = Fixtures::open(desk.run().parent().unwrap()).unwrap();
    let replayed = replay(&desk.run().join("a/case"), &fixtures).unwrap();
    assert!(replayed.difference.is_none(), "{:?}", replayed.difference);
}

/// Without power nobody is told; at the next boot the terminal is.
#[test]
fn a_card_that_is_put_in_without_power_is_told_at_the_next_boot() {
    let desk = Desk::new();
    let steps = format!(
        "[[steps]]\npower = \"cut\"\n[[steps]]\ninsert = \"t1\"\n[[steps]]\nremove = true\n[[steps]]\ninsert = \"t1\"\n\
         [[steps]]\npower = \"on\"\n[[steps]]\nsee = \"menu\"\n{WAIT}"
    );
    let report = desk.play(&scenario(&steps));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let tape = desk.tape();
    let again: Vec<_> = tape
        .notes()
        .filter(|note| note.kind == "insert")
        .map(|note| note.text.contains("\"again\":true"))
        .collect();
    assert_eq!(again, [false, true]);
    let frames =
        payrig_tape::restore(&tape.stream("front-end", Direction::ToTerminal), &payrig_tape::Secrets::new())
            .unwrap();
    assert_eq!(frames[..5], [0xA5, 0x01, 0x00, 0x01, 0x01]);
    assert_eq!(frames.len(), 7);
}

#[rstest]
#[case(
    "\"unionpay-credti\"",
    "3:10: unknown file of fixtures/cards `unionpay-credti`; did you mean `unionpay-credit`?"
)]
#[case("{ card = \"t1\", fautl = {} }", "unknown key `fautl`; did you mean `fault`")]
#[case("{ card = \"t1\", ifs = 255 }", "3:10: expected `ifs` from 1 to 254")]
#[case(
    "{ card = \"t1\", fault = { pull = { apdu = 1 } } }",
    "3:10: expected `pull` after one character at least"
)]
#[case(
    "{ card = \"t1\", faults = [\"wrong-cryptogramm\"] }",
    "unknown value `wrong-cryptogramm`; did you mean `wrong-cryptogram`?"
)]
#[case(
    "{ card = \"t1\", faults = [{ flipped-bit = { of = \"issuer-certificate\", bit = 70000 } }] }",
    "70000"
)]
#[case(
    "{ card = \"t1\", faults = [{ flipped-bit = { of = \"pin-certificate\" } }] }",
    "`flipped-bit = { of = \"pin-certificate\" }` does nothing"
)]
#[case("{ ifs = 3 }", "missing field `card`")]
fn a_card_that_cannot_be_is_refused_with_its_place(#[case] card: &str, #[case] message: &str) {
    let desk = Desk::new();
    desk.write("a/case.toml", &scenario(&format!("[[steps]]\ninsert = {card}\n{WAIT}")));
    let refused = desk.suite().unwrap_err();
    assert!(refused.contains(message), "{refused}");
}

/// What needs no signature is not looked at before: the bench is to blame when the card is put in, and the terminal never.
#[test]
fn a_fault_that_does_nothing_is_the_bench_s() {
    let desk = Desk::new();
    let card = "{ card = \"t1\", faults = [\"wrong-cryptogram\", { missing = \"82\" }] }";
    let report = desk.play(&scenario(&format!("[[steps]]\ninsert = {card}\n{WAIT}")));
    let why = report.why.unwrap();
    assert_eq!(report.verdict, Verdict::RigFault, "{why}");
    assert!(why.contains("`missing = \"82\"` does nothing: the card's answers come in template 80"), "{why}");
}

#[rstest]
#[case::twice(
    &format!("[[steps]]\ninsert = \"t1\"\n{WAIT}[[steps]]\ninsert = \"t1\"\n{WAIT}"),
    "a card is in the slot already"
)]
#[case::none("[[steps]]\nremove = true\n[[steps]]\nsee = \"menu\"\n", "no card is in the slot here")]
#[case::not_looked_at("[[steps]]\ninsert = \"t1\"\n", "nothing looks at what comes of it")]
#[case::false_remove(
    &format!("[[steps]]\ninsert = \"t1\"\n{WAIT}[[steps]]\nremove = false\n{WAIT}"),
    "expected `remove = true`, or no such step"
)]
#[case::nobody_s_number(
    &format!("[[steps]]\nchip-record = {{ exception = \"nobody.pan\" }}\n{WAIT}"),
    "unknown card `nobody`"
)]
fn a_course_that_cannot_be_is_refused(#[case] steps: &str, #[case] message: &str) {
    let desk = Desk::new();
    desk.write("a/case.toml", &scenario(steps));
    let refused = desk.suite().unwrap_err();
    assert!(refused.contains(message), "{refused}");
}

/// A card that a fault may pull out may be followed by another one.
#[test]
fn a_card_that_may_be_pulled_out_may_be_followed_by_another() {
    let desk = Desk::new();
    let steps = format!(
        "[[steps]]\ninsert = {{ card = \"t1\", fault = {{ pull = {{ apdu = 1, character = 1 }} }} }}\n{WAIT}[[steps]]\nremove = true\n{WAIT}"
    );
    desk.write("a/case.toml", &scenario(&steps));
    desk.suite().unwrap();
}

/// A row's entry may be a table, or a list, that stands for a whole value.
#[test]
fn a_matrix_may_have_whole_faults() {
    let desk = Desk::new();
    let text = |fault: &str| {
        format!(
            "title = \"A\"\n[[matrix.fault]]\nvalue = \"mute\"\nis = {{ mute = true }}\nlist = [\"wrong-cryptogram\"]\n\
             [[matrix.fault]]\nvalue = \"late\"\nis = {{ late-atr = \"inside\" }}\nlist = []\n\
             [[steps]]\ninsert = {{ card = \"t1\", fault = \"{fault}\", faults = \"${{fault.list}}\" }}\n{WAIT}[expect]\nscreen = \"menu\"\n"
        )
    };
    desk.write("a/case.toml", &text("${fault.is}"));
    let suite = desk.suite().unwrap();
    assert!(suite.case("a::case[fault=mute]").is_some() && suite.case("a::case[fault=late]").is_some());
    desk.write("a/case.toml", &text("the ${fault.is}"));
    assert!(desk.suite().unwrap_err().contains("a list or a table stands alone in its place"));
    desk.write("a/case.toml", &text("${fault.is}").replace("value = \"late\"", "value = [\"late\"]"));
    assert!(desk.suite().unwrap_err().contains("expected an entry `value`, which names the row"));
}
