//! What a card has said so far, erased when dropped.

use heapless::Vec;
use zeroize::Zeroize;

use super::fault::CardError;
use super::records::Records;
use super::tag::Tag;
use super::tlv::{self, Objects};
use crate::slot::apdu::RESPONSE_DATA;

/// Bytes of the objects that stand alone, at most: what is kept of the answers to SELECT and GET PROCESSING OPTIONS, and
/// 9F10, 9F26, 9F27, 9F36, 9F45 and 9F4C.
const ALONE: usize = 2 * RESPONSE_DATA + 80;

/// Data objects as the card sent them: in records, or one by one. It does not print.
#[derive(Default)]
pub(crate) struct CardData {
    alone: Vec<u8, ALONE>,
    records: Records,
}

impl CardData {
    /// Forgets everything.
    pub(crate) fn wipe(&mut self) {
        self.alone.zeroize();
        self.records.wipe();
    }

    /// The value of an object, of one that stands alone before one in a record of SFI 1 to 10.
    pub(crate) fn find(&self, tag: Tag) -> Option<&[u8]> {
        let alone = Objects::of(&self.alone).find(tag).ok().flatten();
        alone.or_else(|| self.records.find(tag))
    }

    /// The value of an object of exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&self, tag: Tag) -> Option<[u8; N]> {
        self.find(tag)?.try_into().ok()
    }

    /// Keeps an object in the place of one that stood alone under the same tag.
    ///
    /// # Errors
    /// There is no room: the object is wrong.
    pub(crate) fn put(&mut self, tag: Tag, value: &[u8]) -> Result<(), CardError> {
        self.remove(tag);
        tlv::put(&mut self.alone, tag, value).ok_or(CardError::Wrong(tag))
    }

    /// Takes an object that stands alone away.
    pub(crate) fn remove(&mut self, tag: Tag) {
        let mut at = 0;
        for object in Objects::of(&self.alone).filter_map(Result::ok) {
            let length = object.whole.len();
            if object.tag != tag {
                at += length;
                continue;
            }
            let end = self.alone.len();
            self.alone.copy_within(at + length..end, at);
            if let Some(freed) = self.alone.get_mut(end - length..) {
                freed.zeroize();
            }
            self.alone.truncate(end - length);
            return;
        }
    }

    /// Keeps a record of SFI 1 to 10.
    ///
    /// # Errors
    /// It is no template 70, holds an object a second time, or has no room.
    pub(crate) fn put_record(&mut self, record: &[u8], is_signed: bool) -> Result<(), CardError> {
        self.records.put(record, is_signed)
    }

    /// Keeps a record of SFI 11 to 30, of whose content the terminal knows nothing, for authentication only.
    ///
    /// # Errors
    /// It has no room.
    pub(crate) fn put_proprietary_record(&mut self, record: &[u8], is_signed: bool) -> Result<(), CardError> {
        self.records.put_proprietary(record, is_signed)
    }

    /// Runs `take` over the static data to be authenticated; `false` where it cannot be had.
    pub(crate) fn for_signed(&self, mut take: impl FnMut(&[u8])) -> bool {
        if !self.records.for_signed(&mut take) {
            return false;
        }
        // Nothing but the AIP may be named in the list (EMV Book 2, 5.1.1).
        match self.find(Tag::STATIC_TAGS) {
            None => true,
            Some([0x82]) => {
                take(self.find(Tag::AIP).unwrap_or_default());
                true
            }
            Some(_) => false,
        }
    }
}

impl Drop for CardData {
    fn drop(&mut self) {
        self.wipe();
    }
}
