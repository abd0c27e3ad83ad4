//! The SM4 scheme at the host: keys, MACs and PIN blocks, and what it refuses.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{Behaviour, Fault};
use payrig_iso8583::{Message, Value};
use payrig_keys::{Family, KeyName};
use rstest::rstest;
use support::money::*;
use support::*;

async fn till() -> Till {
    Till::signed_on_with_sm4(&host(1), "000001").await
}

#[tokio::test]
async fn both_numbers_bring_sm4_keys_under_the_same_tmk() {
    let host = host(1);
    let till = Till::signed_on_with_sm4(&host, "000001").await;
    assert!(till.keys.iter().all(|(_, key)| key.family() == Family::Sm4));
    let answer = ask(&host, sign_on("000002").with(60, Value::digits("00000000006"))).await;
    assert_eq!((answer.text(39), answer.get(62).and_then(Value::as_bytes).unwrap().len()), (Some("00"), 60));
}

#[tokio::test]
async fn a_sale_with_and_without_pin_and_its_void_and_its_reversal_are_served() {
    let mut till = till().await;
    let with_pin = till.with_pin(till.sale("000002", 1500), PIN);
    let answer = till.ask(with_pin).await;
    assert_eq!(answer.text(39), Some("00"), "{}", judgement(&till.host));
    let reference = answer.text(37).unwrap().to_owned();
    assert_eq!(till.ask(till.void("000003", "000002", &reference, 1500)).await.text(39), Some("00"));
    let sale = till.sale("000004", 700);
    assert_eq!(till.ask(sale.clone()).await.text(39), Some("00"));
    assert_eq!(till.ask(till.reversal(&sale, "98")).await.text(39), Some("00"));
    assert_eq!(till.host.book().cards[0].balance, 1_000_000);
}

#[tokio::test]
async fn a_wrong_pin_is_one_and_a_block_under_another_key_none() {
    let mut till = till().await;
    let wrong = till.with_pin(till.sale("000002", 1500), "654321");
    assert_eq!(till.ask(wrong).await.text(39), Some("55"));
    let unreadable = till.with_pin(till.sale("000003", 1500), PIN).with(62, Value::bytes([7; 16]));
    assert_eq!(till.ask(unreadable).await.text(39), Some("99"));
}

/// What is wrong with the fields around the PIN block, and what the host says of it.
#[rstest]
#[case::block_in_52(|m: Message| m.with(52, Value::bytes([7; 8])), "field 52 is zero bytes")]
#[case::no_block(|mut m: Message| { m.fields.remove(&62); m }, "field 62: expected a PIN block of 16 bytes")]
#[case::short_block(|m: Message| m.with(62, Value::bytes([7; 8])), "field 62: expected a PIN block of 16 bytes")]
#[case::another_algorithm(|m: Message| m.with(53, Value::digits("2600000000000000")), "field 53 begins 23")]
#[case::block_without_52(|mut m: Message| { m.fields.remove(&52); m.with(22, Value::digits("012")) }, "field 62 is there")]
#[tokio::test]
async fn fields_that_do_not_fit_are_a_wrong_format(
    #[case] change: fn(Message) -> Message,
    #[case] said: &str,
) {
    let mut till = till().await;
    let message = change(till.with_pin(till.sale("000002", 1500), PIN));
    assert_eq!(till.ask(message).await.text(39), Some("30"));
    assert!(judgement(&till.host).contains(said), "{}", judgement(&till.host));
}

/// A MAC of the other family under the same bytes is none.
#[tokio::test]
async fn a_mac_of_des_is_refused() {
    let mut till = till().await;
    let sale = till.sale("000002", 1500).with(64, Value::bytes(*b"12345678"));
    till.line.send(&framed(sale)).await;
    assert_eq!(till.answer().await.text(39), Some("A0"));
}

/// Each fault of a key leaves field 62 as long as it was, and is a fault of that key only.
#[rstest]
#[case(Fault::WrongKcv(KeyName::Pik))]
#[case(Fault::WrongKey(KeyName::Mak))]
#[case(Fault::SwappedKcvs([KeyName::Mak, KeyName::Tdk]))]
#[case(Fault::ZeroKey(KeyName::Tdk))]
#[case(Fault::EqualHalves(KeyName::Mak))]
#[tokio::test]
async fn faults_of_keys_touch_sm4_keys_too(#[case] fault: Fault) {
    let host = host(1);
    host.set_behaviour(Behaviour::faulty(fault));
    let answer = ask(&host, sign_on("000001").with(60, Value::digits("00000000005"))).await;
    assert_eq!(answer.get(62).and_then(Value::as_bytes).unwrap().len(), 60);
    assert!(judgement(&host).contains("spoilt on purpose"), "{}", judgement(&host));
}
