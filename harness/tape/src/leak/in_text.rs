//! Looks for secrets in the letters and digits of a text, whatever stands between them.

use super::in_file::InFile;
use super::sought::Part;
use crate::slot::hex_runs;
use crate::stretch::Stretch;

impl InFile<'_> {
    /// A stretch as a text: without what separates groups, columns and rows, which is written in another way in each kind of text; and the
    /// bytes that its hex digits are.
    pub(super) fn text(&mut self, stretch: &Stretch) {
        let readings = [
            Some(stretch.bare()),
            stretch.unescaped().map(|text| text.bare()),
            stretch.without_markup().map(|text| text.bare()),
            stretch.without_sequences().map(|text| text.bare()),
        ];
        for bytes in hex_runs(stretch) {
            self.slot(&bytes);
        }
        for bare in readings.iter().flatten() {
            self.search(bare, Part::Bare);
            for bytes in hex_runs(bare) {
                self.slot(&bytes);
            }
        }
    }
}

/// A byte and its place.
type Byte = (usize, u8);

impl Stretch {
    /// The text without the escapes of a string of JSON, or of Rust, if there are any: a character of ASCII stands for itself.
    fn unescaped(&self) -> Option<Self> {
        self.with_each(b'\\', |rest| match rest {
            [(_, b'u'), rest @ ..] => code_point(rest),
            [(_, b'b' | b'f' | b'n' | b'r' | b't'), ..] => (None, 1),
            [other, ..] => (Some(*other), 1),
            [] => (None, 0),
        })
    }

    /// The text between the tags of a document in XML, if it is one.
    fn without_markup(&self) -> Option<Self> {
        let first = self.bytes().map(|(_, byte)| byte).find(|byte| !byte.is_ascii_whitespace());
        first.filter(|byte| *byte == b'<')?;
        self.with_each(b'<', |rest| (None, up_to(rest, |byte| byte == b'>')))
    }

    /// The text without control sequences of a terminal (ECMA-48, 5.4), if there are any.
    fn without_sequences(&self) -> Option<Self> {
        self.with_each(0x1B, |rest| match rest {
            [(_, b'['), rest @ ..] => (None, 1 + up_to(rest, |byte| (0x40..=0x7E).contains(&byte))),
            _ => (None, 0),
        })
    }

    /// The text with what `read` makes of each `opening`: of what follows it says what stands in the place of both, and how many bytes it
    /// has taken. Nothing where there is no opening.
    fn with_each(&self, opening: u8, read: impl Fn(&[Byte]) -> (Option<Byte>, usize)) -> Option<Self> {
        let all: Vec<Byte> = self.bytes().collect();
        all.iter().find(|(_, byte)| *byte == opening)?;
        let (mut kept, mut rest) = (Vec::with_capacity(all.len()), all.as_slice());
        while let [first, after @ ..] = rest {
            rest = after;
            if first.1 == opening {
                let (byte, taken) = read(after);
                kept.extend(byte);
                rest = after.get(taken..).unwrap_or_default();
            } else {
                kept.push(*first);
            }
        }
        Some(self.only(kept))
    }
}

/// Bytes up to the first that ends it, that one included.
fn up_to(bytes: &[Byte], ends: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|(_, byte)| ends(*byte)).map_or(bytes.len(), |at| at + 1)
}

/// What follows `\u`: four hex digits, or as many as there are in braces; and how many bytes that are with the `u`.
fn code_point(bytes: &[Byte]) -> (Option<Byte>, usize) {
    let in_braces = bytes.first().is_some_and(|(_, byte)| *byte == b'{');
    let length = if in_braces { up_to(bytes, |byte| byte == b'}') } else { bytes.len().min(4) };
    let digits = bytes[..length].iter().filter_map(|(_, byte)| char::from(*byte).to_digit(16));
    let value = digits.fold(0_u32, |value, digit| value.saturating_mul(16).saturating_add(digit));
    let ascii = u8::try_from(value).ok().filter(u8::is_ascii);
    (bytes.first().zip(ascii).map(|((at, _), byte)| (*at, byte)), 1 + length)
}
