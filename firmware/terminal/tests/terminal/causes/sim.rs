//! The SIM's causes, which both modules tell alike (INTERFACE.md, section 7).

use std::time::Duration;

use super::case::{Ending, count, fails, fails_at, succeeds};
use crate::bench::modem::Kind::{self, Ec20, Sim800};
use crate::bench::modem::Script;
use rstest::rstest;

#[rstest]
#[case::not_inserted("\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n", ("E202", "+CPIN: NOT INSERTED"), 0)]
#[case::pin("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", ("E203", "+CPIN: SIM PIN"), 0)]
#[case::unasked_before_the_answer("\r\n+CPIN: SIM PIN\r\n\r\n+CME ERROR: 16\r\n", ("E212", "+CME ERROR: 16"), 0)]
#[case::pin_by_code("\r\n+CME ERROR: 11\r\n", ("E203", "+CME ERROR: 11"), 0)]
#[case::failure("\r\n+CME ERROR: 13\r\n", ("E204", "+CME ERROR: 13"), 0)]
#[case::wrong("\r\n+CME ERROR: 15\r\n", ("E204", "+CME ERROR: 15"), 0)]
#[case::puk("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", ("E211", "+CPIN: SIM PUK"), 0)]
#[case::puk_by_code("\r\n+CME ERROR: 12\r\n", ("E211", "+CME ERROR: 12"), 0)]
#[case::wrong_pin("\r\n+CME ERROR: 16\r\n", ("E212", "+CME ERROR: 16"), 0)]
#[case::contact("\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", ("E213", "+CPIN: NOT READY"), 9)]
#[case::busy("\r\n+CME ERROR: 14\r\n", ("E214", "+CME ERROR: 14"), 9)]
#[case::a_lock_without_a_row("\r\n+CPIN: PH-NET PIN\r\n\r\nOK\r\n", ("E220", "+CPIN: PH-NET PIN"), 0)]
#[case::silence("", ("E201", ""), 10)]
fn what_the_modem_says_of_the_sim(
    #[values(Sim800, Ec20)] kind: Kind,
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
) {
    fails_at(kind, "AT+CPIN?", answer, expected, seconds);
}

/// An EC20 says so of a SIM that it has not seen yet, too.
#[rstest]
#[case(Sim800, 0)]
#[case(Ec20, 9)]
fn no_sim(#[case] kind: Kind, #[case] seconds: u64) {
    fails_at(kind, "AT+CPIN?", "\r\n+CME ERROR: 10\r\n", ("E202", "+CME ERROR: 10"), seconds);
}

#[test]
fn a_sim_that_an_ec20_sees_late() {
    let script = Script::of(Ec20);
    for code in [10, 10, 14, 10, 14] {
        script.answer_next("AT+CPIN?", &format!("\r\n+CME ERROR: {code}\r\n"));
    }
    assert_eq!(count(&succeeds(&script), "AT+CPIN?"), 6);
}

/// A SIM that was there at any time in the ten seconds is one.
#[rstest]
#[case("\r\n+CME ERROR: 14\r\n", ("E214", "+CME ERROR: 14"))]
#[case("\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", ("E213", "+CPIN: NOT READY"))]
fn a_sim_that_an_ec20_misses_again(#[case] answer: &str, #[case] expected: Ending) {
    let spoil = |script: &Script| {
        script.answer_next("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
        script.answer_next("AT+CPIN?", answer);
        script.answer("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
    };
    fails(Ec20, spoil, expected, 9);
}

#[rstest]
fn a_sim_that_starts_in_time(#[values(Sim800, Ec20)] kind: Kind) {
    let script = Script::of(kind);
    for answer in ["+CME ERROR: 14", "+CPIN: NOT READY", "+CME ERROR: 14"] {
        script.answer_next("AT+CPIN?", &format!("\r\n{answer}\r\n"));
    }
    // No answer yet.
    script.answer_next("AT+CPIN?", "");
    assert_eq!(count(&succeeds(&script), "AT+CPIN?"), 5);
}

/// Whatever the last answer was in the ten seconds.
#[rstest]
fn a_sim_that_never_starts(#[values(Sim800, Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        script.answer_next("AT+CPIN?", "\r\n+CME ERROR: 14\r\n");
        script.answer("AT+CPIN?", "\r\n+CPIN: NOT READY\r\n");
    };
    fails(kind, spoil, ("E213", "+CPIN: NOT READY"), 9);
}

/// The last question comes before 10 s are over, and its answer is heard: the next sign-on is not given it.
#[rstest]
fn a_slow_module_answers_the_last_question(#[values(Sim800, Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        script.answer("AT+CPIN?", "\r\n+CME ERROR: 14\r\n");
        script.delays.borrow_mut().insert("AT+CPIN?".into(), Duration::from_millis(1900));
    };
    let (commands, _) = fails(kind, spoil, ("E214", "+CME ERROR: 14"), 11);
    assert_eq!(count(&commands, "AT+CPIN?"), 6);
}

