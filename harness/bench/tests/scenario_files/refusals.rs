use rstest::rstest;

use crate::desk::Desk;

/// A scenario that is right: each case below changes it in one place.
const RIGHT: &str = r#"title = "A case"
requirements = ["sign-on.keys.kcv"]

[matrix]
key = ["PIK", "MAK"]

[world]
network = "sim-no-credit"

[[steps]]
acquirer = { fault = { wrong-kcv = "${key}" } }
[[steps]]
do = "sign-on"
[[steps]]
see = "sim-out-of-credit"
within = "90s"
[[steps]]
see-not = "menu"
for = "1s"

[expect]
host-messages = 0
took = { at-least = "1s", at-most = "90s" }
"#;

#[test]
fn a_scenario_is_a_case_for_each_row_of_its_matrix() {
    let desk = Desk::new();
    desk.write("a/case.toml", RIGHT);
    let names: Vec<_> = desk.suite().unwrap().cases.into_iter().map(|case| case.name).collect();
    assert_eq!(names, ["a::case[key=MAK]", "a::case[key=PIK]", "sign-on::after-power-on"]);
}

#[rstest]
#[case::unknown_key("title = ", "titel = ", "1:1: unknown key `titel`; did you mean `title`?")]
#[case::unknown_key_of_a_step(
    "within = ",
    "withing = ",
    "16:1: unknown key `withing`; did you mean `within`?"
)]
#[case::unknown_key_of_the_world(
    "network = ",
    "netwrok = ",
    "8:1: unknown key `netwrok`; did you mean `network`?"
)]
#[case::unknown_fixture(
    "sim-no-credit",
    "sim-no-credti",
    "8:11: unknown file of fixtures/networks `sim-no-credti`; did you mean `sim-no-credit`?"
)]
#[case::no_fixture_like_it(
    "sim-no-credit",
    "moon",
    "8:11: unknown file of fixtures/networks `moon`; expected one of "
)]
#[case::unknown_module(
    "\"sim-no-credit\"\n",
    "\"sim-no-credit\"\nmodule = \"ec21\"\n",
    "9:10: unknown module `ec21`; expected one of sim800, ec20, hayes"
)]
#[case::module_of_another_kind(
    "\"sim-no-credit\"\n",
    "\"sim-no-credit\"\nmodule = \"hayes\"\n",
    "9:10: network `sim-no-credit`: a module `hayes` needs [line]"
)]
#[case::network_of_another_kind(
    "[[steps]]\ndo = \"sign-on\"\n",
    "[[steps]]\nnetwork = \"line-busy\"\n",
    "13:11: this world has one modem, a `sim800`: a module `sim800` needs [sim], [radio] and [context]"
)]
#[case::unknown_message(
    "sim-out-of-credit",
    "sim-out-of-credits",
    "15:7: unknown message `sim-out-of-credits`; did you mean `sim-out-of-credit`?"
)]
#[case::unknown_intent(
    "\"sign-on\"",
    "\"sing-on\"",
    "13:6: unknown intent `sing-on`; did you mean `sign-on`?"
)]
#[case::unknown_fault(
    "wrong-kcv",
    "wrong-kvc",
    "11:24: unknown value `wrong-kvc`; did you mean `wrong-kcv`?"
)]
#[case::wrong_type(
    "host-messages = 0",
    "host-messages = \"no\"",
    "22:17: invalid type: string \"no\", expected a whole number"
)]
#[case::negative("host-messages = 0", "host-messages = -1", "22:17: invalid value: integer `-1`")]
#[case::not_a_time("\"90s\"\n[[", "\"90\"\n[[", "16:10: expected a time like \"90s\" or \"250ms\"")]
#[case::two_things(
    "do = \"sign-on\"",
    "do = \"sign-on\"\nwait = \"1s\"",
    "12:1: expected a step that does one thing"
)]
#[case::no_such_printer("do = \"sign-on\"", "printer = \"paper-jam\"", "13:11: unknown value `paper-jam`")]
#[case::no_line_at_all(
    "do = \"sign-on\"",
    "printer = { paper-out-after = 0 }",
    "13:11: expected at least one line; a printer without paper is `\"paper-out\"`"
)]
#[case::nothing("do = \"sign-on\"", "", "12:1: expected a step that does something")]
#[case::misplaced("do = \"sign-on\"", "do = \"sign-on\"\nwithin = \"1s\"", "14:10: `within` goes with `see`")]
#[case::no_duration("for = \"1s\"", "", "18:11: expected `for`")]
#[case::bounds(
    "at-least = \"1s\"",
    "at-least = \"91s\"",
    "23:8: expected `at-least` to be no more than `at-most`"
)]
#[case::unknown_requirement(
    "sign-on.keys.kcv",
    "sign-on.keys.kvc",
    "2:17: unknown requirement `sign-on.keys.kvc`; did you mean `sign-on.keys.kcv`?"
)]
#[case::requirement("sign-on.keys", "sign on", "2:17: expected words of a-z, 0-9 and `-`")]
#[case::empty_matrix("[\"PIK\", \"MAK\"]", "[]", "5:7: expected a list of at least one value")]
#[case::matrix_of_no_list("[\"PIK\", \"MAK\"]", "\"PIK\"", "5:7: expected a list of at least one value")]
#[case::matrix_twice("\"MAK\"]", "\"PIK\"]", "5:15: the value `PIK` is in the list twice")]
#[case::matrix_unused("\"${key}\"", "\"PIK\"", "5:1: the parameter is not used: write ${key}")]
#[case::matrix_unknown("${key}", "${kye}", "11:36: the matrix has no parameter `kye`; did you mean `key`?")]
#[case::matrix_unclosed("${key}", "${key", "11:36: `${` without its `}`")]
#[case::matrix_entry("${key}", "${key.name}", "11:36: the rows of `key` have no entry `name`")]
#[case::matrix_rows(
    "[\"PIK\", \"MAK\"]",
    "[{ value = \"PIK\", a = 1 }, \"MAK\"]",
    "5:34: expected the same entries"
)]
#[case::matrix_row_without_name("[\"PIK\", \"MAK\"]", "[{ a = 1 }]", "5:8: expected an entry `value`")]
#[case::matrix_value_of_no_key("\"MAK\"]", "\"TMK\"]", "11:36: unknown value `TMK`")]
#[case::matrix_beyond_a_folder("\"MAK\"]", "\"a/b\"]", "5:15: expected a value without")]
#[case::a_day_and_more("\"90s\"\n[[", "\"90000s\"\n[[", "16:10: expected a time of at most a day")]
#[case::no_code(
    "wrong-kcv = \"${key}\"",
    "response-code = \"${key}\"",
    "11:12: expected a response code of two"
)]
#[case::no_approval_code(
    "wrong-kcv = \"${key}\"",
    "approval-code = \"${key}\"",
    "11:12: expected a response code of two"
)]
#[case::row_too_long(
    "within = \"90s\"",
    "text = \"a row of more than 24 columns\"",
    "16:8: expected what a row of 24"
)]
#[case::placeholder_as_key("wrong-kcv", "\"${key}\"", "11:24: `${...}` stands for values")]
#[case::matrix_number_sign("\"MAK\"]", "\"PIK#2\"]", "5:15: expected a value without")]
#[case::empty_row("within = \"90s\"", "text = \"\"", "16:8: expected what a row of 24 columns reads")]
#[case::no_field(
    "host-messages = 0",
    "host = [{ mti = \"0810\", fields = { 391 = \"00\" } }]",
    "22:9: expected fields from 2 to 64"
)]
#[case::nothing_between(
    "do = \"sign-on\"",
    "do = \"keys\"\n[[steps]]\ndo = \"sign-on\"",
    "14:1: it begins at the menu"
)]
#[case::keys_of_the_dead("do = \"sign-on\"", "power = \"cut\"", "14:1: the terminal has no power here")]
#[case::powered_twice("do = \"sign-on\"", "power = \"on\"", "12:1: the terminal is powered already")]
#[case::syntax("title = \"A case\"", "title = \"A case", "1:")]
fn what_is_wrong_is_named_with_its_place(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let text = RIGHT.replacen(from, to, 1);
    assert_ne!(text, RIGHT, "the case must change something");
    let desk = Desk::new();
    desk.write("a/case.toml", &text);
    let error = desk.suite().unwrap_err();
    assert!(error.starts_with(&format!("fixtures/scenarios/a/case.toml:{expected}")), "{error}");
    assert!(!error.contains('\n'), "one sentence: {error}");
}

