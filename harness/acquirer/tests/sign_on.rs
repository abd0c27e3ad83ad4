//! Sign-ons that the host grants, and those that it refuses.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{Acquirer, AcquirerProfile, Device, Judgement};
use payrig_iso8583::{Message, Value};
use payrig_keys::{Family, Key, Layout, LengthDigits, SealedKeys, TerminalProof, WorkingKeys};
use rstest::rstest;
use support::*;

/// What the terminal makes of field 62.
fn opened(answer: &Message) -> WorkingKeys {
    let field = answer.get(62).and_then(Value::as_bytes).unwrap();
    SealedKeys::from_bytes(Layout::DoubleWithTrack, field).unwrap().open(&device().tmk).unwrap()
}

fn kcvs(keys: &WorkingKeys) -> [String; 3] {
    [&keys.pik, &keys.mak, keys.tdk.as_ref().unwrap()].map(|k| k.kcv().to_string())
}

#[tokio::test]
async fn a_sign_on_brings_the_fields_and_keys_of_the_specification() {
    let host = host(1);
    let answer = ask(&host, sign_on("000007")).await;
    assert_eq!(answer.mti, "0810");
    let fields: Vec<u8> = answer.fields.keys().copied().collect();
    assert_eq!(fields, [11, 12, 13, 32, 37, 39, 41, 42, 60, 62]);
    for (field, value) in [
        (11, "000007"),
        (12, "221301"),
        (13, "0720"),
        (32, "00085500"),
        (37, "221301000001"),
        (39, "00"),
        (41, "99999906"),
        (42, "001430170119999"),
        (60, "00000001004"),
    ] {
        assert_eq!(answer.text(field), Some(value), "field {field}");
    }
    let keys = opened(&answer);
    assert_eq!(keys.mak.bytes().len(), 8);
    let issued = host.issued().pop().unwrap();
    assert_eq!(issued.keys, keys);
    assert_eq!([issued.pik_kcv, issued.mak_kcv, issued.tdk_kcv], kcvs(&keys));
    assert_eq!(judgement(&host), format!("device {DEVICE_ID} signed on, batch 000001"));
}

