//! A frame read in place: where each field stands, without copying or allocating.

use std::fmt;

use crate::dialect::{Dialect, Field};
use crate::format::Kind;
use crate::message::Value;
use crate::note::Note;
use crate::packing::Nibbles;

/// A frame, its parts found and checked. Reading one allocates only for an oddity or an error.
#[derive(Clone)]
pub struct View<'f> {
    pub(crate) dialect: &'f Dialect,
    pub(crate) bytes: &'f [u8],
    pub(crate) declared: Option<u16>,
    /// Offset of the TPDU: 2, or 0 where there is no length.
    pub(crate) start: usize,
    /// Offset of the header: behind the TPDU, or behind what an access controller has put there.
    pub(crate) header_at: usize,
    /// End of the frame by its length.
    pub(crate) end: usize,
    /// How far the bytes were understood.
    pub(crate) understood: usize,
    pub(crate) present: u64,
    pub(crate) spans: [Span; 64],
    pub(crate) notes: Vec<Note>,
}

/// Where a field stands: `start` with its length, `data` without.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub start: u16,
    pub data: u16,
    pub end: u16,
    pub units: u16,
}

/// One field of a [`View`].
#[derive(Clone, Copy)]
pub struct FieldView<'f> {
    /// Its definition.
    pub field: &'f Field,
    /// Offset of its first byte, its length included.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Its bytes without its length.
    pub data: &'f [u8],
    /// How many digits, characters or bytes it has.
    pub units: usize,
}

pub(crate) const TPDU: usize = 5;
pub(crate) const HEADER: usize = 6;
/// How an access controller's words of a call begin.
pub(crate) const CALL: &[u8] = b"LRI";

impl<'f> View<'f> {
    pub(crate) const fn mti_offset(&self) -> usize {
        self.header_at + HEADER
    }

    /// What an access controller has put behind the TPDU, its name and length included; nothing in most frames.
    #[must_use]
    pub fn call(&self) -> &'f [u8] {
        self.bytes.get(self.start + TPDU..self.header_at).unwrap_or_default()
    }

    /// What the length in front says; the number of bytes where there is none.
    #[must_use]
    pub fn length(&self) -> u16 {
        self.declared.unwrap_or_else(|| narrow(self.bytes.len()))
    }

    /// The TPDU.
    #[must_use]
    pub fn tpdu(&self) -> [u8; 5] {
        self.chunk(self.start)
    }

    /// The application header.
    #[must_use]
    pub fn header(&self) -> [u8; 6] {
        self.chunk(self.header_at)
    }

    /// The MTI, packed.
    #[must_use]
    pub fn mti(&self) -> [u8; 2] {
        self.chunk(self.mti_offset())
    }

    fn chunk<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes.get(at..).and_then(|b| b.first_chunk()).copied().unwrap_or([0; N])
    }

    /// Whether bit `number` of the bitmap is set.
    #[must_use]
    pub const fn has(&self, number: u8) -> bool {
        number >= 1 && number <= 64 && self.present >> (64 - number) & 1 == 1
    }

    /// Field `number`, if it is there and was understood.
    #[must_use]
    pub fn field(&self, number: u8) -> Option<FieldView<'f>> {
        if !self.has(number) {
            return None;
        }
        let span = self.spans.get(usize::from(number).checked_sub(1)?)?;
        let (start, data, end) = (usize::from(span.start), usize::from(span.data), usize::from(span.end));
        if end == 0 {
            return None;
        }
        let field = self.dialect.field(number)?;
        Some(FieldView {
            field,
            start,
            end,
            data: self.bytes.get(data..end)?,
            units: usize::from(span.units),
        })
    }

    /// The fields in ascending order.
    pub fn fields(&self) -> impl Iterator<Item = FieldView<'f>> {
        fields_of(self.present).filter_map(|number| self.field(number))
    }

    /// The bytes from the MTI to the end of field 63, which a MAC in field 64 covers, as they were sent.
    #[must_use]
    pub fn mac_input(&self) -> &'f [u8] {
        let end = self.field(64).map_or(self.understood, |mac| mac.start);
        self.bytes.get(self.mti_offset()..end).unwrap_or_default()
    }

    /// What a strict encoder would not have sent.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

impl<'f> FieldView<'f> {
    /// The digits of a packed field.
    #[must_use]
    pub fn nibbles(&self) -> Nibbles<'f> {
        Nibbles::new(self.data, self.units, self.field.justify)
    }

    /// Offset of its first byte behind its length.
    pub(crate) const fn data_start(&self) -> usize {
        self.end - self.data.len()
    }

    /// The value as its owner.
    #[must_use]
    pub fn value(&self) -> Value {
        match self.field.kind {
            Kind::Digits | Kind::Track => Value::Digits(self.nibbles().text()),
            Kind::Binary => Value::Bytes(self.data.to_vec()),
            Kind::Alphanumeric | Kind::Printable => match str::from_utf8(self.data) {
                Ok(text) if text.bytes().all(|b| allowed(self.field.kind, b)) => Value::Text(text.to_owned()),
                _ => Value::Bytes(self.data.to_vec()),
            },
        }
    }
}

/// Places only: the bytes may hold a PAN.
impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", hex::encode_upper(self.mti()))?;
        f.debug_list().entries(self.fields()).finish()
    }
}

/// Place and size only: the bytes may hold a PAN.
impl fmt::Debug for FieldView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = (self.field.number, self.field.kind.unit());
        write!(f, "{number}@{}..{} ({} {unit})", self.start, self.end, self.units)
    }
}

/// The fields that a bitmap names, in ascending order. Bit 1 is none: it stands for a second bitmap.
pub(crate) fn fields_of(bitmap: u64) -> impl Iterator<Item = u8> {
    let mut left = bitmap & (u64::MAX >> 1);
    std::iter::from_fn(move || {
        let ahead = left.leading_zeros();
        left &= !(1_u64 << 63).checked_shr(ahead)?;
        u8::try_from(ahead + 1).ok()
    })
}

/// Printable ASCII, the space included.
pub(crate) const fn printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E)
}

/// Whether a character field of this kind may hold the byte.
pub(crate) const fn allowed(kind: Kind, byte: u8) -> bool {
    match kind {
        Kind::Alphanumeric => byte.is_ascii_alphanumeric() || byte == b' ',
        _ => printable(byte),
    }
}

/// Offsets fit: a frame has at most 24575 bytes, and nothing is read behind its end.
pub(crate) fn narrow(offset: usize) -> u16 {
    u16::try_from(offset).unwrap_or(u16::MAX)
}
