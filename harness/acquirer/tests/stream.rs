//! The host on a byte stream: split, run together, cut off, garbage.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::Judgement;
use support::*;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn a_request_may_come_in_single_bytes() {
    let host = host(1);
    let mut line = Line::open(&host);
    for byte in framed(sign_on("000001")) {
        line.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(line.answer().await.unwrap().message.text(39), Some("00"));
    assert_eq!(host.exchanges().len(), 1);
}

#[tokio::test]
async fn requests_that_run_together_are_answered_in_order() {
    let host = host(1);
    let mut line = Line::open(&host);
    let both = [framed(sign_on("000001")), framed(sign_on("000002"))].concat();
    line.send(&both).await;
    for stan in ["000001", "000002"] {
        assert_eq!(line.answer().await.unwrap().message.text(11), Some(stan));
    }
}

#[tokio::test]
async fn a_connection_that_ends_in_a_request_is_recorded() {
    let host = host(1);
    let mut line = Line::open(&host);
    let request = framed(sign_on("000001"));
    line.send(&request[..40]).await;
    line.stream.shutdown().await.unwrap();
    line.serving.await.unwrap().unwrap();
    let exchange = host.exchange(0).await;
    assert_eq!(exchange.judgement, Judgement::CutOff { bytes: 40 });
    assert_eq!(exchange.request, request[..40]);
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_the_connection() {
    let host = host(1);
    let mut line = Line::open(&host);
    line.send(b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(line.answer().await, None);
    line.serving.await.unwrap().unwrap();
    let exchange = host.exchange(0).await;
    assert!(matches!(exchange.judgement, Judgement::NoFrames(_)), "{exchange:?}");
    assert_eq!(exchange.request, b"GET / HTTP/1.1\r\n\r\n");
}

#[tokio::test]
async fn a_frame_that_is_no_message_gets_no_answer_and_the_next_one_does() {
    let host = host(1);
    let mut line = Line::open(&host);
    let mut broken = framed(sign_on("000001"));
    broken[14] = 0xFF;
    line.send(&broken).await;
    let answer = line.ask(sign_on("000002")).await;
    assert_eq!(answer.text(11), Some("000002"));
    assert!(matches!(host.exchanges()[0].judgement, Judgement::NotUnderstood(_)));
    assert_eq!(host.exchanges()[0].answer, None);
}

#[tokio::test]
async fn an_observer_hears_of_each_exchange() {
    let host = host(1);
    let mut watch = host.watch();
    assert_eq!(*watch.borrow_and_update(), 0);
    let waiting = tokio::spawn({
        let host = host.clone();
        async move { host.exchange(1).await }
    });
    ask(&host, sign_on("000001")).await;
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), 1);
    assert!(!waiting.is_finished());
    ask(&host, sign_on("000002")).await;
    assert_eq!(
        waiting.await.unwrap().judgement.to_string(),
        format!("device {DEVICE_ID} signed on, batch 000002")
    );
}

#[tokio::test]
async fn a_host_that_serves_for_long_remembers_the_last_exchanges_and_counts_all() {
    let host = host(1).remembering(2);
    for stan in ["000001", "000002", "000003"] {
        ask(&host, sign_on(stan)).await;
    }
    assert_eq!(*host.watch().borrow(), 3);
    let remembered: Vec<_> = host.exchanges().iter().map(|e| e.judgement.to_string()).collect();
    let signed_on = |batch| format!("device {DEVICE_ID} signed on, batch {batch}");
    assert_eq!(remembered, [signed_on("000002"), signed_on("000003")]);
    assert_eq!(host.exchange(2).await.judgement.to_string(), signed_on("000003"));
}

#[tokio::test]
async fn who_serves_a_connection_hears_its_exchanges_before_their_answers() {
    let host = host(1);
    let (mut stream, far) = tokio::io::duplex(4096);
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let serving = host.clone().serve_heard(far, move |exchange| heard.send(exchange.clone()).unwrap());
    let serving = tokio::spawn(serving);
    ask(&host, sign_on("000009")).await;
    stream.write_all(&framed(sign_on("000001"))).await.unwrap();
    stream.write_all(&[0, 80, 0x60]).await.unwrap();
    stream.shutdown().await.unwrap();
    serving.await.unwrap().unwrap();
    let heard: Vec<_> = std::iter::from_fn(|| hears.try_recv().ok()).collect();
    let [signed_on, cut_off] = &heard[..] else { panic!("two exchanges of this connection: {heard:?}") };
    assert!(signed_on.answer.is_some());
    assert_eq!(cut_off.judgement, Judgement::CutOff { bytes: 3 });
}
