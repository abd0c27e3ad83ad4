//! A terminal's transactions, built from PROTOCOL's tables with the codec and the keys.

use payrig_acquirer::{Acquirer, KeyName};
use payrig_iso8583::{Frame, Message, Value};
use payrig_keys::{DesKey, Key, Layout, PinBlock, SealedKeys, WorkingKeys, mac};

use super::{Line, ask, cup, device, host, sign_on};

pub const PAN: &str = "6212345678901232";
pub const PIN: &str = "123456";

/// A terminal with keys, and the connection that it asks on.
pub struct Till {
    pub host: Acquirer,
    pub line: Line,
    pub keys: WorkingKeys,
    pub batch: String,
}

pub fn des(key: &Key) -> &DesKey {
    let des = if let Key::Des(key) = key { Some(key) } else { None };
    des.unwrap()
}

impl Till {
    /// Signs on with this STAN.
    pub async fn signed_on(host: &Acquirer, stan: &str) -> Self {
        let answer = ask(host, sign_on(stan)).await;
        Self::granted(&answer, host.clone(), Line::open(host))
    }

    /// Signs on for SM4 keys.
    pub async fn signed_on_with_sm4(host: &Acquirer, stan: &str) -> Self {
        let answer = ask(host, sign_on(stan).with(60, Value::digits("00000000005"))).await;
        Self::granted_as(Layout::Sm4, &answer, host.clone(), Line::open(host))
    }

    /// Signs on over a line whose host is out of sight.
    pub async fn signed_on_over(mut line: Line, stan: &str) -> Self {
        let answer = line.ask(sign_on(stan)).await;
        Self::granted(&answer, host(1), line)
    }

    fn granted(answer: &Message, host: Acquirer, line: Line) -> Self {
        Self::granted_as(Layout::DoubleWithTrack, answer, host, line)
    }

    fn granted_as(layout: Layout, answer: &Message, host: Acquirer, line: Line) -> Self {
        assert_eq!(answer.text(39), Some("00"));
        let field = answer.get(62).and_then(Value::as_bytes).unwrap();
        let sealed = SealedKeys::from_bytes(layout, field).unwrap();
        let keys = sealed.open(&device().tmk).unwrap();
        assert!(keys.get(KeyName::Tdk).is_some());
        let batch = answer.text(60).unwrap()[2..8].to_owned();
        Self { host, line, keys, batch }
    }

    pub fn transaction(&self, mti: &str, message_type: &str, processing: &str, stan: &str) -> Message {
        Message::new(mti)
            .with(3, Value::digits(processing))
            .with(11, Value::digits(stan))
            .with(22, Value::digits("012"))
            .with(25, Value::digits("00"))
            .with(41, Value::text("99999906"))
            .with(42, Value::text("001430170119999"))
            .with(49, Value::text("156"))
            .with(60, Value::digits(format!("{message_type}{}000", self.batch)))
    }

    pub fn sale(&self, stan: &str, amount: u64) -> Message {
        self.transaction("0200", "22", "000000", stan)
            .with(2, Value::digits(PAN))
            .with(4, Value::digits(format!("{amount:012}")))
            .with(14, Value::digits("3012"))
    }

    pub fn balance(&self, stan: &str) -> Message {
        self.transaction("0200", "01", "310000", stan)
            .with(2, Value::digits(PAN))
            .with(14, Value::digits("3012"))
    }

    /// The void of the sale `original`, whose answer had `reference` in field 37.
    pub fn void(&self, stan: &str, original: &str, reference: &str, amount: u64) -> Message {
        self.transaction("0200", "23", "200000", stan)
            .with(4, Value::digits(format!("{amount:012}")))
            .with(37, Value::text(reference))
            .with(61, Value::digits(format!("{}{original}", self.batch)))
    }

    pub fn with_pin(&self, message: Message, pin: &str) -> Message {
        let pan = message.text(2).unwrap();
        let block = PinBlock::format0(pin, pan).unwrap();
        let message = message.with(22, Value::digits("011")).with(26, Value::digits("12"));
        match &self.keys.pik {
            Key::Des(pik) => {
                message.with(52, Value::bytes(block.encrypt(pik))).with(53, Value::digits("2600000000000000"))
            }
            Key::Sm4(pik) => message
                .with(52, Value::bytes([0; 8]))
                .with(53, Value::digits("2300000000000000"))
                .with(62, Value::bytes(block.encrypt_sm4(pik))),
        }
    }

    /// The reversal of a request.
    pub fn reversal(&self, of: &Message, why: &str) -> Message {
        let mut message = Message { mti: "0400".to_owned(), ..of.clone() };
        for field in [26, 37, 52, 53, 61, 62, 64] {
            message.fields.remove(&field);
        }
        message.with(39, Value::text(why))
    }

    /// The frame with its MAC.
    pub fn sealed(&self, message: Message) -> Vec<u8> {
        sealed(&self.keys.mak, message)
    }

    /// The answer, its MAC held to the MAK of this terminal.
    pub async fn ask(&mut self, message: Message) -> Message {
        let frame = self.sealed(message);
        self.line.send(&frame).await;
        self.answer().await
    }

    pub async fn answer(&mut self) -> Message {
        let answer = self.line.answer().await.unwrap().message;
        assert_eq!(sealed_as(&self.keys.mak, &answer), answer, "the MAC of the answer");
        answer
    }
}

fn framed(message: Message) -> Frame {
    Frame { tpdu: [0x60, 0, 3, 0, 9], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message }
}

/// The frame with a MAC under `mak`.
pub fn sealed(mak: &Key, message: Message) -> Vec<u8> {
    cup().encode(&framed(sealed_as(mak, &message))).unwrap()
}

/// The message with the MAC that it should have.
pub fn sealed_as(mak: &Key, message: &Message) -> Message {
    let open = message.clone().with(64, Value::bytes([0; 8]));
    let bytes = cup().encode(&framed(open.clone())).unwrap();
    let covered = cup().mac_input(&bytes).unwrap().to_vec();
    let mac = match mak {
        Key::Des(mak) => mac::cup_ecb(mak, &covered).to_vec(),
        Key::Sm4(mak) => hex::encode_upper(&mac::sm4_cbc(mak, &covered)[..4]).into_bytes(),
    };
    open.with(64, Value::bytes(mac))
}