#[test]
fn every_wrong_file_is_named_not_the_first_alone() {
    let desk = Desk::new();
    desk.write("a/one.toml", "titel = \"\"\n");
    desk.write("b/two.toml", &RIGHT.replace("sim-no-credit", "moon"));
    desk.write("c/three.toml", RIGHT);
    let error = desk.suite().unwrap_err();
    let named: Vec<_> = error.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(named, ["fixtures/scenarios/a/one.toml", "fixtures/scenarios/b/two.toml"]);
}

#[rstest]
#[case::of_the_harness("sign-on/after-power-on.toml", "the harness itself")]
#[case::but_for_capitals("A/Case.toml", "fixtures/scenarios/A/Case.toml")]
fn two_files_with_one_name_are_refused(#[case] second: &str, #[case] named: &str) {
    let desk = Desk::new();
    let text = "title = \"A case\"\n[[steps]]\nsee = \"menu\"\n";
    desk.write("a/case.toml", text);
    desk.write(second, text);
    let error = desk.suite().unwrap_err();
    assert!(error.contains("has the same name") && error.contains(named), "{error}");
}

#[test]
fn a_matrix_of_too_many_rows_is_a_computation() {
    let row: Vec<_> = (0..40).map(|n| n.to_string()).collect();
    let list = format!("[{}]", row.join(","));
    let desk = Desk::new();
    let text = "title = \"${a} ${b}\"\n[matrix]\na = LIST\nb = LIST\n[[steps]]\nwait = \"1s\"\n";
    desk.write("a/case.toml", &text.replace("LIST", &list));
    let error = desk.suite().unwrap_err();
    assert!(error.contains("expected a matrix of at most 1000 rows"), "{error}");
}

