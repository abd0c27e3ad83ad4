//! A text in the languages of the screens, and how values get into it.

use core::fmt::{self, Display, Write};

use crate::language::Language;

/// What is written where a text has a place for a value: `«` and `»` stand around the value's name.
const OPEN: char = '«';
const CLOSE: char = '»';

/// A text of the interface in each language (INTERFACE.md, section 20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) en: &'static str,
    pub(crate) zh: &'static str,
}

/// No text in any language.
pub(crate) const NOTHING: Text = Text { en: "", zh: "" };

impl Text {
    /// The text in a language, its places for values as they are.
    pub(crate) fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    /// Writes the text with the values in its places, in their order. A place without a value stays empty.
    pub(crate) fn fill(
        self,
        language: Language,
        values: &[&dyn Display],
        out: &mut impl Write,
    ) -> fmt::Result {
        let mut values = values.iter();
        let mut pieces = self.of(language).split(OPEN);
        out.write_str(pieces.next().unwrap_or_default())?;
        for piece in pieces {
            if let Some(value) = values.next() {
                write!(out, "{value}")?;
            }
            out.write_str(piece.split_once(CLOSE).map_or(piece, |(_, behind)| behind))?;
        }
        Ok(())
    }
}

/// Makes a constant of each text, and a list of them all for the tests.
macro_rules! texts {
    ($($(#[$attribute:meta])* $name:ident = $en:literal | $zh:literal;)*) => {
        $($(#[$attribute])* pub(crate) const $name: Text = Text { en: $en, zh: $zh };)*
        /// Every text of this file.
        #[cfg(test)]
        pub(crate) const ALL: &[Text] = &[$($name),*];
    };
}

pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::Text;
    use crate::language::Language;
    use std::string::String;

    const TRY: Text = Text { en: "Try «i» of «n»", zh: "第«i»次 共«n»次" };

    fn filled(text: Text, language: Language, values: &[&dyn core::fmt::Display]) -> String {
        let mut out = String::new();
        text.fill(language, values, &mut out).unwrap();
        out
    }

    #[test]
    fn values_stand_in_their_places() {
        assert_eq!(filled(TRY, Language::English, &[&1, &3]), "Try 1 of 3");
        assert_eq!(filled(TRY, Language::Chinese, &[&1, &3]), "第1次 共3次");
        let around = Text { en: "«a» and «b»", zh: "" };
        assert_eq!(filled(around, Language::English, &[&"x", &"y"]), "x and y");
    }

    #[test]
    fn too_few_and_too_many_values_leave_the_words() {
        assert_eq!(filled(TRY, Language::English, &[&1]), "Try 1 of ");
        assert_eq!(filled(TRY, Language::English, &[&1, &2, &3]), "Try 1 of 2");
    }
}
