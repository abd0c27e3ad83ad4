//! What a strict encoder would not send is read, and mentioned.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_iso8583::{Oddity, Problem, Value};
use support::{cup, frame};

/// The sale's fields 22 and 35 and others stand at known places; a byte is changed and the note looked for.
fn decode_with(change: impl Fn(&mut Vec<u8>)) -> (Vec<(usize, Oddity)>, payrig_iso8583::Message) {
    let mut bytes = frame("sale_chip_constructed");
    change(&mut bytes);
    let decoded = cup().decode(&bytes).unwrap();
    (decoded.notes.iter().map(|n| (n.offset, n.oddity)).collect(), decoded.frame.message)
}

fn span(field: u8) -> std::ops::Range<usize> {
    cup().decode(&frame("sale_chip_constructed")).unwrap().spans[&field].clone()
}

#[test]
fn padding_at_the_right_may_be_another_digit() {
    let at = span(22).end - 1;
    let (notes, message) = decode_with(|b| b[at] |= 0x0F);
    assert_eq!(notes, [(at, Oddity::Padding(15))]);
    assert_eq!(message.text(22), Some("051"));
}

#[test]
fn padding_at_the_left_may_be_another_digit() {
    let at = span(23).start;
    let (notes, message) = decode_with(|b| b[at] |= 0x70);
    assert_eq!(notes, [(at, Oddity::Padding(7))]);
    assert_eq!(message.text(23), Some("001"));
}

/// `0051` instead of `0510`: the digits cannot be told from the padding, but that something is odd is said.
#[test]
fn field_22_padded_at_the_wrong_side_is_mentioned() {
    let span = span(22);
    let (notes, message) = decode_with(|b| b[span.clone()].copy_from_slice(&[0x00, 0x51]));
    assert_eq!(notes, [(span.end - 1, Oddity::Padding(1))]);
    assert_eq!(message.text(22), Some("005"));
}

/// Its table says 17 digits, terminals send as many as all its parts have.
#[test]
fn field_60_may_have_19_digits() {
    let mut decoded = cup().decode(&frame("sale_chip_constructed")).unwrap();
    decoded.frame.message.set(60, Value::digits("2200000100050100000"));
    let mut bytes = cup().encode(&decoded.frame).unwrap();
    let again = cup().decode(&bytes).unwrap();
    assert_eq!((again.frame, again.notes), (decoded.frame, vec![]));
    // With the odd digit's neighbour not 0.
    let at = again.spans[&60].end - 1;
    bytes[at] |= 0x0F;
    let notes = cup().decode(&bytes).unwrap().notes;
    assert_eq!(
        notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!("byte {at}, field 60: padded with F, expected 0")]
    );
}

#[test]
fn an_f_that_a_chip_s_track_2_counts_is_taken_for_padding() {
    let span = span(35);
    let (notes, message) = decode_with(|b| b[span.end - 1] |= 0x0F);
    assert_eq!(notes, [(span.end - 1, Oddity::TrackPadding)]);
    assert_eq!(message.text(35), Some("6212345678901232D3012201000000000"));
}

#[test]
fn an_f_that_a_chip_s_track_2_does_not_count_is_padding() {
    let span = span(35);
    let (notes, message) = decode_with(|b| {
        b[span.start] = 0x33;
        b[span.end - 1] |= 0x0F;
    });
    assert_eq!(notes, [(span.end - 1, Oddity::Padding(15))]);
    assert_eq!(message.text(35), Some("6212345678901232D3012201000000000"));
}

#[test]
fn a_track_of_37_digits_and_a_counted_f_is_read() {
    let cup = cup();
    let mut decoded = cup.decode(&frame("sale_chip_constructed")).unwrap();
    decoded.frame.message.set(35, Value::digits("6212345678901232D30122010000000000123"));
    let mut bytes = cup.encode(&decoded.frame).unwrap();
    let span = cup.decode(&bytes).unwrap().spans[&35].clone();
    bytes[span.start] = 0x38;
    bytes[span.end - 1] |= 0x0F;
    let again = cup.decode(&bytes).unwrap();
    assert_eq!(again.frame, decoded.frame);
    // 38 real digits are one too many.
    bytes[span.end - 1] &= 0xF1;
    assert_eq!(cup.decode(&bytes).unwrap_err().problem, Problem::FieldLength { said: 38, max: 37 });
}

/// An answer may carry the request's TPDU as it came, or source and destination swapped.
#[test]
fn a_tpdu_may_be_swapped_or_not() {
    for tpdu in [[0x60, 0, 3, 0, 0], [0x60, 0, 0, 0, 3]] {
        let (notes, _) = decode_with(|b| b[2..7].copy_from_slice(&tpdu));
        assert_eq!(notes, []);
    }
}

#[test]
fn a_tpdu_may_begin_with_another_id() {
    let (notes, _) = decode_with(|b| b[2] = 0x68);
    assert_eq!(notes, [(2, Oddity::TpduId(0x68))]);
}

