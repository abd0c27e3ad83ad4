//! What a weak signal is blamed for (INTERFACE.md, section 4, E215).

use super::case::{Ending, count, fails};
use crate::bench::modem::Kind::{self, Ec20, Sim800};
use crate::bench::modem::Script;
use rstest::rstest;

fn weak(script: &Script, strength: &str) {
    script.answer("AT+CSQ", &format!("\r\n+CSQ: {strength}\r\n\r\nOK\r\n"));
}

fn prompt(kind: Kind) -> &'static str {
    if kind == Ec20 { "AT+QISEND=0,169" } else { "AT+CIPSEND=169" }
}

fn open(kind: Kind) -> &'static str {
    match kind {
        Ec20 => "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1",
        _ => "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"",
    }
}

/// What would be E209, E218, E221, E222, E210 and E313.
#[rstest]
#[case::lost("prompt", "CLOSED", 3)]
#[case::no_connection("open", "\r\nOK\r\n", 3)]
#[case::while_sending("data", "\r\nSEND FAIL\r\n", 3)]
#[case::before_the_answer("data", "\r\nSEND OK\r\n\r\nCLOSED\r\n", 3)]
#[case::no_answer("data", "\r\nSEND OK\r\n", 3)]
#[case::malformed("data", "\r\nSEND OK\r\n\r\nDATA2 \0\0", 3)]
fn is_blamed_and_tried_again_over_a_new_context(
    #[values(Sim800, Ec20)] kind: Kind,
    #[case] place: &str,
    #[case] answer: &str,
    #[case] contexts: usize,
) {
    let (closed, data) = match kind {
        Ec20 => ("+QIURC: \"closed\",0", "+QIURC: \"recv\",0,2\r\n"),
        _ => ("CLOSED", "+IPD,2:"),
    };
    let answer = answer.replace("CLOSED", &format!("\r\n{closed}\r\n")).replace("DATA2 ", data);
    let spoil = |script: &Script| {
        weak(script, "9,0");
        match place {
            "prompt" => script.answer(prompt(kind), &answer),
            "open" => script.answer(open(kind), &answer),
            _ => drop(script.after_data.replace(Some(answer.clone().into()))),
        }
    };
    let seconds = match (place, answer.as_str()) {
        ("open", _) => 3 * if kind == Ec20 { 150 } else { 75 },
        ("data", "\r\nSEND OK\r\n") => 180,
        _ => 0,
    };
    let (commands, _) = fails(kind, spoil, ("E215", "+CSQ: 9,0"), seconds);
    assert_eq!(count(&commands, "AT+CGATT?"), contexts);
}

#[rstest]
#[case::strong_enough("10,0", "\r\nSEND FAIL\r\n", ("E221", "SEND FAIL"))]
#[case::not_known("99,99", "\r\nSEND FAIL\r\n", ("E221", "SEND FAIL"))]
#[case::none("0,99", "\r\nSEND FAIL\r\n", ("E215", "+CSQ: 0,99"))]
#[case::a_refusal_is_a_refusal("5,0", "\r\nERROR\r\n", ("E220", "ERROR"))]
fn is_not_blamed(
    #[values(Sim800, Ec20)] kind: Kind,
    #[case] strength: &str,
    #[case] after: &str,
    #[case] expected: Ending,
) {
    let spoil = |script: &Script| {
        weak(script, strength);
        script.after_data.replace(Some(after.into()));
    };
    fails(kind, spoil, expected, 0);
}

/// An answer that is ours, whole and refused is no matter of the signal; nor is an unreachable host.
#[rstest]
fn is_not_blamed_for_what_the_host_says(#[values(Sim800, Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        weak(script, "3,0");
        let refused = if kind == Ec20 { "\r\nOK\r\n\r\n+QIOPEN: 0,566\r\n" } else { "\r\nCONNECT FAIL\r\n" };
        script.answer(open(kind), refused);
    };
    let detail = if kind == Ec20 { "+QIOPEN: 0,566" } else { "CONNECT FAIL" };
    fails(kind, spoil, ("E208", detail), 0);
}
