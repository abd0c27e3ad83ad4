//! The way to the host, and how it fails.

use std::rc::Rc;
use std::time::Duration;

use crate::bench::modem::Script;
use crate::bench::{Memories, scenario};
use crate::operator::*;

#[test]
fn an_unreachable_host_is_tried_again_over_a_new_context() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let command = "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"";
        script.answer(command, "\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n");
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E208", "CONNECT FAIL"));
        let contexts = script.commands().iter().filter(|command| *command == "AT+CIICR").count();
        assert_eq!(contexts, 3);
        assert!(script.host.requests.borrow().is_empty());
        script.answers.borrow_mut().clear();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
    });
}

#[test]
fn a_context_that_is_up_is_used_again() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        script.commands.borrow_mut().clear();
        assert_eq!(id(&sign_on(&mut powered).await), "E314");
        let commands = script.commands();
        assert_eq!(commands[..4], ["AT", "AT+CPIN?", "AT+CREG?", "AT+CIPSTATUS"]);
        assert!(commands[4].starts_with("AT+CIPSTART="));
    });
}

#[test]
fn causes_on_the_modem_s_side() {
    let cases = [
        ("AT", "", "E201", "", 1),
        ("AT+CIICR", "", "E201", "", 85),
        ("AT+CPIN?", "\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n", "E202", "+CPIN: NOT INSERTED", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 10\r\n", "E202", "+CME ERROR: 10", 0),
        ("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "E203", "+CPIN: SIM PIN", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 12\r\n", "E203", "+CME ERROR: 12", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 13\r\n", "E204", "+CME ERROR: 13", 0),
        ("AT+CPIN?", "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", "E204", "+CPIN: NOT READY", 10),
        ("AT+CPIN?", "\r\n+CME ERROR: 14\r\n", "E220", "+CME ERROR: 14", 10),
        ("AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n", "E205", "+CREG: 0,2", 59),
        ("AT+CREG?", "\r\n+CREG: 0,3\r\n\r\nOK\r\n", "E206", "+CREG: 0,3", 0),
        ("AT+CGATT=1", "\r\n+CME ERROR: 50\r\n", "E206", "+CME ERROR: 50", 0),
        ("AT+CIICR", "\r\n+CME ERROR: 133\r\n", "E207", "+CME ERROR: 133", 0),
        ("AT+CIICR", "\r\n+PDP: DEACT\r\n", "E207", "+PDP: DEACT", 0),
        ("AT+CIFSR", "\r\nERROR\r\n", "E207", "ERROR", 0),
        ("AT+CIPHEAD=1", "\r\nERROR\r\n", "E220", "ERROR", 0),
        ("AT+CSQ", "\r\nhurz \u{1}\r\n", "E220", "hurz ?", 1),
    ];
    for (command, answer, expected, detail, seconds) in cases {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            script.answer(command, answer);
            let start = tokio::time::Instant::now();
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), (expected, detail), "{command} {answer:?}");
            let took = start.elapsed().as_secs();
            assert!((seconds..=seconds + 1).contains(&took), "{command} {answer:?} took {took} s");
            assert!(script.host.requests.borrow().is_empty());
            script.answers.borrow_mut().clear();
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111", "after {command} {answer:?}");
        });
    }
}

#[test]
fn cancel_stops_a_sign_on_at_every_phase() {
    for (command, closes) in [("AT+CREG?", 0), ("AT+CIICR", 0), ("AT+CIPSTART", 1), ("host", 1)] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            match command {
                "host" => script.host.silent.set(true),
                "AT+CIPSTART" => script.answer("AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"", ""),
                _ => script.answer(command, ""),
            }
            powered.panel.press("1");
            tokio::time::sleep(Duration::from_millis(700)).await;
            powered.panel.press("\u{1B}");
            let screen = powered.panel.see("M112").await;
            assert_eq!(screen[0], "PAYRIG T1          KEYED");
            let commands = script.commands();
            let count = commands.iter().filter(|command| *command == "AT+CIPCLOSE=1").count();
            assert_eq!(count, closes, "{commands:?}");
            script.host.silent.set(false);
            script.answers.borrow_mut().clear();
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111");
        });
    }
}

#[test]
fn what_may_come_in_place_of_an_answer() {
    let cases: [(&[u8], &str, &str, usize); 9] = [
        (b"\r\nSEND OK\r\n\r\nCLOSED\r\n", "E209", "CLOSED", 3),
        (b"\r\nSEND OK\r\n\r\n+IPD,4:\0\x79\x60\0\r\nCLOSED\r\n", "E209", "CLOSED", 3),
        (b"\r\nSEND OK\r\n\r\n+PDP: DEACT\r\n", "E209", "+PDP: DEACT", 3),
        (b"\r\nSEND FAIL\r\n", "E209", "SEND FAIL", 3),
        (b"\r\nSEND OK\r\n\r\n+IPD,4:\0\x79\x60\0", "E210", "60 s", 3),
        (b"\r\n+CME ERROR: 3\r\n", "E220", "+CME ERROR: 3", 1),
        (b"", "E201", "", 1),
        (b"\r\nSEND OK\r\n\r\n+IPD,4:\xFF\xFFxx", "E313", "byte 0", 1),
        (b"\r\nSEND OK\r\n\r\n+IPD,2:\0\0\r\nCLOSED\r\n", "E313", "byte 2", 1),
    ];
    for (after, expected, detail, requests) in cases {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            script.after_data.replace(Some(after.to_vec()));
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), (expected, detail), "{after:?}");
            assert_eq!(script.host.requests.borrow().len(), requests, "{after:?}");
            script.after_data.replace(None);
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111", "after {after:?}");
        });
    }
}

#[test]
fn an_answer_that_comes_before_the_modem_says_that_it_sent_counts() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        // The first request is one that the host has not seen: its STAN is 000001.
        let request = [&[0; 23][..], &[0x00, 0x00, 0x01]].concat();
        let answer = script.host.answer(&request).unwrap();
        let mut early = format!("\r\n+IPD,{}:", answer.len()).into_bytes();
        early.extend(answer);
        early.extend(b"\r\nSEND OK\r\n\r\nCLOSED\r\n");
        script.after_data.replace(Some(early));
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
    });
}
