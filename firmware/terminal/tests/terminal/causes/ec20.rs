//! The EC20's answers (INTERFACE.md, section 14).

use super::case::{Ending, count, fails, fails_at, succeeds};
use crate::bench::modem::Kind::Ec20;
use crate::bench::modem::{Script, announced};
use crate::bench::{Memories, scenario};
use crate::operator::*;
use rstest::rstest;

const OPEN: &str = "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1";
const CLOSE: &str = "AT+QICLOSE=0";
const CLOSED: &str = "+QIURC: \"closed\",0";
const DEACTIVATED: &str = "+QIURC: \"pdpdeact\",1";

#[test]
fn the_course_of_a_sign_on() {
    let script = Script::of(Ec20);
    script.splits.set(true);
    let commands = succeeds(&script);
    let expected = [
        "AT",
        "ATE0",
        "AT+CMEE=1",
        "AT+CPIN?",
        "AT+CSQ",
        "AT+CEREG?",
        "AT+CGATT?",
        "AT+CGATT=1",
        "AT+QIDEACT=1",
        "AT+QICSGP=1,1,\"cmnet\",\"\",\"\",0",
        "AT+QIACT=1",
        OPEN,
        "AT+QISEND=0,169",
        "AT+QICLOSE=0",
    ];
    assert_eq!(commands, expected);
}

#[rstest]
#[case::up("\r\n+QIACT: 1,1,1,\"10.64.0.7\"\r\n\r\nOK\r\n", &["AT+QICLOSE=0", OPEN])]
#[case::down("\r\nOK\r\n", &["AT+CGATT?"])]
#[case::refused("\r\nERROR\r\n", &["AT+CGATT?"])]
fn a_context_that_is_up_is_used_again(#[case] answer: &str, #[case] goes_on_at: &[&str]) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Ec20));
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        script.commands.borrow_mut().clear();
        script.answer("AT+QIACT?", answer);
        assert_eq!(id(&sign_on(&mut powered).await), "E314");
        let commands = script.commands();
        let expected =
            [&["AT", "ATE0", "AT+CMEE=1", "AT+CPIN?", "AT+CSQ", "AT+CEREG?", "AT+QIACT?"], goes_on_at]
                .concat();
        assert_eq!(commands[..expected.len()], expected);
    });
}

/// A socket that is taken by nothing is refused by some firmware, and set free by other.
#[rstest]
#[case("\r\nERROR\r\n")]
#[case("\r\n+CME ERROR: 3\r\n")]
fn a_socket_that_was_free_already_is_no_fault(#[case] refusal: &str) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Ec20));
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        script.commands.borrow_mut().clear();
        script.answer_next(CLOSE, refusal);
        assert_eq!(id(&sign_on(&mut powered).await), "E314");
        assert_eq!((count(&script.commands(), CLOSE), count(&script.commands(), OPEN)), (2, 1));
    });
}

/// The module keeps the socket of a lost connection until it is closed, or its context.
#[rstest]
#[case::closed("\r\nSEND OK\r\n\r\n+QIURC: \"closed\",0\r\n", ("E222", CLOSED), 3)]
#[case::in_the_answer("\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0,4\r\n\0y`\0\r\n+QIURC: \"closed\",0\r\n", ("E222", CLOSED), 3)]
#[case::not_sent("\r\nSEND FAIL\r\n", ("E221", "SEND FAIL"), 3)]
#[case::with_its_context("\r\nSEND OK\r\n\r\n+QIURC: \"pdpdeact\",1\r\n", ("E222", DEACTIVATED), 0)]
#[case::in_a_restart("\r\nSEND OK\r\n\r\nRDY\r\n", ("E222", "RDY"), 0)]
fn the_socket_of_a_lost_connection_is_closed(
    #[case] after: &str,
    #[case] expected: Ending,
    #[case] closed: usize,
) {
    let spoil = |script: &Script| drop(script.after_data.replace(Some(after.into())));
    let (commands, requests) = fails(Ec20, spoil, expected, 0);
    assert_eq!((requests, count(&commands, CLOSE)), (3, closed), "{commands:?}");
}

#[rstest]
#[case::silence("AT", "", ("E201", ""), 1)]
// Silent twice: the module answers `AT` in between, as one that has started without a word.
#[case::silence_later("AT+QIACT=1", "", ("E201", ""), 300)]
#[case::searching("AT+CEREG?", "\r\n+CEREG: 0,4\r\n\r\nOK\r\n", ("E205", "+CEREG: 0,4"), 59)]
#[case::denied("AT+CEREG?", "\r\n+CEREG: 0,3\r\n\r\nOK\r\n", ("E206", "+CEREG: 0,3"), 0)]
#[case::not_attached("AT+CGATT=1", "\r\n+CME ERROR: 30\r\n", ("E206", "+CME ERROR: 30"), 0)]
#[case::context_refused("AT+QICSGP=1,1,\"cmnet\",\"\",\"\",0", "\r\nERROR\r\n", ("E207", "ERROR"), 0)]
#[case::no_credit("AT+QIACT=1", "\r\nERROR\r\n", ("E207", "+QIGETERROR: 561,\"Open P"), 0)]
#[case::no_credit_by_code("AT+QIACT=1", "\r\n+CME ERROR: 133\r\n", ("E207", "+CME ERROR: 133"), 0)]
#[case::name_refused("AT+QIACT=1", "\r\n+CME ERROR: 134\r\n", ("E216", "+CME ERROR: 134"), 0)]
#[case::silent_deactivation("AT+QIDEACT=1", "", ("E201", ""), 80)]
#[case::no_sim("AT+QIDEACT=1", "\r\n+CME ERROR: 10\r\n", ("E213", "+CME ERROR: 10"), 0)]
#[case::another_refusal("AT+CMEE=1", "\r\nERROR\r\n", ("E220", "ERROR"), 0)]
#[case::garbage("AT+CEREG?", "\r\n\u{1}\r\n", ("E220", "?"), 1)]
#[case::wrong_echo("AT+QIACT=1", "AT+QIACT=7\r\n", ("E223", "AT+QIACT=7"), 150)]
fn before_the_connection(
    #[case] command: &str,
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
) {
    fails_at(Ec20, command, answer, expected, seconds);
}

