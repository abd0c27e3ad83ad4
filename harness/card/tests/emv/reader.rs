//! A small reader: it knows the commands, and how TLV is read, apart from the card's own code.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use payrig_card::chip::emv::{CardProfile, ChipKeys, EmvFault, IssuedCard, ProfileCard};

pub const UNPREDICTABLE: [u8; 4] = [0x11, 0x22, 0x33, 0x44];

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cards")
}

pub fn profile(name: &str) -> CardProfile {
    CardProfile::load(&folder().join(format!("{name}.toml"))).unwrap()
}

pub fn keys() -> ChipKeys {
    profile("unionpay-credit").keys().unwrap()
}

pub fn issued(name: &str, faults: &[EmvFault]) -> Arc<IssuedCard> {
    Arc::new(profile(name).issue(faults).unwrap())
}

/// Values of a data object by tag, whichever way they came.
pub type Values = BTreeMap<u32, Vec<u8>>;

/// Objects of a template in their order, nested ones among them; nothing where it is not whole.
pub fn parsed(mut data: &[u8]) -> Option<Vec<(u32, Vec<u8>)>> {
    let mut found = Vec::new();
    while let Some(first) = data.first() {
        let wide = first & 0x1F == 0x1F;
        let tag = if wide { u32::from(*first) << 8 | u32::from(*data.get(1)?) } else { u32::from(*first) };
        data = data.get(if wide { 2 } else { 1 }..)?;
        let (length, skip) = match *data.first()? {
            0x81 => (usize::from(*data.get(1)?), 2),
            short if short < 0x80 => (usize::from(short), 1),
            _ => return None,
        };
        let value = data.get(skip..skip + length)?;
        found.push((tag, value.to_vec()));
        if first & 0x20 != 0 {
            found.extend(parsed(value)?);
        }
        data = &data[skip + length..];
    }
    Some(found)
}

/// A card in a reader, and what it has said.
pub struct Reader {
    pub card: ProfileCard,
    pub values: Values,
    pub aip: [u8; 2],
    /// What is authenticated offline.
    pub static_data: Vec<u8>,
    pub pdol: Vec<u8>,
    pub cdol1: Vec<u8>,
    pub terminal: Values,
}

impl Reader {
    pub fn of(name: &str, faults: &[EmvFault]) -> Self {
        Self::with(ProfileCard::new(issued(name, faults), 1))
    }

    /// A card like the one of a profile but for what `text` says, up to the first GENERATE AC.
    pub fn like(name: &str, text: &str) -> Self {
        let text = format!("title = \"\"\nlike = \"{name}\"\n{text}\n");
        let profile: CardProfile =
            CardProfile::parse(&folder().join(format!("like-{name}.toml")), &text).unwrap();
        let mut reader = Self::with(ProfileCard::new(Arc::new(profile.issue(&[]).unwrap()), 1));
        reader.start_with(&profile.application["main"].aid.0);
        reader
    }

    pub fn with(mut card: ProfileCard) -> Self {
        card.activate();
        let hex = |text| hex::decode(text).unwrap();
        let terminal = [
            (0x9F02, "000000001234"),
            (0x9F03, "000000000000"),
            (0x9F1A, "0156"),
            (0x95, "0000008000"),
            (0x5F2A, "0156"),
            (0x9A, "261129"),
            (0x9C, "00"),
            (0x9F37, "11223344"),
            (0x9F21, "120000"),
            (0x8A, "3030"),
        ];
        let terminal = terminal.into_iter().map(|(tag, value)| (tag, hex(value))).collect();
        let empty = Vec::new;
        Self {
            card,
            values: Values::new(),
            aip: [0; 2],
            static_data: empty(),
            pdol: empty(),
            cdol1: empty(),
            terminal,
        }
    }

    /// The answer's data and status.
    pub fn send(&mut self, header: [u8; 4], data: &[u8]) -> (Vec<u8>, u16) {
        let mut command = header.to_vec();
        if !data.is_empty() {
            command.push(data.len().try_into().unwrap());
            command.extend(data);
        }
        let mut answer = self.card.answer(&command).unwrap();
        let sw = answer.split_off(answer.len() - 2);
        (answer, u16::from_be_bytes([sw[0], sw[1]]))
    }

    pub fn select(&mut self, name: &[u8]) -> (Vec<u8>, u16) {
        self.send([0x00, 0xA4, 0x04, 0x00], name)
    }

    fn take(&mut self, data: &[u8]) {
        for (tag, value) in parsed(data).expect("whole data objects") {
            self.values.insert(tag, value);
        }
    }

