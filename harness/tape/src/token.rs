//! What stands in a record for a secret.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::form::Form;
use crate::pattern::Pattern;
use crate::secret::SecretKind;

/// A secret, or a stretch of one, that was replaced. Its place is its place among the pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The secret's name, such as `pan#1`.
    #[serde(rename = "token")]
    pub name: String,
    /// What sort of value it is.
    pub kind: SecretKind,
    /// What may be shown of it: first six and last four digits, or a key's KCV.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub show: String,
    /// How it was written.
    pub form: Form,
    /// Case of hex letters: nothing for upper case, `lower`, or `U` and `l` for each character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Where in the secret, in nibbles of its form, this stretch begins.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub from: usize,
    /// Length of this stretch in nibbles: two a byte.
    pub nibbles: usize,
    /// Length of the whole secret in this form, in nibbles; left out where that is what stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(value: &usize) -> bool {
    *value == 0
}

/// No form of any secret is longer, in nibbles: a frame's flux in hex with spaces has 12,274.
const LONGEST: usize = 16_384;

impl Token {
    /// Whether the lengths can be true; a damaged file may say anything.
    pub(crate) fn is_plausible(&self) -> bool {
        let of = self.of.unwrap_or(self.nibbles);
        of <= LONGEST && self.nibbles > 0 && self.from.checked_add(self.nibbles).is_some_and(|end| end <= of)
    }

    /// The token for a stretch of `pattern`; `cases` as [`cases_of`] tells them for the stretch.
    pub(crate) fn new(pattern: &Pattern, from: usize, nibbles: usize, cases: &str) -> Self {
        Self {
            name: pattern.secret.name().to_owned(),
            kind: pattern.secret.kind(),
            show: pattern.secret.label().to_owned(),
            form: pattern.form,
            case: fold_case(cases),
            from,
            nibbles,
            of: (nibbles != pattern.len()).then(|| pattern.len()),
        }
    }

    /// Whether the whole secret stood here.
    pub fn is_whole(&self) -> bool {
        self.of.is_none()
    }

    /// Length in bytes of what was replaced; half bytes count as whole ones.
    pub fn bytes(&self) -> usize {
        self.nibbles.div_ceil(2)
    }

    /// Joins the stretch that follows in the same secret; false where `next` is another matter.
    pub(crate) fn join(&mut self, next: &Self) -> bool {
        let same =
            self.name == next.name && self.form == next.form && self.of.is_some() && self.of == next.of;
        if !same || self.from + self.nibbles != next.from {
            return false;
        }
        let case = self.cases() + &next.cases();
        self.nibbles += next.nibbles;
        self.case = fold_case(&case);
        if self.from == 0 && self.of == Some(self.nibbles) {
            self.of = None;
        }
        true
    }

    /// The first `nibbles` nibbles and the rest, each where there is one.
    pub(crate) fn split(self, nibbles: usize) -> (Option<Self>, Option<Self>) {
        match nibbles {
            0 => (None, Some(self)),
            n if n >= self.nibbles => (Some(self), None),
            n => {
                let cases = self.cases();
                let (first, second) = cases.split_at(cases.len().min(characters(self.from, n)));
                let of = self.of.or(Some(self.nibbles));
                let head = Self { nibbles: n, case: fold_case(first), of, ..self.clone() };
                let (from, nibbles, case) = (self.from + n, self.nibbles - n, fold_case(second));
                (Some(head), Some(Self { from, nibbles, case, of, ..self }))
            }
        }
    }

    /// `U` or `l` for each character whose high nibble is in this stretch.
    pub(crate) fn cases(&self) -> String {
        let characters = characters(self.from, self.nibbles);
        match self.case.as_deref() {
            None => "U".repeat(characters),
            Some("lower") => "l".repeat(characters),
            Some(each) => each.to_owned(),
        }
    }
}

/// How many characters have their high nibble among `nibbles` nibbles from `from` on.
pub(crate) fn characters(from: usize, nibbles: usize) -> usize {
    from.saturating_add(nibbles).div_ceil(2) - from.div_ceil(2)
}

/// `U` or `l` for each character whose high nibble is in a stretch that begins at nibble `from` of a form in hex. Digits take
/// the case of the letter before, so that they do not tell where the letters are.
pub(crate) fn cases_of(from: usize, nibbles: &[u8]) -> String {
    let high = |(at, nibble): (usize, &u8)| (from + at).is_multiple_of(2).then_some(*nibble);
    let highs: Vec<u8> = nibbles.iter().enumerate().filter_map(high).collect();
    let mut case = if highs.iter().find(|nibble| matches!(nibble, 4 | 6)) == Some(&6) { 'l' } else { 'U' };
    let one = |nibble: &u8| {
        case = match nibble {
            4 => 'U',
            6 => 'l',
            _ => case,
        };
        case
    };
    highs.iter().map(one).collect()
}

fn fold_case(each: &str) -> Option<String> {
    match (each.contains('U'), each.contains('l')) {
        (_, false) => None,
        (false, true) => Some("lower".to_owned()),
        (true, true) => Some(each.to_owned()),
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        match self.kind {
            SecretKind::Key => write!(f, "key {}", self.name)?,
            _ => write!(f, "{}", self.name)?,
        }
        if !self.show.is_empty() {
            write!(f, " {}", self.show)?;
        }
        if matches!(self.kind, SecretKind::Pan | SecretKind::Track) {
            write!(f, " {}", self.form)?;
        }
        if let Some(of) = self.of {
            write!(f, " part {}+{}/{of}", self.from, self.nibbles)?;
        }
        f.write_str("}")
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown form {name:?} of a token")))
    }
}
