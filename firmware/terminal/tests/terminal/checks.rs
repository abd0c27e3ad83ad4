//! The guided checks after a sign-on that failed (INTERFACE.md, section 19).

use std::rc::Rc;
use std::time::Duration;

use rstest::rstest;
use tokio::time::Instant;

use crate::bench::modem::Script;
use crate::bench::panel::Rows;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

const NO_NETWORK: &str = "\r\n+CREG: 0,2\r\n\r\nOK\r\n";
const NO_CONTEXT: &str = "\r\n+CME ERROR: 133\r\n";

/// A terminal whose sign-on has just failed because the modem answers so.
async fn failed(script: &Rc<Script>, command: &str, answer: &str, error: &str) -> Powered {
    let mut powered = keyed(&Memories::default(), script).await;
    script.answer(command, answer);
    let screen = sign_on(&mut powered).await;
    assert_eq!((id(&screen), &screen[7][..20]), (error, "Any key, 1 check    "));
    powered
}

/// The screen that follows a key.
async fn after(powered: &mut Powered, key: &str, expected: &str) -> Rows {
    powered.panel.press(key);
    powered.panel.see(expected).await
}

#[rstest]
#[case::nowhere("AT+CREG?", NO_NETWORK, "E205", &[("1", "M304"), ("2", "M315"), ("\r", "M100")])]
#[case::no_credit("AT+CREG?", NO_NETWORK, "E205", &[("1", "M304"), ("1", "M305"), ("2", "M316"), ("5", "M100")])]
#[case::slot("AT+CREG?", NO_NETWORK, "E205", &[("1", "M304"), ("\r", "M305"), ("\r", "M306"), ("\x1B", "M318"), ("1", "M100")])]
#[case::no_data("AT+CIICR", NO_CONTEXT, "E207", &[("1", "M304"), ("1", "M305"), ("\x1B", "M316"), ("\r", "M100")])]
#[case::damaged("AT+CPIN?", "\r\n+CME ERROR: 13\r\n", "E204", &[("1", "M306"), ("2", "M318"), ("\r", "M100")])]
#[case::no_modem("AT", "", "E201", &[("1", "M306"), ("2", "M318"), ("\r", "M100")])]
#[case::no_check("AT", "", "E201", &[("\r", "M100")])]
fn every_answer_leads_on(
    #[case] command: &'static str,
    #[case] answer: &'static str,
    #[case] error: &'static str,
    #[case] path: &'static [(&'static str, &'static str)],
) {
    scenario(async move {
        let script = Rc::<Script>::default();
        let mut powered = failed(&script, command, answer, error).await;
        for (key, expected) in path {
            after(&mut powered, key, expected).await;
        }
    });
}

#[test]
fn a_cause_that_no_merchant_can_look_into_has_no_check() {
    scenario(async {
        let script = Rc::<Script>::default();
        let mut powered = keyed(&Memories::default(), &script).await;
        script.answer("AT+CPIN?", "\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n");
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[7].as_str()), ("E202", "Any key             E202"));
        after(&mut powered, "1", "M100").await;
    });
}

#[test]
fn the_signal_is_shown_as_it_is() {
    scenario(async {
        let script = Rc::<Script>::default();
        let mut powered = failed(&script, "AT+CREG?", NO_NETWORK, "E205").await;
        script.commands.borrow_mut().clear();
        let screen = after(&mut powered, "1", "M304").await;
        assert_eq!(
            screen[1..5],
            ["Network check", "Move to open ground.", "Signal -", "Is it 2 bars or more?"]
        );
        for (answer, shown) in [
            ("\r\n+CSQ: 21,0\r\n\r\nOK\r\n", "Signal 4/4"),
            ("\r\n+CSQ: 12,0\r\n\r\nOK\r\n", "Signal 2/4"),
            ("\r\n+CSQ: 99,99\r\n\r\nOK\r\n", "Signal 0/4"),
            ("", "Signal -"),
            ("\r\n+CSQ: 3,0\r\n\r\nOK\r\n", "Signal 1/4"),
        ] {
            script.answer("AT+CSQ", answer);
            let asked = Instant::now();
            while powered.panel.see("M304").await[3] != shown {}
            assert!(asked.elapsed() <= Duration::from_millis(3100), "{shown}: {:?}", asked.elapsed());
        }
        assert!(script.commands().iter().all(|command| command == "AT+CSQ"));
    });
}

/// Half a command would be taken for the beginning of the next one.
#[test]
fn an_answer_in_the_middle_of_a_question_to_the_modem_spoils_nothing() {
    for milliseconds in (0..4000).step_by(250) {
        scenario(async move {
            let script = Rc::<Script>::default();
            let mut powered = keyed(&Memories::default(), &script).await;
            script.answer("AT+CREG?", NO_NETWORK);
            assert_eq!(id(&sign_on(&mut powered).await), "E205");
            script.answer("AT+CSQ", "");
            script.answers.borrow_mut().remove("AT+CREG?");
            after(&mut powered, "1", "M304").await;
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            after(&mut powered, "1", "M305").await;
            after(&mut powered, "1", "M306").await;
            script.answers.borrow_mut().clear();
            after(&mut powered, "1", "M111").await;
            assert!(script.commands().iter().all(|command| !command[2..].contains("AT+")));
        });
    }
}

#[test]
fn a_question_waits_two_minutes_for_a_key_of_any_kind() {
    scenario(async {
        let script = Rc::<Script>::default();
        for screens in [&["M304"][..], &["M304", "M305"], &["M304", "M305", "M306"]] {
            let mut powered = failed(&script, "AT+CREG?", NO_NETWORK, "E205").await;
            for screen in screens {
                after(&mut powered, "1", screen).await;
            }
            tokio::time::sleep(Duration::from_secs(119)).await;
            powered.panel.press("7");
            let pressed = Instant::now();
            powered.panel.see("M100").await;
            let waited = pressed.elapsed();
            assert!((119..=121).contains(&waited.as_secs()), "{screens:?}: {waited:?}");
            powered.cut().await;
            script.answers.borrow_mut().clear();
        }
    });
}

#[test]
fn yes_to_the_last_question_signs_on() {
    scenario(async {
        let script = Rc::<Script>::default();
        let mut powered = failed(&script, "AT+CPIN?", "\r\n+CME ERROR: 13\r\n", "E204").await;
        after(&mut powered, "1", "M306").await;
        // It does not work yet.
        let screen = after(&mut powered, "1", "M318").await;
        assert_eq!(screen[1..4], ["Network check", "SIM or slot fault", "Call the agent"]);
        after(&mut powered, "\r", "M100").await;
        powered.panel.press("1");
        while id(&powered.panel.next_screen().await) != "E204" {}
        script.answers.borrow_mut().clear();
        after(&mut powered, "1", "M306").await;
        after(&mut powered, "1", "M110").await;
        powered.panel.see("M111").await;
        after(&mut powered, "\r", "M100").await;
    });
}

#[test]
fn the_last_question_s_sign_on_can_be_stopped() {
    scenario(async {
        let script = Rc::<Script>::default();
        let mut powered = failed(&script, "AT+CPIN?", "\r\n+CME ERROR: 13\r\n", "E204").await;
        script.answer("AT+CPIN?", "");
        after(&mut powered, "1", "M306").await;
        after(&mut powered, "1", "M110").await;
        after(&mut powered, "\x1B", "M112").await;
        after(&mut powered, "\r", "M100").await;
    });
}
