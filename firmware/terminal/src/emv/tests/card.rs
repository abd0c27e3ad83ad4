//! A card: files, keys, a PIN, and what it does wrong.

use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

use sha1::{Digest, Sha1};

use super::issuing::{AUTHORITY, CARD, Certified, ISSUER, PIN, Pair, Says, certify};
use crate::slot::apdu::{CardPort, Command, Response, StatusWord};
use crate::slot::fault::SlotFault;

/// An object.
pub(crate) fn tlv(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    match value.len() {
        length @ 0..0x80 => bytes.push(length as u8),
        length @ 0x80..0x100 => bytes.extend_from_slice(&[0x81, length as u8]),
        length => bytes.extend_from_slice(&[&[0x82], &(length as u16).to_be_bytes()[..]].concat()),
    }
    bytes.extend_from_slice(value);
    bytes
}

/// Objects behind one another.
pub(crate) type Objects = BTreeMap<u32, Vec<u8>>;

pub(crate) fn all(objects: &Objects) -> Vec<u8> {
    objects.iter().flat_map(|(tag, value)| tlv(*tag, value)).collect()
}

/// What becomes of the n-th answer to an instruction, counted from 0.
#[derive(Clone)]
pub(crate) enum Twist {
    /// Another status, and no data.
    Status(u16),
    /// Other data.
    Data(Vec<u8>),
    /// A bit of the data turned over.
    Flip(usize),
    /// The data cut off.
    Cut(usize),
    /// The session's end.
    Fault(SlotFault),
}

#[derive(Clone)]
pub(crate) struct Card {
    /// Names of applications and what their FCIs hold in A5.
    pub(crate) applications: Vec<(Vec<u8>, Objects)>,
    /// Whether all of them are blocked.
    pub(crate) blocked_names: bool,
    /// Directory entries, where it has a directory.
    pub(crate) directory: Option<Vec<Vec<u8>>>,
    pub(crate) aip: [u8; 2],
    /// Objects of the record that no signature covers.
    pub(crate) open: Objects,
    /// Objects of the record that signatures cover.
    pub(crate) signed: Objects,
    /// Zeros before and behind its records.
    pub(crate) zeros: [usize; 2],
    /// Records that are read before those: SFI, whether signatures cover it, what it is.
    pub(crate) more: Vec<(u8, bool, Vec<u8>)>,
    /// Their entries in the AFL; where it is empty, one each.
    pub(crate) afl: Vec<u8>,
    /// Objects that GET DATA brings.
    pub(crate) counters: Objects,
    pub(crate) pin: &'static str,
    pub(crate) tries: u8,
    /// Whether answers have format 2.
    pub(crate) is_format_2: bool,
    /// The CIDs that it gives, in their order; then what it is asked for.
    pub(crate) gives: Vec<u8>,
    pub(crate) twists: Vec<(u8, usize, Twist)>,
    /// The commands that came.
    pub(crate) log: Vec<Vec<u8>>,
    pub(crate) challenge: [u8; 8],
    pub(crate) pin_key: &'static Pair,
    pub(crate) exchanged: Vec<u8>,
    pub(crate) last_select: Vec<u8>,
    pub(crate) selections: usize,
}

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// CDOL1: amounts, country, TVR, currency, date, type, unpredictable number.
pub(crate) const CDOL1: &str = "9F02069F03069F1A0295055F2A029A039C019F3704";
/// CDOL2: the response code and the same, and issuer authentication data.
pub(crate) const CDOL2: &str = "8A029F02069F03069F1A0295055F2A029A039C019F3704910A";

