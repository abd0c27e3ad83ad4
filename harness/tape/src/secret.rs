//! One value that must not reach a file.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Digits of a PAN that may be shown at its beginning (PCI DSS 4.0, requirement 3.4.1).
const SHOWN_FIRST: usize = 6;
/// Digits of a PAN that may be shown at its end.
const SHOWN_LAST: usize = 4;

/// What sort of value a secret is; it decides how the value is written and how its token looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// A card number: ASCII digits.
    Pan,
    /// Track data: ASCII digits with the separator `D` or `=`.
    Track,
    /// A PIN: ASCII digits.
    Pin,
    /// A cryptographic key: its bytes.
    Key,
}

impl fmt::Display for SecretKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pan => "pan",
            Self::Track => "track",
            Self::Pin => "pin",
            Self::Key => "key",
        })
    }
}

/// The lines on which a secret is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// On every line that has a lens, in notes and in captures.
    All,
    /// On the named lines only: for values so short that they would be met by chance elsewhere.
    Only(BTreeSet<String>),
}

/// Why a value cannot be registered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SecretError {
    /// The value has the wrong length or characters for its kind. The value itself is not told.
    #[error("secret {name}: expected {expected}, got {length} bytes that are not")]
    Value {
        /// The name given at registration.
        name: String,
        /// What a value of this kind looks like.
        expected: &'static str,
        /// Length of the refused value in bytes.
        length: usize,
    },
    /// Another value has this name.
    #[error(
        "secret {name} is registered with another value; give each value a name of its own, such as PIK#2"
    )]
    NameTaken {
        /// The name given at registration.
        name: String,
    },
    /// The name is empty or would make a token ambiguous.
    #[error(
        "a secret's name must be 1 to 40 printable characters without space, '{{' and '}}', got {name:?}"
    )]
    Name {
        /// The name given at registration.
        name: String,
    },
}

/// A value with its name, label and the lines it is looked for on. `Debug` does not print the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    kind: SecretKind,
    name: String,
    value: Zeroizing<Vec<u8>>,
    label: String,
    lines: Lines,
}

