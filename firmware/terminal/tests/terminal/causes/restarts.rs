//! Modems that start anew (INTERFACE.md, sections 4 and 7).

use super::case::{count, fails, succeeds};
use crate::bench::modem::Kind::{self, Ec20, Sim800};
use crate::bench::modem::Script;
use rstest::rstest;

/// A command of each stage.
fn commands(kind: Kind) -> [&'static str; 5] {
    match kind {
        Ec20 => {
            ["ATE0", "AT+CEREG?", "AT+CGATT?", "AT+QIACT=1", "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1"]
        }
        _ => ["ATE0", "AT+CREG?", "AT+CGATT?", "AT+CIICR", "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\""],
    }
}

#[rstest]
fn a_modem_that_starts_once_is_set_up_anew(#[values(Sim800, Ec20)] kind: Kind) {
    for command in commands(kind) {
        let script = Script::of(kind);
        script.answer_next(command, "\r\nRDY\r\n\r\n+CFUN: 1\r\n");
        let sent = succeeds(&script);
        assert_eq!((count(&sent, "ATE0"), count(&sent, "AT")), (2, 1), "{command}: {sent:?}");
        // In the same try, which is the only one.
        assert_eq!(script.host.requests.borrow().len(), 1, "{command}");
    }
}

/// A module that sets its rate by itself says no `RDY`.
#[rstest]
fn a_modem_that_starts_without_a_word_is_set_up_anew(#[values(Sim800, Ec20)] kind: Kind) {
    for command in &commands(kind)[..4] {
        let script = Script::of(kind);
        script.answer_next(command, "");
        let sent = succeeds(&script);
        assert_eq!((count(&sent, "ATE0"), count(&sent, "AT")), (2, 2), "{command}: {sent:?}");
        assert_eq!(script.host.requests.borrow().len(), 1, "{command}");
    }
}

#[rstest]
fn a_modem_that_starts_twice_in_a_try(#[values(Sim800, Ec20)] kind: Kind) {
    for command in commands(kind) {
        fails(kind, |script| script.answer(command, "\r\nRDY\r\n"), ("E219", "RDY"), 0);
    }
    fails(kind, |script| script.answer("AT", "\r\nRDY\r\n"), ("E219", "RDY"), 0);
}

#[rstest]
fn a_modem_that_starts_while_it_is_woken(#[values(Sim800, Ec20)] kind: Kind) {
    let script = Script::of(kind);
    script.answer_next("AT", "\r\nRDY\r\n");
    let sent = succeeds(&script);
    assert_eq!((count(&sent, "AT"), count(&sent, "ATE0")), (2, 1), "{sent:?}");
}

/// It ends the connection; a later try sets it up.
#[rstest]
#[case::before_the_request("prompt", "E209")]
#[case::while_sending("\r\nRDY\r\n", "E221")]
#[case::before_the_answer("\r\nSEND OK\r\n\r\nRDY\r\n", "E222")]
fn a_modem_that_starts_while_a_connection_is_open(
    #[values(Sim800, Ec20)] kind: Kind,
    #[case] after: &str,
    #[case] cause: &'static str,
) {
    let prompt = if kind == Ec20 { "AT+QISEND=0,169" } else { "AT+CIPSEND=169" };
    let spoil = |script: &Script| match after {
        "prompt" => script.answer(prompt, "\r\nRDY\r\n"),
        _ => drop(script.after_data.replace(Some(after.into()))),
    };
    let (commands, _) = fails(kind, spoil, (cause, "RDY"), 0);
    assert_eq!(count(&commands, "ATE0"), 3);
}

#[rstest]
fn a_second_start_counts_wherever_it_falls(#[values(Sim800, Ec20)] kind: Kind) {
    let spoil = |script: &Script| {
        script.answer_next("AT+CSQ", "\r\nRDY\r\n");
        script.after_data.replace(Some(b"\r\nSEND OK\r\n\r\nRDY\r\n".to_vec()));
    };
    let (_, requests) = fails(kind, spoil, ("E219", "RDY"), 0);
    assert_eq!(requests, 1);
}
