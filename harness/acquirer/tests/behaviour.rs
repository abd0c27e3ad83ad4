//! Each fault does what it says, and nothing else.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::time::Duration;

use payrig_acquirer::{Behaviour, Fault, KeyName};
use payrig_fixture::Time;
use payrig_iso8583::{Message, Value};
use payrig_keys::{Field62Error, Key, Layout, SealedKeys, WorkingKeys};
use rstest::rstest;
use support::*;
use tokio::time::{Instant, timeout};

const KEYS: [KeyName; 3] = [KeyName::Pik, KeyName::Mak, KeyName::Tdk];

fn field62(answer: &Message) -> Vec<u8> {
    answer.get(62).and_then(Value::as_bytes).unwrap().to_vec()
}

fn opened(answer: &Message) -> Result<WorkingKeys, Field62Error> {
    SealedKeys::from_bytes(Layout::DoubleWithTrack, &field62(answer))?.open(&device().tmk)
}

/// A sign-on, the same one without the fault, and the host.
async fn spoilt(fault: Fault) -> (Message, Message, payrig_acquirer::Acquirer) {
    let right = ask(&host(1), sign_on("000001")).await;
    let host = host(1);
    host.set_behaviour(Behaviour::faulty(fault.clone()));
    let answer = ask(&host, sign_on("000001")).await;
    let judgement = judgement(&host);
    assert!(judgement.ends_with(&format!("spoilt on purpose: {fault}")), "{judgement}");
    (answer, right, host)
}

fn differing(a: &Message, b: &Message) -> Vec<u8> {
    (0..=64).filter(|n| a.get(*n) != b.get(*n)).collect()
}

#[tokio::test]
async fn a_wrong_kcv_comes_with_the_right_key() {
    for name in KEYS {
        let (answer, right, host) = spoilt(Fault::WrongKcv(name)).await;
        assert_eq!(differing(&answer, &right), [62]);
        let refused = opened(&answer).unwrap_err();
        let key = host.issued()[0].keys.get(name).unwrap().kcv();
        assert!(
            matches!(refused, Field62Error::Kcv { name: n, computed, .. } if n == name && computed == key)
        );
        assert_eq!(host.issued()[0].instead, None);
    }
}

#[tokio::test]
async fn a_wrong_key_comes_with_the_right_kcv() {
    for name in KEYS {
        let (answer, right, host) = spoilt(Fault::WrongKey(name)).await;
        assert_eq!(differing(&answer, &right), [62]);
        let issued = &host.issued()[0];
        let intended = issued.keys.get(name).unwrap();
        let Field62Error::Kcv { name: found, carried, computed } = opened(&answer).unwrap_err() else {
            panic!("refused for another reason")
        };
        assert_eq!((found, carried), (name, intended.kcv()));
        // The KCVs of the whole field are those of the right answer: echoing them would show nothing.
        let kcvs = |m: &Message| {
            let sealed = SealedKeys::from_bytes(Layout::DoubleWithTrack, &field62(m)).unwrap();
            sealed.keys.iter().map(|k| k.kcv).collect::<Vec<_>>()
        };
        assert_eq!(kcvs(&answer), kcvs(&right));
        // What was really sent is known, so that it can be kept off the records.
        let (sent_name, sent) = issued.instead.clone().unwrap();
        assert_eq!((sent_name, sent.kcv()), (name, computed));
        assert_eq!(issued.secrets().count(), 4);
    }
}

#[tokio::test]
async fn keys_that_are_not_fresh_have_right_kcvs() {
    for name in KEYS {
        let (answer, _, _) = spoilt(Fault::ZeroKey(name)).await;
        assert!(opened(&answer).unwrap().get(name).unwrap().bytes().iter().all(|b| *b == 0));
        let (answer, _, host) = spoilt(Fault::EqualHalves(name)).await;
        let keys = opened(&answer).unwrap();
        assert_eq!(keys, host.issued()[0].keys);
        let Some(Key::Des(key)) = keys.get(name) else { panic!("no DES key") };
        assert_eq!(key.has_equal_parts(), name != KeyName::Mak);
    }
}

