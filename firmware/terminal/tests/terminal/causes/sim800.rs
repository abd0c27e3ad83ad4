//! The SIM800's answers (INTERFACE.md, section 7).

use super::case::{Ending, count, fails, fails_at};
use crate::bench::modem::Kind::{self, Sim800};
use crate::bench::modem::Script;
use rstest::rstest;

const START: &str = "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"";

#[rstest]
#[case::silence("AT", "", ("E201", ""), 1)]
// Silent twice: the module answers `AT` in between, as one that has started without a word.
#[case::silence_later("AT+CIICR", "", ("E201", ""), 170)]
#[case::unasked_in_the_place_of_an_answer("AT+CSQ", "\r\nRING\r\n\r\n+CREG: 1\r\n", ("E201", ""), 1)]
#[case::searching("AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n", ("E205", "+CREG: 0,2"), 59)]
#[case::denied("AT+CREG?", "\r\n+CREG: 0,3\r\n\r\nOK\r\n", ("E206", "+CREG: 0,3"), 0)]
#[case::not_attached("AT+CGATT=1", "\r\n+CME ERROR: 50\r\n", ("E206", "+CME ERROR: 50"), 0)]
#[case::no_credit("AT+CIICR", "\r\n+CME ERROR: 133\r\n", ("E207", "+CME ERROR: 133"), 0)]
#[case::context_ends("AT+CIICR", "\r\n+PDP: DEACT\r\n", ("E207", "+PDP: DEACT"), 0)]
#[case::no_address("AT+CIFSR", "\r\nERROR\r\n", ("E207", "ERROR"), 0)]
#[case::no_name("AT+CSTT=\"cmnet\"", "\r\nERROR\r\n", ("E207", "ERROR"), 0)]
#[case::name_out_of_order("AT+CIICR", "\r\n+CME ERROR: 134\r\n", ("E216", "+CME ERROR: 134"), 0)]
#[case::name_not_authentic("AT+CSTT=\"cmnet\"", "\r\n+CME ERROR: 149\r\n", ("E216", "+CME ERROR: 149"), 0)]
#[case::another_refusal("AT+CIPHEAD=1", "\r\nERROR\r\n", ("E220", "ERROR"), 0)]
#[case::garbage("AT+CSQ", "\r\nhurz \u{1}!\r\n", ("E220", "hurz ?!"), 1)]
#[case::wrong_echo("AT", "\r\nBT\r\n", ("E223", "BT"), 1)]
#[case::wrong_echo_of_a_long_command("AT+CIICR", "AT+CIIC?\r\n", ("E223", "AT+CIIC?"), 85)]
fn before_the_connection(
    #[case] command: &str,
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
) {
    fails_at(Sim800, command, answer, expected, seconds);
}

/// Each is tried again over a new context.
#[rstest]
#[case::refused("\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n", ("E208", "CONNECT FAIL"), 0)]
#[case::error("\r\nERROR\r\n", ("E208", "ERROR"), 0)]
#[case::context_lost("\r\nOK\r\n\r\n+PDP: DEACT\r\n", ("E209", "+PDP: DEACT"), 0)]
#[case::closed_at_once("\r\nOK\r\n\r\nCONNECT OK\r\n\r\nCLOSED\r\n", ("E209", "CLOSED"), 0)]
#[case::no_connection("\r\nOK\r\n", ("E218", ""), 225)]
#[case::no_connection_but_garbage("\r\nOK\r\n\r\nhurz\r\n", ("E218", ""), 225)]
#[case::no_answer("", ("E218", ""), 225)]
fn at_the_connection(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64) {
    let commands = fails_at(Sim800, START, answer, expected, seconds);
    assert_eq!(count(&commands, "AT+CIICR"), 3);
    assert_eq!(count(&commands, "AT+CIPSTATUS"), 0);
}

