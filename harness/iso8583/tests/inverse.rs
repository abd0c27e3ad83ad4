//! Encoding and decoding undo each other, byte for byte, whatever the fields are.
#![allow(clippy::unwrap_used, reason = "test helpers")]

#[path = "support/strategy.rs"]
mod strategy;
mod support;

use std::sync::LazyLock;

use payrig_iso8583::{Dialect, EncodeError, Field, Frame, Kind, Message, Value};
use proptest::prelude::*;
use strategy::{a_frame, kinds, sizes};

static CUP: LazyLock<Dialect> = LazyLock::new(support::cup);
static KINDS: LazyLock<Dialect> = LazyLock::new(kinds);

fn there_and_back(dialect: &Dialect, frame: &Frame) -> Result<(), TestCaseError> {
    let bytes = match dialect.encode(frame) {
        // The only thing that valid values can break.
        Err(EncodeError::TooLong(..)) => return Ok(()),
        encoded => encoded.unwrap(),
    };
    let decoded = dialect.decode(&bytes).unwrap();
    prop_assert_eq!(&decoded.frame, frame);
    prop_assert!(decoded.notes.iter().all(|n| n.field.is_none()), "{:?}", decoded.notes);
    prop_assert_eq!(decoded.spans.len(), frame.message.fields.len());
    prop_assert_eq!(&dialect.encode(&decoded.frame).unwrap(), &bytes);
    prop_assert_eq!(dialect.decode(&bytes[2..]).unwrap().frame, decoded.frame);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_of_this_dialect_come_back(frame in a_frame(&CUP, 64)) {
        there_and_back(&CUP, &frame)?;
    }

    #[test]
    fn messages_of_every_kind_of_field_come_back(frame in a_frame(&KINDS, 8)) {
        there_and_back(&KINDS, &frame)?;
    }
}

/// A value of exactly so many units, with a digit, character or byte at each place that its neighbours lack.
fn pattern(field: &Field, units: usize) -> Value {
    let text = |of: &str| of.chars().cycle().take(units).collect::<String>();
    match field.kind {
        Kind::Digits => Value::Digits(text("9081726354")),
        // No F at the end: it would be read as padding.
        Kind::Track => Value::Digits(
            text("98D7F6A5B4C3E210").split_at(units.saturating_sub(1)).0.to_owned() + last(units),
        ),
        Kind::Alphanumeric => Value::Text(text("aZ 09")),
        Kind::Printable => Value::Text(text("~ !{az}")),
        Kind::Binary => Value::Bytes((0..units).map(|i| (i * 37 % 256) as u8).collect()),
    }
}

const fn last(units: usize) -> &'static str {
    if units == 0 { "" } else { "1" }
}

#[test]
fn every_field_comes_back_in_every_size_that_it_may_have() {
    let mut messages = 0;
    for dialect in [&*CUP, &*KINDS] {
        for field in dialect.fields() {
            for units in sizes(field) {
                let message = Message::new("0200").with(field.number, pattern(field, units));
                let frame = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60; 6], message };
                there_and_back(dialect, &frame).unwrap();
                messages += 1;
            }
        }
    }
    println!("{messages} messages of one field");
    assert!(messages > 6000, "{messages}: a dialect lost its fields");
}

#[test]
fn no_field_takes_one_more_than_it_may_have() {
    let fields = [&CUP, &KINDS].into_iter().flat_map(|dialect| dialect.fields().map(move |f| (dialect, f)));
    for (dialect, field) in fields {
        let message = Message::new("0200").with(field.number, pattern(field, sizes(field).end() + 1));
        let error = dialect.encode(&Frame { tpdu: [0x60; 5], header: [0; 6], message }).unwrap_err();
        assert!(matches!(error, EncodeError::Size { .. }), "{error}");
    }
}
