//! Cards that were swiped: tracks 2 and 3 under the TDK that the host issued, held to its cards.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::State;
use payrig_iso8583::{Message, Value};
use payrig_keys::{DesKey, Key, encrypt_track};
use rstest::rstest;
use support::money::*;
use support::*;

const TRACK2: &str = "6212345678901232D30121200000047110815";
const TRACK3: &str = "016212345678901232D1561562000000000000003D1000000301210DDD0D0000047110815";

/// A sale whose track 2 is encrypted under `tdk`, without a PIN.
fn swiped(till: &Till, tdk: &Key, track2: &str) -> Message {
    let mut sale = till.sale("000002", 500);
    sale.fields.remove(&2);
    sale.fields.remove(&14);
    sale.with(22, Value::digits("022"))
        .with(35, Value::digits(encrypt_track(tdk, track2).unwrap()))
        .with(53, Value::digits("0610000000000000"))
}

async fn till() -> (Till, Key) {
    let till = Till::signed_on(&host(1), "000001").await;
    let tdk = till.keys.tdk.clone().unwrap();
    (till, tdk)
}

#[tokio::test]
async fn a_swiped_sale_is_booked_on_the_card_of_its_track_2() {
    let (mut till, tdk) = till().await;
    let sale = swiped(&till, &tdk, TRACK2);
    assert_ne!(sale.text(35), Some(TRACK2), "it goes encrypted");
    assert_eq!(till.ask(sale.clone()).await.text(39), Some("00"), "{}", judgement(&till.host));
    let book = till.host.book();
    assert_eq!(
        (book.transactions[0].card.as_deref(), book.transactions[0].state),
        (Some("debit"), State::Captured)
    );
    let mut reversal = till.reversal(&sale, "98");
    reversal.fields.remove(&35);
    assert_eq!(till.ask(reversal).await.text(39), Some("00"), "{}", judgement(&till.host));
}

#[tokio::test]
async fn the_pin_of_a_swiped_card_is_read_with_the_number_of_its_track() {
    let (mut till, tdk) = till().await;
    let with_pin = |till: &Till, pin: &str, stan: &str| {
        let named = till.with_pin(till.sale(stan, 500), pin);
        let swiped = swiped(till, &tdk, TRACK2).with(11, Value::digits(stan)).with(22, Value::digits("021"));
        swiped
            .with(26, Value::digits("12"))
            .with(52, named.get(52).unwrap().clone())
            .with(53, Value::digits("2610000000000000"))
    };
    assert_eq!(
        till.ask(with_pin(&till, PIN, "000002")).await.text(39),
        Some("00"),
        "{}",
        judgement(&till.host)
    );
    assert_eq!(till.ask(with_pin(&till, "654321", "000003")).await.text(39), Some("55"));
}

#[tokio::test]
async fn track_3_goes_with_track_2() {
    let (mut till, tdk) = till().await;
    let field36 = Value::digits(encrypt_track(&tdk, TRACK3).unwrap());
    assert_eq!(
        till.ask(swiped(&till, &tdk, TRACK2).with(36, field36)).await.text(39),
        Some("00"),
        "{}",
        judgement(&till.host)
    );
    let other = Value::digits(encrypt_track(&tdk, &TRACK3.replace("901232", "901240")).unwrap());
    let sale = swiped(&till, &tdk, TRACK2).with(11, Value::digits("000003")).with(36, other);
    assert_eq!(till.ask(sale).await.text(39), Some("30"));
}

/// Each row changes a good swiped sale in one way.
#[rstest]
#[case::another_key("30", "does not decrypt", |_: &Till, sale: Message| {
    let other = Key::from(DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap());
    sale.with(35, Value::digits(encrypt_track(&other, TRACK2).unwrap()))
})]
#[case::in_clear("30", "does not decrypt", |_: &Till, sale: Message| sale.with(35, Value::digits(TRACK2)))]
#[case::said_to_be_in_clear("30", "field 53 does not say", |_: &Till, sale: Message| sale.with(53, Value::digits("0600000000000000")))]
#[case::no_control("30", "field 53 does not say", |_: &Till, mut sale: Message| { sale.fields.remove(&53); sale })]
#[case::no_track("30", "field 35 is missing", |_: &Till, mut sale: Message| { sale.fields.remove(&35); sale })]
#[case::another_number("30", "field 2 is not what field 35 says", |_: &Till, sale: Message| sale.with(2, Value::digits("6212345678901240")))]
#[case::another_expiry("30", "field 14 is not what field 35 says", |_: &Till, sale: Message| sale.with(14, Value::digits("3011")))]
#[case::another_discretionary("14", "not what stands on card debit", |till: &Till, sale: Message| {
    let tdk = till.keys.tdk.as_ref().unwrap();
    sale.with(35, Value::digits(encrypt_track(tdk, &TRACK2.replace("47110815", "47110816")).unwrap()))
})]
#[case::keyed_in("30", "the number was keyed in", |_: &Till, sale: Message| {
    sale.with(22, Value::digits("012")).with(2, Value::digits(PAN)).with(14, Value::digits("3012"))
})]
#[case::pin_announced("30", "field 52 is missing", |_: &Till, sale: Message| sale.with(22, Value::digits("021")))]
#[tokio::test]
async fn a_swipe_that_is_wrong_in_one_way_is_refused(
    #[case] code: &str,
    #[case] reason: &str,
    #[case] change: fn(&Till, Message) -> Message,
) {
    let (mut till, tdk) = till().await;
    let sale = change(&till, swiped(&till, &tdk, TRACK2));
    let answer = till.ask(sale).await;
    let judged = judgement(&till.host);
    assert_eq!(answer.text(39), Some(code), "{judged}");
    assert!(judged.contains(reason), "{judged}");
    assert!(!judged.contains("6212345678901232"), "{judged}");
}

#[tokio::test]
async fn tracks_under_the_keys_of_the_sign_on_before_are_refused() {
    let (before, old) = till().await;
    let mut till = Till::signed_on(&before.host, "000009").await;
    let sale = swiped(&till, &old, TRACK2).with(11, Value::digits("000010"));
    assert_eq!(till.ask(sale).await.text(39), Some("30"));
}

/// A block of SM4 has 32 digits: a track of fewer is filled up.
#[rstest]
#[case::whole(TRACK2, "debit")]
#[case::filled("6212345678901240D3012120", "short")]
#[tokio::test]
async fn tracks_go_under_an_sm4_tdk_too(#[case] track2: &str, #[case] card: &str) {
    let host = host(1);
    let mut short = profile().cards.into_iter().find(|card| card.name == "poor").unwrap();
    short.name = "short".to_owned();
    short.balance = 500;
    short.stripe.as_mut().unwrap().discretionary = String::new().into();
    host.add_card(short);
    let mut till = Till::signed_on_with_sm4(&host, "000001").await;
    let tdk = till.keys.tdk.clone().unwrap();
    let sale = swiped(&till, &tdk, track2).with(53, Value::digits("0310000000000000"));
    assert_eq!(till.ask(sale).await.text(39), Some("00"), "{}", judgement(&till.host));
    assert_eq!(host.book().transactions[0].card.as_deref(), Some(card));
}
