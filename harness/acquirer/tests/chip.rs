//! Chip cards: their cryptograms verified with the card's key, answered, and what follows an answer.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{
    Acquirer, Behaviour, FallbackRule, Fault, NewPin, PutData, Script, ScriptCommand, State,
};
use payrig_iso8583::{Message, Value};
use payrig_keys::emv::{Cvn, Derivation, PinChange, ScriptMac, decipher_script_data};
use payrig_keys::encrypt_track;
use rstest::rstest;
use support::chip::*;
use support::money::*;
use support::*;

async fn till() -> Till {
    Till::signed_on(&host(1), "000001").await
}

fn field39(answer: &Message) -> &str {
    answer.text(39).unwrap()
}

#[rstest]
#[case::pboc_01("6212345678901232", Cvn::Pboc01, "123456", "debit")]
#[case::vsdc_10("6212345678901281", Cvn::Visa10, "123456", "limited")]
#[case::vsdc_18("6212345678901273", Cvn::Visa18, "8642", "pin-only")]
#[case::nineteen_digits_01("6212349876543210981", Cvn::Pboc01, "123456789012", "nineteen-digits")]
#[case::nineteen_digits_18("6212340192837465045", Cvn::Visa18, "123456789012", "nineteen-cvn-18")]
#[tokio::test]
async fn a_right_cryptogram_is_approved_and_answered(
    #[case] pan: &str,
    #[case] version: Cvn,
    #[case] pin: &str,
    #[case] name: &str,
) {
    let mut till = till().await;
    let mut card = ChipCard::new(pan, version);
    if version == Cvn::Visa18 {
        card.derivation = Derivation::OptionB;
    }
    let sale = card.sale_with_pin(&till, "000002", 1234, pin);
    let answer = till.ask(sale.clone()).await;
    let judged = judgement(&till.host);
    assert!(
        judged.starts_with(&format!("sale of 12.34, card {name}, chip, ARQC right, approved")),
        "{judged}"
    );
    let update = if version == Cvn::Visa18 { [0, 0x80, 0, 0] } else { [0; 4] };
    let right = version
        .issuer_authentication(&card.key("imk-ac"), [0, 1], cryptogram(&sale), *b"00", update)
        .unwrap();
    assert_eq!(answered(&answer), [(0x91, right)]);
    let book = till.host.book();
    assert_eq!((book.transactions[0].state, book.transactions[0].amount), (State::Captured, 1234));
}

#[tokio::test]
async fn a_balance_is_held_to_its_cryptogram_too() {
    let mut till = till().await;
    let card = ChipCard::debit();
    let answer = till.ask(card.balance(&till, "000002")).await;
    assert_eq!((field39(&answer), answer.text(54)), ("00", Some("0002156C000001000000")));
    assert_eq!(field39(&till.ask(card.balance(&till, "000003")).await), "05", "the same ATC");
}

#[tokio::test]
async fn a_decline_is_answered_with_an_arpc_over_its_code() {
    let mut till = till().await;
    let card = ChipCard::debit();
    let sale = card.sale(&till, "000002", 1_000_001);
    let answer = till.ask(sale.clone()).await;
    assert_eq!(field39(&answer), "51");
    assert!(judgement(&till.host).ends_with("(chip, ARQC right)"), "{}", judgement(&till.host));
    let arqc = cryptogram(&sale);
    let right = Cvn::Pboc01.issuer_authentication(&card.key("imk-ac"), [0, 1], arqc, *b"51", [0; 4]).unwrap();
    assert_eq!(answered(&answer), [(0x91, right)]);
}

/// Other codes than 00 approve as well (10, 11, 16, A2 and so on): a card is told so, with 00, which the terminal gives it then.
#[rstest]
#[case::pboc_01("6212345678901232", Cvn::Pboc01, "123456")]
#[case::vsdc_18("6212345678901273", Cvn::Visa18, "8642")]
#[tokio::test]
async fn an_approval_with_another_code_is_one_to_the_card_too(
    #[case] pan: &str,
    #[case] version: Cvn,
    #[case] pin: &str,
) {
    let mut till = till().await;
    till.host.set_behaviour(Behaviour::faulty(Fault::ApprovalCode("11".to_owned())));
    let mut card = ChipCard::new(pan, version);
    let sale = card.sale_with_pin(&till, "000002", 1234, pin);
    let answer = till.ask(sale.clone()).await;
    assert_eq!(field39(&answer), "11");
    let right = version
        .issuer_authentication(&card.key("imk-ac"), [0, 1], cryptogram(&sale), *b"00", [0, 0x80, 0, 0])
        .unwrap();
    assert_eq!(answered(&answer), [(0x91, right)]);
}

