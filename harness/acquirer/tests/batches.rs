//! Which batch a sign-on brings, and that a behaviour can be had for sales or for voids alone.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::path::PathBuf;
use std::time::Duration;

use payrig_acquirer::{Acquirer, AcquirerProfile, BatchRule, Behaviour, Fault, MessageKind};
use payrig_iso8583::Message;
use rstest::rstest;
use support::money::*;
use support::*;
use tokio::time::{Instant, timeout};

fn behaviour(name: &str) -> Behaviour {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/acquirers/behaviours");
    Behaviour::load(&folder.join(format!("{name}.toml"))).unwrap()
}

async fn batch(host: &Acquirer, stan: &str) -> String {
    Till::signed_on(host, stan).await.batch
}

#[rstest]
#[case::a_profile_of_next("next", "same-batch", ["000001", "000001", "000001", "000002"])]
#[case::a_profile_of_same("same", "new-batch", ["000001", "000002", "000003", "000003"])]
#[tokio::test]
async fn a_behaviour_overrides_the_profile_as_long_as_it_is_in_force(
    #[case] then: &str,
    #[case] name: &str,
    #[case] expected: [&str; 4],
) {
    let text = fixture("acquirers/cup.toml").replace("then = \"next\"", &format!("then = \"{then}\""));
    let profile = AcquirerProfile::from_toml("cup.toml", &text).unwrap();
    let host = Acquirer::new(profile, cup(), vec![device(), other_device()], 1);
    let mut batches = vec![batch(&host, "000001").await];
    host.set_behaviour(behaviour(name));
    batches.push(batch(&host, "000002").await);
    batches.push(batch(&host, "000003").await);
    host.set_behaviour(Behaviour::default());
    batches.push(batch(&host, "000004").await);
    assert_eq!(batches, expected);
}

#[tokio::test]
async fn the_first_sign_on_brings_the_first_batch_whatever_the_rule() {
    for rule in [BatchRule::Next, BatchRule::Same] {
        let host = host(1);
        host.set_behaviour(Behaviour { batch: Some(rule), ..Behaviour::default() });
        assert_eq!(batch(&host, "000001").await, "000001");
    }
}

/// What a terminal does that is told 77 in the middle of a batch: it signs on and sells once more.
#[tokio::test]
async fn a_sale_that_is_refused_once_goes_on_in_the_batch_that_it_began_in() {
    let mut till = Till::signed_on(&host(1), "000001").await;
    till.host.set_behaviour(Behaviour { batch: Some(BatchRule::Same), ..behaviour("not-signed-on") });
    assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some("77"));
    let mut again = Till::signed_on(&till.host, "000003").await;
    assert_eq!(again.batch, till.batch);
    assert_eq!(again.ask(again.sale("000004", 500)).await.text(39), Some("00"));
    let said = Behaviour { batch: Some(BatchRule::Same), ..Behaviour::faulty(Fault::Twice) };
    assert_eq!(said.to_string(), "answer sent twice, the same batch at a sign-on");
}

/// The answers to a request as they come, and when the last of them came; closed: nothing more will come.
#[derive(Debug, PartialEq)]
struct Came {
    answers: Vec<Message>,
    after: u64,
    half: usize,
    closed: bool,
}

async fn came(till: &mut Till, frame: &[u8]) -> Came {
    let begun = Instant::now();
    till.line.send(frame).await;
    let mut came = Came { answers: Vec::new(), after: 0, half: 0, closed: false };
    loop {
        match timeout(Duration::from_secs(300), till.line.answer()).await {
            Ok(Some(answer)) => came.answers.push(answer.message),
            Ok(None) => came.closed = true,
            Err(_) => {}
        }
        if came.answers.is_empty() || came.closed || came.answers.len() > 1 || came.after > 0 {
            came.half = till.line.half();
            return came;
        }
        came.after = begun.elapsed().as_secs().max(1);
    }
}

/// Everything that can go wrong with an answer can go wrong with that to a sale alone, or to a void alone, and once.
#[rstest]
#[tokio::test(start_paused = true)]
async fn each_behaviour_can_be_had_for_sales_or_for_voids_alone(
    #[values(
        "declined-funds",
        "mac-refused",
        "wrong-pin",
        "approved-vip",
        "slow",
        "late",
        "silent-after-booking",
        "silent-before-booking",
        "wrong-mac",
        "no-mac",
        "wrong-amount",
        "wrong-stan",
        "twice",
        "close-before-answer",
        "close-in-answer",
        "close-after-answer"
    )]
    name: &str,
    #[values(MessageKind::Sale, MessageKind::Void)] kind: MessageKind,
) {
    let mut right = Vec::new();
    let mut spoilt = Vec::new();
    for (behaviour, all) in [(Behaviour::default(), &mut right), (behaviour(name), &mut spoilt)] {
        let mut till = Till::signed_on(&host(1), "000001").await;
        let sold = till.ask(till.sale("000002", 700)).await;
        till.host.set_behaviour(Behaviour { on: vec![kind], times: Some(1), ..behaviour });
        let sale = till.sealed(till.sale("000003", 500));
        let void = till.sealed(till.void("000004", "000002", sold.text(37).unwrap(), 700));
        // The kind that is not named comes first, so that it would use up the one time.
        let order = if kind == MessageKind::Sale { [void, sale] } else { [sale, void] };
        for frame in order {
            all.push(came(&mut till, &frame).await);
            till.line = Line::open(&till.host);
        }
        assert_eq!(till.ask(till.sale("000005", 1)).await.text(39), Some("00"), "once");
    }
    assert_eq!(right[0], spoilt[0], "the other kind is left alone");
    assert_ne!(right[1], spoilt[1], "the kind that is named is touched");
}

#[tokio::test]
async fn the_answer_to_one_sale_can_come_in_single_bytes() {
    let mut till = Till::signed_on(&host(1), "000001").await;
    let on = vec![MessageKind::Sale];
    till.host.set_behaviour(Behaviour { on, times: Some(1), ..behaviour("bytewise") });
    assert_eq!(till.ask(till.sale("000002", 500)).await.text(39), Some("00"));
}
