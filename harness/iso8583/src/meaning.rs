//! What the parts of a field's value mean, by the tables of the dialect.

use std::collections::BTreeMap;

use crate::dialect::Meaning;
use crate::message::Value;
use crate::packing::Nibbles;
use crate::schema::{Element, Layout, Part, Show};
use crate::view::{FieldView, View, printable};

/// A field, a part of one, or a part of what stands in front of the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Which it is: `60`, `60.3`, `A2 04`; empty for what is no field.
    pub label: String,
    /// Its name.
    pub name: String,
    /// Its digits, text or hex.
    pub value: String,
    /// What the value means; empty where no table says.
    pub meaning: String,
}

/// What the whole value means; empty where no table says.
pub(crate) fn of_value(meaning: &Meaning, value: &str) -> String {
    match meaning {
        Meaning::Values(values) => looked_up(values, value),
        _ => String::new(),
    }
}

/// The parts of a field.
pub(crate) fn of_parts(view: &View<'_>, field: &FieldView<'_>) -> Vec<Detail> {
    let prefix = format!("{}.", field.field.number);
    let value = field.value();
    match (&field.field.meaning, &value) {
        (Meaning::Parts(parts), _) => cut(parts, &value, &prefix),
        (Meaning::Layouts(layouts), _) => {
            let layout = layouts.iter().find(|l| applies(l, view, &value));
            layout.map_or_else(Vec::new, |l| cut(&l.parts, &value, &prefix))
        }
        (Meaning::Elements { length_digits, elements }, Value::Text(text)) => {
            let read = length_digits.iter().find_map(|digits| tree(text, *digits, elements));
            read.unwrap_or_else(|| vec![detail("", "not understood", text, "expected tag, length, value")])
        }
        _ => Vec::new(),
    }
}

/// The parts of TPDU or header.
pub(crate) fn of_digits(parts: &[Part], bytes: &[u8]) -> Vec<Detail> {
    let digits = Value::Digits(Nibbles::all(bytes).text());
    let mut details = cut(parts, &digits, "");
    for detail in &mut details {
        detail.label.clear();
    }
    details
}

/// Cuts a value into its parts; the parts that a shorter value lacks are left out.
fn cut(parts: &[Part], value: &Value, prefix: &str) -> Vec<Detail> {
    let total = value.as_str().map_or_else(|| value.as_bytes().map_or(0, <[u8]>::len), str::len);
    let mut at = 0;
    let mut details = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let size = part.size.as_ref().map_or(total - at, |s| *s.get_ref());
        let Some(text) = piece(value, at, size, part.show).filter(|t| !t.is_empty()) else { break };
        let meaning = looked_up(&part.values, &text);
        details.push(Detail {
            label: format!("{prefix}{}", i + 1),
            name: part.name.get_ref().clone(),
            value: text,
            meaning,
        });
        at += size;
    }
    if at > 0 && at < total {
        let rest = piece(value, at, total - at, Show::Hex).unwrap_or_default();
        details.push(detail("", "more", &rest, "beyond the parts of this field"));
    }
    details
}

fn piece(value: &Value, at: usize, size: usize, show: Show) -> Option<String> {
    match value {
        Value::Digits(s) | Value::Text(s) => s.get(at..at + size).map(str::to_owned),
        Value::Bytes(bytes) => {
            let bytes = bytes.get(at..at + size)?;
            match str::from_utf8(bytes) {
                Ok(text) if show == Show::Text && text.bytes().all(printable) => Some(text.to_owned()),
                _ => Some(hex::encode_upper(bytes)),
            }
        }
    }
}

fn applies(layout: &Layout, view: &View<'_>, value: &Value) -> bool {
    let when = &layout.when;
    let bytes = value.as_bytes().or_else(|| value.as_str().map(str::as_bytes)).unwrap_or_default();
    let mti = Nibbles::all(&view.mti()).text();
    let other = |number: u8| {
        let value = view.field(number).map(|f| f.value().to_string()).unwrap_or_default();
        when.is.iter().any(|is| value.get(when.at..when.at + is.len()) == Some(is))
    };
    when.mti.as_ref().is_none_or(|m| *m == mti)
        && when.length.is_none_or(|n| n == bytes.len())
        && when.starts.as_ref().is_none_or(|s| bytes.starts_with(s.as_bytes()))
        && when.field.as_ref().is_none_or(|f| other(*f.get_ref()))
}

/// Elements with lengths of so many digits, inner ones included; nothing unless they fill the text exactly.
fn tree(text: &str, digits: usize, known: &[Element]) -> Option<Vec<Detail>> {
    let mut details = Vec::new();
    for (tag, value) in flat(text, digits)? {
        let element = known.iter().find(|e| e.tag.get_ref() == tag);
        match element {
            Some(outer) if !outer.inside.is_empty() => {
                details.push(detail(tag, &outer.name, "", ""));
                for (inner, value) in flat(value, digits)? {
                    let element = outer.inside.iter().find(|e| e.tag.get_ref() == inner);
                    details.push(leaf(&format!("{tag} {inner}"), element, value));
                }
            }
            _ => details.push(leaf(tag, element, value)),
        }
    }
    Some(details)
}

fn leaf(label: &str, element: Option<&Element>, value: &str) -> Detail {
    match element {
        Some(e) => detail(label, &e.name, value, &looked_up(&e.values, value)),
        None => detail(label, "unknown element", value, ""),
    }
}

fn flat(mut text: &str, digits: usize) -> Option<Vec<(&str, &str)>> {
    let mut elements = Vec::new();
    while !text.is_empty() {
        let (tag, rest) = text.split_at_checked(2)?;
        let (length, rest) = rest.split_at_checked(digits)?;
        let length: usize = length.bytes().all(|b| b.is_ascii_digit()).then(|| length.parse().ok())??;
        let (value, rest) = rest.split_at_checked(length)?;
        elements.push((tag, value));
        text = rest;
    }
    Some(elements)
}

fn looked_up(values: &BTreeMap<String, String>, value: &str) -> String {
    match values.get(value) {
        Some(meaning) => meaning.clone(),
        None if values.is_empty() => String::new(),
        None => "not in the dialect's table".to_owned(),
    }
}

fn detail(label: &str, name: &str, value: &str, meaning: &str) -> Detail {
    Detail {
        label: label.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
        meaning: meaning.to_owned(),
    }
}