impl Card {
    /// A card that has everything, and asks for nothing of the person.
    pub(crate) fn new() -> Self {
        let signed: Objects = [
            (0x5A, hex("6212345678901232")),
            (0x5F24, hex("301231")),
            (0x5F25, hex("200101")),
            (0x5F28, hex("0156")),
            (0x5F34, hex("01")),
            (0x8C, hex(CDOL1)),
            (0x8D, hex(CDOL2)),
            (0x8E, hex("00000000000000001F00")),
            (0x9F07, hex("FF00")),
            (0x9F08, hex("0020")),
            (0x9F0D, hex("0000000000")),
            (0x9F0E, hex("0000000000")),
            (0x9F0F, hex("0000000000")),
            (0x9F42, hex("0156")),
        ]
        .into();
        let fci = [(0x50, b"UnionPay Credit".to_vec()), (0x87, vec![1]), (0x9F38, hex("9F1A029F3704"))];
        Self {
            applications: vec![(hex("A000000333010102"), fci.into())],
            blocked_names: false,
            directory: None,
            aip: [0x7D, 0x00],
            open: [(0x57, hex("6212345678901232D3012201000000000F"))].into(),
            signed,
            zeros: [0, 0],
            more: Vec::new(),
            afl: Vec::new(),
            counters: [
                (0x9F36, vec![0, 9]),
                (0x9F13, vec![0, 8]),
                (0x9F17, vec![3]),
                (0x9F79, hex("000000012345")),
            ]
            .into(),
            pin: "123456",
            tries: 3,
            is_format_2: true,
            gives: Vec::new(),
            twists: Vec::new(),
            log: Vec::new(),
            challenge: [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88],
            pin_key: &CARD,
            exchanged: Vec::new(),
            last_select: Vec::new(),
            selections: 0,
        }
    }

    /// A card that nothing authenticates offline.
    pub(crate) fn plain() -> Self {
        let mut card = Self::new();
        card.aip[0] &= 0x9E;
        card
    }

    /// Its CVM list, of amounts of zero.
    pub(crate) fn with_rules(mut self, rules: &str) -> Self {
        self.signed.insert(0x8E, hex(&std::format!("0000000000000000{rules}")));
        self
    }

    /// Its authentication: 01 CDA, 20 DDA, 40 SDA; the rest of the AIP stays.
    pub(crate) fn with_method(mut self, bit: u8) -> Self {
        self.aip[0] = self.aip[0] & 0x9E | bit;
        self.certified()
    }

    /// Its certificates, made of what it says at this time.
    pub(crate) fn certified(self) -> Self {
        let issuer = Says {
            format: 2,
            name: "621234FF".into(),
            expiry: [0x12, 0x35],
            hash_algorithm: 1,
            key_algorithm: 1,
        };
        self.certified_as(&ISSUER, &issuer, &Self::says())
    }

    pub(crate) fn says() -> Says {
        Says {
            format: 4,
            name: "6212345678901232FFFF".into(),
            expiry: [0x12, 0x35],
            hash_algorithm: 1,
            key_algorithm: 1,
        }
    }

    pub(crate) fn certified_as(mut self, issuer: &Pair, issuer_says: &Says, card_says: &Says) -> Self {
        let more = self.more.iter().filter(|(_, is_signed, _)| *is_signed);
        let mut covered: Vec<u8> = more.flat_map(|(_, _, record)| record.clone()).collect();
        covered.extend(self.padded(all(&self.signed)));
        if self.signed.contains_key(&0x9F4A) {
            covered.extend_from_slice(&self.aip);
        }
        self.open.insert(0x8F, vec![0x92]);
        let mut put = |certified: Certified, [certificate, remainder, exponent]: [u32; 3]| {
            self.open.insert(certificate, certified.certificate);
            self.open.insert(exponent, certified.exponent);
            self.open.remove(&remainder);
            if let Some(rest) = certified.remainder {
                self.open.insert(remainder, rest);
            }
        };
        put(certify(&AUTHORITY, issuer, issuer_says, &[]), [0x90, 0x92, 0x9F32]);
        put(certify(issuer, &CARD, card_says, &covered), [0x9F46, 0x9F48, 0x9F47]);
        self.open.insert(0x93, issuer.sign(vec![3, 1, 0xDA, 0xC0], &covered));
        self
    }

    /// A PIN encipherment key of its own.
    pub(crate) fn with_pin_key(mut self) -> Self {
        let certified = certify(&ISSUER, &PIN, &Self::says(), &[]);
        self.open.insert(0x9F2D, certified.certificate);
        self.open.insert(0x9F2E, certified.exponent);
        if let Some(rest) = certified.remainder {
            self.open.insert(0x9F2F, rest);
        }
        self.pin_key = &PIN;
        self
    }

    pub(crate) fn twisted(mut self, instruction: u8, nth: usize, twist: Twist) -> Self {
        self.twists.push((instruction, nth, twist));
        self
    }

    /// How often an instruction came.
    pub(crate) fn count(&self, instruction: u8) -> usize {
        self.log.iter().filter(|command| command[1] == instruction).count()
    }

