//! What a chip's request carries besides what every request has (INTERFACE.md, section 21, online).

use core::fmt;

/// Fields of a chip's request. They hold the card number, so that they do not print.
#[derive(Clone, Copy)]
pub(crate) struct ChipFields<'a> {
    /// Field 23: 5F34, 0 to 99, where the card has one.
    pub(crate) sequence: Option<u8>,
    /// Field 35 before it is encrypted: the characters of tag 57, without what fills it up.
    pub(crate) track_2: &'a [u8],
    /// Field 55; the longest, of every object that the interface lists, has 166 bytes.
    pub(crate) data: &'a [u8],
}

impl fmt::Debug for ChipFields<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChipFields(..)")
    }
}
