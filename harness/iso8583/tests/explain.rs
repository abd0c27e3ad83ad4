//! The annotated dump, as a person reads it.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_iso8583::{ExplainOptions, Frame, Message, Value, explain};
use support::{cup, frame};

#[test]
fn a_sale_explained() {
    let dump = explain(&cup(), &frame("sale_chip_constructed"), &ExplainOptions::default());
    insta::assert_snapshot!(dump);
}

#[test]
fn a_sign_on_answer_explained() {
    let dump = explain(&cup(), &frame("easy8583_signin_rsp"), &ExplainOptions::default());
    insta::assert_snapshot!(dump);
}

#[test]
fn a_narrow_page_is_kept_to() {
    let options = ExplainOptions { width: 72, ..ExplainOptions::default() };
    let dump = explain(&cup(), &frame("easy8583_signin_rsp"), &options).to_string();
    assert!(dump.lines().all(|l| l.chars().count() <= 72), "{dump}");
    insta::assert_snapshot!(dump);
}

fn with_field_59(text: &str) -> Vec<u8> {
    let message = Message::new("0800").with(59, Value::text(text));
    cup().encode(&Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60; 6], message }).unwrap()
}

#[test]
fn a_proof_is_explained_with_lengths_of_three_and_of_two_digits() {
    let three = "A206501002020201600002902100157080300600011304008975C01B505008H7062801";
    let two = "A2600102020216000029021001570803060001130408975C01B50508H7062801";
    for text in [three, two] {
        let dump = explain(&cup(), &with_field_59(text), &ExplainOptions::default()).to_string();
        assert!(dump.contains("A2 03  random factor       000113"), "{dump}");
        assert!(dump.contains("A2 04  proof               975C01B5"), "{dump}");
        assert!(dump.contains("A2 05  version             H7062801"), "{dump}");
    }
    let dump = explain(&cup(), &with_field_59(&two[..30]), &ExplainOptions::default()).to_string();
    assert!(dump.contains("not understood"), "{dump}");
}

#[test]
fn a_broken_frame_is_explained_as_far_as_it_goes() {
    let mut sale = frame("sale_chip_constructed");
    let at = cup().decode(&sale).unwrap().spans[&4].start;
    sale[at] = 0xEE;
    let dump = explain(&cup(), &sale, &ExplainOptions::default()).to_string();
    assert!(dump.contains("processing code"), "{dump}");
    assert!(
        dump.contains(&format!("error: byte {at}, field 4 (amount): expected decimal digits, found E")),
        "{dump}"
    );
    // The track that no one came to read is not shown in the rest.
    assert!(dump.contains("241 bytes  not shown, they may hold a PAN"), "{dump}");
    let options = ExplainOptions { reveal: true, ..ExplainOptions::default() };
    assert!(explain(&cup(), &sale, &options).to_string().contains("62 12 34 56"));
}

#[test]
fn reveal_shows_pan_and_track() {
    let options = ExplainOptions { reveal: true, ..ExplainOptions::default() };
    let dump = explain(&cup(), &frame("sale_chip_constructed"), &options).to_string();
    assert!(dump.contains("6212345678901232D3012201"), "{dump}");
}

#[test]
fn colours_change_nothing_but_colours() {
    let dump = explain(&cup(), &frame("easy8583_signin_rsp"), &ExplainOptions::default());
    let styled = dump.styled().to_string();
    assert!(styled.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = styled.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    let trimmed = |s: &str| s.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&plain), trimmed(&dump.to_string()));
    assert!(!dump.to_string().contains('\u{1b}'));
}