#[tokio::test]
async fn three_sign_ons_bring_three_key_sets_and_three_batches() {
    let host = host(1);
    let mut line = Line::open(&host);
    let mut seen = Vec::new();
    for (stan, batch) in [("000001", "00000001004"), ("000002", "00000002004"), ("000003", "00000003004")] {
        let answer = line.ask(sign_on(stan)).await;
        assert_eq!(answer.text(60), Some(batch));
        seen.extend(kcvs(&opened(&answer)));
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    let names: Vec<String> = host.issued()[1].secrets().map(|(name, _)| name).collect();
    assert_eq!(names, ["PIK#2", "MAK#2", "TDK#2"]);
}

#[tokio::test]
async fn the_seed_decides_the_whole_answer() {
    let mut answers = Vec::new();
    for seed in [5, 5, 6] {
        let host = host(seed);
        ask(&host, sign_on("000001")).await;
        answers.push(host.exchanges()[0].answer.clone().unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0], answers[2]);
}

#[tokio::test]
async fn tpdu_and_header_of_the_answer_are_the_profile_s() {
    let text = fixture("acquirers/cup.toml");
    let other = text
        .replace("tpdu = \"swap\"", "tpdu = \"echo\"")
        .replace("header = \"echo\"", "header = \"603100321108\"");
    for (text, tpdu, header) in [
        (text, [0x60, 0, 9, 0, 3], [0x60, 0x31, 0, 0x31, 0x11, 0x08]),
        (other, [0x60, 0, 3, 0, 9], [0x60, 0x31, 0, 0x32, 0x11, 0x08]),
    ] {
        let profile = AcquirerProfile::from_toml("other.toml", &text).unwrap();
        let host = Acquirer::new(profile, cup(), vec![device()], 1);
        let mut line = Line::open(&host);
        line.send(&framed(sign_on("000001"))).await;
        let frame = line.answer().await.unwrap();
        assert_eq!((frame.tpdu, frame.header), (tpdu, header));
    }
}

#[tokio::test]
async fn the_other_layouts_are_served_too() {
    let host = host(1);
    for (code, stan, layout) in [("001", "000001", Layout::Single), ("003", "000002", Layout::Double)] {
        let answer = ask(&host, sign_on(stan).with(60, Value::digits(format!("00000000{code}")))).await;
        let field = answer.get(62).and_then(Value::as_bytes).unwrap();
        let keys = SealedKeys::from_bytes(layout, field).unwrap().open(&device().tmk).unwrap();
        assert_eq!(host.issued().pop().unwrap().keys, keys);
        assert_eq!(host.issued().pop().unwrap().tdk_kcv, "--------");
    }
    // SM4 working keys need an SM4 TMK: the profile and the device say so, not the length.
    let text = fixture("acquirers/cup.toml").replace("\"004\" = \"double-with-track\"", "\"004\" = \"sm4\"");
    let profile = AcquirerProfile::from_toml("sm4.toml", &text).unwrap();
    let tmk = Key::new(Family::Sm4, &[0x31; 16]).unwrap();
    let host = Acquirer::new(profile, cup(), vec![Device { tmk: tmk.clone(), ..device() }], 1);
    let answer = ask(&host, sign_on("000001")).await;
    let field = answer.get(62).and_then(Value::as_bytes).unwrap();
    assert_eq!(
        SealedKeys::from_bytes(Layout::Sm4, field).unwrap().open(&tmk).unwrap(),
        host.issued()[0].keys
    );
}

#[tokio::test]
async fn a_proof_with_two_digit_lengths_is_read_where_the_profile_allows_it() {
    let proof =
        TerminalProof::new(&factory_key(), "02", SERIAL, "000001", "PT000100").encode(LengthDigits::Two);
    let message = sign_on("000001").with(59, Value::text(proof));
    assert_eq!(ask(&host(1), message.clone()).await.text(39), Some("00"));
    let text = fixture("acquirers/cup.toml").replace("proof-lengths = [3, 2]", "proof-lengths = [3]");
    let strict = AcquirerProfile::from_toml("strict.toml", &text).unwrap();
    let host = Acquirer::new(strict, cup(), vec![device()], 1);
    assert_eq!(ask(&host, message).await.text(39), Some("97"));
    assert!(judgement(&host).contains("field 59, character 1"), "{}", judgement(&host));
}

fn without(field: u8) -> Message {
    let mut message = sign_on("000001");
    message.fields.remove(&field);
    message
}

#[rstest]
#[case::merchant(sign_on("000001").with(42, Value::text("001430170110000")), "03", "merchant 001430170110000 is not known")]
#[case::terminal(sign_on("000001").with(41, Value::text("99999999")), "97", "terminal 99999999 is not one of merchant 001430170119999")]
#[case::device_of_other_terminal(sign_on("000001").with(41, Value::text("99999907")), "97", "device 30600000290210015708 is not the one of terminal 99999907")]
#[case::no_device_id(without(62), "97", "field 62 is missing: no device id")]
#[case::half_a_device_id(sign_on("000001").with(62, Value::bytes(*b"Sequence No20306")), "30", "field 62: expected `Sequence No`")]
#[case::no_proof(without(59), "97", "field 59 is missing: no proof of the device")]
#[case::no_stan(without(11), "30", "field 11 is missing")]
#[case::no_terminal(without(41), "30", "field 41 is missing")]
#[case::no_merchant(without(42), "30", "field 42 is missing")]
#[case::no_field_60(without(60), "30", "field 60 is missing")]
#[case::short_field_60(sign_on("000001").with(60, Value::digits("00000000")), "30", "field 60 has 8 digits, expected 11 or more")]
#[case::echo(sign_on("000001").with(60, Value::digits("00000000301")), "12", "60.3 is 301: no sign-on that this host serves")]
#[case::sale(Message { mti: "0200".into(), ..sign_on("000001") }, "12", "MTI 0200")]
#[tokio::test]
async fn what_is_wrong_is_refused_with_its_code_and_no_keys(
    #[case] request: Message,
    #[case] code: &str,
    #[case] reason: &str,
) {
    let host = host(1);
    let answer = ask(&host, request.clone()).await;
    assert_eq!(answer.mti, format!("{:04}", request.mti.parse::<u16>().unwrap() + 10));
    assert_eq!(answer.text(39), Some(code));
    assert_eq!(answer.get(62), None);
    for field in [11, 41, 42, 60] {
        assert_eq!(answer.get(field), request.get(field), "field {field} is the request's");
    }
    assert!(host.issued().is_empty());
    let judgement = judgement(&host);
    assert!(
        judgement.starts_with(&format!("refused with {code}: ")) && judgement.contains(reason),
        "{judgement}"
    );
}

#[tokio::test]
async fn a_tmk_that_cannot_carry_the_layout_is_the_host_s_own_fault() {
    let sm4 = Key::new(Family::Sm4, &[0x31; 16]).unwrap();
    let host = Acquirer::new(profile(), cup(), vec![Device { tmk: sm4, ..device() }], 1);
    let answer = ask(&host, sign_on("000001")).await;
    assert_eq!(answer.text(39), Some("96"));
    assert!(judgement(&host).contains("does the device's TMK fit the layout"), "{}", judgement(&host));
    assert!(host.issued().is_empty());
}

#[tokio::test]
async fn a_profile_may_do_without_device_id_and_proof() {
    let text = fixture("acquirers/cup.toml").replace("\"required\"", "\"optional\"");
    let lax = AcquirerProfile::from_toml("lax.toml", &text).unwrap();
    let host = Acquirer::new(lax, cup(), vec![device()], 1);
    let mut bare = without(59);
    bare.fields.remove(&62);
    assert_eq!(ask(&host, bare).await.text(39), Some("00"));
    // What is there is still checked.
    assert_eq!(ask(&host, sign_on("000002").with(59, proof("000001"))).await.text(39), Some("97"));
}

#[tokio::test]
async fn a_device_that_is_added_can_sign_on() {
    let host = Acquirer::new(profile(), cup(), Vec::new(), 1);
    assert_eq!(ask(&host, sign_on("000001")).await.text(39), Some("03"));
    host.add_device(device());
    host.set_clock("1231", "235959");
    let answer = ask(&host, sign_on("000002")).await;
    assert_eq!(
        [answer.text(39), answer.text(13), answer.text(12)],
        [Some("00"), Some("1231"), Some("235959")]
    );
    assert!(matches!(host.exchanges()[1].judgement, Judgement::SignedOn { .. }));
}

#[tokio::test]
async fn a_recorded_sign_on_sent_again_is_refused_although_its_proof_is_right() {
    let host = host(1);
    assert_eq!(ask(&host, sign_on("000007")).await.text(39), Some("00"));
    let answer = ask(&host, sign_on("000007")).await;
    assert_eq!(answer.text(39), Some("94"));
    assert!(answer.get(62).is_none(), "no keys for a copy");
    assert_eq!(host.issued().len(), 1);
    assert!(judgement(&host).contains("STAN 000007 was used before"), "{}", judgement(&host));
    assert_eq!(ask(&host, sign_on("000008")).await.text(39), Some("00"));
}