#[rstest]
#[case::garbage("\r\nhurz\r\n", ("E220", "hurz"), 75)]
#[case::sim("\r\n+CME ERROR: 13\r\n", ("E213", "+CME ERROR: 13"), 0)]
fn at_the_connection_for_good(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64) {
    let commands = fails_at(Sim800, START, answer, expected, seconds);
    assert_eq!(count(&commands, START), 1);
}

/// The request's frame has 169 bytes.
#[rstest]
#[case::lost("\r\nCLOSED\r\n", ("E209", "CLOSED"), 0, 3)]
#[case::refused("\r\nERROR\r\n", ("E220", "ERROR"), 0, 1)]
#[case::sim("\r\n+CME ERROR: 10\r\n", ("E213", "+CME ERROR: 10"), 0, 1)]
#[case::garbage("\r\nhurz\r\n", ("E220", "hurz"), 5, 1)]
#[case::silence("", ("E201", ""), 5, 1)]
fn at_the_prompt(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64, #[case] tries: usize) {
    let commands = fails_at(Sim800, "AT+CIPSEND=169", answer, expected, seconds);
    assert_eq!(count(&commands, "AT+CIPSEND=169"), tries);
}

#[rstest]
#[case::lost_while_sending(b"\r\nCLOSED\r\n", ("E221", "CLOSED"), 0, 3)]
#[case::not_sent(b"\r\nSEND FAIL\r\n", ("E221", "SEND FAIL"), 0, 3)]
#[case::lost(b"\r\nSEND OK\r\n\r\nCLOSED\r\n", ("E222", "CLOSED"), 0, 3)]
#[case::lost_in_the_answer(b"\r\nSEND OK\r\n\r\n+IPD,4:\0\x79\x60\0\r\nCLOSED\r\n", ("E222", "CLOSED"), 0, 3)]
#[case::context_lost(b"\r\nSEND OK\r\n\r\n+PDP: DEACT\r\n", ("E222", "+PDP: DEACT"), 0, 3)]
#[case::half_an_answer(b"\r\nSEND OK\r\n\r\n+IPD,4:\0\x79\x60\0", ("E210", "60 s"), 180, 3)]
#[case::refused(b"\r\n+CME ERROR: 3\r\n", ("E220", "+CME ERROR: 3"), 0, 1)]
#[case::silence(b"", ("E201", ""), 60, 1)]
#[case::garbage(b"\r\nSEMD OK\r\n", ("E220", "SEMD OK"), 60, 1)]
#[case::too_long(b"\r\nSEND OK\r\n\r\n+IPD,4:\xFF\xFFxx", ("E313", "byte 0"), 0, 1)]
#[case::too_short(b"\r\nSEND OK\r\n\r\n+IPD,2:\0\0\r\nCLOSED\r\n", ("E313", "byte 2"), 0, 1)]
fn behind_the_request(
    #[case] after: &[u8],
    #[case] expected: Ending,
    #[case] seconds: u64,
    #[case] tries: usize,
) {
    let (commands, requests) =
        fails(Sim800, |script| drop(script.after_data.replace(Some(after.to_vec()))), expected, seconds);
    assert_eq!(requests, tries);
    // The host's silence leaves the context as it is.
    let contexts = if expected.0 == "E210" { 1 } else { tries };
    assert_eq!(count(&commands, "AT+CIICR"), contexts);
}

/// What wakes a modem comes back with the later echoes; the first one is told.
#[rstest]
fn a_wrong_echo_before_what_wakes_a_modem(#[values(Sim800, Kind::Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        script.answer_next("AT", "at\r");
        script.answer("AT", "\x1bat\r");
    };
    fails(kind, spoil, ("E223", "at"), 1);
}

/// A modem that cannot be read may say nothing more once it was sent what wakes one.
#[rstest]
fn garbage_before_silence(#[values(Sim800, Kind::Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        script.answer_next("AT", "hurz!\r\n");
        script.answer("AT", "");
    };
    fails(kind, spoil, ("E220", "hurz!"), 1);
}
