//! Finding the fields of a frame: one pass from the front, lenient where nothing is lost by it.

use crate::decode_error::{DecodeError, FieldName, Problem};
use crate::dialect::{Dialect, Field};
use crate::format::{Kind, Size};
use crate::note::{Note, Oddity};
use crate::packing::{self, Nibbles};
use crate::schema::Justify;
use crate::view::{CALL, HEADER, Span, TPDU, View, allowed, fields_of, narrow};

const MTI: usize = 2;
const BITMAP: usize = 8;

impl Dialect {
    /// Finds the fields of a frame, with or without its 2-byte length in front.
    ///
    /// # Errors
    /// The first thing that is not as the dialect says; oddities that harm nothing become [`View::notes`].
    pub fn view<'f>(&'f self, bytes: &'f [u8]) -> Result<View<'f>, DecodeError> {
        match self.view_so_far(bytes) {
            (view, None) => Ok(view),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`Dialect::view`], with what was understood before an error.
    pub(crate) fn view_so_far<'f>(&'f self, bytes: &'f [u8]) -> (View<'f>, Option<DecodeError>) {
        let mut view = View {
            dialect: self,
            bytes,
            declared: None,
            start: 0,
            header_at: TPDU,
            end: bytes.len(),
            understood: 0,
            present: 0,
            spans: [Span::default(); 64],
            notes: Vec::new(),
        };
        let error = view.read().err();
        (view, error)
    }
}

impl<'f> View<'f> {
    fn read(&mut self) -> Result<(), DecodeError> {
        let declared = self.read_length()?;
        self.read_front()?;
        self.read_bitmap()?;
        for number in fields_of(self.present) {
            let start = self.understood;
            self.read_field(number).inspect_err(|_| self.understood = start)?;
        }
        let followed = self.bytes.len() - self.start;
        if declared > followed {
            return Err(error_at(0, None, Problem::Length { declared, actual: followed }));
        }
        if self.end > self.understood {
            self.note(self.understood, None, Oddity::AfterLastField(self.end - self.understood));
        }
        if self.bytes.len() > self.end {
            self.note(self.end, None, Oddity::AfterFrame(self.bytes.len() - self.end));
        }
        Ok(())
    }

    /// The length in front: what it says. Bytes that begin with the TPDU have none.
    fn read_length(&mut self) -> Result<usize, DecodeError> {
        let first: [u8; 2] = match self.bytes.first_chunk() {
            Some(first) => *first,
            None => return Err(self.truncated(0, None, "the length", 2)),
        };
        let declared = usize::from(u16::from_be_bytes(first));
        let largest = self.dialect.largest;
        if declared > largest && Some(first[0]) == self.tpdu_id() && self.bytes.len() <= largest {
            self.note(0, None, Oddity::NoLength);
            return Ok(self.bytes.len());
        }
        if declared > largest {
            return Err(error_at(0, None, Problem::TooLong { declared, largest }));
        }
        self.declared = Some(u16::from_be_bytes(first));
        self.start = 2;
        self.header_at = 2 + TPDU;
        self.understood = 2;
        self.end = self.bytes.len().min(2 + declared);
        Ok(declared)
    }

    /// The TPDU's first byte in this dialect, where it names exactly one.
    fn tpdu_id(&self) -> Option<u8> {
        let values = &self.dialect.tpdu.first()?.values;
        let id = values.keys().next().filter(|_| values.len() == 1)?;
        u8::from_str_radix(id, 16).ok()
    }

    fn read_front(&mut self) -> Result<(), DecodeError> {
        let at = self.understood;
        let tpdu = self.take(TPDU, None, "the TPDU")?;
        if let (Some(first), Some(id)) = (tpdu.first(), self.tpdu_id())
            && *first != id
        {
            self.note(at, None, Oddity::TpduId(*first));
        }
        if let Some((i, _)) = Nibbles::all(tpdu).not_decimal() {
            self.note(at + i, None, Oddity::TpduDigit);
        }
        self.read_call()?;
        let at = self.understood;
        let header = self.take(HEADER, None, "the header")?;
        if let Some((i, _)) = Nibbles::all(header).not_decimal() {
            self.note(at + i, None, Oddity::HeaderDigit);
        }
        let at = self.understood;
        let mti = self.take(MTI, None, "the MTI")?;
        decimal(at, None, Nibbles::all(mti))
    }

    /// An access controller for telephone lines tells of the call between TPDU and header: `LRI`, the length of the rest, the rest. No
    /// header begins so.
    fn read_call(&mut self) -> Result<(), DecodeError> {
        let at = self.understood;
        let begins = self.bytes.get(at..at + CALL.len()).filter(|_| at + CALL.len() <= self.end);
        if begins != Some(CALL) {
            return Ok(());
        }
        let front = self.take(CALL.len() + 2, None, "an access controller's length")?;
        let rest = front.last_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        self.take(rest, None, "what an access controller tells of the call")?;
        self.header_at = self.understood;
        Ok(())
    }