impl Secret {
    /// Makes a secret that is looked for on every line with a lens.
    ///
    /// # Errors
    /// When the name or the value does not fit; the message does not hold the value.
    pub fn new(kind: SecretKind, name: &str, value: &[u8]) -> Result<Self, SecretError> {
        let plain = |c: char| c.is_ascii_graphic() && c != '{' && c != '}' && c != '"' && c != '\\';
        if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
            return Err(SecretError::Name { name: name.to_owned() });
        }
        let mut value = Zeroizing::new(value.to_vec());
        if kind == SecretKind::Track {
            value.iter_mut().filter(|byte| **byte == b'=').for_each(|byte| *byte = b'D');
        }
        check_value(kind, &value).map_err(|expected| SecretError::Value {
            name: name.to_owned(),
            expected,
            length: value.len(),
        })?;
        let label = default_label(kind, &value);
        Ok(Self { kind, name: name.to_owned(), value, label, lines: Lines::All })
    }

    /// Sets what its token shows after the name, such as `kcv 900ECCE3`. The caller answers for it: it reaches files.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        self.label = label.to_owned();
        self
    }

    /// Restricts the search to the named lines.
    #[must_use]
    pub fn on_lines<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.lines = Lines::Only(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// The same secret under another name.
    pub(crate) fn renamed(&self, name: String) -> Self {
        Self { name, ..self.clone() }
    }

    /// Whether the same value is looked for on the same lines.
    pub(crate) fn is_same_value(&self, other: &Self) -> bool {
        self.kind == other.kind && self.value == other.value && self.lines == other.lines
    }

    /// Its kind.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// Its name, unique within a registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its token shows after the name; empty for a PIN.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The lines on which it is looked for.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    pub(crate) fn is_on(&self, line: Option<&str>) -> bool {
        match (&self.lines, line) {
            (Lines::All, _) => true,
            (Lines::Only(names), Some(line)) => names.contains(line),
            (Lines::Only(_), None) => false,
        }
    }

    /// A key of one repeated byte (a host under test may send zeros) is no secret and would be met everywhere.
    pub(crate) fn is_trivial(&self) -> bool {
        self.kind == SecretKind::Key && self.value.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// The value with all that must not be shown replaced by zeros.
    pub(crate) fn hidden_value(&self) -> Vec<u8> {
        let length = self.value.len();
        let hide = |(at, byte): (usize, &u8)| match self.kind {
            SecretKind::Pan if at < SHOWN_FIRST || at + SHOWN_LAST >= length => *byte,
            SecretKind::Track if at < SHOWN_FIRST || *byte == b'D' => *byte,
            SecretKind::Key => 0,
            _ => b'0',
        };
        self.value.iter().enumerate().map(hide).collect()
    }

    /// How many of its digits or bytes may be written plainly when only its beginning went over the line.
    pub(crate) fn harmless_prefix(&self) -> usize {
        match self.kind {
            SecretKind::Pan | SecretKind::Track => SHOWN_FIRST,
            SecretKind::Pin => self.value.len().saturating_sub(2),
            // Three bytes met by chance are common enough in a long tape to disturb its reader.
            SecretKind::Key => 3,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("label", &self.label)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

fn check_value(kind: SecretKind, value: &[u8]) -> Result<(), &'static str> {
    let digits = value.iter().all(u8::is_ascii_digit);
    let (fits, expected) = match kind {
        SecretKind::Pan => (digits && (12..=19).contains(&value.len()), "12 to 19 ASCII digits"),
        SecretKind::Track => (
            (12..=128).contains(&value.len())
                && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'D'),
            "12 to 128 ASCII digits with the separator D or =",
        ),
        SecretKind::Pin => (digits && (4..=12).contains(&value.len()), "4 to 12 ASCII digits"),
        SecretKind::Key => ((8..=64).contains(&value.len()), "8 to 64 bytes"),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// First six and last four digits of the PAN; nothing for a PIN or a key.
fn default_label(kind: SecretKind, value: &[u8]) -> String {
    let digits = match kind {
        SecretKind::Pan => value,
        SecretKind::Track => value.split(|byte| *byte == b'D').next().unwrap_or_default(),
        SecretKind::Pin | SecretKind::Key => return String::new(),
    };
    if digits.len() < SHOWN_FIRST + SHOWN_LAST + 2 || digits.len() > 19 {
        return String::new();
    }
    let hidden = SHOWN_FIRST..digits.len() - SHOWN_LAST;
    let shown = |(at, byte): (usize, &u8)| if hidden.contains(&at) { '*' } else { char::from(*byte) };
    digits.iter().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_print_the_value() {
        let key = Secret::new(SecretKind::Key, "PIK#1", b"ABCDEFGH").unwrap().with_label("kcv 900ECCE3");
        let shown = format!("{key:?}");
        assert!(shown.contains("900ECCE3"));
        assert!(!shown.contains("ABCDEFGH") && !shown.contains("65, 66"), "{shown}");
    }

    #[test]
    fn an_error_does_not_tell_the_value() {
        let error = Secret::new(SecretKind::Pan, "pan#1", b"62123456789O1232").unwrap_err();
        assert_eq!(
            error.to_string(),
            "secret pan#1: expected 12 to 19 ASCII digits, got 16 bytes that are not"
        );
    }

    #[test]
    fn labels_show_six_and_four() {
        let pan = Secret::new(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
        assert_eq!(pan.label(), "621234******1232");
        assert_eq!(pan.hidden_value(), b"6212340000001232");
        let track = Secret::new(SecretKind::Track, "track#1", b"6212345678901232=30121010000").unwrap();
        assert_eq!(track.label(), "621234******1232");
        assert_eq!(track.hidden_value(), b"6212340000000000D00000000000");
    }

    #[test]
    fn a_repeated_byte_is_no_key() {
        assert!(Secret::new(SecretKind::Key, "k", &[0; 16]).unwrap().is_trivial());
        assert!(!Secret::new(SecretKind::Key, "k", b"0000000000000001").unwrap().is_trivial());
    }
}
