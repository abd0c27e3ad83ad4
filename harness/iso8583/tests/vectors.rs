//! The codec against published frames.

mod support;

use payrig_iso8583::{Problem, to_json};
use rstest::rstest;
use support::{cup, frame, vectors};

#[test]
fn published_frames_decode_to_their_fields() {
    let cup = cup();
    for vector in vectors() {
        let decoded = cup.decode(&vector.frame).unwrap();
        let json = to_json(&cup, &decoded, true);
        for part in ["tpdu", "header", "mti", "fields"] {
            assert_eq!(json[part], vector.outputs[part], "{} {part}", vector.name);
        }
        assert_eq!(json["length"], vector.frame.len() - 2, "{}", vector.name);
        assert_eq!(decoded.notes, [], "{}", vector.name);
    }
}

#[test]
fn published_frames_encode_byte_for_byte() {
    let cup = cup();
    for vector in vectors() {
        let decoded = cup.decode(&vector.frame).unwrap();
        assert_eq!(cup.encode(&decoded.frame).unwrap(), vector.frame, "{}", vector.name);
    }
}

#[test]
fn json_values_become_the_same_message_again() {
    let cup = cup();
    for vector in vectors() {
        let decoded = cup.decode(&vector.frame).unwrap();
        for (number, text) in vector.outputs["fields"].as_object().unwrap() {
            let number = number.parse().unwrap();
            assert_eq!(
                Some(&cup.value(number, text.as_str().unwrap()).unwrap()),
                decoded.frame.message.get(number)
            );
        }
    }
}

#[test]
fn json_fields_ascend_and_hide_pan_and_track() {
    let cup = cup();
    let decoded = cup.decode(&frame("sale_chip_constructed")).unwrap();
    let json = to_json(&cup, &decoded, false);
    let numbers: Vec<u8> = json["fields"].as_object().unwrap().keys().map(|n| n.parse().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(json["fields"]["2"], "621234******1232");
    assert_eq!(json["fields"]["35"], "621234******1232D*****************");
    assert_eq!(json["fields"]["52"], "E6B12BF75D78ED49");
    assert!(!json.to_string().contains("6212345678901232"));
    assert!(!format!("{decoded:?}").contains("6212345678901232"));
}

/// Cut as a stream would be that ends too early, and cut with the length put right.
#[rstest]
#[case::length_kept(false)]
#[case::length_corrected(true)]
fn a_frame_cut_anywhere_is_an_error_with_its_offset(#[case] correct: bool) {
    let cup = cup();
    for vector in vectors() {
        for cut in 0..vector.frame.len() {
            let mut bytes = vector.frame[..cut].to_vec();
            if correct && cut >= 2 {
                bytes[..2].copy_from_slice(&u16::try_from(cut - 2).unwrap().to_be_bytes());
            }
            let error = cup.decode(&bytes).unwrap_err();
            assert!(
                matches!(error.problem, Problem::Truncated { .. }),
                "{} cut at {cut}: {error}",
                vector.name
            );
            assert!(error.offset <= cut, "{} cut at {cut}: {error}", vector.name);
            assert_eq!(error.field.is_some(), cut >= 23, "{} cut at {cut}: {error}", vector.name);
        }
    }
}

#[test]
fn a_length_that_says_too_much_is_an_error_even_if_all_fields_are_there() {
    let mut bytes = frame("easy8583_signin_req");
    bytes[1] += 1;
    let error = cup().decode(&bytes).unwrap_err();
    assert_eq!(error.problem, Problem::Length { declared: 88, actual: 87 });
}

#[test]
fn the_mac_covers_the_bytes_from_mti_to_field_63() {
    let cup = cup();
    let sale = frame("sale_chip_constructed");
    assert_eq!(cup.mac_input(&sale).unwrap(), &sale[13..sale.len() - 8]);
    let sign_on = frame("easy8583_signin_req");
    assert_eq!(cup.mac_input(&sign_on).unwrap(), &sign_on[13..]);
}
