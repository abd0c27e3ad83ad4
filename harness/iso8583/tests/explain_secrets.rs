//! What must not be shown is not shown, wherever the dialect or an accident puts it.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_iso8583::{ExplainOptions, Frame, Message, Value, explain, to_json};
use rstest::rstest;
use support::{PAN, cup, frame};

/// The dump and the JSON of a frame, nothing revealed.
fn shown(bytes: &[u8]) -> String {
    let cup = cup();
    let dump = explain(&cup, bytes, &ExplainOptions::default()).to_string();
    let json = cup.decode(bytes).map_or(String::new(), |d| to_json(&cup, &d, false).to_string());
    format!("{dump}{json}")
}

fn encoded(message: Message) -> Vec<u8> {
    cup().encode(&Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60; 6], message }).unwrap()
}

#[test]
fn the_pans_of_a_batch_upload_are_masked_and_the_rest_is_not() {
    let entry = |stan: &str| format!("00{stan}0000{PAN}000000001234");
    let totals = format!("02{}{}", entry("000007"), entry("000008"));
    let text = shown(&encoded(Message::new("0320").with(48, Value::digits(totals))));
    assert!(!text.contains(PAN), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in ["48.4 PAN 0000621234******1232", "48.8 PAN 0000621234******1232", "48.7 STAN 000008"] {
        assert!(words.contains(row), "{row}: {text}");
    }
}

#[test]
fn an_upload_that_is_not_whole_is_searched_for_pans() {
    let text = shown(&encoded(Message::new("0320").with(48, Value::digits(format!("0200000007{PAN}")))));
    assert!(!text.contains(&PAN[6..12]), "{text}");
}

#[rstest]
#[case::pan("5A086212345678901232", "621234******1232")]
#[case::padded_pan("5A0A6212345678901232FFFF", "621234******1232FFFF")]
#[case::track("57116212345678901232D30122010000000000", "621234******1232D*****************")]
#[case::contactless_track("9F6B116212345678901232D30122010000000000", "621234******1232D*****************")]
fn a_card_number_in_the_chip_s_data_is_masked(#[case] element: &str, #[case] masked: &str) {
    let data = hex::decode(format!("9F360200019A03260601{element}9C0100")).unwrap();
    let text = shown(&encoded(Message::new("0200").with(55, Value::bytes(data))));
    assert!(text.contains(masked), "{text}");
    assert!(text.contains("0001"), "{text}");
    assert!(!text.contains(PAN), "{text}");
}

#[test]
fn chip_data_that_cannot_be_taken_apart_is_searched_for_pans() {
    let data = hex::decode("9F36025A086212345678901232").unwrap();
    let text = shown(&encoded(Message::new("0200").with(55, Value::bytes(data))));
    assert!(text.contains("expected BER-TLV"), "{text}");
    assert!(!text.replace(' ', "").contains(&PAN[6..12]), "{text}");
}

/// With its bit gone, field 2 is read as fields 3, 4 and 11: the card number must not come out as an amount.
#[rstest]
#[case::pan(15, 0x40)]
#[case::track(19, 0x20)]
fn a_card_number_that_is_read_as_something_else_is_hidden(#[case] byte: usize, #[case] bit: u8) {
    let mut bytes = frame("sale_chip_constructed");
    assert_eq!(bytes[byte] & bit, bit, "the bit is set");
    bytes[byte] &= !bit;
    let text = shown(&bytes);
    assert!(!support::cells(&text).contains(&PAN[6..12]), "{text}");
    assert!(text.contains("merchant id"), "{text}");
    let options = ExplainOptions { reveal: true, ..ExplainOptions::default() };
    let revealed = explain(&cup(), &bytes, &options).to_string();
    assert!(support::cells(&revealed).contains(PAN), "{revealed}");
}

#[test]
fn a_frame_that_this_dialect_cannot_have_decoded_is_masked_whole() {
    let mut decoded = cup().decode(&frame("sale_chip_constructed")).unwrap();
    decoded.frame.message.set(5, Value::digits(PAN));
    let json = to_json(&cup(), &decoded, false);
    assert!(!json.to_string().contains(PAN));
    assert_eq!(json["fields"]["5"], "****************");
    assert_eq!(json["mti"], "****");
    assert_eq!(to_json(&cup(), &decoded, true)["fields"]["5"], PAN);
}
