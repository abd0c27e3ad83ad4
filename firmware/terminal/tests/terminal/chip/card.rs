//! A card application: files, a PIN, cryptograms that are none.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::contacts::{Application, Command, Response};

/// An object.
pub fn tlv(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    match value.len() {
        length @ 0..0x80 => bytes.push(length as u8),
        length => bytes.extend([0x81, u8::try_from(length).unwrap()]),
    }
    bytes.extend_from_slice(value);
    bytes
}

pub fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// What this card is, and what becomes of it.
#[derive(Clone)]
pub struct Card {
    pub names: Vec<(&'static str, &'static str)>,
    pub aip: [u8; 2],
    /// Objects of its only record.
    pub record: BTreeMap<u32, Vec<u8>>,
    /// What GET DATA brings.
    pub counters: BTreeMap<u32, Vec<u8>>,
    pub pin: &'static str,
    pub tries: u8,
    /// The CIDs that it gives, in their order; then what it is asked for.
    pub gives: Vec<u8>,
    /// The number of the command that it is pulled out at, counted from 0.
    pub leaves_at: Option<usize>,
    /// The status of an instruction, in place of what it does.
    pub refuses: Option<(u8, u16)>,
    pub is_mute: bool,
    /// The commands that came: header and data.
    pub log: Rc<RefCell<Vec<Vec<u8>>>>,
    /// Which of the matching names was selected last, counted from 0.
    pub occurrence: usize,
}

/// The AID of the only application.
pub const AID: &str = "A000000333010102";
/// Track 2 of the card.
pub const TRACK: &str = "6212345678901232D3012201000000000";

impl Default for Card {
    fn default() -> Self {
        let record = [
            (0x57, format!("{TRACK}F")),
            (0x5A, "6212345678901232".into()),
            (0x5F24, "301231".into()),
            (0x5F34, "01".into()),
            (0x8C, "9F02069F03069F1A0295055F2A029A039C019F3704".into()),
            (0x8D, "8A029F02069F03069F1A0295055F2A029A039C019F3704910A".into()),
            (0x8E, "00000000000000001F00".into()),
            (0x9F42, "0156".into()),
            (0x9F0D, "0000000000".into()),
            (0x9F0E, "0000000000".into()),
            (0x9F0F, "0000000000".into()),
        ];
        let counters = [(0x9F17, "03"), (0x9F36, "0009"), (0x9F13, "0008")];
        Self {
            names: vec![(AID, "UnionPay Credit")],
            aip: [0x14, 0x00],
            record: record.map(|(tag, value): (u32, String)| (tag, hex(&value))).into(),
            counters: counters.map(|(tag, value)| (tag, hex(value))).into(),
            pin: "123456",
            tries: 3,
            gives: Vec::new(),
            leaves_at: None,
            refuses: None,
            is_mute: false,
            log: Rc::default(),
            occurrence: 0,
        }
    }
}

impl Card {
    /// Its CVM list.
    pub fn with_rules(mut self, rules: &str) -> Self {
        self.record.insert(0x8E, hex(&format!("0000000000000000{rules}")));
        self
    }

    /// Its record without an object.
    pub fn without(mut self, tag: u32) -> Self {
        self.record.remove(&tag);
        self
    }

    fn select(&mut self, name: &[u8], is_next: bool) -> Response {
        self.occurrence = if is_next { self.occurrence + 1 } else { 0 };
        let mut matching = (0..self.names.len()).filter(|at| hex(self.names[*at].0).starts_with(name));
        let Some(at) = matching.nth(self.occurrence) else { return (Vec::new(), 0x6A82) };
        let (aid, label) = self.names[at];
        let inner =
            [tlv(0x50, label.as_bytes()), tlv(0x87, &[1 + at as u8]), tlv(0x9F38, &hex("9F1A029F3704"))];
        (tlv(0x6F, &[tlv(0x84, &hex(aid)), tlv(0xA5, &inner.concat())].concat()), 0x9000)
    }

    fn read(&self) -> Response {
        let objects: Vec<u8> = self.record.iter().flat_map(|(tag, value)| tlv(*tag, value)).collect();
        (tlv(0x70, &objects), 0x9000)
    }

    fn verify(&mut self, data: &[u8]) -> Response {
        if self.tries == 0 {
            return (Vec::new(), 0x6983);
        }
        let block = format!("2{:X}{:F<14}", self.pin.len(), self.pin);
        let is_right = data == hex(&block);
        self.tries = if is_right { 3 } else { self.tries - 1 };
        self.counters.insert(0x9F17, vec![self.tries]);
        (Vec::new(), if is_right { 0x9000 } else { 0x63C0 | u16::from(self.tries) })
    }

    fn generate(&mut self, p1: u8) -> Response {
        let cid = if self.gives.is_empty() { p1 & 0xC0 } else { self.gives.remove(0) };
        let answer = [&[cid, 0, 9][..], &[0xA0 | cid >> 6; 8], &hex("07010103A02000010A01")].concat();
        (tlv(0x80, &answer), 0x9000)
    }
}

impl Application for Card {
    fn reset(&mut self) {
        self.occurrence = 0;
    }

    fn is_mute(&self) -> bool {
        self.is_mute
    }

    fn answer(&mut self, command: &Command) -> Option<Response> {
        let number = self.log.borrow().len();
        self.log.borrow_mut().push([&command.header[..], &command.data].concat());
        if self.leaves_at == Some(number) {
            return None;
        }
        let [_, instruction, p1, p2] = command.header;
        if let Some((refused, status)) = self.refuses
            && refused == instruction
        {
            return Some((Vec::new(), status));
        }
        Some(match instruction {
            0xA4 => self.select(&command.data, p2 == 2),
            0xA8 => (tlv(0x80, &[&self.aip[..], &[0x08, 1, 1, 0]].concat()), 0x9000),
            0xB2 => self.read(),
            0xCA => {
                let tag = u32::from(u16::from_be_bytes([p1, p2]));
                let value = self.counters.get(&tag).map(|value| tlv(tag, value));
                value.map_or((Vec::new(), 0x6A88), |value| (value, 0x9000))
            }
            0x20 => self.verify(&command.data),
            0xAE => self.generate(p1),
            0x82 | 0x24 | 0x1E => (Vec::new(), 0x9000),
            _ => (Vec::new(), 0x6D00),
        })
    }
}
