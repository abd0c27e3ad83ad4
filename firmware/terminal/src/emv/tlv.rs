//! BER-TLV as chip cards have it (EMV Book 3, annex B; ISO/IEC 7816-4, 5.2.2).

use heapless::Vec;

use super::tag::Tag;

/// Bytes of a tag, at most.
const TAG: usize = 4;
/// How deep a search descends into constructed objects.
const DEPTH: usize = 4;

/// Bytes that are no TLV: cut off, without an end, or of a length that no card has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A data object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Object<'a> {
    pub(crate) tag: Tag,
    pub(crate) value: &'a [u8],
    /// Tag, length and value.
    pub(crate) whole: &'a [u8],
}

/// Data objects behind one another; zeros between them mean nothing (EMV Book 3, annex B1).
#[derive(Clone)]
pub(crate) struct Objects<'a>(&'a [u8]);

impl<'a> Objects<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether every byte is part of a whole object, in constructed ones too.
    pub(crate) fn are_whole(&self) -> bool {
        self.are_whole_to(DEPTH)
    }

    fn are_whole_to(&self, depth: usize) -> bool {
        self.clone().all(|object| match object {
            Ok(object) if object.tag.is_constructed() => {
                depth > 0 && Self(object.value).are_whole_to(depth - 1)
            }
            Ok(_) => true,
            Err(Malformed) => false,
        })
    }

    /// The value of the first object with the tag, on this level.
    ///
    /// # Errors
    /// What stands before it is malformed.
    pub(crate) fn find(&self, tag: Tag) -> Result<Option<&'a [u8]>, Malformed> {
        for object in self.clone() {
            let object = object?;
            if object.tag == tag {
                return Ok(Some(object.value));
            }
        }
        Ok(None)
    }

    fn next_object(&mut self) -> Result<Object<'a>, Malformed> {
        let (tag, after_tag) = tag(self.0)?;
        let (length, after_length) = length(after_tag)?;
        let (value, rest) = after_length.split_at_checked(length).ok_or(Malformed)?;
        let (whole, _) = self.0.split_at_checked(self.0.len() - rest.len()).ok_or(Malformed)?;
        self.0 = rest;
        Ok(Object { tag, value, whole })
    }
}

/// It ends behind the first malformed object.
impl<'a> Iterator for Objects<'a> {
    type Item = Result<Object<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((0, rest)) = self.0.split_first() {
            self.0 = rest;
        }
        if self.0.is_empty() {
            return None;
        }
        let object = self.next_object();
        if object.is_err() {
            self.0 = &[];
        }
        Some(object)
    }
}

/// The object that is all that there is, but for zeros around it.
///
/// # Errors
/// The bytes are no object, another one, or one that something follows.
pub(crate) fn alone(tag: Tag, bytes: &[u8]) -> Result<Object<'_>, Malformed> {
    let mut objects = Objects::of(bytes);
    let object = objects.next().ok_or(Malformed)??;
    if object.tag == tag && objects.next().is_none() { Ok(object) } else { Err(Malformed) }
}

/// The value of a template that is all that there is.
///
/// # Errors
/// As of [`alone`].
pub(crate) fn template(tag: Tag, bytes: &[u8]) -> Result<&[u8], Malformed> {
    alone(tag, bytes).map(|object| object.value)
}

/// Reads a tag; the second value is what follows.
///
/// # Errors
/// It is cut off, or longer than four bytes.
pub(crate) fn tag(bytes: &[u8]) -> Result<(Tag, &[u8]), Malformed> {
    let (first, mut rest) = bytes.split_first().ok_or(Malformed)?;
    let mut number = u32::from(*first);
    if first & 0x1F != 0x1F {
        return Ok((Tag(number), rest));
    }
    for _ in 1..TAG {
        let (byte, after) = rest.split_first().ok_or(Malformed)?;
        number = number << 8 | u32::from(*byte);
        rest = after;
        if byte & 0x80 == 0 {
            return Ok((Tag(number), rest));
        }
    }
    Err(Malformed)
}

/// Reads a length of one to three bytes: what a card says is not longer. `80` has no end.
fn length(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    match bytes {
        [short @ ..=0x7F, rest @ ..] => Ok((usize::from(*short), rest)),
        [0x81, length, rest @ ..] => Ok((usize::from(*length), rest)),
        [0x82, high, low, rest @ ..] => Ok((usize::from(u16::from_be_bytes([*high, *low])), rest)),
        _ => Err(Malformed),
    }
}

/// Appends an object; `None`, and nothing written, where there is no room.
pub(crate) fn put<const N: usize>(bytes: &mut Vec<u8, N>, tag: Tag, value: &[u8]) -> Option<()> {
    let mut head = Vec::<u8, { TAG + 3 }>::new();
    tag.with_bytes(|tag| head.extend_from_slice(tag)).ok()?;
    let [high, low] = u16::try_from(value.len()).ok()?.to_be_bytes();
    match (high, low) {
        (0, ..=0x7F) => head.push(low).ok()?,
        (0, _) => head.extend_from_slice(&[0x81, low]).ok()?,
        _ => head.extend_from_slice(&[0x82, high, low]).ok()?,
    }
    if bytes.capacity() - bytes.len() < head.len() + value.len() {
        return None;
    }
    bytes.extend_from_slice(&head).ok()?;
    bytes.extend_from_slice(value).ok()
}
