//! A whole record as checked lines.

use heapless::Vec;

use super::crc::crc16;
use super::record_key::{RecordKey, RecordKind};
use super::refusal::{Reason, Refusal};

/// The opening line.
const OPENING: &[u8] = b"%PAYRIG-RECORD 1";

/// A value and its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) line: u16,
    pub(crate) value: &'a [u8],
}

/// The values of a record whose CRC and lines are in order.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    entries: [Option<Entry<'a>>; RecordKey::COUNT],
    /// That of its first key.
    kind: Option<RecordKind>,
    end_line: u16,
}

impl<'a> Record<'a> {
    /// Checks the CRC, then every line from the top.
    ///
    /// # Errors
    /// R01, R02, R03 or R10, whichever comes first in that order of checks.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Refusal> {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let last = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        let (body, end) = text.split_at(last);
        let lines = body.iter().filter(|byte| **byte == b'\n').count();
        let end_line = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(1);
        if stated_crc(end) != Some(crc16(body)) {
            return Err(Refusal::new(Reason::Crc, end_line));
        }
        let mut record = Self { entries: [None; RecordKey::COUNT], kind: None, end_line };
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        for (line, number) in body.split(|byte| *byte == b'\n').zip(1..) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            record.add(line, number).map_err(|reason| Refusal::new(reason, number))?;
        }
        Ok(record)
    }

    fn add(&mut self, line: &'a [u8], number: u16) -> Result<(), Reason> {
        if number == 1 {
            return if line == OPENING { Ok(()) } else { Err(Reason::BadValue) };
        }
        let equals = line.iter().position(|byte| *byte == b'=').ok_or(Reason::BadValue)?;
        let (name, value) = line.split_at(equals);
        let value = value.strip_prefix(b"=").unwrap_or(value);
        let key = RecordKey::named(name).ok_or(Reason::UnknownKey)?;
        if *self.kind.get_or_insert(key.kind()) != key.kind() {
            return Err(Reason::UnknownKey);
        }
        if !key.accepts(value) {
            return Err(Reason::BadValue);
        }
        let entry = self.entries.get_mut(key.index()).ok_or(Reason::UnknownKey)?;
        if entry.replace(Entry { line: number, value }).is_some() {
            return Err(Reason::Twice);
        }
        Ok(())
    }

    /// The value of a key, if the record has it.
    pub(crate) fn get(&self, key: RecordKey) -> Option<Entry<'a>> {
        self.entries.get(key.index()).copied().flatten()
    }

    /// The value of a key that the record must have.
    ///
    /// # Errors
    /// R04 at the last line.
    pub(crate) fn require(&self, key: RecordKey) -> Result<Entry<'a>, Refusal> {
        self.get(key).ok_or(Refusal::new(Reason::KeyMissing, self.end_line))
    }

    /// What it is about; nothing where it has no key.
    pub(crate) fn kind(&self) -> Option<RecordKind> {
        self.kind
    }

    /// Whether it has any key besides `tmk` and `tmk-kcv`.
    pub(crate) fn is_factory_record(&self) -> bool {
        let is_tmk = |index| index == RecordKey::Tmk.index() || index == RecordKey::TmkKcv.index();
        self.entries.iter().enumerate().any(|(index, entry)| entry.is_some() && !is_tmk(index))
    }

    /// Whether it has no key at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.iter().all(Option::is_none)
    }
}

/// The CRC that the last line states, if the line is well formed.
fn stated_crc(end: &[u8]) -> Option<u16> {
    let end = end.strip_suffix(b"\r").unwrap_or(end);
    let digits = end.strip_prefix(b"%END ")?;
    let [high, low] = hex_bytes(digits)?;
    Some(u16::from_be_bytes([high, low]))
}

/// Hex digits, upper or lower case, as bytes; `None` for other characters or another length.
pub(crate) fn hex_bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    if pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

/// Bytes of the longest value in hex: a line has 97.
const VALUE: usize = 48;

/// Hex digits as bytes, however many a line has; `None` for other characters or half a byte.
pub(crate) fn hex_up_to(digits: &[u8]) -> Option<Vec<u8, VALUE>> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let mut bytes = Vec::new();
    for [high, low] in pairs {
        bytes.push(nibble(*high)? << 4 | nibble(*low)?).ok()?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
