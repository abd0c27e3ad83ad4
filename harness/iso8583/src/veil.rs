//! What of a frame must not be shown, by half byte.

use std::ops::Range;

use crate::decode_error::DecodeError;
use crate::mask;
use crate::meaning;
use crate::message::Value;
use crate::note::{Note, Oddity};
use crate::packing::{self, Nibbles};
use crate::schema::{Justify, Part};
use crate::view::{FieldView, View};

/// A flag for each half byte of a frame: hidden or not.
#[derive(Debug)]
pub(crate) struct Veil {
    hidden: Vec<bool>,
}

/// Digits of a PAN (ISO/IEC 7812-1; none in use is shorter than 13).
const PAN_DIGITS: Range<usize> = 13..20;

/// An MTI, in bytes.
const MTI: usize = 2;

/// Digits of a track 2 after its PAN, at most: 37 in all, the separator among them.
const AFTER_PAN: usize = 37 - PAN_DIGITS.start;

/// Whether the fields may stand elsewhere than they seem to: then a PAN may be read as something else.
pub(crate) fn doubtful(error: Option<&DecodeError>, notes: &[Note]) -> bool {
    let astray =
        |oddity| matches!(oddity, Oddity::Characters | Oddity::AfterLastField(_) | Oddity::AfterFrame(_));
    error.is_some() || notes.iter().any(|note| astray(note.oddity))
}

impl Veil {
    /// Hides nothing.
    pub const fn lifted() -> Self {
        Self { hidden: Vec::new() }
    }

    /// Hides what the dialect calls secret: of a PAN all but the first six and the last four digits. Where
    /// the frame is `doubtful`, hides secret fields whole, and all that could be a PAN wherever it stands.
    pub fn over(view: &View<'_>, doubtful: bool) -> Self {
        let mut veil = Self { hidden: vec![false; view.bytes.len() * 2] };
        for field in view.fields() {
            veil.hide_secrets(view, &field, doubtful);
        }
        if doubtful {
            veil.hide_cards(view.bytes, 2 * Self::fields_begin(view)..view.bytes.len() * 2);
        }
        veil
    }

    /// Where a card's digits may begin. TPDU id, application and MTI that the dialect knows, each in its place, leave no room for
    /// a card number among them; otherwise nothing says what the front is.
    fn fields_begin(view: &View<'_>) -> usize {
        let known = |parts: &[Part], bytes: &[u8]| {
            let id: String = Nibbles::all(bytes).take(2).map(packing::digit).collect();
            parts.first().is_some_and(|part| part.values.contains_key(&id))
        };
        let mti: String = Nibbles::all(&view.mti()).map(packing::digit).collect();
        let front = view.mti_offset() + MTI;
        let dialect = view.dialect;
        let sound = view.understood >= front
            && known(&dialect.tpdu, &view.tpdu())
            && known(&dialect.header, &view.header())
            && dialect.mti.contains_key(&mti);
        if sound { front } else { 0 }
    }

    fn hide_secrets(&mut self, view: &View<'_>, field: &FieldView<'_>, doubtful: bool) {
        let whole = 2 * field.data_start()..2 * field.end;
        let value = field.value();
        let places = Places::of(field, &value);
        let text = value.to_string();
        let secrets = meaning::secrets(view, field, &value);
        if field.field.secret.is_some() {
            // The free half byte of an odd number of digits goes with them.
            self.set(whole, true);
        }
        for (range, secret) in secrets.found.iter().filter(|_| !doubtful || field.field.secret.is_none()) {
            let masked = mask::masked(*secret, text.get(range.clone()).unwrap_or_default());
            for (i, character) in masked.bytes().enumerate() {
                self.set(places.character(range.start + i), character == b'*');
            }
        }
        for range in secrets.unknown {
            self.hide_cards(
                view.bytes,
                places.character(range.start).start..places.character(range.end).start,
            );
        }
    }

    /// Hides every run of digits with a PAN's length and a right check digit (ISO/IEC 7812-1, annex B), and the
    /// track that goes on after it. It hides innocent digits, too.
    fn hide_cards(&mut self, bytes: &[u8], within: Range<usize>) {
        for end in within.clone() {
            let mut sum = 0;
            for (count, at) in (within.start..=end).rev().enumerate().take(PAN_DIGITS.end - 1) {
                let Some(digit @ 0..=9) = packing::nibble(bytes, at) else { break };
                let doubled = if count % 2 == 1 { digit * 2 } else { digit };
                sum += u32::from(if doubled > 9 { doubled - 9 } else { doubled });
                if PAN_DIGITS.contains(&(count + 1)) && sum.is_multiple_of(10) && digit != 0 {
                    self.set(at..end + 1, true);
                    self.hide_track_after(bytes, end + 1..within.end);
                }
            }
        }
    }

    fn hide_track_after(&mut self, bytes: &[u8], rest: Range<usize>) {
        if packing::nibble(bytes, rest.start) == Some(0x0D) {
            self.set(rest.start + 1..rest.end.min(rest.start + AFTER_PAN), true);
        }
    }

    fn set(&mut self, range: Range<usize>, hidden: bool) {
        self.hidden.get_mut(range).into_iter().flatten().for_each(|flag| *flag = hidden);
    }

    fn hides(&self, mut range: Range<usize>) -> bool {
        range.any(|i| self.hidden.get(i) == Some(&true))
    }

    /// Whether anything of these bytes is hidden.
    pub fn hides_of(&self, bytes: Range<usize>) -> bool {
        self.hides(2 * bytes.start..2 * bytes.end)
    }

    /// The bytes from `at` on in hex, `*` for what is hidden.
    pub fn hex(&self, at: usize, bytes: &[u8]) -> String {
        let shown =
            |(i, nibble)| if self.hides(2 * at + i..2 * at + i + 1) { '*' } else { packing::digit(nibble) };
        Nibbles::all(bytes).enumerate().map(shown).collect()
    }

    /// A field's value as its `Display` has it, `*` for every character that is hidden.
    pub fn text(&self, field: &FieldView<'_>, value: &Value) -> String {
        let places = Places::of(field, value);
        let shown = |(i, c)| if self.hides(places.character(i)) { '*' } else { c };
        value.to_string().chars().enumerate().map(shown).collect()
    }
}

/// Where the characters of a field's value (as its `Display` has them) stand in the frame.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    /// Half bytes to a character.
    step: usize,
}

impl Places {
    fn of(field: &FieldView<'_>, value: &Value) -> Self {
        let free_first = field.field.kind.is_packed() && field.field.justify == Justify::Right;
        let free = if free_first { field.units % 2 } else { 0 };
        let step = if matches!(value, Value::Text(_)) { 2 } else { 1 };
        Self { first: 2 * field.data_start() + free, step }
    }

    const fn character(self, index: usize) -> Range<usize> {
        let at = self.first + index * self.step;
        at..at + self.step
    }
}
