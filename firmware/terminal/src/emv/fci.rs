//! File control information: what SELECT brings (EMV Book 1, 11.3.4).

use super::cardholder::ApplicationName;
use super::fault::CardError;
use super::parameters::AID;
use super::tag::Tag;
use super::tlv::{self, Objects};

/// The code table of printable ASCII: ISO/IEC 8859, part 1.
const LATIN_1: u8 = 0x01;

/// An application's, or a directory's, FCI.
pub(crate) struct Fci<'a> {
    /// DF name.
    pub(crate) name: &'a [u8],
    /// What stands in the proprietary template.
    pub(crate) proprietary: Objects<'a>,
}

impl<'a> Fci<'a> {
    /// Reads the answer to SELECT.
    ///
    /// # Errors
    /// It is no whole FCI template, or without name or proprietary template.
    pub(crate) fn read(answer: &'a [u8]) -> Result<Self, CardError> {
        let malformed = CardError::malformed(Tag::FCI);
        let content = Objects::of(tlv::template(Tag::FCI, answer).map_err(&malformed)?);
        if !content.are_whole() {
            return Err(CardError::Wrong(Tag::FCI));
        }
        let mandatory = |tag| content.find(tag).map_err(&malformed)?.ok_or(CardError::Missing(tag));
        let name = mandatory(Tag::DF_NAME)?;
        if name.is_empty() || name.len() > AID {
            return Err(CardError::Wrong(Tag::DF_NAME));
        }
        Ok(Self { name, proprietary: Objects::of(mandatory(Tag::FCI_PROPRIETARY)?) })
    }
}

/// The name under which an application is offered; `objects` are a directory entry's or an FCI's, `code_table` is
/// 9F11's value.
pub(crate) fn offered_name(objects: &Objects<'_>, code_table: Option<&[u8]>, aid: &[u8]) -> ApplicationName {
    let value = |tag| objects.find(tag).ok().flatten();
    let preferred = value(Tag::PREFERRED_NAME).filter(|_| code_table == Some(&[LATIN_1]));
    preferred
        .and_then(printable)
        .or_else(|| value(Tag::LABEL).and_then(printable))
        .unwrap_or_else(|| hex(aid))
}

/// Printable ASCII of at most sixteen characters, without the blanks around it.
pub(super) fn printable(value: &[u8]) -> Option<ApplicationName> {
    let text = core::str::from_utf8(value).ok()?.trim_matches(' ');
    let is_printable = !text.is_empty() && text.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    ApplicationName::try_from(text).ok().filter(|_| is_printable)
}

/// As many hex digits as there is room for.
fn hex(bytes: &[u8]) -> ApplicationName {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    let mut name = ApplicationName::new();
    for digit in digits.filter_map(|digit| char::from_digit(digit.into(), 16)) {
        let _ = name.push(digit.to_ascii_uppercase());
    }
    name
}
