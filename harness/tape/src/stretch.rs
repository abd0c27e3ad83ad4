//! Bytes of a file that belong together, though they may not stand together in it.

use zeroize::Zeroizing;

use crate::form::bytes_to_nibbles;
use crate::leak::Place;
use crate::lens::Direction;

/// Bytes that somebody sent or wrote one after the other, with where in the file each comes from.
#[derive(Clone, Default)]
pub(crate) struct Stretch {
    /// The first nibble is the high one of a byte.
    nibbles: Zeroizing<Vec<u8>>,
    /// Places in the file, each with the nibble from which on it holds.
    marks: Vec<(usize, Place)>,
    /// The line of a tape that carried it, and which way.
    line: Option<(String, Direction)>,
    /// What ends up to this nibble has been searched before.
    known: usize,
}

impl Stretch {
    /// A stretch that stands in the file as it is, from `place` on.
    pub(crate) fn at(place: Place, bytes: &[u8]) -> Self {
        let mut stretch = Self::default();
        stretch.push(place, &bytes_to_nibbles(bytes));
        stretch
    }

    /// An empty one of a line.
    pub(crate) fn on(line: &str, direction: Direction) -> Self {
        Self { line: Some((line.to_owned(), direction)), ..Self::default() }
    }

    pub(crate) fn push(&mut self, place: Place, nibbles: &[u8]) {
        if !nibbles.is_empty() {
            self.marks.push((self.nibbles.len(), place));
            self.nibbles.extend_from_slice(nibbles);
        }
    }

    /// Puts a nibble of nothing where a byte began outside the stretch.
    pub(crate) fn pad(&mut self) {
        self.nibbles.push(0);
    }

    pub(crate) fn nibbles(&self) -> &[u8] {
        &self.nibbles
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// How many nibbles at the beginning need no search of their own.
    pub(crate) fn known(&self) -> usize {
        self.known
    }

    /// The stretch with `more` after it, which alone is new.
    pub(crate) fn and(&self, more: &Self) -> Self {
        let mut whole = Self { known: self.nibbles.len(), ..Self::default() };
        for part in [self, more] {
            whole.push(part.place(0), &part.nibbles);
        }
        whole
    }

    /// What the line carried, where it was pressed at the terminal.
    pub(crate) fn pressed_on(&self) -> Option<&str> {
        match &self.line {
            Some((line, Direction::ToTerminal)) => Some(line),
            _ => None,
        }
    }

    /// Where in the file the nibble `at` comes from.
    pub(crate) fn place(&self, at: usize) -> Place {
        let last = self.marks.partition_point(|(from, _)| *from <= at);
        let Some((from, place)) = self.marks.get(last.saturating_sub(1)) else { return Place::Byte(0) };
        match place {
            Place::Byte(byte) => Place::Byte(byte + at.saturating_sub(*from) / 2),
            other => other.clone(),
        }
    }

    /// The bytes with their places, the half of a first or last byte left out.
    pub(crate) fn bytes(&self) -> impl Iterator<Item = (usize, u8)> {
        self.nibbles.chunks_exact(2).enumerate().map(|(at, pair)| (at * 2, pair[0] << 4 | pair[1]))
    }

    /// The digits that stay when each key that clears a digit has done so, if there is such a key.
    pub(crate) fn with_cleared_digits(&self) -> Option<Self> {
        const CLEAR: [u8; 2] = [0x08, 0x7F];
        if !self.bytes().any(|(_, byte)| CLEAR.contains(&byte)) {
            return None;
        }
        let mut kept: Vec<(usize, u8)> = Vec::new();
        for (at, byte) in self.bytes() {
            if !CLEAR.contains(&byte) {
                kept.push((at, byte));
            } else if kept.last().is_some_and(|(_, last)| last.is_ascii_digit()) {
                kept.pop();
            }
        }
        Some(self.only(kept))
    }

    /// The letters and digits alone, and what else base64 and track data are written with: without what separates
    /// groups, bytes, columns and rows.
    pub(crate) fn bare(&self) -> Self {
        let written = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_".contains(&byte);
        self.only(self.bytes().filter(|(_, byte)| written(*byte)))
    }

    /// Other bytes in their place, each with the nibble of this stretch that it comes from.
    pub(crate) fn only(&self, bytes: impl IntoIterator<Item = (usize, u8)>) -> Self {
        let mut stretch = Self { line: self.line.clone(), ..Self::default() };
        let mut next = usize::MAX;
        for (at, byte) in bytes {
            if at != next {
                stretch.marks.push((stretch.nibbles.len(), self.place(at)));
            }
            stretch.nibbles.extend([byte >> 4, byte & 0x0F]);
            next = at + 2;
        }
        stretch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(stretch: &Stretch) -> String {
        stretch.bytes().map(|(_, byte)| char::from(byte)).collect()
    }

    #[test]
    fn a_bare_stretch_knows_where_its_characters_stood() {
        let bare = Stretch::at(Place::Byte(100), b"|62 12|\n| 34-56|").bare();
        assert_eq!(text(&bare), "62123456");
        let places: Vec<_> = (0..8).map(|at| bare.place(at * 2)).collect();
        assert_eq!(places, [101, 102, 104, 105, 110, 111, 113, 114].map(Place::Byte));
    }

    #[test]
    fn a_cleared_digit_is_gone_and_nothing_else_is() {
        let pressed = |keys: &[u8]| Stretch::at(Place::Byte(0), keys).with_cleared_digits();
        assert!(pressed(b"4711\r").is_none());
        assert_eq!(pressed(b"479\x0811\r").as_ref().map(text).as_deref(), Some("4711\r"));
        assert_eq!(pressed(b"\r\x0849\x7F\x7F\x7F4711").as_ref().map(text).as_deref(), Some("\r4711"));
    }
}
