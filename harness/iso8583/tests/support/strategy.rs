//! Random messages of a dialect, and a dialect that has every kind of field.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "clippy sees no test in a file that tests share")]

use std::ops::RangeInclusive;

use payrig_iso8583::{Dialect, Field, Frame, Kind, Message, Size, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::string::string_regex;

/// Format, length in front, justification: every kind, odd and even, the smallest and the largest.
#[rustfmt::skip]
const KINDS: &[(&str, &str, &str)] = &[
    ("n1", "", "left"), ("n1", "", "right"), ("n2", "", "left"), ("n2", "", "right"), ("n5", "", "left"),
    ("n5", "", "right"), ("n999", "", "left"), ("n999", "", "right"), ("n..1", "LL", "left"), ("n..1", "LL", "right"),
    ("n..19", "LL", "left"), ("n..19", "LL", "right"), ("n..99", "LL", ""), ("n..20", "LLL", "right"),
    ("n..999", "LLL", "left"), ("n..999", "LLL", "right"), ("z1", "", ""), ("z16", "", "left"), ("z37", "", ""),
    ("z..1", "LL", ""), ("z..37", "LL", "left"), ("z..38", "LL", ""), ("z..104", "LLL", ""), ("z..999", "LLL", ""),
    ("an1", "", ""), ("an6", "", ""), ("an999", "", ""), ("an..1", "LL", ""), ("an..99", "LL", ""), ("an..999", "LLL", ""),
    ("ans1", "", ""), ("ans15", "", ""), ("ans..99", "LL", ""), ("ans..600", "LLL", ""), ("ans..999", "LLL", ""),
    ("b8", "", ""), ("b64", "", ""), ("b..1", "LL", ""), ("b..99", "LL", ""), ("b..512", "LLL", ""), ("b..999", "LLL", ""),
];

/// A dialect with a field of each of them: number 2 and on, the last at 64.
pub fn kinds() -> Dialect {
    let mut text = String::from(
        "name = \"kinds\"\ntitle = \"Every kind of field\"\n[framing]\nlargest = 24575\n\
         tpdu = [{ name = \"id\", size = 2, values = { \"60\" = \"\" } }, { name = \"rest\", size = 8 }]\n\
         header = [{ name = \"all\", size = 12 }]\n",
    );
    for (i, (format, length, justify)) in KINDS.iter().enumerate() {
        let number = if i + 1 == KINDS.len() { 64 } else { i + 2 };
        text += &format!("[field.{number}]\nname = \"{format} {length} {justify}\"\nformat = \"{format}\"\n");
        text += &[("length", length), ("justify", justify)]
            .map(
                |(key, value)| {
                    if value.is_empty() { String::new() } else { format!("{key} = \"{value}\"\n") }
                },
            )
            .concat();
    }
    Dialect::from_toml("kinds.toml", &text).unwrap()
}

/// How many digits, characters or bytes a field may have.
pub fn sizes(field: &Field) -> RangeInclusive<usize> {
    match field.size {
        Size::Fixed(n) => n..=n,
        Size::Variable { max, .. } => 0..=max,
    }
}

/// A value that an encoder accepts and a decoder gives back.
pub fn value(field: &Field) -> BoxedStrategy<Value> {
    let size = sizes(field);
    let text = |of: &str| string_regex(&format!("{of}{{{},{}}}", size.start(), size.end())).unwrap();
    // The last digit of a variable track is no F, which would be read as padding.
    let fixed = matches!(field.size, Size::Fixed(_));
    match field.kind {
        Kind::Digits => text("[0-9]").prop_map(Value::Digits).boxed(),
        Kind::Track if fixed => text("[0-9A-F]").prop_map(Value::Digits).boxed(),
        Kind::Track => {
            text("[0-9A-F]").prop_map(|t| Value::Digits(t.trim_end_matches('F').to_owned())).boxed()
        }
        Kind::Alphanumeric => text("[0-9A-Za-z ]").prop_map(Value::Text).boxed(),
        Kind::Printable => text("[ -~]").prop_map(Value::Text).boxed(),
        Kind::Binary => vec(any::<u8>(), size).prop_map(Value::Bytes).boxed(),
    }
}

/// A frame with up to `most` random fields of the dialect.
pub fn a_frame(dialect: &'static Dialect, most: usize) -> impl Strategy<Value = Frame> {
    let fields: Vec<&Field> = dialect.fields().collect();
    let most = most.min(fields.len());
    let values = subsequence(fields, 0..=most)
        .prop_flat_map(|fields| fields.iter().map(|f| (Just(f.number), value(f))).collect::<Vec<_>>());
    (values, "[0-9]{4}", any::<([u8; 4], [u8; 6])>()).prop_map(|(values, mti, ([a, b, c, d], header))| {
        Frame {
            tpdu: [0x60, a, b, c, d],
            header,
            message: Message { mti, fields: values.into_iter().collect() },
        }
    })
}
