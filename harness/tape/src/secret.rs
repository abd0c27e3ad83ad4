//! One value that must not reach a file.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::form::Form;
use crate::shape::{Shape, Shapes};

/// Digits of a PAN that may be shown at its beginning (PCI DSS 4.0, requirement 3.4.1).
const SHOWN_FIRST: usize = 6;
/// Digits of a PAN that may be shown at its end.
const SHOWN_LAST: usize = 4;

/// Less than a PIN block that VERIFY brought is not looked for elsewhere.
const SHORTEST_VERIFY: usize = 8;

/// What sort of value a secret is; it decides how the value is written and how its token looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// A card number: ASCII digits.
    Pan,
    /// Track data: ASCII digits with the separator `D` or `=`, or those of track 1: any of its characters, `^` among them.
    Track,
    /// What a head sees of a track: intervals between flux transitions, as the bytes that tell of them.
    Flux,
    /// A PIN: ASCII digits.
    Pin,
    /// A clear PIN block that a card number is part of as well (ISO 9564-1, format 0): its bytes.
    Block,
    /// A cryptographic key: its bytes.
    Key,
    /// A signature from which a card number can be had without any secret, such as the certificate of a card's key: its bytes.
    Certificate,
    /// What a VERIFY command brought to a card and is the block of no known PIN: its bytes. A slot's lens makes them.
    Verify,
}

impl fmt::Display for SecretKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pan => "pan",
            Self::Track => "track",
            Self::Flux => "flux",
            Self::Pin => "pin",
            Self::Block => "block",
            Self::Key => "key",
            Self::Certificate => "certificate",
            Self::Verify => "verify",
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
        "a secret's name must be 1 to 64 printable characters without space, '{{' and '}}', got {name:?}"
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
    shapes: Shapes,
}

impl Secret {
    /// Makes a secret that is looked for on every line with a lens.
    ///
    /// # Errors
    /// When the name or the value does not fit; the message does not hold the value.
    pub fn new(kind: SecretKind, name: &str, value: &[u8]) -> Result<Self, SecretError> {
        let plain = |c: char| c.is_ascii_graphic() && c != '{' && c != '}' && c != '"' && c != '\\';
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            return Err(SecretError::Name { name: name.to_owned() });
        }
        let mut value = Zeroizing::new(value.to_vec());
        if kind == SecretKind::Track && !is_track_1(&value) {
            value.iter_mut().filter(|byte| **byte == b'=').for_each(|byte| *byte = b'D');
        }
        check_value(kind, &value).map_err(|expected| SecretError::Value {
            name: name.to_owned(),
            expected,
            length: value.len(),
        })?;
        let label = default_label(kind, &value);
        Ok(Self { kind, name: name.to_owned(), value, label, lines: Lines::All, shapes: Shapes::default() })
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

    /// Its value in this form; nothing where that makes no sense or adds nothing.
    pub(crate) fn shape(&self, form: Form) -> Option<Arc<Shape>> {
        self.shapes.get(self, form)
    }

    pub(crate) fn is_on(&self, line: Option<&str>) -> bool {
        match (&self.lines, line) {
            (Lines::All, _) => true,
            (Lines::Only(names), Some(line)) => names.contains(line),
            (Lines::Only(_), None) => false,
        }
    }

    /// A key of one repeated byte (a host under test may send zeros) is no secret and would be met everywhere, and so would what
    /// a wrong VERIFY may bring.
    pub(crate) fn is_trivial(&self) -> bool {
        let short = self.kind == SecretKind::Verify && self.value.len() < SHORTEST_VERIFY;
        let bytes = matches!(self.kind, SecretKind::Key | SecretKind::Verify);
        short || bytes && self.value.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// The value with all that must not be shown replaced by zeros.
    pub(crate) fn hidden_value(&self) -> Vec<u8> {
        let length = self.value.len();
        let hide = |(at, byte): (usize, &u8)| match self.kind {
            SecretKind::Pan if at < SHOWN_FIRST || at + SHOWN_LAST >= length => *byte,
            SecretKind::Track if at < SHOWN_FIRST || *byte == b'D' && !is_track_1(&self.value) => *byte,
            SecretKind::Block
            | SecretKind::Key
            | SecretKind::Certificate
            | SecretKind::Flux
            | SecretKind::Verify => 0,
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
            SecretKind::Block | SecretKind::Key => 3,
            // All but a few bytes of a signature can be found by trying.
            SecretKind::Certificate => 8.min(self.value.len().saturating_sub(1)),
            SecretKind::Verify => self.value.len().saturating_sub(1),
            // A few clocking zeros: two bytes each, alike in every even swipe.
            SecretKind::Flux => 16.min(self.value.len().saturating_sub(1)),
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
                && (is_track_1(value) || value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'D')),
            "12 to 128 ASCII digits with the separator D or =, or a track 1 with its ^",
        ),
        SecretKind::Flux => ((2..=2046).contains(&value.len()), "2 to 2046 bytes"),
        SecretKind::Pin => (digits && (4..=12).contains(&value.len()), "4 to 12 ASCII digits"),
        SecretKind::Verify => ((1..=256).contains(&value.len()), "1 to 256 bytes"),
        SecretKind::Block => (value.len() == 8, "8 bytes"),
        SecretKind::Key => ((8..=64).contains(&value.len()), "8 to 64 bytes"),
        SecretKind::Certificate => ((32..=256).contains(&value.len()), "32 to 256 bytes"),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// Whether track data are those of track 1 (ISO/IEC 7813: characters from space to `_`, with `^` between the fields).
pub(crate) fn is_track_1(value: &[u8]) -> bool {
    value.contains(&b'^') && value.iter().all(|byte| (b' '..=b'_').contains(byte))
}

/// First six and last four digits of the PAN; nothing for a PIN or a key.
fn default_label(kind: SecretKind, value: &[u8]) -> String {
    let digits = match kind {
        SecretKind::Pan => value,
        SecretKind::Track if is_track_1(value) => return String::new(),
        SecretKind::Track => value.split(|byte| *byte == b'D').next().unwrap_or_default(),
        SecretKind::Pin
        | SecretKind::Block
        | SecretKind::Key
        | SecretKind::Certificate
        | SecretKind::Flux
        | SecretKind::Verify => return String::new(),
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
    fn a_track_1_keeps_its_characters_and_shows_none_of_its_number() {
        let data = b"B6212345678901232^DOE/JANE=D^30121200000047110815";
        let track = Secret::new(SecretKind::Track, "track1#1", data).unwrap();
        assert_eq!(track.value(), data);
        let hidden = track.hidden_value();
        assert_eq!(&hidden[..6], b"B62123");
        assert!(hidden[6..].iter().all(|byte| *byte == b'0'));
        assert_eq!(track.label(), "");
        Secret::new(SecretKind::Track, "track1#2", b"B6212345678901232").unwrap_err();
    }

    #[test]
    fn a_repeated_byte_is_no_key() {
        assert!(Secret::new(SecretKind::Key, "k", &[0; 16]).unwrap().is_trivial());
        assert!(!Secret::new(SecretKind::Key, "k", b"0000000000000001").unwrap().is_trivial());
    }
}
