use payrig_bench::Verdict;
use payrig_tape::{Direction, render};
use rstest::rstest;

use crate::desk::Desk;

/// A sign-on that succeeds, with room for what is planted.
const SIGN_ON: &str = "title = \"A case\"\n[[steps]]\ndo = \"sign-on\"\n[[steps]]\nsee = \"signed-on\"\n";

#[test]
fn the_case_that_others_are_planted_in_passes() {
    let report = Desk::new().play(&format!(
        "{SIGN_ON}[expect]\nhost-messages = 1\nkeys = \"changed\"\nscreen = \"signed-on\"\n\
         host = [{{ mti = \"0800\", fields = {{ 11 = \"00000?\", \"60.3\" = \"004\" }} }}, {{ mti = \"0810\", judged = \"*signed on*\" }}]"
    ));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

#[rstest]
#[case::keys_unchanged("[expect]\nkeys = \"unchanged\"", "[expect] keys", "the keys changed")]
#[case::no_keys("[expect]\nkeys = \"none\"", "[expect] keys", "was to hold no working key")]
#[case::keys_changed(
    "[[steps]]\nkeys = \"changed\"\n[expect]\nkeys = \"changed\"",
    "[expect] keys",
    "the PIK was to be another one"
)]
#[case::count(
    "[expect]\nhost-messages = 2",
    "[expect] host-messages",
    "expected 2 messages to the host, 1 came"
)]
#[case::field(
    "[expect]\nhost = [{ mti = \"0810\", fields = { 39 = \"05\" } }]",
    "[expect] host",
    "expected a message with MTI 0810, 39 = 05, in this order; what was said:\n-> MTI 0800, STAN 000001"
)]
#[case::order(
    "[expect]\nhost = [{ mti = \"0810\" }, { mti = \"0800\" }]",
    "[expect] host",
    "expected a message with MTI 0800"
)]
#[case::judgement(
    "[expect]\nhost = [{ mti = \"08*\", judged = \"refused*\" }]",
    "[expect] host",
    "judged `refused*`"
)]
#[case::screen(
    "[expect]\nscreen = \"menu\"",
    "[expect] screen",
    "expected `menu` at the end, but the terminal shows:\n"
)]
#[case::too_fast(
    "[expect]\ntook = { at-least = \"5s\", at-most = \"9s\" }",
    "[expect] took",
    "expected the steps to take 5s to 9s"
)]
#[case::too_slow(
    "[expect]\ntook = { at-most = \"50ms\" }",
    "[expect] took",
    "expected the steps to take 0ns to 50ms"
)]
#[case::no_rotation(
    "[expect]\nrotation = { before = 1, after = 1 }",
    "[expect] rotation",
    "expected 1 messages with a good MAC before the rotation and 1 after it, 0 and 0 came"
)]
#[case::row(
    "[[steps]]\nsee = \"signed-on\"\ntext = \"Batch 000009\"\nwithin = \"2s\"",
    ":6: see = \"signed-on\"",
    "expected the message `signed-on` (M111) with a row that reads `Batch 000009` within 2s"
)]
#[case::came_all_the_same(
    "[[steps]]\npress = \"any\"\n[[steps]]\nsee-not = \"menu\"\nfor = \"2s\"",
    ":8: see-not = \"menu\"",
    "expected anything but `menu`, but this came:\n"
)]
#[case::anything_came(
    "[[steps]]\npress = \"any\"\n[[steps]]\nsee-not = \"*\"\nfor = \"2s\"",
    ":8: see-not = \"*\"",
    "expected nothing new, but this came:\n"
)]
#[case::state(
    "[[steps]]\npower = \"cut\"\n[[steps]]\npower = \"on\"\nstate = \"keyed\"",
    ":8: power = \"on\"",
    "expected a boot in state `keyed`, the boot line says `signed-on`"
)]
fn each_expectation_finds_what_it_is_for(#[case] planted: &str, #[case] step: &str, #[case] why: &str) {
    let report = Desk::new().play(&format!("{SIGN_ON}{planted}\n"));
    let said = report.why.unwrap();
    assert_eq!(report.verdict, Verdict::Fail, "{said}");
    assert!(said.contains(why), "{said}");
    let at = report.aftermath.unwrap().step.unwrap();
    assert!(at.starts_with("fixtures/scenarios/a/case.toml") && at.ends_with(step), "{at}");
}

