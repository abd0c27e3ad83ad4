//! The dialect file as it is written; `dialect.rs` makes sense of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialectFile {
    pub name: String,
    pub title: String,
    pub framing: Framing,
    #[serde(default)]
    pub mti: BTreeMap<Spanned<String>, String>,
    pub field: BTreeMap<Spanned<String>, FieldTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Framing {
    pub largest: Spanned<usize>,
    pub tpdu: Spanned<Vec<Part>>,
    pub header: Spanned<Vec<Part>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FieldTable {
    pub name: String,
    pub format: Spanned<String>,
    pub length: Option<Spanned<LengthKind>>,
    pub justify: Option<Justify>,
    pub secret: Option<Secret>,
    pub values: Option<BTreeMap<String, String>>,
    pub parts: Option<Vec<Part>>,
    pub length_digits: Option<Spanned<Vec<usize>>>,
    pub elements: Option<Vec<Element>>,
    pub layouts: Option<Vec<Layout>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LengthKind {
    #[serde(rename = "LL")]
    Two,
    #[serde(rename = "LLL")]
    Three,
}

/// Where an odd number of digits stands in its whole bytes.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Justify {
    /// Digits first, free half byte last.
    Left,
    /// Free half byte first.
    Right,
}

/// What of a field must not be shown unless asked for.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// A PAN: the first six and last four digits may be shown.
    Pan,
    /// A track: its PAN as above, its separator, nothing else.
    Track,
}

/// A run of a field's digits, characters or bytes with a meaning of its own.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub name: Spanned<String>,
    pub size: Option<Spanned<usize>>,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    #[serde(default)]
    pub show: Show,
    pub secret: Option<Secret>,
}

#[derive(Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Show {
    #[default]
    Hex,
    Text,
}

/// An element of a field made of tag, length, value: in digits in a text field, BER in a binary one.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Element {
    pub tag: Spanned<String>,
    pub name: String,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    #[serde(default)]
    pub inside: Vec<Element>,
    #[serde(default)]
    pub show: Show,
    pub secret: Option<Secret>,
}

/// One of several ways to cut a field into parts; those of `each` are repeated over what `parts` leave.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    pub when: When,
    pub parts: Vec<Part>,
    #[serde(default)]
    pub each: Vec<Part>,
}

/// All that is given must hold.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct When {
    pub mti: Option<String>,
    pub length: Option<usize>,
    pub starts: Option<String>,
    pub field: Option<Spanned<u8>>,
    #[serde(default)]
    pub at: usize,
    #[serde(default)]
    pub is: Vec<String>,
}

impl Layout {
    /// Whether any of its parts must not be shown whole.
    pub fn has_secrets(&self) -> bool {
        self.parts.iter().chain(&self.each).any(|part| part.secret.is_some())
    }
}
