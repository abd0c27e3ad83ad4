//! What a copy is drawn on: the printer's paper, 32 columns wide (INTERFACE.md, section 13).

use core::fmt::{self, Write};

use heapless::Vec;

use super::escpos;
use crate::language::Language;

/// Columns of the paper.
pub(crate) const COLUMNS: usize = 32;
/// Bytes of a copy, at most.
pub(crate) const COPY: usize = 768;

/// A copy as far as it is drawn. The longest one fits.
#[derive(Default)]
pub(crate) struct Sheet(Vec<u8, COPY>);

impl Sheet {
    /// From the printer's start to the title, which stands in the middle.
    pub(crate) fn begin(language: Language, title: &[u8]) -> Self {
        let mut sheet = Self::default();
        sheet.put(escpos::INITIALISE);
        if language == Language::Chinese {
            sheet.put(escpos::CHINESE);
        }
        sheet.put(escpos::CENTRE);
        sheet.put(escpos::DOUBLE);
        sheet.line(title);
        sheet.put(escpos::SINGLE);
        sheet
    }

    /// The bytes with feed and cut behind them.
    pub(crate) fn finish(mut self) -> Vec<u8, COPY> {
        self.put(escpos::FEED);
        self.put(escpos::CUT);
        self.0
    }

    /// A label and a value of ASCII.
    pub(crate) fn row(&mut self, label: &[u8], value: fmt::Arguments<'_>) {
        let mut bytes = Vec::<u8, COLUMNS>::new();
        let _ = bytes.write_fmt(value);
        self.aligned(label, &bytes);
    }

    /// A label on the left and a value that ends at the last column: each byte of either takes one. A value that would
    /// touch its label has a line of its own.
    pub(crate) fn aligned(&mut self, label: &[u8], value: &[u8]) {
        self.put(label);
        let mut taken = label.len();
        if taken + value.len() >= COLUMNS {
            self.put(b"\n");
            taken = 0;
        }
        for _ in taken + value.len()..COLUMNS {
            self.put(b" ");
        }
        self.line(value);
    }

    pub(crate) fn line(&mut self, text: &[u8]) {
        self.put(text);
        self.put(b"\n");
    }

    /// The printer's commands.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let _ = self.0.extend_from_slice(bytes);
    }
}

/// A message's characters; what could be a command to the printer becomes `?`.
pub(crate) struct Ascii<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Ascii<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| {
            let shown = if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' };
            formatter.write_char(shown)
        })
    }
}

/// Bytes as upper-case hex digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use encoding_rs::GB18030;
    use std::string::String;

    /// The interface's names of the commands.
    const COMMANDS: [(&str, &str); 9] = [
        ("<ESC @>", "\x1B@"),
        ("<FS &>", "\x1C&"),
        ("<ESC a 0>", "\x1Ba\x00"),
        ("<ESC a 1>", "\x1Ba\x01"),
        ("<GS ! 00>", "\x1D!\x00"),
        ("<GS ! 01>", "\x1D!\x01"),
        ("<GS ! 11>", "\x1D!\x11"),
        ("<ESC d 4>", "\x1Bd\x04"),
        ("<GS V B 0>", "\x1DVB\x00"),
    ];

    /// A copy's text with its commands by name.
    pub(crate) fn readable(copy: &[u8]) -> String {
        let (text, damaged) = GB18030.decode_without_bom_handling(copy);
        assert!(!damaged, "{text:?}");
        assert_eq!(GB18030.encode(&text).0, copy);
        COMMANDS.iter().fold(text.into_owned(), |text, (name, bytes)| text.replace(bytes, name))
    }
}
