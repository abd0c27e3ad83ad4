//! A terminal that speaks to the host under test, built from the codec and the keys.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "clippy sees no test in a file that tests share")]

pub mod money;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use payrig_acquirer::{Acquirer, AcquirerProfile, Device};
use payrig_iso8583::{Dialect, Frame, FrameSplitter, Message, Value};
use payrig_keys::{DesKey, LengthDigits, Sm4Key, TerminalProof};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

pub const DEVICE_ID: &str = "30600000290210015708";
pub const SERIAL: &str = "0000290210015708";

pub fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    std::fs::read_to_string(path).unwrap()
}

pub fn cup() -> Arc<Dialect> {
    static CUP: OnceLock<Arc<Dialect>> = OnceLock::new();
    let read = || Arc::new(Dialect::from_toml("cup.toml", &fixture("dialects/cup.toml")).unwrap());
    CUP.get_or_init(read).clone()
}

pub fn profile() -> AcquirerProfile {
    AcquirerProfile::from_toml("cup.toml", &fixture("acquirers/cup.toml")).unwrap()
}

pub fn factory_key() -> Sm4Key {
    Sm4Key::from_hex("00112233445566778899AABBCCDDEEFF").unwrap()
}

pub fn device() -> Device {
    Device {
        device_id: DEVICE_ID.to_owned(),
        serial: SERIAL.to_owned(),
        terminal_id: "99999906".to_owned(),
        merchant_id: "001430170119999".to_owned(),
        factory_key: factory_key(),
        tmk: DesKey::from_hex("89ABCDEF0123456776543210FEDCBA98").unwrap().into(),
    }
}

/// A second terminal of the same merchant.
pub fn other_device() -> Device {
    Device { device_id: "30600000290210019999".to_owned(), terminal_id: "99999907".to_owned(), ..device() }
}

pub fn host(seed: u64) -> Acquirer {
    Acquirer::new(profile(), cup(), vec![device(), other_device()], seed)
}

/// Field 59 of the device for this STAN.
pub fn proof(stan: &str) -> Value {
    let proof = TerminalProof::new(&factory_key(), "02", SERIAL, stan, "PT000100");
    Value::text(proof.encode(LengthDigits::Three))
}

/// A sign-on as INTERFACE.md section 6 has it.
pub fn sign_on(stan: &str) -> Message {
    Message::new("0800")
        .with(11, Value::digits(stan))
        .with(41, Value::text("99999906"))
        .with(42, Value::text("001430170119999"))
        .with(59, proof(stan))
        .with(60, Value::digits("00000000004"))
        .with(62, Value::bytes(format!("Sequence No20{DEVICE_ID}")))
        .with(63, Value::text("001"))
}

pub fn framed(message: Message) -> Vec<u8> {
    let frame = Frame { tpdu: [0x60, 0, 3, 0, 9], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message };
    cup().encode(&frame).unwrap()
}

/// The terminal's end of a connection to the host.
pub struct Line {
    pub stream: DuplexStream,
    pub serving: JoinHandle<io::Result<()>>,
    splitter: FrameSplitter,
}

impl Line {
    pub fn open(host: &Acquirer) -> Self {
        let (stream, far) = tokio::io::duplex(4096);
        let serving = tokio::spawn(host.clone().serve(far));
        Self { stream, serving, splitter: FrameSplitter::new(cup().largest_frame()) }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next answer; nothing when the host closed the connection first.
    pub async fn answer(&mut self) -> Option<Frame> {
        let mut buffer = [0; 64];
        loop {
            if let Some(frame) = self.splitter.next_frame() {
                let decoded = cup().decode(&frame).unwrap();
                assert_eq!(decoded.notes, [], "the host encodes strictly");
                return Some(decoded.frame);
            }
            match self.stream.read(&mut buffer).await.unwrap() {
                0 => return None,
                n => self.splitter.push(&buffer[..n]),
            }
        }
    }

    /// Bytes of an answer that did not come to its end.
    pub fn half(&self) -> usize {
        self.splitter.pending().len()
    }

    pub async fn ask(&mut self, message: Message) -> Message {
        self.send(&framed(message)).await;
        self.answer().await.unwrap().message
    }
}

/// One request on a connection of its own.
pub async fn ask(host: &Acquirer, message: Message) -> Message {
    Line::open(host).ask(message).await
}

pub fn judgement(host: &Acquirer) -> String {
    host.exchanges().pop().unwrap().judgement.to_string()
}
