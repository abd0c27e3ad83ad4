//! A terminal and a card, as far as a line shows them: written apart from what reads the line.

#![allow(dead_code, reason = "each test takes what it needs")]

use payrig_tape::Direction;

pub const TO: Direction = Direction::ToTerminal;
pub const FROM: Direction = Direction::FromTerminal;

/// What went over a line, byte by byte.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub bytes: Vec<(Direction, u8)>,
    pub inverse: bool,
}

impl Line {
    pub fn raw(&mut self, direction: Direction, bytes: &[u8]) {
        self.bytes.extend(bytes.iter().map(|byte| (direction, *byte)));
    }

    /// A character by its value.
    pub fn say(&mut self, direction: Direction, values: &[u8]) {
        for value in values {
            let mut bits = *value;
            if self.inverse {
                bits = (0..8).fold(0, |turned, bit| turned | (!(value >> bit) & 1) << (7 - bit));
            }
            if bits == 0x10 {
                self.raw(direction, &[0x10]);
            }
            self.raw(direction, &[bits]);
        }
    }

    /// Activation and answer to reset of a card of `protocol`.
    pub fn reset(&mut self, inverse: bool, protocol: u8) {
        self.inverse = false;
        self.raw(FROM, b"\x10\x52\x00\x10\x56\x01\x10\x52\x01");
        self.inverse = inverse;
        let mut atr = vec![if inverse { 0x3F } else { 0x3B }, 0x82];
        match protocol {
            0 => atr[1] = 0x02,
            other => atr.extend([0x80 | other, other]),
        }
        atr.extend([0x10, 0x55]);
        if protocol != 0 {
            atr.push(atr[1..].iter().fold(0, |all, byte| all ^ byte));
        }
        self.say(TO, &atr);
    }

    pub fn off(&mut self) {
        self.raw(FROM, b"\x10\x52\x00\x10\x56\x00");
    }

    /// A command of T=0 that sends `data`, all of them or one by one.
    pub fn t0_out(&mut self, header: [u8; 4], data: &[u8], one_by_one: bool) {
        self.say(FROM, &header);
        self.say(FROM, &[u8::try_from(data.len()).unwrap_or(255)]);
        if one_by_one {
            for byte in data {
                self.say(TO, &[0x60, !header[1]]);
                self.say(FROM, &[*byte]);
            }
        } else {
            self.say(TO, &[header[1]]);
            self.say(FROM, data);
        }
        self.say(TO, &[0x90, 0x00]);
    }

    /// A command of T=0 that brings `data`.
    pub fn t0_in(&mut self, header: [u8; 4], data: &[u8], one_by_one: bool) {
        self.say(FROM, &header);
        self.say(FROM, &[u8::try_from(data.len()).unwrap_or(255)]);
        if one_by_one {
            data.iter().for_each(|byte| self.say(TO, &[!header[1], *byte]));
        } else {
            self.say(TO, &[header[1]]);
            self.say(TO, data);
        }
        self.say(TO, &[0x90, 0x00]);
    }

    pub fn block(&mut self, direction: Direction, control: u8, field: &[u8]) {
        self.say(direction, &block(control, field));
    }

    /// A message of T=1 in blocks of `size`; `number` is N(S) of the first one. Blocks whose number is in `again` are sent twice, harmed at first
    /// where the second of the pair says at which character.
    pub fn t1(
        &mut self,
        direction: Direction,
        message: &[u8],
        (size, number): (usize, usize),
        again: &[(usize, Option<usize>)],
    ) -> usize {
        let other = if direction == TO { FROM } else { TO };
        let fields: Vec<&[u8]> = message.chunks(size.max(1)).collect();
        for (at, field) in fields.iter().enumerate() {
            let sent = (number + at) % 2 == 1;
            let more = at + 1 < fields.len();
            let control = u8::from(sent) << 6 | u8::from(more) << 5;
            for (_, harm) in again.iter().filter(|(which, _)| *which == at) {
                let mut copy = block(control, field);
                if let Some(harm) = harm {
                    copy[3 + harm % field.len()] ^= 0x40;
                }
                self.say(direction, &copy);
                self.block(other, 0x81 | u8::from(sent) << 4, &[]);
            }
            self.block(direction, control, field);
            if more {
                self.block(other, 0x80 | u8::from(!sent) << 4, &[]);
            }
        }
        number + fields.len()
    }

    /// Only one direction's bytes.
    pub fn way(&self, direction: Direction) -> Vec<u8> {
        self.bytes.iter().filter(|(way, _)| *way == direction).map(|(_, byte)| *byte).collect()
    }

    /// Chunks of one direction each, cut into sizes that wrap around.
    pub fn chunks(&self, sizes: &[usize]) -> Vec<(Direction, Vec<u8>)> {
        let mut sizes = sizes.iter().cycle().map(|size| (*size).max(1));
        let mut chunks: Vec<(Direction, Vec<u8>)> = Vec::new();
        let mut left = 0;
        for (direction, byte) in &self.bytes {
            match chunks.last_mut() {
                Some((last, bytes)) if last == direction && left > 0 => bytes.push(*byte),
                _ => {
                    left = sizes.next().unwrap_or(1);
                    chunks.push((*direction, vec![*byte]));
                }
            }
            left = left.saturating_sub(1);
        }
        chunks
    }
}

fn block(control: u8, field: &[u8]) -> Vec<u8> {
    let mut block = vec![0, control, u8::try_from(field.len()).unwrap_or(254)];
    block.extend_from_slice(field);
    block.push(block.iter().fold(0, |all, byte| all ^ byte));
    block
}
