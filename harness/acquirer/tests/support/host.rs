//! The host under test, the devices that it knows, and how they sign on.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use payrig_acquirer::{Acquirer, AcquirerProfile, Device};
use payrig_iso8583::{Dialect, Message, Value};
use payrig_keys::{DesKey, LengthDigits, Sm4Key, TerminalProof};

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