#[rstest]
#[case("10")]
#[case("13")]
#[case("15")]
fn once_the_sim_was_ready_it_is_its_contacts(#[values(Sim800, Ec20)] kind: Kind, #[case] code: &str) {
    let answer = format!("\r\n+CME ERROR: {code}\r\n");
    let expected = format!("+CME ERROR: {code}");
    fails_at(kind, "AT+CGATT?", &answer, ("E213", expected.leak()), 0);
}

/// The first try found the SIM ready; the second does not, in the same sign-on.
#[rstest]
#[case("\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n", ("E213", "+CPIN: NOT INSERTED"), 0)]
#[case("\r\n+CME ERROR: 10\r\n", ("E213", "+CME ERROR: 10"), 9)]
#[case("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", ("E203", "+CPIN: SIM PIN"), 0)]
fn a_sim_that_leaves_between_two_tries(
    #[values(Sim800, Ec20)] kind: Kind,
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] lasts_on_an_ec20: u64,
) {
    let lasts = if kind == Ec20 { lasts_on_an_ec20 } else { 0 };
    let spoil = |script: &Script| {
        script.answer_next("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
        script.answer("AT+CPIN?", answer);
        script.host.silent.set(true);
    };
    let (_, requests) = fails(kind, spoil, expected, 60 + lasts);
    assert_eq!(requests, 1);
}

/// A search in whose course the modem lost the SIM: its contacts are bad, whether they hold again at the end or not.
#[rstest]
#[case::gone("\r\n+CPIN: NOT READY\r\n\r\nOK\r\n")]
#[case::back("\r\n+CPIN: READY\r\n\r\nOK\r\n")]
fn a_search_without_a_sim(#[values(Sim800, Ec20)] kind: Kind, #[case] then: &str) {
    let (command, name) = if kind == Ec20 { ("AT+CEREG?", "+CEREG") } else { ("AT+CREG?", "+CREG") };
    let spoil = |script: &Script| {
        script.answer_next("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
        script.answer("AT+CPIN?", then);
        script.answer_next(command, &format!("\r\n+CPIN: NOT READY\r\n\r\n{name}: 0,2\r\n\r\nOK\r\n"));
        script.answer(command, &format!("\r\n{name}: 0,2\r\n\r\nOK\r\n"));
    };
    let (commands, _) = fails(kind, spoil, ("E213", "+CPIN: NOT READY"), 59);
    assert_eq!(count(&commands, "AT+CPIN?"), 1);
}

/// Without the unasked line it is the network.
#[rstest]
fn a_search_with_a_sim(#[values(Sim800, Ec20)] kind: Kind) {
    let (command, line) =
        if kind == Ec20 { ("AT+CEREG?", "+CEREG: 0,2") } else { ("AT+CREG?", "+CREG: 0,2") };
    let commands = fails_at(kind, command, &format!("\r\n{line}\r\n\r\nOK\r\n"), ("E205", line), 59);
    assert_eq!(count(&commands, "AT+CPIN?"), 1);
}
