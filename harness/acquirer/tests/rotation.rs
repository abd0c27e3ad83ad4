//! What a host does to keys that are replaced: the request for new ones, the MAC under old ones, another TMK.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{Behaviour, Fault, MessageKind};
use payrig_iso8583::Value;
use payrig_keys::{DesKey, Key, Layout, SealedKeys};
use support::money::*;
use support::*;

#[tokio::test]
async fn an_answer_under_the_mak_before_is_right_but_for_that() {
    let host = host(1);
    let old = Till::signed_on(&host, "000001").await;
    host.set_behaviour(Behaviour { on: vec![MessageKind::Sale], ..Behaviour::faulty(Fault::OldMak) });
    let mut first = Till { line: Line::open(&host), ..old };
    // There was none before: as it should be.
    assert_eq!(first.ask(first.sale("000002", 500)).await.text(39), Some("00"));
    assert!(!judgement(&host).contains("spoilt"), "{}", judgement(&host));
    let mut till = Till::signed_on(&host, "000003").await;
    let frame = till.sealed(till.sale("000004", 500));
    till.line.send(&frame).await;
    let answer = till.line.answer().await.unwrap().message;
    assert_eq!(sealed_as(&first.keys.mak, &answer), answer, "under the MAK before");
    assert_ne!(sealed_as(&till.keys.mak, &answer), answer);
    assert!(
        judgement(&host).ends_with("spoilt on purpose: a MAC under the MAK before"),
        "{}",
        judgement(&host)
    );
}

#[tokio::test]
async fn the_processing_request_is_in_the_header_of_the_answers_that_are_touched() {
    let host = host(1);
    let mut till = Till::signed_on(&host, "000001").await;
    let asked = Behaviour { processing_request: Some(3), times: Some(1), ..Behaviour::default() };
    host.set_behaviour(asked);
    let mut headers = Vec::new();
    for stan in ["000002", "000003"] {
        let frame = till.sealed(till.balance(stan));
        till.line.send(&frame).await;
        headers.push(till.line.answer().await.unwrap().header);
    }
    // The terminal's status stays in the high half.
    assert_eq!(headers, [[0x60, 0x31, 0x03, 0x31, 0x11, 0x08], [0x60, 0x31, 0, 0x31, 0x11, 0x08]]);
    let wrong = Behaviour { processing_request: Some(10), ..Behaviour::default() };
    assert_eq!(wrong.obstacle(), Some("expected a processing request of one digit"));
}

#[tokio::test]
async fn another_tmk_wraps_the_keys_of_the_next_sign_on() {
    let host = host(1);
    let other = Key::from(DesKey::from_hex("13579BDF02468ACEFDB97531ECA86420").unwrap());
    assert!(host.set_tmk(DEVICE_ID, other.clone()));
    assert!(!host.set_tmk("30600000000000000000", other.clone()));
    let answer = ask(&host, sign_on("000001")).await;
    let field = answer.get(62).and_then(Value::as_bytes).unwrap();
    let sealed = SealedKeys::from_bytes(Layout::DoubleWithTrack, field).unwrap();
    assert_eq!(sealed.open(&other).unwrap(), host.issued()[0].keys);
    assert!(sealed.open(&device().tmk).is_err());
}
