//! What the parts of a field's value mean, by the tables of the dialect.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::dialect::Meaning;
use crate::message::Value;
use crate::packing::Nibbles;
use crate::schema::{Element, Layout, Part, Secret, Show};
use crate::tlv::{self, Tlv};
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

/// The parts of a field; `shown` is its value's text as it may be shown.
pub(crate) fn of_parts(view: &View<'_>, field: &FieldView<'_>, value: &Value, shown: &str) -> Vec<Detail> {
    let prefix = format!("{}.", field.field.number);
    match (&field.field.meaning, value) {
        (Meaning::Parts(parts), _) => cut(parts, &[], value, shown, &prefix),
        (Meaning::Layouts(layouts), _) => {
            let layout = layouts.iter().find(|l| applies(l, view, value));
            layout.map_or_else(Vec::new, |l| cut(&l.parts, &l.each, value, shown, &prefix))
        }
        (Meaning::Elements { length_digits, elements }, Value::Text(text)) if text == shown => {
            let read = length_digits.iter().find_map(|digits| tree(text, *digits, elements));
            read.unwrap_or_else(|| vec![detail("", "not understood", text, "expected tag, length, value")])
        }
        (Meaning::Tlv(known), Value::Bytes(bytes)) => tlv_details(bytes, shown, known),
        _ => Vec::new(),
    }
}

/// The parts of TPDU or header, given its digits and what of them may be shown.
pub(crate) fn of_digits(parts: &[Part], digits: String, shown: &str) -> Vec<Detail> {
    let mut details = cut(parts, &[], &Value::Digits(digits), shown, "");
    for detail in &mut details {
        detail.label.clear();
    }
    details
}

/// What of a value is secret, as ranges of its text as its `Display` has it.
#[derive(Default)]
pub(crate) struct Secrets {
    /// What the dialect calls secret.
    pub found: Vec<(Range<usize>, Secret)>,
    /// What may hold a PAN that the dialect does not know of.
    pub unknown: Vec<Range<usize>>,
}

/// What of a field's value is secret.
pub(crate) fn secrets(view: &View<'_>, field: &FieldView<'_>, value: &Value) -> Secrets {
    if let Some(secret) = field.field.secret {
        return Secrets { found: vec![(0..field.units, secret)], unknown: Vec::new() };
    }
    match &field.field.meaning {
        Meaning::Parts(parts) => of_runs(&runs(parts, &[], field.units)),
        Meaning::Layouts(layouts) if layouts.iter().any(Layout::has_secrets) => {
            let layout = layouts.iter().find(|l| applies(l, view, value));
            let runs = layout.map(|l| runs(&l.parts, &l.each, field.units)).unwrap_or_default();
            let end = runs.last().map_or(0, |(_, range)| range.end);
            let mut secrets = of_runs(&runs);
            secrets.unknown.extend((end < field.units).then_some(0..field.units));
            secrets
        }
        Meaning::Tlv(known) => of_elements(field.data, known),
        _ => Secrets::default(),
    }
}

/// Only digits have secret parts, and a digit is a character.
fn of_runs(runs: &[(&Part, Range<usize>)]) -> Secrets {
    let found = runs.iter().filter_map(|(part, range)| Some((range.clone(), part.secret?))).collect();
    Secrets { found, unknown: Vec::new() }
}

/// A terminal may put a card number under any tag, but hardly where text belongs.
fn of_elements(data: &[u8], known: &[Element]) -> Secrets {
    let mut secrets = Secrets::default();
    let Some(elements) = tlv::elements(data) else {
        secrets.unknown.push(0..data.len() * 2);
        return secrets;
    };
    for element in elements {
        let range = element.value.start * 2..element.value.end * 2;
        match known_tag(known, data, &element) {
            Some(Element { secret: Some(secret), .. }) => secrets.found.push((range, *secret)),
            Some(Element { show: Show::Text, .. }) => {}
            _ => secrets.unknown.push(range),
        }
    }
    secrets
}

