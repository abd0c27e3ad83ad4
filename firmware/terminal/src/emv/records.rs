//! The records that a card has: one bounded store, erased when dropped.

use heapless::Vec;
use zeroize::Zeroize;

use super::fault::CardError;
use super::tag::Tag;
use super::tlv::{self, Object, Objects};

/// Bytes of records, at most.
const ROOM: usize = 2560;
/// Records that offline data authentication covers, at most.
const SIGNED: usize = 32;

/// A part of the store, from and to.
type Part = (u16, u16);

/// Records as the card sent them. Those of SFI 1 to 10 stand at the beginning of the room. Those of SFI 11 to 30, of
/// whose content the terminal knows nothing, stand at its end, where nothing is looked for: only authentication covers
/// them. It does not print.
pub(crate) struct Records {
    bytes: [u8; ROOM],
    /// Where the first ones end.
    known: usize,
    /// Where the others begin.
    proprietary: usize,
    /// Where the static data to be authenticated stands (EMV Book 3, 10.3).
    signed: Vec<Part, SIGNED>,
    /// A record among that data is no template 70: authentication fails.
    is_signed_data_broken: bool,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            bytes: [0; ROOM],
            known: 0,
            proprietary: ROOM,
            signed: Vec::new(),
            is_signed_data_broken: false,
        }
    }
}

impl Records {
    /// Forgets everything.
    pub(super) fn wipe(&mut self) {
        self.bytes.zeroize();
        (self.known, self.proprietary) = (0, ROOM);
        self.signed.clear();
        self.is_signed_data_broken = false;
    }

    /// The value of an object in a record of SFI 1 to 10.
    pub(super) fn find(&self, tag: Tag) -> Option<&[u8]> {
        let known = self.bytes.get(..self.known).unwrap_or_default();
        Objects::of(known)
            .filter_map(Result::ok)
            .find_map(|record| Objects::of(record.value).find(tag).ok()?)
    }

    /// Keeps a record of SFI 1 to 10, which is a template 70 whose objects are not there yet.
    ///
    /// # Errors
    /// It is no such template, holds an object a second time, or has no room.
    pub(super) fn put(&mut self, record: &[u8], is_signed: bool) -> Result<(), CardError> {
        let malformed = CardError::malformed(Tag::RECORD);
        let Object { value, whole, .. } = tlv::alone(Tag::RECORD, record).map_err(&malformed)?;
        if !Objects::of(value).are_whole() {
            return Err(CardError::Wrong(Tag::RECORD));
        }
        let mut rest = Objects::of(value);
        while let Some(object) = rest.next() {
            let Object { tag, .. } = object.map_err(&malformed)?;
            let is_twice = rest.find(tag).map_err(&malformed)?.is_some();
            if is_twice || self.find(tag).is_some() {
                return Err(CardError::Wrong(tag));
            }
        }
        let at = self.known;
        self.keep(record, at)?;
        self.known = at + record.len();
        if is_signed {
            // All of the answer but the template's tag and length; zeros around it are data too (EMV Book 3, 10.3).
            let begin = at + record.iter().take_while(|byte| **byte == 0).count();
            self.cover(at, begin)?;
            self.cover(begin + whole.len() - value.len(), self.known)?;
        }
        Ok(())
    }

    /// Keeps a record of SFI 11 to 30 where it is signed; all of it is covered then.
    ///
    /// # Errors
    /// It has no room.
    pub(super) fn put_proprietary(&mut self, record: &[u8], is_signed: bool) -> Result<(), CardError> {
        if !is_signed {
            return Ok(());
        }
        if tlv::alone(Tag::RECORD, record).is_err() {
            self.is_signed_data_broken = true;
            return Ok(());
        }
        let at = self.proprietary.checked_sub(record.len()).ok_or(CardError::Wrong(Tag::RECORD))?;
        self.keep(record, at)?;
        self.proprietary = at;
        self.cover(at, at + record.len())
    }

    /// Copies a record to its place, where that is between those that are there.
    fn keep(&mut self, record: &[u8], at: usize) -> Result<(), CardError> {
        let place = self.bytes.get_mut(at..at + record.len());
        match place.filter(|_| self.known <= at && at + record.len() <= self.proprietary) {
            Some(place) => place.copy_from_slice(record),
            None => return Err(CardError::Wrong(Tag::RECORD)),
        }
        Ok(())
    }

    fn cover(&mut self, from: usize, to: usize) -> Result<(), CardError> {
        if from == to {
            return Ok(());
        }
        // Both are within the room's few thousand bytes.
        self.signed.push((from as u16, to as u16)).map_err(|_| CardError::Wrong(Tag::RECORD))
    }

    /// Runs `take` over what is signed of the records; `false` where one of them cannot be.
    pub(super) fn for_signed(&self, take: &mut impl FnMut(&[u8])) -> bool {
        for (from, to) in &self.signed {
            take(self.bytes.get(usize::from(*from)..usize::from(*to)).unwrap_or_default());
        }
        !self.is_signed_data_broken
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        self.wipe();
    }
}
