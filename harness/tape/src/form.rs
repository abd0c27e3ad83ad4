//! The forms in which a secret may travel.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::secret::{Secret, SecretKind, is_track_1};

/// How a secret was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// ASCII digits; in track data with the separator `D`.
    Ascii,
    /// Track data in ASCII with the separator `=`.
    AsciiEquals,
    /// ASCII digits in groups of four with a space between, as on screens and receipts.
    AsciiGroups,
    /// One digit a nibble, beginning in the high or the low nibble; the separator is 0xD.
    Bcd,
    /// The bytes themselves.
    Raw,
    /// Two hex digits a byte, upper or lower case or both.
    Hex,
    /// Like `Hex`, with a space between bytes.
    HexSpaced,
    /// A PIN in ISO 9564-1 format 2: 2, the number of digits, the digits, filled up with F to eight bytes.
    PinBlock,
    /// Base64 of a stream in which the value begins 0, 1 or 2 bytes after a group of three.
    Base64(u8),
    /// Like `Base64`, in the URL-safe alphabet, where that differs.
    Base64Url(u8),
}

/// Every form with the name it has in files.
const NAMES: [(Form, &str); Form::COUNT] = [
    (Form::Ascii, "ascii"),
    (Form::AsciiEquals, "ascii-equals"),
    (Form::AsciiGroups, "ascii-groups"),
    (Form::Bcd, "bcd"),
    (Form::Raw, "raw"),
    (Form::Hex, "hex"),
    (Form::HexSpaced, "hex-spaced"),
    (Form::PinBlock, "pin-block"),
    (Form::Base64(0), "base64-0"),
    (Form::Base64(1), "base64-1"),
    (Form::Base64(2), "base64-2"),
    (Form::Base64Url(0), "base64url-0"),
    (Form::Base64Url(1), "base64url-1"),
    (Form::Base64Url(2), "base64url-2"),
];

impl Form {
    /// How many there are.
    pub(crate) const COUNT: usize = 14;

    /// Its place among all.
    pub(crate) fn index(self) -> usize {
        Self::all().position(|form| form == self).unwrap_or(Self::COUNT)
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(form, _)| *form)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(form, _)| *form)
    }

    /// Whether the form consists of characters, so that it begins on a byte and case may vary in `Hex`.
    pub(crate) fn is_text(self) -> bool {
        !matches!(self, Self::Bcd | Self::Raw | Self::PinBlock)
    }

    /// Whether letters count in either case.
    pub(crate) fn any_case(self) -> bool {
        matches!(self, Self::Hex | Self::HexSpaced)
    }

    /// The value in this form as nibbles; `None` where the form makes no sense for the kind or adds nothing.
    pub(crate) fn nibbles(self, secret: &Secret, value: &[u8]) -> Option<Vec<u8>> {
        use SecretKind::{Block, Certificate, Flux, Key, Pan, Pin, Track, Verify};
        let text = |text: String| Some(bytes_to_nibbles(text.as_bytes()));
        match (self, secret.kind()) {
            (Self::AsciiEquals | Self::Bcd, Track) if is_track_1(secret.value()) => None,
            (Self::Ascii, Pan | Track | Pin) => Some(bytes_to_nibbles(value)),
            (Self::AsciiEquals, Track) if value.contains(&b'D') => Some(bytes_to_nibbles(
                &value.iter().map(|b| if *b == b'D' { b'=' } else { *b }).collect::<Vec<_>>(),
            )),
            (Self::AsciiGroups, Pan) => {
                Some(bytes_to_nibbles(&value.chunks(4).collect::<Vec<_>>().join(&b' ')))
            }
            (Self::Bcd, Pan | Track | Pin) => Some(value.iter().map(|byte| digit_to_nibble(*byte)).collect()),
            (Self::PinBlock, Pin) => Some(pin_block(value)),
            (Self::Raw, Block | Key | Certificate | Flux | Verify) => Some(bytes_to_nibbles(value)),
            (Self::Hex, _) => text(hex::encode_upper(value)),
            (Self::HexSpaced, Block | Key | Certificate | Flux) => {
                text(value.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" "))
            }
            (Self::Base64(shift), Pan | Track | Key | Certificate | Flux) => {
                Some(bytes_to_nibbles(&base64(shift, value, false)))
            }
            (Self::Base64Url(shift), Pan | Track | Key | Certificate | Flux) => {
                // Judged by the true value, so that the hidden value has the same forms.
                let differs = base64(shift, secret.value(), true) != base64(shift, secret.value(), false);
                differs.then(|| bytes_to_nibbles(&base64(shift, value, true)))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(form, _)| form == self).map_or("?", |(_, name)| *name))
    }
}

/// The base64 characters that are decided by the value alone when `shift` unknown bytes precede it (RFC 4648, 4 and 5).
fn base64(shift: u8, value: &[u8], url_safe: bool) -> Vec<u8> {
    let engine = if url_safe { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    let shift = usize::from(shift);
    let mut bytes = vec![0; shift];
    bytes.extend_from_slice(value);
    let first = (shift * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    engine.encode(&bytes).into_bytes().into_iter().take(last).skip(first).collect()
}

/// ISO 9564-1, format 2.
fn pin_block(digits: &[u8]) -> Vec<u8> {
    let length = u8::try_from(digits.len()).unwrap_or(0) & 0x0F;
    let digits = digits.iter().map(|digit| digit_to_nibble(*digit));
    [2, length].into_iter().chain(digits).chain(std::iter::repeat(0xF)).take(16).collect()
}

fn digit_to_nibble(byte: u8) -> u8 {
    if byte == b'D' { 0xD } else { byte & 0x0F }
}

pub(crate) fn bytes_to_nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).collect()
}

/// An odd last nibble becomes the high half of a last byte.
pub(crate) fn nibbles_to_bytes(nibbles: &[u8]) -> Vec<u8> {
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_characters_depend_on_the_value_alone() {
        let key: Vec<u8> = (0x10..0x20).collect();
        for shift in 0..3_u8 {
            for (before, after) in [([0x00; 3], 0x00), ([0xFF; 3], 0xFF), ([0xA5; 3], 0x5A)] {
                let mut stream = before[..usize::from(shift)].to_vec();
                stream.extend_from_slice(&key);
                stream.push(after);
                let text = STANDARD_NO_PAD.encode(&stream).into_bytes();
                let needle = base64(shift, &key, false);
                assert!(needle.len() >= 20);
                assert!(text.windows(needle.len()).any(|window| window == needle), "shift {shift}");
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for form in Form::all() {
            assert_eq!(Form::from_name(&form.to_string()), Some(form));
        }
    }
}
