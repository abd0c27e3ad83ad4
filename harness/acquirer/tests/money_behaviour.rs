//! What each fault does to a transaction, and what the book says then.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use payrig_acquirer::{Behaviour, Fault, MessageKind, State};
use payrig_iso8583::Message;
use rstest::rstest;
use support::money::*;
use support::*;
use tokio::time::{Instant, timeout};

fn behaviours() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/acquirers/behaviours")
}

fn named(name: &str) -> Behaviour {
    Behaviour::load(&behaviours().join(format!("{name}.toml"))).unwrap()
}

async fn till(behaviour: &str) -> Till {
    let till = Till::signed_on(&host(1), "000001").await;
    till.host.set_behaviour(named(behaviour));
    till
}

fn states(till: &Till) -> Vec<State> {
    till.host.book().transactions.iter().map(|t| t.state).collect()
}

/// The answer as it comes, whatever its MAC.
async fn raw(till: &mut Till, message: Message) -> Option<Message> {
    let frame = till.sealed(message);
    till.line.send(&frame).await;
    till.line.answer().await.map(|frame| frame.message)
}

#[test]
fn every_file_can_be_read_and_says_what_it_is() {
    let mut count = 0;
    for entry in std::fs::read_dir(behaviours()).unwrap() {
        let behaviour = Behaviour::load(&entry.unwrap().path()).unwrap();
        assert!(behaviour.title.is_some());
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[rstest]
#[case("declined-funds", "51", &[State::Declined])]
#[case("wrong-pin", "55", &[State::Declined])]
#[case("pin-translation", "99", &[State::Declined])]
#[case("not-signed-on", "77", &[])]
#[case("mac-refused", "A0", &[])]
#[tokio::test]
async fn a_code_on_purpose_moves_no_money(#[case] name: &str, #[case] code: &str, #[case] book: &[State]) {
    let mut till = till(name).await;
    assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some(code));
    assert!(judgement(&till.host).ends_with("on purpose"), "{}", judgement(&till.host));
    assert_eq!(states(&till), book);
    assert_eq!(till.host.book().cards[0].balance, 1_000_000);
}

#[tokio::test]
async fn what_the_host_refused_without_a_look_may_come_again_with_its_stan() {
    for name in ["not-signed-on", "mac-refused"] {
        let mut till = till(name).await;
        till.ask(till.sale("000002", 500)).await;
        assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some("00"), "{name} is for once");
    }
}

#[rstest]
#[case("wrong-mac", &[64], "wrong MAC")]
#[case("no-mac", &[64], "no MAC")]
#[case("wrong-amount", &[4, 64], "another amount")]
#[case("wrong-stan", &[11, 64], "another STAN")]
#[tokio::test]
async fn an_answer_is_spoilt_once_and_the_sale_is_booked(
    #[case] name: &str,
    #[case] fields: &[u8],
    #[case] said: &str,
) {
    let mut right = Till::signed_on(&host(1), "000001").await;
    let expected = right.ask(right.sale("000002", 500)).await;
    let mut till = till(name).await;
    let sale = till.sale("000002", 500);
    let answer = raw(&mut till, sale).await.unwrap();
    let differing: Vec<u8> = (0..=64).filter(|n| answer.get(*n) != expected.get(*n)).collect();
    assert_eq!(differing, fields);
    assert_eq!(answer.get(64).is_none(), name == "no-mac");
    // Only the MAC is wrong, or all but the MAC is right.
    assert_eq!(sealed_as(&till.keys.mak, &answer) == answer, fields.len() == 2);
    assert!(
        judgement(&till.host).ends_with(&format!("spoilt on purpose: {said}")),
        "{}",
        judgement(&till.host)
    );
    assert_eq!(states(&till), [State::Captured]);
    assert_eq!(till.ask(till.reversal(&till.sale("000002", 500), "A0")).await.text(39), Some("00"));
    assert_eq!(states(&till), [State::Reversed]);
}

#[tokio::test]
async fn an_approval_can_have_another_code_and_is_booked() {
    let mut till = till("approved-vip").await;
    assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some("11"));
    assert_eq!(states(&till), [State::Captured]);
    let too_much = till.sale("000003", 99_000_000);
    assert_eq!(till.ask(too_much).await.text(39), Some("51"), "a decline stays one");
}

#[rstest]
#[case("silent-after-booking", "00", &[State::Reversed])]
#[case("silent-before-booking", "25", &[])]
#[tokio::test(start_paused = true)]
async fn a_silent_host_has_booked_or_not(#[case] name: &str, #[case] code: &str, #[case] book: &[State]) {
    let mut till = till(name).await;
    let sale = till.sale("000002", 500);
    let waited = timeout(Duration::from_secs(3600), raw(&mut till, sale.clone())).await;
    assert!(waited.is_err(), "an answer came");
    assert_eq!(till.host.book().captured().count(), book.len());
    assert_eq!(till.ask(till.reversal(&sale, "98")).await.text(39), Some(code));
    assert_eq!(states(&till), book);
}

#[tokio::test]
async fn an_answer_comes_twice_and_the_sale_is_booked_once() {
    let mut till = till("twice").await;
    let first = till.ask(till.sale("000002", 500)).await;
    assert_eq!(till.answer().await, first);
    assert_eq!(states(&till), [State::Captured]);
    assert!(judgement(&till.host).ends_with("answer sent twice"));
}

#[rstest]
#[case("close-before-answer", 0)]
#[case("close-in-answer", 40)]
#[tokio::test]
async fn the_connection_closes_when_the_sale_is_booked(#[case] name: &str, #[case] bytes: usize) {
    let mut till = till(name).await;
    let sale = till.sale("000002", 500);
    assert_eq!(raw(&mut till, sale.clone()).await, None);
    assert_eq!(till.line.half(), bytes);
    assert_eq!(states(&till), [State::Captured]);
    till.line = Line::open(&till.host);
    assert_eq!(till.ask(till.reversal(&sale, "98")).await.text(39), Some("00"));
}

#[tokio::test]
async fn the_connection_can_close_behind_a_whole_answer() {
    let mut till = till("close-after-answer").await;
    assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some("00"));
    assert_eq!(till.line.answer().await, None);
    assert_eq!(till.line.half(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_behaviour_touches_what_it_names_and_so_often() {
    let host = host(1);
    host.set_behaviour(named("late"));
    let start = Instant::now();
    let mut till = Till::signed_on(&host, "000001").await;
    assert_eq!(start.elapsed().as_secs(), 0, "a sign-on is not named");
    till.ask(till.sale("000002", 1)).await;
    assert_eq!(start.elapsed().as_secs(), 61);
    till.ask(till.sale("000003", 1)).await;
    assert_eq!(start.elapsed().as_secs(), 61, "once");
    host.set_behaviour(named("late"));
    till.ask(till.sale("000004", 1)).await;
    assert_eq!(start.elapsed().as_secs(), 122, "the count begins again");
    let only = Behaviour {
        on: vec![MessageKind::Reversal, MessageKind::Void],
        times: Some(2),
        ..Behaviour::faulty(Fault::Silence)
    };
    assert_eq!(only.to_string(), "silence, on reversal and void, 2 times");
}
