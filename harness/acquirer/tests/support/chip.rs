//! A chip card as a terminal shows it to the host: its cryptograms made with its own keys, from `fixtures/keys/chip.toml`.

use payrig_iso8583::{Message, Value};
use payrig_keys::emv::{Cvn, Derivation};
use payrig_keys::{DesKey, encrypt_track};

use super::fixture;
use super::money::Till;

pub type Tags = Vec<(u16, Vec<u8>)>;

pub struct ChipCard {
    pub pan: String,
    pub version: Cvn,
    /// Option A; of no meaning but for long numbers.
    pub derivation: Derivation,
    pub atc: u16,
    /// Tag 95.
    pub tvr: [u8; 5],
}

/// An issuer's key by its name.
pub fn imk(name: &str) -> DesKey {
    let keys: toml::Table = fixture("keys/chip.toml").parse().unwrap();
    DesKey::from_hex(keys["keys"][name]["value"].as_str().unwrap()).unwrap()
}

pub fn object(tag: u16, value: &[u8]) -> Vec<u8> {
    let tag = tag.to_be_bytes();
    [tag.strip_prefix(&[0]).unwrap_or(&tag), &[u8::try_from(value.len()).unwrap()], value].concat()
}

/// Objects of short lengths.
pub fn objects(mut bytes: &[u8]) -> Tags {
    let mut tags = Vec::new();
    while let [first, rest @ ..] = bytes {
        let (tag, rest) = match (*first & 0x1F, rest) {
            (0x1F, [second, rest @ ..]) => (u16::from_be_bytes([*first, *second]), rest),
            _ => (u16::from(*first), rest),
        };
        let (value, behind) = rest[1..].split_at(usize::from(rest[0]));
        tags.push((tag, value.to_vec()));
        bytes = behind;
    }
    tags
}

impl ChipCard {
    pub fn new(pan: &str, version: Cvn) -> Self {
        Self {
            pan: pan.to_owned(),
            version,
            derivation: Derivation::OptionA,
            atc: 1,
            tvr: [0x80, 0, 0, 0x80, 0],
        }
    }

    /// The card `debit`.
    pub fn debit() -> Self {
        Self::new("6212345678901232", Cvn::Pboc01)
    }

    /// The card's key from an issuer's.
    pub fn key(&self, name: &str) -> DesKey {
        self.derivation.master_key(&imk(name), &self.pan, "01").unwrap()
    }

    /// Field 55 as objects, its cryptogram right.
    pub fn tags(&self, amount: u64, kind: &str) -> Tags {
        let bcd = |digits: &str| hex::decode(digits).unwrap();
        let issuer_data = [&[7, 1, self.version.byte(), 3, 0xA0, 0xA8, 2, 1][..]].concat();
        let tags = vec![
            (0x9F27, vec![0x80]),
            (0x9F10, issuer_data),
            (0x9F37, bcd("11223344")),
            (0x9F36, self.atc.to_be_bytes().to_vec()),
            (0x95, self.tvr.to_vec()),
            (0x9A, bcd("260720")),
            (0x9C, bcd(kind)),
            (0x9F02, bcd(&format!("{amount:012}"))),
            (0x5F2A, bcd("0156")),
            (0x82, bcd("7C00")),
            (0x9F1A, bcd("0156")),
            (0x9F03, vec![0; 6]),
            (0x9F33, bcd("E0F8C8")),
            (0x9F34, bcd("020300")),
            (0x9F35, vec![0x22]),
            (0x9F1E, b"10015708".to_vec()),
            (0x84, bcd("A000000333010101")),
            (0x9F09, bcd("0020")),
            (0x9F41, bcd("00000002")),
        ];
        self.signed(tags)
    }

    /// The objects with the cryptogram over them in front.
    pub fn signed(&self, mut tags: Tags) -> Tags {
        tags.retain(|(tag, _)| *tag != 0x9F26);
        let value = |tag| tags.iter().find(|(t, _)| *t == tag).map(|(_, value)| value.as_slice());
        let covered = self.version.covered(value).unwrap();
        let arqc = self.version.cryptogram(&self.key("imk-ac"), self.atc.to_be_bytes(), &covered).unwrap();
        tags.insert(0, (0x9F26, arqc.to_vec()));
        tags
    }

    pub fn field55(tags: &Tags) -> Value {
        Value::bytes(tags.iter().flat_map(|(tag, value)| object(*tag, value)).collect::<Vec<_>>())
    }

    fn shown(&self, till: &Till, message: Message, message_type: &str, tags: &Tags) -> Message {
        let track2 = format!("{}D30122010000085810006", self.pan);
        let track2 = track2.get(..37).unwrap_or(&track2);
        let tdk = till.keys.tdk.as_ref().unwrap();
        message
            .with(2, Value::digits(&self.pan))
            .with(14, Value::digits("3012"))
            .with(22, Value::digits("052"))
            .with(23, Value::digits("001"))
            .with(35, Value::digits(encrypt_track(tdk, track2).unwrap()))
            .with(53, Value::digits("0610000000000000"))
            .with(55, Self::field55(tags))
            .with(60, Value::digits(format!("{message_type}{}00050", till.batch)))
    }

    /// A sale without a PIN.
    pub fn sale(&self, till: &Till, stan: &str, amount: u64) -> Message {
        self.shown(till, till.sale(stan, amount), "22", &self.tags(amount, "00"))
    }

    pub fn balance(&self, till: &Till, stan: &str) -> Message {
        self.shown(till, till.balance(stan), "01", &self.tags(0, "31"))
    }

    /// The same with a PIN, which the TVR tells.
    pub fn sale_with_pin(&mut self, till: &Till, stan: &str, amount: u64, pin: &str) -> Message {
        self.tvr[2] |= 0x04;
        let message = self.sale(till, stan, amount);
        till.with_pin(message, pin).with(22, Value::digits("051")).with(53, Value::digits("2610000000000000"))
    }
}

/// Field 55 of an answer.
pub fn answered(answer: &Message) -> Tags {
    objects(answer.get(55).and_then(Value::as_bytes).unwrap())
}

pub fn cryptogram(request: &Message) -> [u8; 8] {
    answered(request)[0].1.as_slice().try_into().unwrap()
}