#[tokio::test]
async fn an_atc_is_good_once_and_never_goes_back() {
    let mut till = till().await;
    let mut card = ChipCard::debit();
    for (stan, atc, code) in [
        ("000002", 7, "00"),
        ("000003", 7, "05"),
        ("000004", 6, "05"),
        ("000005", 8, "00"),
        ("000006", 0x0100, "00"),
    ] {
        card.atc = atc;
        assert_eq!(field39(&till.ask(card.sale(&till, stan, 100)).await), code, "{}", judgement(&till.host));
    }
    // A wrong cryptogram does not move it.
    card.atc = 0x7000;
    let mut tags = card.tags(100, "00");
    tags[0].1[0] ^= 1;
    let forged = card.sale(&till, "000007", 100).with(55, ChipCard::field55(&tags));
    assert_eq!(field39(&till.ask(forged).await), "05");
    card.atc = 0x0101;
    assert_eq!(field39(&till.ask(card.sale(&till, "000008", 100)).await), "00");
}

#[tokio::test]
async fn faults_of_the_answer_touch_field_55_only() {
    for fault in [Fault::WrongArpc, Fault::NoIccData, Fault::MalformedIccData] {
        let mut till = till().await;
        till.host.set_behaviour(Behaviour::faulty(fault.clone()));
        let card = ChipCard::debit();
        let sale = card.sale(&till, "000002", 100);
        let answer = till.ask(sale.clone()).await;
        assert_eq!(field39(&answer), "00");
        assert!(judgement(&till.host).contains("spoilt on purpose"), "{}", judgement(&till.host));
        let arqc = cryptogram(&sale);
        let mut right =
            Cvn::Pboc01.issuer_authentication(&card.key("imk-ac"), [0, 1], arqc, *b"00", [0; 4]).unwrap();
        let field = answer.get(55).and_then(Value::as_bytes);
        match fault {
            Fault::NoIccData => assert_eq!(field, None),
            Fault::WrongArpc => {
                right[0] ^= 1;
                assert_eq!(answered(&answer), [(0x91, right)]);
            }
            _ => assert_eq!(field, Some(&[object(0x91, &right), vec![0x72, 0x7F, 0x9F]].concat()[..])),
        }
    }
}

fn with_scripts(host: &Acquirer, commands: Vec<ScriptCommand>) {
    let script = Script { place: Default::default(), id: Some("00000007".to_owned()), commands };
    host.set_behaviour(Behaviour { scripts: vec![script], ..Behaviour::default() });
}

#[rstest]
#[case::pboc(ChipCard::debit(), 4)]
#[case::vsdc(ChipCard::new("6212345678901281", Cvn::Visa10), 8)]
#[tokio::test]
async fn scripts_have_the_macs_that_the_card_computes(#[case] card: ChipCard, #[case] mac_bytes: usize) {
    let mut till = till().await;
    let put = PutData { tag: "9F79".to_owned(), value: "000000010000".to_owned() };
    with_scripts(
        &till.host,
        vec![
            ScriptCommand::UnblockPin,
            ScriptCommand::ChangePin(NewPin::new("654321")),
            ScriptCommand::PutData(put),
            ScriptCommand::WrongMac,
            ScriptCommand::Unknown,
        ],
    );
    let sale = card.sale(&till, "000002", 100);
    let answer = till.ask(sale.clone()).await;
    let template = answered(&answer).into_iter().find(|(tag, _)| *tag == 0x72).unwrap().1;
    let inside = objects(&template);
    assert_eq!(inside[0], (0x9F18, vec![0, 0, 0, 7]));
    let (atc, arqc) = ([0, 1], cryptogram(&sale));
    let key = card.version.script_key(&card.key("imk-smi"), atc).unwrap();
    let mut seen = Vec::new();
    for (tag, command) in &inside[1..] {
        assert_eq!((*tag, command.len()), (0x86, usize::from(command[4]) + 5));
        let data = &command[5..command.len() - mac_bytes];
        let header = command[..4].try_into().unwrap();
        let right = ScriptMac { header, atc, cryptogram: arqc, data }.compute(&key, mac_bytes).unwrap();
        seen.push((command[1], command[3], right == command[command.len() - mac_bytes..]));
        if command[3] == 2 {
            let key = card.version.script_key(&card.key("imk-smc"), atc).unwrap();
            let block = decipher_script_data(&key, data).unwrap().as_slice().try_into().unwrap();
            assert_eq!(
                PinChange::from_clear(block).pin(&card.key("imk-ac"), None).unwrap().as_str(),
                "654321"
            );
        }
    }
    let wanted = [(0x24, 0, true), (0x24, 2, true), (0xDA, 0x79, true), (0x1E, 0, false), (0xEE, 0, true)];
    assert_eq!(seen, wanted);
}