/// Where the parts of a value of `total` units stand; parts that a shorter value lacks are left out.
fn runs<'d>(parts: &'d [Part], each: &'d [Part], total: usize) -> Vec<(&'d Part, Range<usize>)> {
    let mut runs: Vec<(&Part, Range<usize>)> = Vec::new();
    let mut at = 0;
    for part in parts.iter().chain(each.iter().cycle()) {
        let size = part.size.as_ref().map_or(total - at, |s| *s.get_ref());
        if size == 0 || size > total - at {
            break;
        }
        runs.push((part, at..at + size));
        at += size;
    }
    runs
}

/// Cuts a value into its parts.
fn cut(parts: &[Part], each: &[Part], value: &Value, shown: &str, prefix: &str) -> Vec<Detail> {
    let total = value.as_str().map_or_else(|| value.as_bytes().map_or(0, <[u8]>::len), str::len);
    let runs = runs(parts, each, total);
    let end = runs.last().map_or(0, |(_, range)| range.end);
    let mut details: Vec<Detail> = runs
        .into_iter()
        .enumerate()
        .map(|(i, (part, range))| {
            let (text, meaning) = piece(value, shown, range, part.show, &part.values);
            Detail {
                label: format!("{prefix}{}", i + 1),
                name: part.name.get_ref().clone(),
                value: text,
                meaning,
            }
        })
        .collect();
    if end > 0 && end < total {
        let (rest, _) = piece(value, shown, end..total, Show::Hex, &BTreeMap::new());
        details.push(detail("", "more", &rest, "beyond the parts of this field"));
    }
    details
}

/// A run of a value as it may be shown, and what it means; no meaning for what is not shown.
fn piece(
    value: &Value,
    shown: &str,
    range: Range<usize>,
    show: Show,
    values: &BTreeMap<String, String>,
) -> (String, String) {
    let (text, bytes) = match value {
        Value::Digits(s) | Value::Text(s) => (s.get(range.clone()).unwrap_or_default().to_owned(), None),
        Value::Bytes(bytes) => {
            let bytes = bytes.get(range.clone()).unwrap_or_default();
            (hex::encode_upper(bytes), Some(bytes))
        }
    };
    let width = if bytes.is_some() { 2 } else { 1 };
    let may_show = shown.get(range.start * width..range.end * width).unwrap_or_default();
    if may_show != text {
        return (may_show.to_owned(), String::new());
    }
    let characters = bytes.filter(|_| show == Show::Text).and_then(|b| str::from_utf8(b).ok());
    let text = characters.filter(|c| c.bytes().all(printable)).map_or(text, str::to_owned);
    let meaning = looked_up(values, &text);
    (text, meaning)
}

fn tlv_details(bytes: &[u8], shown: &str, known: &[Element]) -> Vec<Detail> {
    let Some(elements) = tlv::elements(bytes) else {
        return vec![detail("", "not understood", "", "expected BER-TLV: tag, length, value")];
    };
    let value = Value::bytes(bytes);
    let leaf = |e: Tlv| {
        let tag = hex::encode_upper(bytes.get(e.tag.clone()).unwrap_or_default());
        let Some(known) = known_tag(known, bytes, &e) else {
            let (text, _) = piece(&value, shown, e.value, Show::Hex, &BTreeMap::new());
            return detail(&tag, "unknown element", &text, "");
        };
        let (text, meaning) = piece(&value, shown, e.value, known.show, &known.values);
        detail(&tag, &known.name, &text, &meaning)
    };
    elements.into_iter().map(leaf).collect()
}

fn known_tag<'d>(known: &'d [Element], bytes: &[u8], element: &Tlv) -> Option<&'d Element> {
    let tag = hex::encode_upper(bytes.get(element.tag.clone())?);
    known.iter().find(|k| *k.tag.get_ref() == tag)
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
