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
        let again = ["AT", "ATE0", "AT+CMEE=1", "AT+CPIN?", "AT+CSQ", "AT+CREG?", "AT+CIPSTATUS"];
        assert_eq!(commands[..7], again);
        assert!(commands[7].starts_with("AT+CIPSTART="));
    });
}

#[test]
fn a_modem_that_waits_for_the_data_of_a_lost_request_is_woken() {
    for waits_for in [1, 16, 169, 336] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            script.waits_for.set(waits_for);
            let mut powered = keyed(&memories, &script).await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111", "{waits_for} bytes");
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