/// Every behaviour file that names a script or a fault of field 55 does what it says to the answer of a sale.
#[rstest]
#[case("script-block", 0x72, "9F180400000001 8609841E000004")]
#[case("script-unblock", 0x72, "9F180400000001 86098418000004")]
#[case("script-pin-unblock", 0x71, "9F180400000001 86098424000004")]
#[case("script-pin-change", 0x72, "9F180400000001 86198424000214")]
#[case("script-put-data", 0x72, "9F180400000001 860F04DA9F790A000000010000")]
#[case("script-malformed", 0x72, "9F180400000001 860D841E000008")]
#[case("script-unknown", 0x72, "9F180400000001 860984EE000004")]
#[case("script-wrong-mac", 0x71, "9F180400000001 8609841E000004")]
#[tokio::test]
async fn a_script_of_a_behaviours_file_is_sent(#[case] name: &str, #[case] tag: u16, #[case] begins: &str) {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../fixtures/acquirers/behaviours/{name}.toml"));
    let behaviour = Behaviour::load(&path).unwrap();
    assert_eq!(behaviour.obstacle(), None);
    let mut till = till().await;
    till.host.set_behaviour(behaviour);
    let answer = till.ask(ChipCard::debit().sale(&till, "000002", 100)).await;
    let template = answered(&answer).into_iter().find(|(t, _)| *t == tag).unwrap().1;
    assert!(hex::encode_upper(template).starts_with(&begins.replace(' ', "")), "{name}");
}

#[rstest]
#[case(ScriptCommand::ChangePin(NewPin::new("123")), None, "a PIN of 4 to 12 digits")]
#[case(ScriptCommand::PutData(PutData { tag: "9F7".to_owned(), value: String::new() }), None, "a tag of 4 hex digits")]
#[case(ScriptCommand::PutData(PutData { tag: "9F79".to_owned(), value: "00".repeat(230) }), None, "room in field 55")]
#[case(ScriptCommand::Unknown, Some("0000007"), "id of 8 hex digits")]
fn a_script_that_cannot_be_sent_is_refused(
    #[case] command: ScriptCommand,
    #[case] id: Option<&str>,
    #[case] said: &str,
) {
    let script = Script { place: Default::default(), id: id.map(str::to_owned), commands: vec![command] };
    let behaviour = Behaviour { scripts: vec![script], ..Behaviour::default() };
    assert!(behaviour.obstacle().unwrap().contains(said));
    assert!(!format!("{behaviour:?}").contains("123"), "a PIN does not print");
}

/// The result of the scripts of `sale`, whose answer had `reference`.
fn result(till: &Till, stan: &str, sale: &Message, reference: &str, told: &str) -> Message {
    let tags = vec![
        (0x9F33, vec![0xE0, 0xF8, 0xC8]),
        (0x95, vec![0; 5]),
        (0x9F1E, b"10015708".to_vec()),
        (0x9F10, vec![7, 1, 1, 3, 0x60, 0xA8, 2, 1]),
        (0x9F26, vec![9; 8]),
        (0x9F36, vec![0, 1]),
        (0x82, vec![0x7C, 0]),
        (0xDF31, hex::decode(told).unwrap()),
        (0x9F1A, vec![1, 0x56]),
        (0x9A, vec![0x26, 7, 0x20]),
    ];
    let mut message = Message { mti: "0620".to_owned(), ..sale.clone() };
    for field in [14, 25, 26, 35, 52, 53, 64] {
        message.fields.remove(&field);
    }
    message
        .with(11, Value::digits(stan))
        .with(37, Value::text(reference))
        .with(55, ChipCard::field55(&tags))
        .with(60, Value::digits(format!("00{}95150", till.batch)))
        .with(61, Value::digits(format!("{}{}0720", till.batch, sale.text(11).unwrap())))
}

