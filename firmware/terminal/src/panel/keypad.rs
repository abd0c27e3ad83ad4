//! The keypad's bytes as keys (INTERFACE.md, section 3).

use embedded_io_async::Read;

use crate::byte_source::ByteSource;

/// A key of the keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// `0` to `9`.
    Digit(u8),
    /// `A` to `F`, of either case, as 10 to 15. It is a key where hex digits are typed, and none elsewhere.
    Letter(u8),
    /// `*`.
    Up,
    /// `#`.
    Down,
    /// Carriage return or line feed.
    Confirm,
    /// Backspace or delete.
    Clear,
    /// Escape.
    Cancel,
}

/// What came from the panel line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A key.
    Key(Key),
    /// `%`, which opens a provisioning record.
    RecordStart,
}

/// What the byte before the present one means for it.
#[derive(Clone, Copy, Debug, Default)]
enum Before {
    #[default]
    Nothing,
    CarriageReturn,
    Escape,
    EscapeBracket,
}

/// Turns bytes into keys, one at a time.
#[derive(Debug, Default)]
pub(crate) struct KeyDecoder {
    before: Before,
}

impl KeyDecoder {
    pub(crate) fn push(&mut self, byte: u8) -> Option<Input> {
        let before = core::mem::take(&mut self.before);
        match (before, byte) {
            (Before::EscapeBracket, _) | (Before::CarriageReturn, b'\n') => return None,
            (Before::Escape, b'[') => {
                self.before = Before::EscapeBracket;
                return None;
            }
            _ => {}
        }
        let key = match byte {
            b'0'..=b'9' => Key::Digit(byte - b'0'),
            b'A'..=b'F' => Key::Letter(byte - b'A' + 10),
            b'a'..=b'f' => Key::Letter(byte - b'a' + 10),
            b'*' => Key::Up,
            b'#' => Key::Down,
            b'\r' => {
                self.before = Before::CarriageReturn;
                Key::Confirm
            }
            b'\n' => Key::Confirm,
            0x08 | 0x7F => Key::Clear,
            0x1B => {
                self.before = Before::Escape;
                Key::Cancel
            }
            b'%' => return Some(Input::RecordStart),
            _ => return None,
        };
        Some(Input::Key(key))
    }
}

/// The keypad: keys, and the bytes of a record.
pub(crate) struct Keypad<R> {
    bytes: ByteSource<R, 64>,
    decoder: KeyDecoder,
}

impl<R: Read> Keypad<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { bytes: ByteSource::new(reader), decoder: KeyDecoder::default() }
    }

    /// Erases the keys that were typed ahead.
    pub(crate) fn forget(&mut self) {
        self.bytes.forget();
    }

    /// The next key or opening of a record; letters are ignored.
    pub(crate) async fn input(&mut self) -> Input {
        loop {
            match self.any_input().await {
                Input::Key(Key::Letter(_)) => {}
                input => return input,
            }
        }
    }

    /// The next key; records are ignored.
    pub(crate) async fn key(&mut self) -> Key {
        loop {
            if let Input::Key(key) = self.input().await {
                return key;
            }
        }
    }

    /// The next key where hex digits are typed; records are ignored.
    pub(crate) async fn hex_key(&mut self) -> Key {
        loop {
            if let Input::Key(key) = self.any_input().await {
                return key;
            }
        }
    }

    async fn any_input(&mut self) -> Input {
        loop {
            if let Some(input) = self.decoder.push(self.bytes.next().await) {
                return input;
            }
        }
    }

    /// The next byte as it came, inside a record.
    pub(crate) async fn byte(&mut self) -> u8 {
        self.bytes.next().await
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, Key, KeyDecoder, Keypad};
    use embassy_futures::block_on;
    use std::vec::Vec;

    fn keys(bytes: &[u8]) -> Vec<Input> {
        let mut decoder = KeyDecoder::default();
        bytes.iter().filter_map(|byte| decoder.push(*byte)).collect()
    }

    #[test]
    fn every_key_of_the_interface() {
        let expected =
            [Key::Digit(0), Key::Digit(9), Key::Up, Key::Down, Key::Clear, Key::Clear, Key::Cancel];
        assert_eq!(keys(b"09*#\x08\x7F\x1B"), expected.map(Input::Key));
        assert_eq!(keys(b"%"), [Input::RecordStart]);
        assert_eq!(keys(b"gZ=\x00\xFF "), []);
        assert_eq!(keys(b"AFaf"), [10, 15, 10, 15].map(|digit| Input::Key(Key::Letter(digit))));
    }

    #[test]
    fn a_letter_is_a_key_only_where_hex_digits_are_typed() {
        block_on(async {
            let mut keypad = Keypad::new(b"a1B%b2%C".as_slice());
            assert_eq!(keypad.key().await, Key::Digit(1));
            assert_eq!(keypad.hex_key().await, Key::Letter(11));
            assert_eq!(keypad.input().await, Input::RecordStart);
            assert_eq!(keypad.input().await, Input::Key(Key::Digit(2)));
            assert_eq!(keypad.hex_key().await, Key::Letter(12));
        });
    }

    #[test]
    fn a_line_feed_right_after_a_carriage_return_is_no_key() {
        assert_eq!(keys(b"\r\n\n\r\r\n"), [Input::Key(Key::Confirm); 4]);
    }

    #[test]
    fn a_cursor_key_is_cancel_and_swallows_its_tail() {
        let cancel = Input::Key(Key::Cancel);
        assert_eq!(keys(b"\x1B[A1"), [cancel, Input::Key(Key::Digit(1))]);
        assert_eq!(keys(b"\x1B[11"), [cancel, Input::Key(Key::Digit(1))]);
        assert_eq!(keys(b"\x1B1"), [cancel, Input::Key(Key::Digit(1))]);
        assert_eq!(keys(b"\x1B\x1B[A"), [cancel, cancel]);
    }
}