#[tokio::test]
async fn exchanged_kcvs_are_those_of_the_two_keys() {
    for (one, other) in
        [(KeyName::Pik, KeyName::Mak), (KeyName::Tdk, KeyName::Mak), (KeyName::Pik, KeyName::Tdk)]
    {
        let (answer, right, host) = spoilt(Fault::SwappedKcvs([one, other])).await;
        assert_eq!(differing(&answer, &right), [62]);
        let keys = |m: &Message| SealedKeys::from_bytes(Layout::DoubleWithTrack, &field62(m)).unwrap().keys;
        for (sent, right) in keys(&answer).into_iter().zip(keys(&right)) {
            assert_eq!(sent.cryptogram, right.cryptogram, "the keys are where they were");
            let named = match sent.name {
                name if name == one => other,
                name if name == other => one,
                name => name,
            };
            assert_eq!(sent.kcv, host.issued()[0].keys.get(named).unwrap().kcv());
        }
    }
}

#[tokio::test]
async fn parity_is_of_no_consequence() {
    for name in KEYS {
        let (answer, right, host) = spoilt(Fault::EvenParity(name)).await;
        assert_eq!(differing(&answer, &right), [62]);
        let (sent, right) = (opened(&answer).unwrap(), opened(&right).unwrap());
        let (Some(Key::Des(even)), Some(odd)) = (sent.get(name), right.get(name)) else {
            panic!("no DES key")
        };
        assert!(even.bytes().iter().all(|byte| byte.count_ones().is_multiple_of(2)));
        assert_eq!((even.kcv(), &Key::Des(even.clone().with_odd_parity())), (odd.kcv(), odd));
        assert_eq!(host.issued()[0].keys, sent);
    }
}

#[tokio::test]
async fn the_same_keys_can_come_in_other_bytes() {
    let host = host(1);
    let first = opened(&ask(&host, sign_on("000001")).await).unwrap();
    host.set_behaviour(Behaviour::faulty(Fault::SameKeysOtherParity));
    let second = opened(&ask(&host, sign_on("000002")).await).unwrap();
    for name in KEYS {
        let (first, second) = (first.get(name).unwrap(), second.get(name).unwrap());
        assert!(first.bytes().iter().zip(second.bytes()).all(|(a, b)| a ^ b == 1), "{name}");
        assert_eq!(first.kcv(), second.kcv());
    }
}

#[tokio::test]
async fn the_same_keys_can_be_sent_again() {
    let host = host(1);
    let first = ask(&host, sign_on("000001")).await;
    host.set_behaviour(Behaviour::faulty(Fault::SameKeys));
    let second = ask(&host, sign_on("000002")).await;
    assert_eq!(opened(&second), opened(&first));
    host.set_behaviour(Behaviour::default());
    assert_ne!(opened(&ask(&host, sign_on("000003")).await), opened(&first));
}

#[rstest]
#[case(0)]
#[case(40)]
#[case(59)]
#[case(61)]
#[case(200)]
#[tokio::test]
async fn field_62_has_another_length(#[case] length: usize) {
    let (answer, right, _) = spoilt(Fault::Field62Length(length)).await;
    assert_eq!(differing(&answer, &right), [62]);
    let (field, right) = (field62(&answer), field62(&right));
    assert_eq!(field.len(), length);
    let kept = length.min(60);
    assert_eq!(field[..kept], right[..kept]);
    assert_eq!(opened(&answer), Err(Field62Error::Length { expected: 60, given: length }));
}

#[rstest]
#[case(Fault::MissingField(62), 62, None)]
#[case(Fault::MissingField(39), 39, None)]
#[case(Fault::WrongTerminalId, 41, Some("99999901"))]
#[case(Fault::WrongMerchantId, 42, Some("001430170119991"))]
#[case(Fault::WrongStan, 11, Some("000002"))]
#[tokio::test]
async fn one_field_of_the_answer_is_another(
    #[case] fault: Fault,
    #[case] field: u8,
    #[case] value: Option<&str>,
) {
    let (answer, right, _) = spoilt(fault).await;
    assert_eq!(differing(&answer, &right), [field]);
    assert_eq!(answer.text(field), value);
    assert_ne!(right.get(field), None);
}