#[tokio::test]
async fn results_of_scripts_are_kept_with_their_sale_however_often_they_come() {
    let mut till = till().await;
    let sale = ChipCard::debit().sale(&till, "000002", 100);
    let reference = till.ask(sale.clone()).await.text(37).unwrap().to_owned();
    let right = result(&till, "000003", &sale, &reference, "20000000071200000008");
    for _ in 0..2 {
        let answer = till.ask(right.clone()).await;
        assert_eq!((answer.mti.as_str(), field39(&answer)), ("0630", "00"), "{}", judgement(&till.host));
    }
    let judged = judgement(&till.host);
    assert!(judged.contains("script 00000007 done; script 00000008 command 2 failed"), "{judged}");
    let [record] = &till.host.chip_records()[..] else { panic!("one sale") };
    assert_eq!(record.scripts, ["script 00000007 done", "script 00000008 command 2 failed"]);
    assert!(record.arqc_right);

    let wrong = |field, value| right.clone().with(field, value);
    let other = result(&till, "000003", &sale, &reference, "30000000");
    for (message, code, said) in [
        (wrong(61, Value::digits(format!("{}0000090720", till.batch))), "25", "no sale with a chip"),
        (wrong(37, Value::text("999999999999")), "30", "field 37 is not the reference"),
        (wrong(61, Value::digits(format!("{}0000020719", till.batch))), "30", "field 61: the date is not"),
        (wrong(4, Value::digits("000000000101")), "64", "the sale's amount is 100"),
        (other, "30", "tag DF31 has 4 bytes"),
        (result(&till, "000003", &sale, &reference, "300000000720000000"), "30", "DF31 has five bytes"),
        (result(&till, "000003", &sale, &reference, "3000000007"), "30", "DF31 has the result 3"),
    ] {
        assert_eq!(field39(&till.ask(message).await), code, "{}", judgement(&till.host));
        assert!(judgement(&till.host).contains(said), "{}", judgement(&till.host));
    }
    let [record] = &till.host.chip_records()[..] else { panic!("one sale") };
    assert_eq!(record.scripts.len(), 2, "a wrong result changes nothing");
}

/// A declined sale had an answer too, and its reference.
#[tokio::test]
async fn results_of_a_declined_sale_name_its_answer() {
    let mut till = till().await;
    let sale = ChipCard::debit().sale(&till, "000002", 999_999_999);
    let answer = till.ask(sale.clone()).await;
    assert_ne!(field39(&answer), "00");
    let right = result(&till, "000003", &sale, answer.text(37).unwrap(), "2000000007");
    let mut without = right.clone();
    without.fields.remove(&37);
    assert_eq!(field39(&till.ask(without).await), "30", "{}", judgement(&till.host));
    assert_eq!(field39(&till.ask(right).await), "00", "{}", judgement(&till.host));
}

#[tokio::test]
async fn a_chips_sale_is_reversed_with_its_atc_and_voided_without_the_card() {
    let mut till = till().await;
    let mut card = ChipCard::debit();
    let sale = card.sale(&till, "000002", 100);
    till.ask(sale.clone()).await;
    let reversal = |atc: u8| {
        let tags = vec![(0x95, vec![0; 5]), (0x9F1E, b"10015708".to_vec()), (0x9F36, vec![0, atc])];
        let mut message = till.reversal(&sale, "06");
        message.fields.remove(&35);
        message.with(55, ChipCard::field55(&tags))
    };
    let (wrong, right) = (reversal(2), reversal(1));
    let mut bare = right.clone();
    bare.fields.remove(&55);
    assert_eq!(field39(&till.ask(wrong).await), "30", "another ATC");
    assert_eq!(field39(&till.ask(bare).await), "30", "no field 55");
    let whole = right.clone().with(55, sale.get(55).unwrap().clone());
    assert_eq!(field39(&till.ask(whole).await), "30", "the request's field 55");
    assert_eq!(field39(&till.ask(right).await), "00", "{}", judgement(&till.host));
    assert_eq!(till.host.book().transactions[0].state, State::Reversed);

    card.atc = 2;
    let sale = card.sale(&till, "000003", 100);
    let reference = till.ask(sale.clone()).await.text(37).unwrap().to_owned();
    let void = till.void("000004", "000003", &reference, 100).with(22, Value::digits("052"));
    assert_eq!(field39(&till.ask(void).await), "00", "{}", judgement(&till.host));
}

#[rstest]
#[case::accepted(FallbackRule::Accept, "52", "00", "fallback to the stripe")]
#[case::refused(FallbackRule::Refuse, "52", "45", "this host refuses it")]
#[case::chip_not_tried(FallbackRule::Accept, "", "45", "60.5 does not say that it failed")]
#[tokio::test]
async fn the_stripe_of_a_chip_card_is_a_fallback_or_refused(
    #[case] rule: FallbackRule,
    #[case] behind: &str,
    #[case] code: &str,
    #[case] said: &str,
) {
    let mut profile = profile();
    profile.money.chip.fallback = rule;
    let host = Acquirer::new(profile, cup(), vec![device()], 1);
    let mut till = Till::signed_on(&host, "000001").await;
    let tdk = till.keys.tdk.clone().unwrap();
    let mut sale = till.sale("000002", 500);
    sale.fields.remove(&2);
    sale.fields.remove(&14);
    let sale = sale
        .with(22, Value::digits("022"))
        .with(35, Value::digits(encrypt_track(&tdk, "6212345678901315D30122010000085810006").unwrap()))
        .with(53, Value::digits("0610000000000000"))
        .with(60, Value::digits(format!("22{}000{behind}", till.batch)));
    assert_eq!(field39(&till.ask(sale).await), code);
    assert!(judgement(&till.host).contains(said), "{}", judgement(&till.host));
}