#[test]
fn a_message_that_never_comes_is_told_with_what_was_on_the_screen_and_for_how_long() {
    let report = Desk::new().play(
        "title = \"A case\"\n[[steps]]\ndo = \"keys\"\n[[steps]]\nsee = \"no-sim\"\nwithin = \"30s\"\n",
    );
    let why = report.why.unwrap();
    assert!(
        why.starts_with(
            "expected the message `no-sim` (E202) within 30s; the terminal has shown `keys` (M120) for "
        ),
        "{why}"
    );
    assert!(
        why.contains("|Keys (KCV)              |")
            && why.ends_with("screens that came meanwhile: `keys` (M120)"),
        "{why}"
    );
    let shown: f64 = why.split(" for ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((29.0..=30.0).contains(&shown), "{shown}");
}

/// What was shown before a reset is no outcome of it.
#[test]
fn screens_from_before_a_reset_are_not_looked_at_after_it() {
    let reset = "[[steps]]\nreset = true\n[[steps]]\nsee = \"menu\"\n[[steps]]\nsee-not = \"signed-on\"\nfor = \"3s\"\n";
    let report = Desk::new().play(&format!("{SIGN_ON}{reset}"));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let report = Desk::new().play(&format!(
        "{SIGN_ON}[[steps]]\nreset = true\n[[steps]]\nsee = \"signed-on\"\nwithin = \"3s\"\n"
    ));
    let why = report.why.unwrap();
    assert!(why.contains("the terminal has shown `menu`") && !why.contains("record-accepted"), "{why}");
}

/// The terminal has nothing to print here: whatever is the matter with the printer, nothing comes of it.
#[test]
fn a_printer_can_be_in_any_state_and_nothing_printed_leaves_no_receipt() {
    let states = ["\"paper-out\"", "{ paper-out-after = 5 }", "\"dead\"", "\"ready\""];
    let steps: String = states.iter().map(|state| format!("[[steps]]\nprinter = {state}\n")).collect();
    let desk = Desk::new();
    let report = desk.play(&format!("{SIGN_ON}{steps}"));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert_eq!(desk.left("receipt"), [] as [String; 0]);

    let desk = Desk::new();
    let report = desk.play(&format!("{SIGN_ON}{steps}[expect]\nsnapshot = [\"receipt\"]\n"));
    assert_eq!(report.verdict, Verdict::Inconclusive, "{:?}", report.why);
    assert_eq!(desk.left("receipt"), ["nothing was printed\n"]);
}

#[test]
fn keys_that_are_left_behind_a_tamper_screen_are_found() {
    let tamper = "[[steps]]\ntamper = \"open\"\n[[steps]]\nsee = \"tampered\"\n";
    let report = Desk::new().play(&format!("{SIGN_ON}{tamper}[expect]\nkeys = \"none\"\n"));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    // The expectation is judged by the key store: a terminal that was not tampered with has another one.
    let report = Desk::new().play(&format!("{SIGN_ON}{tamper}[expect]\nkeys = \"unchanged\"\n"));
    assert_eq!(report.verdict, Verdict::Fail);
}

/// On a terminal that hears nothing more, so that the keys do nothing.
#[test]
fn cards_are_typed_by_name_and_no_record_holds_their_digits() {
    let desk = Desk::new();
    let words = "15 debit.pan confirm debit.expiry confirm debit.pin poor.wrong-pan pin-only.wrong-pin";
    let report = desk.play(&format!(
        "title = \"A case\"\n[[steps]]\ntamper = \"open\"\n[[steps]]\nsee = \"tampered\"\n[[steps]]\npress = \"{words}\"\n\
         [[steps]]\nsee-not = \"*\"\nfor = \"1s\"\n"
    ));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let tape = desk.tape();
    let presses: Vec<_> = tape
        .notes()
        .filter(|note| note.kind == "press" && note.text != "any")
        .map(|note| &note.text)
        .collect();
    assert_eq!(presses, [words]);
    let typed = render(&tape.stream("panel", Direction::ToTerminal));
    let expected = "15{pan#debit 621234******1232 ascii}\r1230\r{pin#1}{wrong-pan#poor 621234******1241 ascii}{wrong-pin#3}";
    assert!(typed.ends_with(expected), "{typed}");
}

/// On a terminal that hears nothing more, so that the keys do nothing.
#[test]
fn components_are_typed_by_name_and_no_record_holds_their_digits() {
    let desk = Desk::new();
    let words = "tmk-component-1.value confirm tmk-component-1.kcv confirm tmk-component-2.short confirm";
    let report = desk.play(&format!(
        "title = \"A case\"\n[[steps]]\ntamper = \"open\"\n[[steps]]\nsee = \"tampered\"\n[[steps]]\npress = \"{words}\"\n\
         [[steps]]\nsee-not = \"*\"\nfor = \"1s\"\n"
    ));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let typed = render(&desk.tape().stream("panel", Direction::ToTerminal));
    let typed = typed.rsplit_once("{key tmk-component-1 kcv 24C8A270}").unwrap().1;
    assert!(typed.starts_with("\r24C8A270\r{key tmk-component-2 ") && !typed.contains("D266"), "{typed}");
}

/// A board without power is opened as well, and a long wait is for virtual time.
#[test]
fn the_case_is_opened_without_power() {
    let desk = Desk::new();
    let steps = "[[steps]]\npower = \"cut\"\n[[steps]]\ntamper = \"open\"\n[[steps]]\nwait = \"601s\"\n[[steps]]\npower = \"on\"\n\
                 state = \"tampered\"\n[[steps]]\nsee = \"tampered\"\n";
    let report = desk.play(&format!("{SIGN_ON}{steps}[expect]\nkeys = \"none\"\n"));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    let needs = desk.suite().unwrap().case("a::case").unwrap().needs.clone();
    assert!(needs.iter().any(|need| need.word() == "virtual-time"));
}

#[test]
fn what_a_rig_must_have_follows_from_the_steps() {
    let desk = Desk::new();
    desk.write(
        "a/case.toml",
        "title = \"A case\"\n[[steps]]\npower = \"cut\"\n[[steps]]\npower = \"on\"\n[[steps]]\nreset = true\n[[steps]]\n\
         tamper = \"open\"\n[[steps]]\nsee = \"tampered\"\n[expect]\ntook = { at-most = \"9s\" }\n",
    );
    let needs = desk.suite().unwrap().case("a::case").unwrap().needs.clone();
    let words: Vec<_> = needs.iter().map(|need| need.word()).collect();
    // The terminal is `keyed`, which is a cellular one.
    assert_eq!(words, ["power", "reset", "blank", "tamper", "virtual-time", "cellular-modem"]);
}
