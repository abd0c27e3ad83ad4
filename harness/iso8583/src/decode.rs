//! Frames as owned values.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::decode_error::DecodeError;
use crate::dialect::Dialect;
use crate::message::{Frame, Message};
use crate::note::Note;
use crate::packing::Nibbles;
use crate::view::View;

/// A decoded frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes after the length, as the length says; the bytes there were, where no length stood in front.
    pub length: u16,
    /// TPDU, header, message.
    pub frame: Frame,
    /// Byte offsets of each field in what was decoded, its own length included.
    pub spans: BTreeMap<u8, Range<usize>>,
    /// Oddities that were accepted.
    pub notes: Vec<Note>,
}

impl Dialect {
    /// Decodes a frame, with or without its 2-byte length in front.
    ///
    /// # Errors
    /// The first thing that is not as the dialect says, with byte offset and field.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, DecodeError> {
        Ok(self.view(bytes)?.to_decoded())
    }

    /// The bytes of a frame that its MAC covers: MTI to field 63, as they were sent.
    ///
    /// To make a MAC, encode the frame with eight bytes in field 64 (its bit must be set), and put the MAC of
    /// this into field 64.
    ///
    /// # Errors
    /// As [`Dialect::decode`].
    pub fn mac_input<'f>(&'f self, bytes: &'f [u8]) -> Result<&'f [u8], DecodeError> {
        Ok(self.view(bytes)?.mac_input())
    }
}

impl View<'_> {
    /// The frame as its owner.
    #[must_use]
    pub fn to_decoded(&self) -> Decoded {
        let message = Message {
            mti: Nibbles::all(&self.mti()).text(),
            fields: self.fields().map(|f| (f.field.number, f.value())).collect(),
        };
        Decoded {
            length: self.length(),
            frame: Frame { tpdu: self.tpdu(), header: self.header(), message },
            spans: self.fields().map(|f| (f.field.number, f.start..f.end)).collect(),
            notes: self.notes.clone(),
        }
    }
}
