//! What stands in a slot.
//!
//! | bytes | |
//! |---|---|
//! | 4 | the erasure that it came after |
//! | 4 | its place in the order of arrival |
//! | 1 | bytes of its name |
//! | | its name |
//! | | its content |

use heapless::Vec;

use super::record::NAME;

/// Bytes of the longest content, which is a CA key's: expiry, exponent and modulus.
pub(super) const CONTENT: usize = 3 + 1 + 3 + super::ca_key::MODULUS;
/// Bytes of an item, at most.
pub(super) const ITEM: usize = 4 + 4 + 1 + NAME + CONTENT;

/// An item in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    /// How many erasures went before it.
    pub(super) era: u32,
    pub(super) arrival: u32,
    pub(super) name: &'a [u8],
    pub(super) content: &'a [u8],
}

impl<'a> Item<'a> {
    pub(super) fn encode(&self) -> Vec<u8, ITEM> {
        let mut bytes = Vec::new();
        // A name has 16 bytes at most.
        let length = [self.name.len() as u8];
        let [era, arrival] = [self.era, self.arrival].map(u32::to_be_bytes);
        for part in [era.as_slice(), &arrival, &length, self.name, self.content] {
            let _ = bytes.extend_from_slice(part);
        }
        bytes
    }

    pub(super) fn decode(mut bytes: &'a [u8]) -> Option<Self> {
        let era = u32::from_be_bytes(take(&mut bytes)?);
        let arrival = u32::from_be_bytes(take(&mut bytes)?);
        let [length] = take(&mut bytes)?;
        let (name, content) = bytes.split_at_checked(length.into())?;
        Some(Self { era, arrival, name, content })
    }
}

/// Takes a fixed number of bytes off the front.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Takes bytes with their number before them off the front.
pub(super) fn take_list<const N: usize>(rest: &mut &[u8]) -> Option<Vec<u8, N>> {
    let [length] = take(rest)?;
    let (head, tail) = rest.split_at_checked(length.into())?;
    *rest = tail;
    Vec::from_slice(head).ok()
}