    fn read_bitmap(&mut self) -> Result<(), DecodeError> {
        let at = self.understood;
        let bitmap = self.take(BITMAP, None, "the bitmap")?;
        self.present = bitmap.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        if self.has(1) {
            self.note(at, None, Oddity::SecondBitmap);
        }
        Ok(())
    }

    fn read_field(&mut self, number: u8) -> Result<(), DecodeError> {
        let dialect = self.dialect;
        let Some(field) = dialect.field(number) else {
            let at = self.mti_offset() + MTI + usize::from(number - 1) / 8;
            let name = FieldName { number, name: String::new() };
            return Err(DecodeError {
                offset: at,
                field: Some(name),
                problem: Problem::UnknownField(number),
            });
        };
        let start = self.understood;
        let mut units = self.read_units(field)?;
        let data_at = self.understood;
        let data = self.take(field.kind.bytes_for(units), Some(field), "its value")?;
        match field.kind {
            Kind::Digits => {
                decimal(data_at, Some(field), Nibbles::new(data, units, field.justify))?;
                self.check_padding(field, data, data_at, units);
            }
            Kind::Track => units = self.check_track(field, data, data_at, units)?,
            Kind::Alphanumeric | Kind::Printable => {
                if let Some(i) = data.iter().position(|b| !allowed(field.kind, *b)) {
                    self.note(data_at + i, Some(number), Oddity::Characters);
                }
            }
            Kind::Binary => {}
        }
        let span = Span {
            start: narrow(start),
            data: narrow(data_at),
            end: narrow(self.understood),
            units: narrow(units),
        };
        if let Some(slot) = self.spans.get_mut(usize::from(number) - 1) {
            *slot = span;
        }
        Ok(())
    }

    /// How many digits, characters or bytes the field has, by its format or by the length in front of it.
    fn read_units(&mut self, field: &Field) -> Result<usize, DecodeError> {
        let (max, length_digits) = match field.size {
            Size::Fixed(units) => return Ok(units),
            Size::Variable { max, length_digits } => (max, length_digits),
        };
        let at = self.understood;
        let length = self.take(usize::from(length_digits).div_ceil(2), Some(field), "its length")?;
        decimal(at, Some(field), Nibbles::all(length))?;
        let said = packing::unpack_number(length).unwrap_or(0);
        // One more digit than the most is let through for a track: it may be a padding F that was counted.
        if said > max + usize::from(field.kind == Kind::Track && said.is_multiple_of(2)) {
            return Err(error_at(at, Some(field), Problem::FieldLength { said, max }));
        }
        Ok(said)
    }

    fn check_padding(&mut self, field: &Field, data: &[u8], at: usize, units: usize) {
        if units.is_multiple_of(2) {
            return;
        }
        let index = if field.justify == Justify::Right { 0 } else { units };
        if let Some(found @ 1..) = packing::nibble(data, index) {
            self.note(at + index / 2, Some(field.number), Oddity::Padding(found));
        }
    }

    /// A chip's track 2 may end in F, counted or not; both are read as padding.
    fn check_track(
        &mut self,
        field: &Field,
        data: &[u8],
        at: usize,
        said: usize,
    ) -> Result<usize, DecodeError> {
        self.check_padding(field, data, at, said);
        // Of a fixed number of digits none is padding.
        let Size::Variable { max, .. } = field.size else { return Ok(said) };
        let mut units = said;
        while units > 0 && packing::nibble(data, units - 1) == Some(0x0F) {
            units -= 1;
        }
        if units < said {
            self.note(at + units / 2, Some(field.number), Oddity::TrackPadding);
        }
        if units > max {
            return Err(error_at(at, Some(field), Problem::FieldLength { said, max }));
        }
        Ok(units)
    }

    fn take(&mut self, n: usize, field: Option<&Field>, what: &'static str) -> Result<&'f [u8], DecodeError> {
        let at = self.understood;
        match self.bytes.get(at..at + n).filter(|_| at + n <= self.end) {
            Some(taken) => {
                self.understood = at + n;
                Ok(taken)
            }
            None => Err(self.truncated(at, field, what, n)),
        }
    }

    fn truncated(
        &self,
        at: usize,
        field: Option<&Field>,
        what: &'static str,
        expected: usize,
    ) -> DecodeError {
        let left = self.end.saturating_sub(at);
        error_at(at, field, Problem::Truncated { what, expected, left })
    }

    fn note(&mut self, offset: usize, field: Option<u8>, oddity: Oddity) {
        self.notes.push(Note { offset, field, oddity });
    }
}

fn decimal(at: usize, field: Option<&Field>, digits: Nibbles<'_>) -> Result<(), DecodeError> {
    match digits.not_decimal() {
        Some((byte, found)) => Err(error_at(at + byte, field, Problem::Digit { found })),
        None => Ok(()),
    }
}

fn error_at(offset: usize, field: Option<&Field>, problem: Problem) -> DecodeError {
    let field = field.map(|f| FieldName { number: f.number, name: f.name.clone() });
    DecodeError { offset, field, problem }
}
