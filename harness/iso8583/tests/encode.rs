//! Encoding refuses what the dialect does not allow, in words that name the field and not the value.

mod support;

use payrig_iso8583::{Frame, Message, Value};
use rstest::rstest;
use support::cup;

#[rstest]
#[case::short_number(11, Value::digits("12345"), "field 11 (STAN): expected 6 digits, 5 given")]
#[case::long_pan(
    2,
    Value::digits("62123456789012345678"),
    "field 2 (PAN): expected at most 19 digits, 20 given"
)]
#[case::letter_in_number(4, Value::digits("00000000001A"), "field 4 (amount): expected digits 0 to 9")]
#[case::not_a_digit_at_all(3, Value::digits("00000é"), "field 3 (processing code): expected digits 0 to 9")]
#[case::text_for_digits(11, Value::text("000001"), "field 11 (STAN): expected digits 0 to 9")]
#[case::control_character(
    41,
    Value::text("1234567\n"),
    "field 41 (terminal id): expected text of printable ASCII characters"
)]
#[case::punctuation(
    38,
    Value::text("12-456"),
    "field 38 (authorisation): expected text of letters, digits and spaces"
)]
#[case::long_text(41, Value::text("123456789"), "field 41 (terminal id): expected 8 characters, 9 given")]
#[case::digits_for_bytes(
    64,
    Value::digits("0011223344556677"),
    "field 64 (MAC): expected bytes (hex digits where written as text)"
)]
#[case::track_ending_in_f(
    35,
    Value::digits("6212D301F"),
    "field 35 (track 2): expected track digits: 0 to 9 and D, any hex digit where encrypted, no F at the end"
)]
#[case::no_such_field(5, Value::digits("1"), "this dialect has no field 5")]
#[case::no_field_at_all(0, Value::digits("1"), "this dialect has no field 0")]
#[case::beyond_the_bitmap(200, Value::digits("1"), "this dialect has no field 200")]
fn a_value_that_does_not_fit_is_refused(#[case] field: u8, #[case] value: Value, #[case] sentence: &str) {
    let message = Message::new("0200").with(field, value);
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0; 6], message };
    assert_eq!(cup().encode(&frame).unwrap_err().to_string(), sentence);
}

#[rstest]
#[case("800")]
#[case("08A0")]
#[case("080é")]
fn an_mti_is_four_digits(#[case] mti: &str) {
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0; 6], message: Message::new(mti) };
    assert_eq!(cup().encode(&frame).unwrap_err().to_string(), format!("the MTI `{mti}` is not four digits"));
}

#[test]
fn short_text_is_filled_up_with_spaces() {
    let message = Message::new("0800").with(41, Value::text("4711"));
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0; 6], message };
    let bytes = cup().encode(&frame).unwrap();
    assert_eq!(cup().decode(&bytes).unwrap().frame.message.text(41), Some("4711    "));
}

#[test]
fn a_frame_larger_than_the_dialect_s_largest_is_refused() {
    let text = support::fixture("dialects/cup.toml").replace("largest = 2048", "largest = 40");
    let small = payrig_iso8583::Dialect::from_toml("small.toml", &text).unwrap();
    let message = Message::new("0800").with(42, Value::text("M")).with(41, Value::text("T"));
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0; 6], message };
    let sentence = small.encode(&frame).unwrap_err().to_string();
    assert_eq!(sentence, "the frame has 44 bytes, this dialect's largest has 40");
}
