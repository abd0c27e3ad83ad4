//! A recorded answer that somebody sends again in the host's place.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{Acquirer, Behaviour, Fault};
use payrig_iso8583::{Message, Value};
use support::money::*;
use support::*;

/// Three sign-ons that were granted, and what they were answered.
async fn recorded(host: &Acquirer) -> Vec<Message> {
    let mut answers = Vec::new();
    for stan in ["000001", "000002", "000003"] {
        answers.push(ask(host, sign_on(stan)).await);
    }
    answers
}

#[tokio::test]
async fn an_old_answer_has_the_stan_of_the_request_and_nothing_else_of_it() {
    let host = host(1);
    let recorded = recorded(&host).await;
    for (back, stan) in [(1, "000004"), (2, "000005"), (3, "000006")] {
        host.set_behaviour(Behaviour::faulty(Fault::OldAnswer(back)));
        let answer = ask(&host, sign_on(stan)).await;
        assert_eq!(answer.text(11), Some(stan));
        let as_recorded = answer.with(11, recorded[3 - back].get(11).unwrap().clone());
        assert_eq!(as_recorded, recorded[3 - back]);
    }
    assert_eq!(
        judgement(&host),
        "not looked at, nothing booked; spoilt on purpose: the last answer but 2 again, with this STAN"
    );
}

/// The host never saw the request: keys, batch and STAN are as they were.
#[tokio::test]
async fn an_old_answer_moves_nothing_at_the_host() {
    let host = host(1);
    let mut till = Till::signed_on(&host, "000001").await;
    host.set_behaviour(Behaviour::faulty(Fault::OldAnswer(1)));
    till.line.ask(sign_on("000002")).await;
    assert_eq!(host.issued().len(), 1);
    host.set_behaviour(Behaviour::default());
    let sale = till.sale("000003", 1500);
    assert_eq!(till.ask(sale).await.text(39), Some("00"));
    let honest = till.line.ask(sign_on("000002")).await;
    assert_eq!((honest.text(39), honest.text(60)), (Some("00"), Some("00000002004")));
}

#[tokio::test]
async fn where_nothing_was_recorded_the_host_answers_as_it_should() {
    let host = host(1);
    host.set_behaviour(Behaviour::faulty(Fault::OldAnswer(2)));
    assert_eq!(ask(&host, sign_on("000001")).await.text(39), Some("00"));
    assert_eq!(judgement(&host), format!("device {DEVICE_ID} signed on, batch 000001"));
    // A refusal brings no keys, so that there is still only one.
    host.set_behaviour(Behaviour::faulty(Fault::ResponseCode("91".into())));
    assert_eq!(ask(&host, sign_on("000002")).await.text(39), Some("91"));
    host.set_behaviour(Behaviour::faulty(Fault::OldAnswer(2)));
    assert_eq!(ask(&host, sign_on("000003")).await.text(60), Some("00000002004"));
}

#[tokio::test]
async fn each_device_gets_its_own_answers_again() {
    let host = host(1);
    let others = sign_on("000001")
        .with(41, Value::text("99999907"))
        .with(62, Value::bytes(*b"Sequence No2030600000290210019999"));
    let first = ask(&host, sign_on("000001")).await;
    assert_eq!(ask(&host, others).await.text(39), Some("00"));
    host.set_behaviour(Behaviour::faulty(Fault::OldAnswer(1)));
    let again = ask(&host, sign_on("000002")).await;
    assert_eq!(again.get(62), first.get(62));
    assert_eq!(again.text(41), Some("99999906"));
}