#[tokio::test]
async fn the_mti_can_be_another() {
    let (answer, right, _) = spoilt(Fault::WrongMti("0830".into())).await;
    assert_eq!(answer.mti, "0830");
    assert_eq!(differing(&answer, &right), Vec::<u8>::new());
}

#[tokio::test]
async fn any_response_code_brings_no_keys_and_no_batch() {
    let host = host(1);
    for (code, stan) in
        [("03", "000001"), ("58", "000002"), ("97", "000003"), ("A0", "000004"), ("77", "000005")]
    {
        host.set_behaviour(Behaviour::faulty(Fault::ResponseCode(code.into())));
        let answer = ask(&host, sign_on(stan)).await;
        assert_eq!(answer.text(39), Some(code));
        assert_eq!(answer.get(62), None);
        assert_eq!(judgement(&host), format!("refused with {code}: on purpose"));
    }
    assert!(host.issued().is_empty());
    host.set_behaviour(Behaviour::default());
    assert_eq!(ask(&host, sign_on("000006")).await.text(60), Some("00000001004"));
}

#[tokio::test(start_paused = true)]
async fn silence_leaves_the_connection_open() {
    let host = host(1);
    host.set_behaviour(Behaviour::faulty(Fault::Silence));
    let mut line = Line::open(&host);
    line.send(&framed(sign_on("000001"))).await;
    assert!(timeout(Duration::from_secs(3600), line.answer()).await.is_err());
    assert_eq!(host.exchanges()[0].answer, None);
    assert!(!line.serving.is_finished());
    // On the same connection, once it behaves again.
    host.set_behaviour(Behaviour::default());
    assert_eq!(line.ask(sign_on("000002")).await.text(39), Some("00"));
}

#[tokio::test]
async fn the_connection_can_close_before_or_in_the_answer() {
    for (fault, bytes) in [(Fault::Close, 0), (Fault::CloseAfter(30), 30)] {
        let host = host(1);
        host.set_behaviour(Behaviour::faulty(fault));
        let mut line = Line::open(&host);
        line.send(&framed(sign_on("000001"))).await;
        assert_eq!(line.answer().await, None);
        assert_eq!(line.half(), bytes);
        line.serving.await.unwrap().unwrap();
        assert_eq!(host.exchanges()[0].answer.as_ref().map_or(0, Vec::len), bytes);
    }
}

#[tokio::test]
async fn an_answer_in_single_bytes_is_the_same_answer() {
    let right = ask(&host(1), sign_on("000001")).await;
    let host = host(1);
    host.set_behaviour(Behaviour { pieces: Some(1), ..Behaviour::default() });
    let mut line = Line::open(&host);
    line.send(&framed(sign_on("000001"))).await;
    // The first read finds one byte, not the answer.
    let mut first = [0; 64];
    let read = tokio::io::AsyncReadExt::read(&mut line.stream, &mut first).await.unwrap();
    assert_eq!(read, 1);
    let mut rest = vec![first[0]];
    while rest.len() < host.exchanges()[0].answer.as_ref().unwrap().len() {
        let read = tokio::io::AsyncReadExt::read(&mut line.stream, &mut first).await.unwrap();
        rest.extend(&first[..read]);
    }
    assert_eq!(cup().decode(&rest).unwrap().frame.message, right);
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_be_late() {
    let host = host(1);
    host.set_behaviour(Behaviour { delay: Time(Duration::from_secs(59)), ..Behaviour::default() });
    let asked = Instant::now();
    assert_eq!(ask(&host, sign_on("000001")).await.text(39), Some("00"));
    assert_eq!(asked.elapsed().as_secs(), 59);
}

#[tokio::test]
async fn a_fault_of_a_key_that_a_layout_lacks_spoils_nothing() {
    let host = host(1);
    host.set_behaviour(Behaviour::faulty(Fault::WrongKcv(KeyName::Tdk)));
    ask(&host, sign_on("000001").with(60, Value::digits("00000000003"))).await;
    assert_eq!(judgement(&host), format!("device {DEVICE_ID} signed on, batch 000001"));
}

#[test]
fn nothing_prints_a_key() {
    let device = format!("{:?}", device());
    assert!(!device.contains("89ABCDEF") && !device.contains("00112233"), "{device}");
}
