//! Reads ESC/POS, in any chunks.

use encoding_rs::GB18030;
use unicode_width::UnicodeWidthChar;

use super::command::{Align, Command, Size, Spoken};

const EOT: u8 = 0x04;
const LF: u8 = 0x0A;
const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;

/// Commands that no receipt needs, by their first two bytes, with their length: so that their parameters are not taken for text.
const OTHERS: [(u8, &[u8], usize); 6] = [
    (ESC, b"2", 2),
    (ESC, b" !-3=?EGJMRtV{", 3),
    (ESC, b"$\\", 4),
    (FS, b"!-CW", 3),
    (GS, b"BHIafhw", 3),
    (GS, b"LPW", 4),
];

/// A reader of ESC/POS. What it reads does not depend on how the bytes are cut, and any bytes may come.
#[derive(Clone, Debug, Default)]
pub struct EscPos {
    /// A command that is not whole yet.
    begun: Vec<u8>,
    /// Where it begins.
    at: u64,
    /// The two bytes that came last.
    last: [u8; 2],
    chinese: bool,
}

impl EscPos {
    /// Takes what came next; the commands that became whole by it.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Spoken> {
        let mut spoken = Vec::new();
        for byte in bytes {
            self.byte(*byte, &mut spoken);
        }
        spoken
    }

    fn byte(&mut self, byte: u8, spoken: &mut Vec<Spoken>) {
        self.begun.push(byte);
        // It is heard even in the midst of a command that a terminal without power did not finish.
        let real_time = self.last == [DLE, EOT] && (1..=4).contains(&byte);
        self.last = [self.last[1], byte];
        if real_time {
            let own = self.begun.len().min(3);
            let unfinished = self.begun.len() - own;
            if unfinished > 0 {
                self.take(unfinished, Command::Unknown(self.begun[..unfinished].to_vec()), spoken);
            }
            let command = if byte == 4 { Command::PaperStatus } else { unknown(&[DLE, EOT, byte]) };
            self.take(own, command, spoken);
        }
        while let Some((length, command)) = first(&self.begun, self.chinese) {
            self.take(length, command, spoken);
        }
    }

    fn take(&mut self, length: usize, command: Command, spoken: &mut Vec<Spoken>) {
        match command {
            Command::Initialise => self.chinese = false,
            Command::Chinese(on) => self.chinese = on,
            _ => {}
        }
        self.begun.drain(..length);
        spoken.push(Spoken { at: self.at, length, command });
        self.at += length as u64;
    }
}

/// The command with which `bytes` begin and its length; nothing while it is not whole.
fn first(bytes: &[u8], chinese: bool) -> Option<(usize, Command)> {
    match *bytes {
        [] => None,
        [LF, ..] => Some((1, Command::Line)),
        [byte @ b' '..=b'~', ..] => Some((1, Command::Print(char::from(byte)))),
        // Its third byte is looked at where it comes.
        [DLE] | [DLE, EOT] => None,
        [ESC | FS | GS, ..] => command(bytes),
        [0x81..=0xFE, ..] if chinese => character(bytes),
        [byte @ 0x80..=0xFF, ..] => Some((1, Command::Unreadable(vec![byte]))),
        [byte, ..] => Some((1, unknown(&[byte]))),
    }
}

fn command(bytes: &[u8]) -> Option<(usize, Command)> {
    let parameter = |known: fn(u8) -> Option<Command>| {
        let whole = bytes.get(..3)?;
        Some((3, known(whole[2]).unwrap_or_else(|| unknown(whole))))
    };
    match *bytes.get(..2)? {
        [ESC, b'@'] => Some((2, Command::Initialise)),
        [FS, b'&'] => Some((2, Command::Chinese(true))),
        [FS, b'.'] => Some((2, Command::Chinese(false))),
        [ESC, b'a'] => parameter(align),
        [ESC, b'd'] => parameter(|lines| Some(Command::Feed(lines))),
        [GS, b'!'] => parameter(size),
        [GS, b'r'] => parameter(|what| matches!(what, 1 | b'1').then_some(Command::PrintedStatus)),
        [GS, b'V'] => cut(bytes),
        [group, second] => {
            let other =
                OTHERS.iter().find(|(first, seconds, _)| *first == group && seconds.contains(&second));
            let length = other.map_or(2, |(_, _, length)| *length);
            bytes.get(..length).map(|whole| (length, unknown(whole)))
        }
        _ => None,
    }
}

fn align(n: u8) -> Option<Command> {
    Some(Command::Align(match n {
        0 | b'0' => Align::Left,
        1 | b'1' => Align::Centre,
        2 | b'2' => Align::Right,
        _ => return None,
    }))
}

/// One less than the width in the high digit, one less than the height in the low one.
fn size(n: u8) -> Option<Command> {
    let (width, height) = (n >> 4, n & 0x0F);
    (width < 8 && height < 8).then_some(Command::Size(Size { width: width + 1, height: height + 1 }))
}

/// At once, or after feeding to the knife and so many dots.
fn cut(bytes: &[u8]) -> Option<(usize, Command)> {
    match *bytes.get(2)? {
        0 | 1 | b'0' | b'1' => Some((3, Command::Cut)),
        b'A' | b'B' => bytes.get(3).map(|_| (4, Command::Cut)),
        _ => Some((3, unknown(&bytes[..3]))),
    }
}

/// A character of GB18030 in two or four bytes. Where the bytes are none, the first alone is unreadable.
fn character(bytes: &[u8]) -> Option<(usize, Command)> {
    let length = match *bytes {
        [_] | [_, b'0'..=b'9'] | [_, b'0'..=b'9', 0x81..=0xFE] => return None,
        [_, b'0'..=b'9', 0x81..=0xFE, b'0'..=b'9', ..] => 4,
        [_, 0x40..=0x7E | 0x80..=0xFE, ..] => 2,
        _ => 1,
    };
    let own = &bytes[..length];
    let text = GB18030.decode_without_bom_handling_and_without_replacement(own);
    let mut characters = text.iter().flat_map(|text| text.chars());
    let command = match (characters.next(), characters.next()) {
        (Some(one), None) if can_be_shown(one) => Command::Print(one),
        _ => Command::Unreadable(own.to_vec()),
    };
    Some((length, command))
}

/// A printer has a cell for it: nothing that steers, overlays or is no character.
fn can_be_shown(c: char) -> bool {
    let noncharacter = u32::from(c) & 0xFFFE == 0xFFFE || ('\u{FDD0}'..='\u{FDEF}').contains(&c);
    !noncharacter && c.width_cjk().is_some_and(|width| width > 0)
}

fn unknown(bytes: &[u8]) -> Command {
    Command::Unknown(bytes.to_vec())
}