    /// Records of SFI 1, an object each; of SFI 2 the signed one.
    fn records(&self) -> Vec<Vec<u8>> {
        self.open.iter().map(|(tag, value)| self.padded(tlv(0x70, &tlv(*tag, value)))).collect()
    }

    /// Bytes of the records that are no others.
    pub(crate) fn length_of_records(&self) -> usize {
        self.records().concat().len() + self.padded(tlv(0x70, &all(&self.signed))).len()
    }

    fn padded(&self, bytes: Vec<u8>) -> Vec<u8> {
        let [before, behind] = self.zeros;
        [vec![0; before], bytes, vec![0; behind]].concat()
    }

    /// A record of the others, which are records of their SFI in their order.
    fn other(&self, record: u8, sfi: u8) -> Option<Vec<u8>> {
        self.more
            .iter()
            .filter(|(own, _, _)| *own == sfi)
            .nth(usize::from(record) - 1)
            .map(|(_, _, it)| it.clone())
    }

    fn answer(&mut self, command: &Command) -> (Vec<u8>, u16) {
        let [_, instruction, p1, p2] = command.header;
        let data = command.data.as_slice();
        match instruction {
            0xA4 => self.select(data, p2 == 2),
            0xB2 if p2 >> 3 == 1 && self.selected_directory() => self.entry(p1),
            0xB2 if p2 >> 3 == 1 => found(self.records().get(usize::from(p1) - 1).cloned(), 0x6A83),
            0xB2 if p2 >> 3 == 2 && p1 == 1 => (self.padded(tlv(0x70, &all(&self.signed))), 0x9000),
            0xB2 => found(self.other(p1, p2 >> 3), 0x6A83),
            0xA8 => self.begin(data),
            0xCA => {
                let tag = u32::from(u16::from_be_bytes([p1, p2]));
                found(self.counters.get(&tag).map(|value| tlv(tag, value)), 0x6A88)
            }
            0x88 => self.authenticate(data),
            0x84 => (self.challenge.to_vec(), 0x9000),
            0x20 => self.verify(data, p2),
            0x82 => (Vec::new(), 0x9000),
            0xAE => self.generate(p1, data),
            0x24 | 0x1E | 0xDA => (Vec::new(), 0x9000),
            _ => (Vec::new(), 0x6D00),
        }
    }

    fn selected_directory(&self) -> bool {
        self.last_select == b"1PAY.SYS.DDF01"
    }

    fn select(&mut self, name: &[u8], is_next: bool) -> (Vec<u8>, u16) {
        self.selections = if is_next { self.selections + 1 } else { 0 };
        self.last_select = name.to_vec();
        if self.selected_directory() {
            let fci = tlv(
                0x6F,
                &[tlv(0x84, name), tlv(0xA5, &[tlv(0x88, &[1]), tlv(0x9F11, &[1])].concat())].concat(),
            );
            return found(self.directory.as_ref().map(|_| fci), 0x6A82);
        }
        let mut matching = self.applications.iter().filter(|(aid, _)| aid.starts_with(name));
        let found_one = matching.nth(self.selections);
        let (fci, status) = found(
            found_one.map(|(aid, inner)| tlv(0x6F, &[tlv(0x84, aid), tlv(0xA5, &all(inner))].concat())),
            0x6A82,
        );
        (fci, if self.blocked_names && status == 0x9000 { 0x6283 } else { status })
    }

    fn entry(&self, record: u8) -> (Vec<u8>, u16) {
        let entries = self.directory.as_ref().unwrap();
        found(entries.get(usize::from(record) - 1).map(|entry| tlv(0x70, &tlv(0x61, entry))), 0x6A83)
    }

    fn begin(&mut self, data: &[u8]) -> (Vec<u8>, u16) {
        self.exchanged = data[2..].to_vec();
        let records = self.records().len() as u8;
        let mut afl = self.afl.clone();
        for (place, (sfi, is_signed, _)) in self.more.iter().enumerate().filter(|_| self.afl.is_empty()) {
            let record = self.more.iter().take(place).filter(|(own, _, _)| own == sfi).count() as u8 + 1;
            afl.extend([sfi << 3, record, record, u8::from(*is_signed)]);
        }
        afl.extend([0x08, 1, records, 0, 0x10, 1, 1, 1]);
        if self.is_format_2 {
            (tlv(0x77, &[tlv(0x82, &self.aip), tlv(0x94, &afl)].concat()), 0x9000)
        } else {
            (tlv(0x80, &[&self.aip[..], &afl].concat()), 0x9000)
        }
    }

