//! Oddities that decoding accepts and mentions.

use std::fmt;

/// Something that a strict encoder would not have sent, at a byte of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Byte offset in what was decoded.
    pub offset: usize,
    /// The field, where it is one's.
    pub field: Option<u8>,
    /// What is odd.
    pub oddity: Oddity,
}

/// What can be odd and still be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The bytes begin with the TPDU: no length in front.
    NoLength,
    /// The TPDU's id is not this dialect's.
    TpduId(u8),
    /// A digit beyond 9 in the TPDU.
    TpduDigit,
    /// A digit beyond 9 in the header.
    HeaderDigit,
    /// Bit 1 of the bitmap is set.
    SecondBitmap,
    /// The free half byte of an odd number of digits is not 0.
    Padding(u8),
    /// A track's digits end in `F`, which is taken for padding.
    TrackPadding,
    /// A character field holds other bytes than its format allows.
    Characters,
    /// Bytes after the last field, inside the length.
    AfterLastField(usize),
    /// Bytes after the frame.
    AfterFrame(usize),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.offset)?;
        if let Some(field) = self.field {
            write!(f, ", field {field}")?;
        }
        f.write_str(": ")?;
        match self.oddity {
            Oddity::NoLength => f.write_str("no length in front, taken as a whole frame"),
            Oddity::TpduId(id) => write!(f, "the TPDU begins with {id:02X}, expected this dialect's id"),
            Oddity::TpduDigit => f.write_str("the TPDU has a digit beyond 9"),
            Oddity::HeaderDigit => f.write_str("the header has a digit beyond 9"),
            Oddity::SecondBitmap => f.write_str("bit 1 is set, but this dialect has no second bitmap"),
            Oddity::Padding(nibble) => write!(f, "padded with {nibble:X}, expected 0"),
            Oddity::TrackPadding => f.write_str("the digits end in F, taken for padding"),
            Oddity::Characters => f.write_str("a character outside its format"),
            Oddity::AfterLastField(n) => write!(f, "{n} bytes after the last field"),
            Oddity::AfterFrame(n) => write!(f, "{n} bytes after the frame"),
        }
    }
}
