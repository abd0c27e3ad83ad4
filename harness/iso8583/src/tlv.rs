//! BER-TLV as EMV writes it (EMV Book 3, annex B): definite lengths, tags of one to three bytes.

use std::ops::Range;

/// Where an element's tag and value stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tlv {
    pub tag: Range<usize>,
    pub value: Range<usize>,
}

/// The elements of `bytes`, one level deep; nothing unless they fill the bytes exactly.
pub(crate) fn elements(bytes: &[u8]) -> Option<Vec<Tlv>> {
    let mut elements = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // A zero byte between elements means nothing.
        if bytes.get(at) == Some(&0) {
            at += 1;
            continue;
        }
        let tag = at..at + tag_size(bytes.get(at..)?)?;
        let (length, taken) = length(bytes.get(tag.end..)?)?;
        let from = tag.end + taken;
        let value = from..from.checked_add(length).filter(|end| *end <= bytes.len())?;
        at = value.end;
        elements.push(Tlv { tag, value });
    }
    Some(elements)
}

/// The bytes that the tag at the front takes.
pub(crate) fn tag_size(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [first, ..] if first & 0x1F != 0x1F => Some(1),
        [_, second, ..] if second & 0x80 == 0 => Some(2),
        [_, _, third, ..] if third & 0x80 == 0 => Some(3),
        _ => None,
    }
}

/// The length, and the bytes that it takes.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [short @ 0..=0x7F, ..] => Some((usize::from(short), 1)),
        [0x81, one, ..] => Some((usize::from(one), 2)),
        [0x82, high, low, ..] => Some((usize::from(u16::from_be_bytes([high, low])), 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_one_to_three_bytes_and_lengths_of_one_to_three_are_read() {
        let bytes = [0x95, 1, 0xAA, 0, 0x9F, 0x26, 0x81, 2, 1, 2, 0xDF, 0x81, 0x29, 0x82, 0, 1, 7];
        let found = elements(&bytes).unwrap();
        let places: Vec<_> = found.iter().map(|e| (e.tag.clone(), e.value.clone())).collect();
        assert_eq!(places, [(0..1, 2..3), (4..6, 8..10), (10..13, 16..17)]);
    }

    #[test]
    fn what_does_not_fill_the_bytes_is_nothing() {
        for bytes in [
            &[0x9F][..],
            &[0x95],
            &[0x95, 2, 0],
            &[0x95, 0x80],
            &[0x95, 0x82, 0xFF, 0xFF],
            &[0x1F, 0x81, 0x81, 1],
        ] {
            assert_eq!(elements(bytes), None, "{bytes:02X?}");
        }
    }
}