#[rstest]
#[case::no_steps("steps = []\n", "expected at least one step")]
#[case::no_look("[[steps]]\nwait = \"1s\"\n", "nothing is looked at, so that it would always pass")]
#[case::no_look_after_a_key(
    "[[steps]]\ndo = \"sign-on\"\n[expect]\nscreen = \"menu\"\nhost-messages = 0\n",
    "nothing looks at what comes of it"
)]
#[case::no_look_after_tamper(
    "[[steps]]\ntamper = \"open\"\n[expect]\nscreen = \"menu\"\n",
    "nothing looks at what comes of it"
)]
#[case::money_without_books(
    "[[steps]]\nsee = \"menu\"\n[[steps]]\ndo = \"sale\"\n[[steps]]\nsee = \"amount\"\n",
    "case.toml:4:1: it moves money, so that the books must agree at the end: expected `books` in [expect]"
)]
#[case::a_void_without_books(
    "[[steps]]\ndo = \"void\"\n[[steps]]\nsee = \"void-voucher\"\n[expect]\nhost-messages = 0\n",
    "case.toml:2:1: it moves money"
)]
#[case::a_pressed_sale_without_books(
    "[[steps]]\nsee = \"menu\"\n[[steps]]\npress = \"sale\"\n[[steps]]\nsee = \"amount\"\n",
    "case.toml:4:1: it moves money"
)]
#[case::a_pressed_void_without_books(
    "[[steps]]\npress = \"1 void\"\n[[steps]]\nsee = \"void-voucher\"\n[expect]\nhost-messages = 0\n",
    "case.toml:2:1: it moves money"
)]
#[case::rotation_without_counts(
    "requirements = [\"keys.rotation.mac\"]\n[[steps]]\nsee = \"menu\"\n",
    "case.toml:2:17: it is about a rotation, so that messages under the old keys and the new ones are counted"
)]
#[case::rotation_that_counts_nothing(
    "[[steps]]\nsee = \"menu\"\n[expect]\nrotation = { before = 0, after = 1 }\n",
    "case.toml:5:12: expected at least one message on either side of the rotation"
)]
#[case::no_such_tmk(
    "[[steps]]\nhost-tmk = \"tmk-feild\"\n[[steps]]\nsee = \"menu\"\n",
    "case.toml:3:12: unknown key of the terminal's key file `tmk-feild`; did you mean `tmk-field`?"
)]
#[case::no_clock(
    "[[steps]]\nhost-clock = \"0732 001500\"\n[[steps]]\nsee = \"menu\"\n",
    "case.toml:3:14: expected month and day, a blank and the time, as in `0721 001500`"
)]
#[case::no_digit(
    "[[steps]]\nacquirer = { processing-request = 10 }\n[[steps]]\nsee = \"menu\"\n",
    "expected a processing request of one digit"
)]
#[case::books_of_the_dead(
    "[[steps]]\npower = \"cut\"\n[expect]\nbooks = {}\n",
    "the terminal has no power at the end: its screen, keys and records"
)]
#[case::books_of_the_tampered(
    "[[steps]]\ntamper = \"open\"\n[[steps]]\nsee = \"tampered\"\n[expect]\nbooks = {}\n",
    "a terminal that was tampered with shows no records"
)]
#[case::a_snapshot_of_no_books(
    "[[steps]]\nsee = \"menu\"\n[expect]\nsnapshot = [\"books\"]\n",
    "expected `books = {}` beside it"
)]
#[case::dead_at_the_end(
    "[[steps]]\npower = \"cut\"\n[expect]\nscreen = \"menu\"\n",
    "the terminal has no power at the end"
)]
fn a_course_that_would_pass_or_fail_whatever_the_terminal_did_is_refused(
    #[case] steps: &str,
    #[case] expected: &str,
) {
    let desk = Desk::new();
    desk.write("a/case.toml", &format!("title = \"A case\"\n{steps}"));
    let error = desk.suite().unwrap_err();
    assert!(error.contains(expected), "{error}");
}

