//! Data objects: tag, length, value (EMV 4.3 Book 3, annex B).

use super::Tag;

/// A data object as bytes.
pub(super) fn tlv(tag: Tag, value: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = tag.bytes().collect();
    match value.len() {
        short @ 0..=0x7F => bytes.extend(u8::try_from(short)),
        one @ 0x80..=0xFF => bytes.extend([0x81].into_iter().chain(u8::try_from(one))),
        two => bytes.extend([0x82].into_iter().chain(u16::try_from(two).unwrap_or(u16::MAX).to_be_bytes())),
    }
    bytes.extend(value);
    bytes
}

/// Data objects one after another; nothing where they are not whole.
pub(super) fn objects(mut data: &[u8]) -> Option<Vec<(Tag, &[u8])>> {
    let mut objects = Vec::new();
    while !data.is_empty() {
        let (tag, behind) = Tag::read(data)?;
        let (length, behind) = length(behind)?;
        let (value, rest) = behind.split_at_checked(length)?;
        objects.push((tag, value));
        data = rest;
    }
    Some(objects)
}

fn length(data: &[u8]) -> Option<(usize, &[u8])> {
    match data {
        [short @ 0..=0x7F, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, one, rest @ ..] => Some((usize::from(*one), rest)),
        [0x82, high, low, rest @ ..] => Some((usize::from(u16::from_be_bytes([*high, *low])), rest)),
        _ => None,
    }
}
