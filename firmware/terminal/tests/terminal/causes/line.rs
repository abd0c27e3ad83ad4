//! The line modem's answers, and frames on the line (INTERFACE.md, section 15).

use std::rc::Rc;
use std::time::Duration;

use super::case::{Ending, count, fails, fails_at, succeeds};
use crate::bench::line::framed;
use crate::bench::modem::Kind::Line;
use crate::bench::modem::Script;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use rstest::rstest;

const DIAL: &str = "ATDT0,95516";

#[test]
fn the_course_of_a_sign_on() {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Line));
        let mut powered = keyed(&memories, &script).await;
        powered.panel.press("1");
        let mut phases = Vec::new();
        let outcome = loop {
            let screen = powered.panel.next_screen().await;
            if !screen[7].ends_with("M110") {
                break screen;
            }
            phases.push(screen[2].clone());
        };
        assert_eq!(phases, ["Modem", "Dialling", "Host", "Checking keys"]);
        assert_eq!(id(&outcome), "M111");
        assert_eq!(script.commands(), ["AT", "ATZ", "ATE0V1X4", DIAL, "ATH"]);
        assert!(!script.in_call.get());
        // TPDU, header and message, as over TCP: field 11 is 000001.
        assert_eq!(script.host.requests.borrow()[0][2..7], [0x60, 0x00, 0x03, 0x00, 0x00]);
        assert_eq!(script.host.requests.borrow()[0][23..26], [0x00, 0x00, 0x01]);
    });
}

#[rstest]
#[case::port_dead("AT", "", ("E240", ""), 8)]
#[case::port_dies("ATZ", "", ("E240", ""), 2)]
#[case::unasked("ATE0V1X4", "\r\nRING\r\n", ("E240", ""), 1)]
#[case::refused("ATZ", "4\r", ("E220", "4"), 0)]
#[case::garbage("ATZ", "\r\nhurz\r\n", ("E220", "hurz"), 2)]
#[case::wrong_echo("ATE0V1X4", "ATE0V1X5\r", ("E223", "ATE0V1X5"), 1)]
fn before_dialling(
    #[case] command: &str,
    #[case] answer: &str,
    #[case] expected: Ending,
    #[case] seconds: u64,
) {
    let spoil = |script: &Script| {
        script.answer(command, answer);
        // A dead port answers the way out of a call neither.
        script.answer("ATH", "");
    };
    let (commands, requests) = fails(Line, spoil, expected, seconds);
    assert_eq!((count(&commands, DIAL), requests), (0, 0));
}

#[rstest]
#[case("\r\nNO DIALTONE\r\n", ("E230", "NO DIALTONE"), 0, 1)]
#[case("\r\nNO DIAL TONE\r\n", ("E230", "NO DIAL TONE"), 0, 1)]
#[case("6\r", ("E230", "6"), 0, 1)]
#[case("\r\nBUSY\r\n", ("E231", "BUSY"), 0, 3)]
#[case("7\r", ("E231", "7"), 0, 3)]
#[case("\r\nNO ANSWER\r\n", ("E232", "NO ANSWER"), 0, 3)]
#[case("8\r", ("E232", "8"), 0, 3)]
#[case("", ("E232", ""), 286, 3)]
#[case("\r\nRING\r\n\r\nNO CARRIER\r\n", ("E233", "NO CARRIER"), 0, 3)]
#[case("3\r", ("E233", "3"), 0, 3)]
#[case("\r\nERROR\r\n", ("E220", "ERROR"), 0, 1)]
#[case("\r\nhurz\r\n", ("E220", "hurz"), 95, 1)]
#[case("\r\nCONNECT\r\n\r\nNO CARRIER\r\n", ("E234", "NO CARRIER"), 0, 3)]
fn at_dialling(#[case] answer: &str, #[case] expected: Ending, #[case] seconds: u64, #[case] tries: usize) {
    let commands = fails_at(Line, DIAL, answer, expected, seconds);
    assert_eq!((count(&commands, "ATZ"), count(&commands, DIAL)), (tries, tries));
}

#[rstest]
#[case("1\r")]
#[case("\r\nCONNECT\r\n")]
#[case("\r\nCONNECT 1200/V22\r\n")]
fn connected(#[case] answer: &str) {
    let script = Script::of(Line);
    script.answer(DIAL, answer);
    succeeds(&script);
}

/// Each is tried again over a new call.
#[rstest]
#[case::lost(b"\r\nNO CARRIER\r\n", ("E234", "NO CARRIER"), 0)]
#[case::lost_in_the_answer(b"\x02\x01\x21\x60\0\0\r\nNO CARRIER\r\n", ("E234", "NO CARRIER"), 1)]
#[case::silence(b"", ("E210", "60 s"), 183)]
#[case::no_line_of_its_own(b"NO CARRIER\r\n", ("E210", "60 s"), 183)]
fn behind_the_request(#[case] after: &[u8], #[case] expected: Ending, #[case] seconds: u64) {
    let spoil = |script: &Script| drop(script.after_data.replace(Some(after.to_vec())));
    let (commands, requests) = fails(Line, spoil, expected, seconds);
    assert_eq!((requests, count(&commands, DIAL)), (3, 3));
    // Where the carrier is lost there is nothing to hang up.
    let hung_up = if expected.0 == "E234" { 0 } else { 3 };
    assert_eq!(count(&commands, "ATH"), hung_up);
}