#[rstest]
#[case::name("\r\n+QIGETERROR: 573,\"APN\"\r\n\r\nOK\r\n", ("E216", "+QIGETERROR: 573,\"APN\""), 0)]
#[case::another("\r\n+QIGETERROR: 5730,\"?\"\r\n\r\nOK\r\n", ("E207", "+QIGETERROR: 5730,\"?\""), 0)]
#[case::refused("\r\nERROR\r\n", ("E207", "ERROR"), 0)]
#[case::silence("", ("E201", ""), 1)]
fn why_a_context_is_refused(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64) {
    let spoil = |script: &Script| {
        script.answer("AT+QIACT=1", "\r\nERROR\r\n");
        script.answer("AT+QIGETERROR", answer);
    };
    fails(Ec20, spoil, expected, seconds);
}

#[test]
fn a_deactivation_that_is_refused_is_passed_over() {
    let script = Script::of(Ec20);
    script.answer("AT+QIDEACT=1", "\r\nERROR\r\n");
    succeeds(&script);
}

#[rstest]
#[case::context("\r\nOK\r\n\r\n+QIOPEN: 0,561\r\n", ("E208", "+QIOPEN: 0,561"), 0, 3)]
#[case::connection("\r\nOK\r\n\r\n+QIOPEN: 0,566\r\n", ("E208", "+QIOPEN: 0,566"), 0, 3)]
#[case::without_a_row("\r\nOK\r\n\r\n+QIOPEN: 0,563\r\n", ("E208", "+QIOPEN: 0,563"), 0, 3)]
#[case::error("\r\nERROR\r\n", ("E208", "ERROR"), 0, 3)]
#[case::name("\r\nOK\r\n\r\n+QIOPEN: 0,565\r\n", ("E217", "+QIOPEN: 0,565"), 0, 1)]
#[case::timeout("\r\nOK\r\n\r\n+QIOPEN: 0,569\r\n", ("E218", "+QIOPEN: 0,569"), 0, 3)]
#[case::no_outcome("\r\nOK\r\n\r\n+QIOPEN: 1,0\r\n", ("E218", ""), 450, 3)]
#[case::context_lost("\r\nOK\r\n\r\n+QIURC: \"pdpdeact\",1\r\n", ("E209", DEACTIVATED), 0, 3)]
#[case::closed("\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n\r\n+QIURC: \"closed\",0\r\n", ("E209", CLOSED), 0, 3)]
fn at_the_connection(
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
    #[case] tries: usize,
) {
    let commands = fails_at(Ec20, OPEN, answer, expected, seconds);
    assert_eq!((count(&commands, OPEN), count(&commands, "AT+QIACT=1")), (tries, tries));
}

#[rstest]
#[case::lost("\r\n+QIURC: \"closed\",0\r\n", ("E209", CLOSED), 0)]
#[case::refused("\r\nERROR\r\n", ("E220", "ERROR"), 0)]
#[case::silence("", ("E201", ""), 5)]
fn at_the_prompt(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64) {
    fails_at(Ec20, "AT+QISEND=0,169", answer, expected, seconds);
}

#[rstest]
#[case::not_sent("\r\nSEND FAIL\r\n", ("E221", "SEND FAIL"), 0, 3)]
#[case::lost_while_sending("\r\n+QIURC: \"pdpdeact\",1\r\n", ("E221", DEACTIVATED), 0, 3)]
#[case::lost("\r\nSEND OK\r\n\r\n+QIURC: \"closed\",0\r\n", ("E222", CLOSED), 0, 3)]
#[case::half("\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0,4\r\n\0y`\0", ("E210", "60 s"), 180, 3)]
#[case::another_connection("\r\nSEND OK\r\n\r\n+QIURC: \"closed\",1\r\n", ("E210", "60 s"), 180, 3)]
#[case::too_short("\r\nSEND OK\r\n\r\n+QIURC: \"recv\",0,2\r\n\0\0", ("E313", "byte 2"), 0, 1)]
#[case::garbage("\r\nSEND O\r\n", ("E220", "SEND O"), 60, 1)]
fn behind_the_request(
    #[case] after: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
    #[case] tries: usize,
) {
    let spoil = |script: &Script| drop(script.after_data.replace(Some(after.into())));
    assert_eq!(fails(Ec20, spoil, expected, seconds).1, tries);
}

#[test]
fn an_answer_before_the_modem_says_that_it_sent_counts() {
    let script = Script::of(Ec20);
    // The first request is one that the host has not seen: its STAN is 000001.
    let request = [&[0; 23][..], &[0x00, 0x00, 0x01]].concat();
    let answer = script.host.answer(&request).unwrap();
    let early = [&announced(Ec20, &answer), b"\r\nSEND OK\r\n\r\n".as_slice(), CLOSED.as_bytes(), b"\r\n"];
    script.after_data.replace(Some(early.concat()));
    // The host has closed the connection, not the socket.
    assert_eq!(succeeds(&script).last().unwrap(), CLOSE);
}

#[test]
fn a_modem_that_waits_for_the_data_of_a_lost_request_is_woken() {
    for waits_for in [1, 169, 1460] {
        let script = Script::of(Ec20);
        script.waits_for.set(waits_for);
        succeeds(&script);
    }
}