    /// What a list asks for.
    pub fn asked(&self, list: u32) -> Vec<u8> {
        let mut list = self.values.get(&list).map(Vec::as_slice).unwrap_or_default();
        let mut data = Vec::new();
        while let [first, rest @ ..] = list {
            let (tag, rest) = if first & 0x1F == 0x1F {
                (u32::from(*first) << 8 | u32::from(rest[0]), &rest[1..])
            } else {
                (u32::from(*first), rest)
            };
            let length = usize::from(rest[0]);
            data.extend(self.terminal.get(&tag).cloned().unwrap_or_else(|| vec![0; length]));
            list = &rest[1..];
        }
        data
    }

    /// Selects the first application of the profile.
    pub fn begin(&mut self) -> u16 {
        let aid = self.aid();
        self.begin_with(&aid)
    }

    fn begin_with(&mut self, aid: &[u8]) -> u16 {
        let (fci, sw) = self.select(aid);
        if sw == 0x9000 {
            self.take(&fci);
        }
        sw
    }

    pub fn aid(&self) -> Vec<u8> {
        let card = format!("{:?}", self.card);
        let path = card.split(' ').nth(2).unwrap();
        CardProfile::load(path.as_ref()).unwrap().application["main"].aid.0.clone()
    }

    pub fn options(&mut self) -> u16 {
        self.pdol = self.asked(0x9F38);
        let values = [&[0x83, self.pdol.len() as u8][..], &self.pdol].concat();
        let (data, sw) = self.send([0x80, 0xA8, 0x00, 0x00], &values);
        if sw != 0x9000 {
            return sw;
        }
        self.take(&data);
        if let Some(both) = self.values.remove(&0x80) {
            self.values.insert(0x82, both[..2].to_vec());
            self.values.insert(0x94, both[2..].to_vec());
        }
        self.aip = self.values[&0x82].clone().try_into().unwrap();
        sw
    }

    pub fn record(&mut self, sfi: u8, number: u8) -> (Vec<u8>, u16) {
        self.send([0x00, 0xB2, number, sfi << 3 | 4], &[])
    }

    /// Every record that the list leads to.
    pub fn records(&mut self) {
        let list = self.values[&0x94].clone();
        self.static_data.clear();
        for run in list.chunks(4) {
            for number in run[1]..=run[2] {
                let (record, sw) = self.record(run[0] >> 3, number);
                assert_eq!(sw, 0x9000, "{run:?} {number}");
                if number - run[1] < run[3] {
                    self.static_data.extend(&parsed(&record).unwrap()[0].1);
                }
                self.take(&record);
            }
        }
        if self.values.contains_key(&0x9F4A) {
            self.static_data.extend(self.aip);
        }
    }

    /// Up to the first GENERATE AC.
    pub fn initiated(name: &str, faults: &[EmvFault]) -> Self {
        let mut reader = Self::of(name, faults);
        reader.start();
        reader
    }

    pub fn start(&mut self) {
        let aid = self.aid();
        self.start_with(&aid);
    }

    fn start_with(&mut self, aid: &[u8]) {
        assert_eq!(self.begin_with(aid), 0x9000);
        assert_eq!(self.options(), 0x9000);
        self.records();
    }

    /// GENERATE AC: P1, and which list.
    pub fn generate(&mut self, p1: u8, list: u32) -> (Vec<u8>, u16) {
        let asked = self.asked(list);
        if list == 0x8C {
            self.cdol1.clone_from(&asked);
        }
        let (data, sw) = self.send([0x80, 0xAE, p1, 0x00], &asked);
        if sw == 0x9000 {
            self.take(&data);
            if let Some(all) = self.values.remove(&0x80) {
                self.values.insert(0x9F27, all[..1].to_vec());
                self.values.insert(0x9F36, all[1..3].to_vec());
                self.values.insert(0x9F26, all[3..11].to_vec());
                self.values.insert(0x9F10, all[11..].to_vec());
            }
        }
        (data, sw)
    }

    pub fn cid(&self) -> u8 {
        self.values[&0x9F27][0]
    }

    pub fn results(&self) -> [u8; 4] {
        self.values[&0x9F10][3..7].try_into().unwrap()
    }

    pub fn atc(&self) -> [u8; 2] {
        self.values[&0x9F36].clone().try_into().unwrap()
    }

    pub fn cryptogram(&self) -> [u8; 8] {
        self.values[&0x9F26].clone().try_into().unwrap()
    }
}
