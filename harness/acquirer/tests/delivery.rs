//! What a fault does to the way of an answer: something in front of it, half of it, another connection.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::time::Duration;

use payrig_acquirer::{Acquirer, Behaviour, Fault};
use payrig_fixture::Time;
use payrig_iso8583::FrameSplitter;
use rstest::rstest;
use support::money::*;
use support::*;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout};

fn faulty(seed: u64, fault: Fault) -> Acquirer {
    let host = host(seed);
    host.set_behaviour(Behaviour::faulty(fault));
    host
}

/// Everything that comes for a sign-on until the line is quiet.
async fn came(host: &Acquirer, stan: &str) -> Vec<u8> {
    let mut line = Line::open(host);
    line.send(&framed(sign_on(stan))).await;
    let mut came = Vec::new();
    while timeout(Duration::from_secs(3600), line.stream.read_buf(&mut came))
        .await
        .is_ok_and(|n| n.unwrap() > 0)
    {}
    came
}

/// Not even where the first byte of the answer stands for the second of a length.
#[rstest]
#[case(1)]
#[case(2)]
#[case(300)]
#[tokio::test(start_paused = true)]
async fn garbage_in_front_is_no_frame_for_any_seed(#[case] bytes: usize) {
    let right = came(&host(1), "000001").await;
    let mut seen = Vec::new();
    for seed in 1..=20 {
        let host = faulty(seed, Fault::GarbageBefore(bytes));
        let came = came(&host, "000001").await;
        assert_eq!(came.len(), bytes + right.len());
        let (garbage, answer) = came.split_at(bytes);
        assert_eq!(Some(answer), host.exchanges()[0].answer.as_deref());
        let mut splitter = FrameSplitter::new(cup().largest_frame());
        splitter.push(&came);
        assert_eq!(splitter.next_frame(), None);
        assert_eq!(splitter.fault().unwrap().offset, 0);
        seen.push(garbage.to_vec());
    }
    let again = faulty(7, Fault::GarbageBefore(bytes));
    assert!(came(&again, "000001").await.starts_with(&seen[6]), "the seed decides");
    seen.sort();
    seen.dedup();
    assert!(seen.len() > 10, "another seed is other garbage");
}

#[tokio::test(start_paused = true)]
async fn garbage_takes_nothing_from_the_keys() {
    let garbled = faulty(1, Fault::GarbageBefore(300));
    came(&garbled, "000001").await;
    let right = host(1);
    came(&right, "000001").await;
    assert_eq!(garbled.issued(), right.issued());
    assert!(judgement(&garbled).ends_with("spoilt on purpose: 300 bytes of garbage before it"));
}

#[tokio::test]
async fn another_terminal_s_answer_goes_in_front() {
    let host = faulty(1, Fault::ForeignAnswerBefore);
    let mut line = Line::open(&host);
    line.send(&framed(sign_on("000001"))).await;
    let foreign = line.answer().await.unwrap().message;
    let right = line.answer().await.unwrap().message;
    assert_eq!(right.text(39), Some("00"));
    let differing: Vec<u8> = (0..=64).filter(|n| foreign.get(*n) != right.get(*n)).collect();
    assert_eq!((foreign.mti.as_str(), differing), ("0810", vec![11, 41, 62]));
    assert_eq!(foreign.get(62), None, "no keys for somebody else");
}

#[tokio::test]
async fn another_terminal_s_answer_goes_in_front_of_a_transaction_s() {
    let mut till = Till::signed_on(&host(1), "000001").await;
    till.host.set_behaviour(Behaviour::faulty(Fault::ForeignAnswerBefore));
    let sale = till.sealed(till.sale("000002", 1500));
    till.line.send(&sale).await;
    let foreign = till.line.answer().await.unwrap().message;
    assert_ne!(foreign.text(41), Some("99999906"));
    assert_eq!(till.answer().await.text(39), Some("00"));
    assert_eq!(till.host.book().transactions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_may_be_all_that_comes() {
    let host = faulty(1, Fault::SilenceAfter(60));
    let mut line = Line::open(&host);
    line.send(&framed(sign_on("000001"))).await;
    assert!(timeout(Duration::from_secs(3600), line.answer()).await.is_err());
    assert_eq!(line.half(), 60);
    assert_eq!(host.exchanges()[0].answer.as_ref().unwrap().len(), 60);
    assert!(!line.serving.is_finished(), "the connection stays open");
    assert_eq!(host.issued().len(), 1);
}

/// The terminal whose time is up and that connects again finds the old answer there.
#[tokio::test(start_paused = true)]
async fn an_answer_can_wait_for_the_next_connection() {
    let host = host(1);
    let late = Time(Duration::from_millis(500));
    let fault = Some(Fault::NextConnection);
    host.set_behaviour(Behaviour { fault, times: Some(1), delay: late, ..Behaviour::default() });
    let mut first = Line::open(&host);
    first.send(&framed(sign_on("000001"))).await;
    assert!(timeout(Duration::from_secs(3600), first.answer()).await.is_err());
    let mut second = Line::open(&host);
    let opened = Instant::now();
    // Nothing was asked here.
    assert_eq!(second.answer().await.unwrap().message.text(11), Some("000001"));
    assert_eq!(opened.elapsed(), late.0);
    assert_eq!(second.ask(sign_on("000002")).await.text(39), Some("00"));
    // Once only.
    assert_eq!(Line::open(&host).ask(sign_on("000003")).await.text(11), Some("000003"));
    assert!(host.exchanges()[0].judgement.to_string().ends_with("answer sent on the next connection"));
}

#[rstest]
#[case(Fault::GarbageBefore(0), "1 to 9999 bytes")]
#[case(Fault::GarbageBefore(10_000), "1 to 9999 bytes")]
#[case(Fault::ResponseCode("11".into()), "`approval-code`")]
#[case(Fault::ResponseCode("A6".into()), "this one approves")]
#[case(Fault::OldAnswer(0), "1 for the last answer")]
#[case(Fault::SwappedKcvs([payrig_acquirer::KeyName::Pik; 2]), "two different keys")]
fn what_no_host_can_do_is_told(#[case] fault: Fault, #[case] why: &str) {
    let obstacle = Behaviour::faulty(fault).obstacle().unwrap();
    assert!(obstacle.contains(why), "{obstacle}");
}