/// A step that presses keys, and the place and the words with which it is refused.
#[rstest]
#[case::card("debti.pan", "unknown card or key `debti`; did you mean `debit`?")]
#[case::no_card_like_it(
    "moonlight.pan",
    "unknown card or key `moonlight`; expected one of debit, expired, limited, "
)]
#[case::part("debit.pni", "unknown part of a card `pni`; did you mean `pin`?")]
#[case::no_part_like_it(
    "debit.verification-value",
    "unknown part of a card `verification-value`; expected one of pan, expiry, pin, wrong-pan, wrong-pin"
)]
#[case::key_part("tmk-component-1.vlaue", "unknown part of a key `vlaue`; did you mean `value`?")]
#[case::no_typed_key("factory.value", "unknown card or key `factory`; expected one of ")]
#[case::key("confrim", "unknown key `confrim`; did you mean `confirm`?")]
#[case::a_number("6212345678901240", "write `poor.pan` for the number of this card")]
fn keys_and_cards_that_are_not_there_are_named(#[case] word: &str, #[case] expected: &str) {
    let desk = Desk::new();
    let press = format!("press = \"12 confirm {word} confirm\"");
    desk.write(
        "a/case.toml",
        &format!("title = \"A case\"\n[[steps]]\n{press}\n[[steps]]\nsee = \"menu\"\n"),
    );
    let error = desk.suite().unwrap_err();
    assert!(error.starts_with(&format!("fixtures/scenarios/a/case.toml:3:9: {expected}")), "{error}");
}

/// A sale with books is taken, with its matrix and whatever counts.
#[test]
fn a_sale_with_books_is_a_case() {
    let desk = Desk::new();
    desk.write(
        "a/case.toml",
        "title = \"A case\"\n[matrix]\ncard = [\"debit\", \"limited\"]\n[[steps]]\ndo = \"sale\"\n[[steps]]\nsee = \"amount\"\n\
         [[steps]]\npress = \"1500 confirm ${card}.pan confirm ${card}.expiry confirm ${card}.pin confirm\"\n[[steps]]\n\
         see = \"approved\"\n[expect]\nbooks = { captured = 1, in-doubt = 0 }\nsnapshot = [\"books\"]\n",
    );
    assert_eq!(desk.suite().unwrap().cases.len(), 3);
    let tampered = "title = \"A case\"\n[[steps]]\ndo = \"sale\"\n[[steps]]\nsee = \"amount\"\n[[steps]]\ntamper = \"open\"\n[[steps]]\n\
                    see = \"tampered\"\n";
    desk.write("a/case.toml", tampered);
    assert_eq!(
        desk.suite().unwrap().cases.len(),
        2,
        "records cannot be asked of a terminal that was tampered with"
    );
}

#[test]
fn what_an_editor_leaves_beside_a_file_is_passed_over() {
    let desk = Desk::new();
    desk.write("a/case.toml", RIGHT);
    desk.write("a/.#case.toml", "not a scenario");
    assert_eq!(desk.suite().unwrap().cases.len(), 3);
}
