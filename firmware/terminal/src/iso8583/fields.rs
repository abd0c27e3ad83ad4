//! The fields' formats (PROTOCOL.md, fields).

/// What a field's characters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Packed BCD; an odd number of digits is padded on the left.
    Digits,
    /// Packed BCD; an odd number of digits is padded on the right.
    DigitsPaddedRight,
    /// Packed track characters, `D` between them, or hex digits where they are encrypted; padded on the right.
    Track,
    /// ASCII.
    Text,
    /// Bytes.
    Bytes,
}

/// How long a field is, in digits, characters or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Always this long.
    Fixed(usize),
    /// At most this long, after one BCD byte of length.
    Ll(usize),
    /// At most this long, after two BCD bytes of length.
    Lll(usize),
}

/// A field's format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) kind: Kind,
    pub(crate) length: Length,
}

impl Kind {
    /// Bytes that hold this many digits, characters or bytes.
    pub(crate) fn bytes(self, length: usize) -> usize {
        if self.is_packed() { length.div_ceil(2) } else { length }
    }

    /// Whether two characters share a byte.
    pub(crate) fn is_packed(self) -> bool {
        matches!(self, Self::Digits | Self::DigitsPaddedRight | Self::Track)
    }
}

/// A field's format; `None` for a field that the protocol does not use.
pub(crate) fn format(field: u8) -> Option<Format> {
    use Kind::{Bytes, Digits, DigitsPaddedRight, Text, Track};
    use Length::{Fixed, Ll, Lll};
    let (kind, length) = match field {
        2 => (DigitsPaddedRight, Ll(19)),
        3 | 11 | 12 => (Digits, Fixed(6)),
        4 => (Digits, Fixed(12)),
        13..=15 => (Digits, Fixed(4)),
        22 => (DigitsPaddedRight, Fixed(3)),
        23 => (Digits, Fixed(3)),
        25 | 26 => (Digits, Fixed(2)),
        32 => (DigitsPaddedRight, Ll(11)),
        35 => (Track, Ll(37)),
        36 => (Track, Lll(104)),
        37 => (Text, Fixed(12)),
        38 => (Text, Fixed(6)),
        39 => (Text, Fixed(2)),
        41 => (Text, Fixed(8)),
        42 => (Text, Fixed(15)),
        44 => (Text, Ll(25)),
        48 => (DigitsPaddedRight, Lll(322)),
        49 => (Text, Fixed(3)),
        52 | 64 => (Bytes, Fixed(8)),
        53 => (Digits, Fixed(16)),
        54 => (Text, Lll(20)),
        55 => (Bytes, Lll(255)),
        59 => (Text, Lll(600)),
        60 => (DigitsPaddedRight, Lll(19)),
        61 => (DigitsPaddedRight, Lll(29)),
        62 => (Bytes, Lll(512)),
        63 => (Text, Lll(163)),
        _ => return None,
    };
    Some(Format { kind, length })
}