    fn authenticate(&self, data: &[u8]) -> (Vec<u8>, u16) {
        let sdad = CARD.sign(vec![5, 1, 3, 2, 0xC0, 0xDE], data);
        (if self.is_format_2 { tlv(0x77, &tlv(0x9F4B, &sdad)) } else { tlv(0x80, &sdad) }, 0x9000)
    }

    fn verify(&mut self, data: &[u8], kind: u8) -> (Vec<u8>, u16) {
        let mut right = vec![0x20 | self.pin.len() as u8];
        right.extend(hex(&std::format!("{:F<14}", self.pin)));
        let is_right = if kind == 0x88 {
            let clear = self.pin_key.private(data);
            clear[0] == 0x7F && clear[1..9] == right && clear[9..17] == self.challenge
        } else {
            data == right
        };
        if self.tries == 0 {
            return (Vec::new(), 0x6983);
        }
        self.tries = if is_right { 3 } else { self.tries - 1 };
        (Vec::new(), if is_right { 0x9000 } else { 0x63C0 | u16::from(self.tries) })
    }

    fn generate(&mut self, p1: u8, data: &[u8]) -> (Vec<u8>, u16) {
        self.exchanged.extend_from_slice(data);
        let cid = if self.gives.is_empty() { p1 & 0xC0 } else { self.gives.remove(0) };
        let (count, cryptogram) = ([0, 9], [0xAC; 8]);
        let issuer_data = hex("07010103A0A802010A010000000000A1B2C3D4");
        let plain =
            [tlv(0x9F27, &[cid]), tlv(0x9F36, &count), tlv(0x9F26, &cryptogram), tlv(0x9F10, &issuer_data)];
        if p1 & 0x10 != 0 && cid & 0xC0 != 0 {
            return (self.signed_answer(cid, data), 0x9000);
        }
        if self.is_format_2 {
            return (tlv(0x77, &plain.concat()), 0x9000);
        }
        (tlv(0x80, &[&[cid][..], &count, &cryptogram, &issuer_data].concat()), 0x9000)
    }

    /// With a combined signature; both CDOLs end with what the terminal drew and, the second, ten bytes more.
    fn signed_answer(&self, cid: u8, data: &[u8]) -> Vec<u8> {
        let drawn = if data.len() == 29 { &data[25..29] } else { &data[27..31] };
        let objects =
            [tlv(0x9F27, &[cid]), tlv(0x9F36, &[0, 9]), tlv(0x9F10, &hex("0701010300000001"))].concat();
        let hash = Sha1::new_with_prefix(&self.exchanged).chain_update(&objects).finalize();
        let dynamic = [&[2, 0xC0, 0xDE, cid][..], &[0xAC; 8], &hash].concat();
        let body = [&[5, 1, dynamic.len() as u8][..], &dynamic].concat();
        tlv(0x77, &[objects, tlv(0x9F4B, &CARD.sign(body, drawn))].concat())
    }
}

fn found(data: Option<Vec<u8>>, otherwise: u16) -> (Vec<u8>, u16) {
    data.map_or((Vec::new(), otherwise), |data| (data, 0x9000))
}

impl CardPort for Card {
    async fn exchange(
        &mut self,
        command: &Command,
        response: &mut Response,
    ) -> Result<StatusWord, SlotFault> {
        let instruction = command.header[1];
        let nth = self.count(instruction);
        self.log.push([&command.header[..], &command.data].concat());
        response.clear();
        let twist = self.twists.iter().find(|(at, number, _)| (*at, *number) == (instruction, nth));
        let twist = twist.map(|(_, _, twist)| twist.clone());
        let (mut data, mut status) = self.answer(command);
        match twist {
            Some(Twist::Status(other)) => (data, status) = (Vec::new(), other),
            Some(Twist::Data(other)) => (data, status) = (other, 0x9000),
            Some(Twist::Flip(bit)) => {
                let length = data.len();
                data[bit / 8 % length] ^= 1 << (bit % 8);
            }
            Some(Twist::Cut(at)) => data.truncate(at),
            Some(Twist::Fault(fault)) => return Err(fault),
            None => {}
        }
        response.extend_from_slice(&data).map_err(|_| SlotFault::AnswerTooLong)?;
        Ok(StatusWord(status))
    }
}