#[test]
fn a_tpdu_may_have_digits_beyond_9() {
    let (notes, _) = decode_with(|b| b[4] = 0xAB);
    assert_eq!(notes, [(4, Oddity::TpduDigit)]);
}

#[test]
fn a_header_may_have_digits_beyond_9() {
    let (notes, _) = decode_with(|b| b[9] = 0x3C);
    assert_eq!(notes, [(9, Oddity::HeaderDigit)]);
}

/// Application class 61, and the host's wish that the terminal load something.
#[test]
fn a_header_may_say_anything_in_digits() {
    let (notes, _) = decode_with(|b| b[7..13].copy_from_slice(&[0x61, 0x99, 0x94, 0, 0, 0]));
    assert_eq!(notes, []);
}

#[test]
fn bit_1_of_the_bitmap_is_mentioned() {
    let (notes, _) = decode_with(|b| b[15] |= 0x80);
    assert_eq!(notes, [(15, Oddity::SecondBitmap)]);
}

#[test]
fn bytes_after_the_last_field_and_after_the_frame_are_mentioned() {
    let n = frame("sale_chip_constructed").len();
    let (notes, _) = decode_with(|b| {
        b.extend([0; 3]);
        b[1] += 2;
    });
    assert_eq!(notes, [(n, Oddity::AfterLastField(2)), (n + 2, Oddity::AfterFrame(1))]);
}

#[test]
fn a_frame_without_its_length_is_read() {
    let (notes, message) = decode_with(|b| drop(b.drain(..2)));
    assert_eq!(notes, [(0, Oddity::NoLength)]);
    assert_eq!(message.text(11), Some("000007"));
}

#[test]
fn bytes_that_are_no_text_stay_bytes_and_encode_again() {
    let at = span(41).start;
    let (notes, message) = decode_with(|b| b[at + 2] = 0xB1);
    assert_eq!(notes, [(at + 2, Oddity::Characters)]);
    assert_eq!(message.get(41), Some(&Value::bytes(*b"99\xB199906")));
}

#[test]
fn punctuation_where_only_letters_and_digits_belong_stays_bytes() {
    let at = span(49).start;
    let (notes, message) = decode_with(|b| b[at] = b'-');
    assert_eq!(notes, [(at, Oddity::Characters)]);
    assert_eq!(message.get(49), Some(&Value::bytes(*b"-56")));
}

#[test]
fn a_letter_in_a_number_is_an_error_at_its_byte() {
    let at = span(11).start;
    let mut bytes = frame("sale_chip_constructed");
    bytes[at + 1] = 0x0B;
    let error = cup().decode(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("byte {}, field 11 (STAN): expected decimal digits, found B", at + 1)
    );
}

#[test]
fn a_bit_without_a_field_is_an_error_at_its_byte_of_the_bitmap() {
    let mut bytes = frame("sale_chip_constructed");
    bytes[15] |= 0x08;
    let error = cup().decode(&bytes).unwrap_err();
    assert_eq!((error.offset, error.problem), (15, Problem::UnknownField(5)));
}

/// The frame as it comes from an access controller: between TPDU and header stands what it tells of the call, and the length counts it.
fn through_a_controller(frame: &[u8]) -> Vec<u8> {
    let length = u16::from_be_bytes([frame[0], frame[1]]) + 33;
    let call: &[u8] = b"LRI\x00\x1C\x02\x01\x23\x45\x67\x8F\xFF\xFF\x95\x51\x6F\xFF\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0\0";
    [&length.to_be_bytes(), &frame[2..7], call, &frame[7..]].concat()
}

#[test]
fn what_an_access_controller_puts_behind_the_tpdu_is_passed_over_and_shown() {
    let dialect = cup();
    let plain = frame("sale_chip_constructed");
    let framed = through_a_controller(&plain);
    let (plain_view, view) = (dialect.view(&plain).unwrap(), dialect.view(&framed).unwrap());
    assert_eq!(view.to_decoded().frame, plain_view.to_decoded().frame);
    assert_eq!(view.mac_input(), plain_view.mac_input());
    assert_eq!((view.call().len(), plain_view.call().len()), (33, 0));
    assert_eq!(view.notes(), []);
    let explanation = payrig_iso8583::explain(&dialect, &framed, &payrig_iso8583::ExplainOptions::default());
    let call = explanation.details().find(|detail| detail.name == "call").unwrap();
    assert_eq!(call.value, "LRI, 02012345678 calls 95516");
    assert!(!explanation.to_string().contains("6212345678901232"), "the PAN stays masked");
}

#[test]
fn what_an_access_controller_tells_must_be_whole() {
    let mut framed = through_a_controller(&frame("sale_chip_constructed"));
    framed[10] = 0xFF;
    let error = cup().decode(&framed).unwrap_err();
    assert!(matches!(error.problem, Problem::Truncated { expected: 0xFF1C, .. }), "{error}");
    assert_eq!(error.offset, 12);
}
