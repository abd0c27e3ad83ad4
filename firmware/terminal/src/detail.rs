//! What there is to say of a cause besides its name (INTERFACE.md, section 4, errors, row 6).

use core::fmt::{self, Display, Write};

use heapless::String;

use crate::language::Language;
use crate::panel::screen::{Clipped, Row};
use crate::panel::text::Text;

/// The detail under a cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    /// There is none.
    #[default]
    Nothing,
    /// The same in every language: what a modem answered, a key's name, a number.
    AsItIs(Row),
    /// In words, with the values in their places.
    Words(Text, [Value; 2]),
}

/// A value in the words of a detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Nothing,
    Number(u32),
    /// A name that is the same in every language.
    Name(&'static str),
    /// Field 39; what is not printable ASCII becomes `?`.
    Code([u8; 2]),
    /// A tag of one or two bytes, in hex.
    Tag(u16),
    /// SW1 and SW2, in hex.
    Status(u16),
    /// A TVR, in hex.
    Tvr([u8; 5]),
}

impl Detail {
    /// Words with one value.
    pub(crate) fn of(text: Text, value: impl Into<Value>) -> Self {
        Self::Words(text, [value.into(), Value::Nothing])
    }

    /// Whether it is this, in every language.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Self::AsItIs(row) if row == text)
    }

    /// The detail as a row shows it; what does not fit is cut.
    pub(crate) fn row(&self, language: Language) -> Row {
        match self {
            Self::Nothing => Row::new(),
            Self::AsItIs(row) => row.clone(),
            Self::Words(text, [first, second]) => {
                let mut row = Row::new();
                let _ = text.fill(language, &[first, second], &mut Clipped(&mut row));
                row
            }
        }
    }
}

/// Words without a value.
impl From<Text> for Detail {
    fn from(text: Text) -> Self {
        Self::Words(text, [Value::Nothing; 2])
    }
}

/// What is the same in every language.
impl From<fmt::Arguments<'_>> for Detail {
    fn from(text: fmt::Arguments<'_>) -> Self {
        let mut row = Row::new();
        let _ = Clipped(&mut row).write_fmt(text);
        Self::AsItIs(row)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Number(number.into())
    }
}

/// A number above 32 bits is none that a screen has room for.
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

impl From<&'static str> for Value {
    fn from(name: &'static str) -> Self {
        Self::Name(name)
    }
}

impl From<[u8; 2]> for Value {
    fn from(code: [u8; 2]) -> Self {
        Self::Code(code)
    }
}

impl Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Number(number) => number.fmt(formatter),
            Self::Name(name) => formatter.write_str(name),
            Self::Code(code) => formatter.write_str(&code_text(*code)),
            Self::Tag(tag) => write!(formatter, "{tag:02X}"),
            Self::Status(status) => write!(formatter, "{status:04X}"),
            Self::Tvr(bytes) => bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02X}")),
        }
    }
}

/// In English, for tests that say what a screen would.
#[cfg(test)]
impl Display for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.row(Language::English))
    }
}

/// Field 39 as an operator reads it: what is not printable ASCII becomes `?`.
fn code_text(code: [u8; 2]) -> String<2> {
    code.into_iter().map(|byte| if matches!(byte, b'!'..=b'~') { char::from(byte) } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Detail, Value};
    use crate::language::Language;
    use crate::panel::texts::details::{BYTES, CODE, STATUS, TAG_MISSING, TAG_WRONG, TVR};
    use std::string::ToString;

    #[test]
    fn a_detail_in_words_speaks_both_languages() {
        let lengths = Detail::Words(BYTES, [40_usize.into(), 60_usize.into()]);
        assert_eq!(lengths.row(Language::English), "40 of 60 bytes");
        assert_eq!(lengths.row(Language::Chinese), "40字节,应为60");
    }

    #[test]
    fn a_long_detail_is_cut_to_a_row() {
        let long = "+CME ERROR: ".repeat(20);
        assert_eq!(Detail::from(format_args!("{long}")).to_string(), long[..24]);
    }

    #[test]
    fn what_a_chip_said_is_shown_in_hex() {
        assert_eq!(Detail::of(TAG_MISSING, Value::Tag(0x5A)).to_string(), "tag 5A missing");
        let wrong = Detail::of(TAG_WRONG, Value::Tag(0x5F24));
        assert_eq!(
            (wrong.to_string().as_str(), wrong.row(Language::Chinese).as_str()),
            ("tag 5F24 wrong", "标签5F24错")
        );
        assert_eq!(Detail::of(STATUS, Value::Status(0x0A00)).to_string(), "SW 0A00");
        assert_eq!(Detail::of(TVR, Value::Tvr([0, 0x80, 4, 0, 0xFF])).to_string(), "TVR 00800400FF");
    }

    #[test]
    fn a_code_that_cannot_be_shown_is_a_question_mark() {
        assert_eq!(Detail::of(CODE, Value::Code([b'A', 0x07])).to_string(), "code A?");
    }
}
