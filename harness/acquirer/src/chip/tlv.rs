//! BER-TLV, read strictly (EMV Book 3, annex B): definite lengths in their shortest form, no tag twice, no filling.

use thiserror::Error;

/// Why bytes are no objects of tag, length and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TlvError {
    #[error("offset {offset}: the tag is cut off, or has more than 3 bytes")]
    Tag { offset: usize },
    #[error("tag {tag:02X} at offset {offset}: its length is cut off, or not in its shortest definite form")]
    Length { tag: u32, offset: usize },
    #[error("tag {tag:02X} at offset {offset}: {announced} bytes announced, {left} left")]
    Value { tag: u32, offset: usize, announced: usize, left: usize },
    #[error("tag {tag:02X} at offset {offset} comes twice")]
    Twice { tag: u32, offset: usize },
}

/// The objects of a field, in their order. It does not print.
pub(crate) struct Objects(Vec<(u32, Vec<u8>)>);

impl Objects {
    /// Reads all of the bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut objects = Vec::new();
        let mut offset = 0;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let (tag, behind) = tag(rest).ok_or(TlvError::Tag { offset })?;
            let (announced, behind) = length(behind).ok_or(TlvError::Length { tag, offset })?;
            let left = behind.len();
            let value = behind.get(..announced).ok_or(TlvError::Value { tag, offset, announced, left })?;
            if objects.iter().any(|(known, _)| *known == tag) {
                return Err(TlvError::Twice { tag, offset });
            }
            objects.push((tag, value.to_vec()));
            offset = bytes.len() - left + announced;
        }
        Ok(Self(objects))
    }

    /// The value of a tag.
    pub fn value(&self, tag: u16) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| *known == u32::from(tag)).map(|(_, value)| value.as_slice())
    }

    /// The tags, in their order.
    pub fn tags(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|(tag, _)| *tag)
    }
}

/// An object of one or two tag bytes, its length in its shortest form.
pub(crate) fn object(tag: u16, value: &[u8]) -> Vec<u8> {
    let tag = tag.to_be_bytes();
    let tag = tag.strip_prefix(&[0]).unwrap_or(&tag);
    let [high, low] = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    match (high, low) {
        (0, 0..=0x7F) => [tag, &[low], value].concat(),
        (0, _) => [tag, &[0x81, low], value].concat(),
        _ => [tag, &[0x82, high, low], value].concat(),
    }
}

fn tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match *bytes {
        [first, ref rest @ ..] if first & 0x1F != 0x1F => (first != 0).then_some((u32::from(first), rest)),
        [first, second, ref rest @ ..] if second & 0x80 == 0 => {
            Some((u32::from_be_bytes([0, 0, first, second]), rest))
        }
        [first, second, third, ref rest @ ..] if third & 0x80 == 0 => {
            Some((u32::from_be_bytes([0, first, second, third]), rest))
        }
        _ => None,
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [short @ 0..=0x7F, ref rest @ ..] => Some((usize::from(short), rest)),
        [0x81, one @ 0x80..=0xFF, ref rest @ ..] => Some((usize::from(one), rest)),
        [0x82, high @ 1..=0xFF, low, ref rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([high, low])), rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read_as_they_are_written() {
        let long = [7; 200];
        let bytes = [object(0x95, &[1; 5]), object(0x9F10, &long), object(0x9A, &[])].concat();
        let objects = Objects::read(&bytes).unwrap();
        assert_eq!(objects.tags().collect::<Vec<_>>(), [0x95, 0x9F10, 0x9A]);
        assert_eq!(objects.value(0x9F10), Some(&long[..]));
        assert_eq!(objects.value(0x9F26), None);
    }

    #[test]
    fn what_is_malformed_says_where() {
        let said = |bytes: &[u8]| Objects::read(bytes).err().unwrap().to_string();
        assert_eq!(said(&[0x9A, 1, 7, 0x9F]), "offset 3: the tag is cut off, or has more than 3 bytes");
        assert_eq!(said(&[0]), "offset 0: the tag is cut off, or has more than 3 bytes");
        assert_eq!(said(&[0x9A, 1, 7, 0x95, 2, 0]), "tag 95 at offset 3: 2 bytes announced, 1 left");
        for length in [&[0x80][..], &[0x81, 5], &[0x82, 0, 200], &[]] {
            let bytes = [&[0x9F, 0x26], length].concat();
            assert!(said(&bytes).starts_with("tag 9F26 at offset 0: its length is cut off"), "{length:?}");
        }
        assert_eq!(said(&[0x9C, 1, 0, 0x9C, 1, 0]), "tag 9C at offset 3 comes twice");
    }
}