/// What the host has for the first request, as a frame.
fn answer(script: &Script) -> Vec<u8> {
    let request = [&[0; 23][..], &[0x00, 0x00, 0x01]].concat();
    let answer = script.host.answer(&request).unwrap();
    script.host.requests.borrow_mut().clear();
    framed(&answer)
}

/// The same with the byte at a place changed.
fn harmed(script: &Script, at: usize) -> Vec<u8> {
    let mut bytes = answer(script);
    bytes[at] ^= 0x11;
    bytes
}

#[test]
fn a_request_that_is_wanted_again_is_sent_again_twice() {
    let script = Script::of(Line);
    script.next_on_line.borrow_mut().extend([b"\x15".to_vec(), b"\x15".to_vec()]);
    succeeds(&script);
    let requests = script.host.requests.borrow();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| *request == requests[0]));
}

#[test]
fn a_third_nak_is_a_noisy_line() {
    let spoil = |script: &Script| drop(script.after_data.replace(Some(vec![0x15])));
    let (commands, requests) = fails(Line, spoil, ("E235", "3 times"), 3);
    // Three calls with three goes each, and the silence before each is hung up.
    assert_eq!((requests, count(&commands, DIAL)), (9, 3));
}

/// Noise that has harmed one frame may have taken another away.
#[test]
fn silence_behind_a_nak_is_a_noisy_line() {
    let spoil = |script: &Script| {
        for _ in 0..3 {
            script.next_on_line.borrow_mut().extend([b"\x15".to_vec(), Vec::new()]);
        }
    };
    let (_, requests) = fails(Line, spoil, ("E235", "1 times"), 183);
    assert_eq!(requests, 6);
}

/// In the length, the message, ETX and LRC.
#[rstest]
#[case::length(1)]
#[case::message(40)]
#[case::etx(usize::MAX - 1)]
#[case::lrc(usize::MAX)]
fn an_answer_that_is_harmed_is_wanted_again_twice(#[case] at: usize) {
    let script = Script::of(Line);
    let at = at.min(answer(&script).len().wrapping_add(at));
    let bytes = harmed(&script, at);
    script.next_on_line.borrow_mut().extend([bytes.clone(), bytes]);
    succeeds(&script);
    assert_eq!((script.naks.get(), script.host.requests.borrow().len()), (2, 1));
}

#[test]
fn half_an_answer_is_wanted_again_after_half_a_second() {
    let script = Script::of(Line);
    let half = answer(&script)[..60].to_vec();
    script.next_on_line.borrow_mut().push_back(half);
    scenario(async {
        let memories = Memories::default();
        let mut powered = keyed(&memories, &script).await;
        powered.panel.press("1");
        tokio::time::sleep(Duration::from_millis(490)).await;
        assert_eq!((script.host.requests.borrow().len(), script.naks.get()), (1, 0));
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(script.naks.get(), 1);
        powered.panel.see("M111").await;
    });
}

#[test]
fn a_third_harmed_frame_is_a_noisy_line() {
    let script: Rc<Script> = Script::of(Line);
    let bytes = harmed(&script, 40);
    let spoil = move |script: &Script| drop(script.after_data.replace(Some(bytes.clone())));
    let (commands, requests) = fails(Line, spoil, ("E235", "3 times"), 3);
    assert_eq!((requests, count(&commands, DIAL)), (3, 3));
}

#[test]
fn a_modem_that_a_lost_terminal_left_in_a_call_is_brought_back() {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Line));
        let powered = keyed(&memories, &script).await;
        script.host.silent.set(true);
        powered.panel.press("1");
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(script.in_call.get());
        powered.cut().await;
        script.mend();
        script.commands.borrow_mut().clear();
        let mut powered = crate::bench::Powered::on(&memories, script.clone());
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        assert_eq!(script.commands()[..2], ["ATH", "ATZ"]);
    });
}

/// What it costs is a call that stands all night.
#[rstest]
#[case::slow_port(150, 0, 3, true)]
#[case::missed(0, 1, 6, true)]
#[case::slow_and_missed(150, 1, 6, true)]
#[case::deaf(0, usize::MAX, 6, false)]
fn an_escape_that_is_not_heard_is_sent_again(
    #[case] late_ms: u64,
    #[case] missed: usize,
    #[case] plusses: usize,
    #[case] hangs_up: bool,
) {
    scenario(async move {
        let (memories, script) = (Memories::default(), Script::of(Line));
        script.slow_port.set(Duration::from_millis(late_ms));
        script.missed_escapes.set(missed);
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        assert_eq!((!script.in_call.get(), count(&script.commands(), "ATH")), (hangs_up, hangs_up.into()));
        assert_eq!(script.plusses.get(), plusses);
    });
}

/// The modem takes commands by then: a second `+++` would stand before `ATH`.
#[test]
fn an_answer_to_the_escape_that_comes_late_is_heard() {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Line));
        script.delays.borrow_mut().insert("+++".into(), Duration::from_millis(2500));
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        assert_eq!((script.in_call.get(), count(&script.commands(), "ATH")), (false, 1));
        assert_eq!(script.plusses.get(), 3);
    });
}

#[test]
fn cancel_hangs_up() {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(Line));
        let mut powered = keyed(&memories, &script).await;
        script.host.silent.set(true);
        powered.panel.press("1");
        tokio::time::sleep(Duration::from_secs(5)).await;
        powered.panel.press("\u{1B}");
        powered.panel.see("M112").await;
        assert!(!script.in_call.get());
        assert_eq!(script.commands().last().map(String::as_str), Some("ATH"));
    });
}
