//! What the operator does in every scenario: provisions, signs on, reads the key screen.

use std::rc::Rc;

use crc::{CRC_16_IBM_3740, Crc};

use crate::bench::modem::{Kind, Script};
use crate::bench::panel::message_id;
use crate::bench::{Memories, Powered};

/// The TMK of the vectors' layout 004, SM4-encrypted under the example's factory key, and its KCV.
pub fn master_key_lines() -> String {
    use des::cipher::{Array, BlockCipherEncrypt, KeyInit};
    let tmk: [u8; 16] =
        hex::decode(crate::bench::host::vector("cup_working_keys_constructed", "track_004", "/inputs/tmk"))
            .unwrap()
            .try_into()
            .unwrap();
    let factory_key: [u8; 16] = hex::decode("00112233445566778899AABBCCDDEEFF").unwrap().try_into().unwrap();
    let mut wrapped = Array(tmk);
    sm4::Sm4::new(&Array(factory_key)).encrypt_block(&mut wrapped);
    let mut kcv = Array([0; 8]);
    des::TdesEde2::new(&Array(tmk)).encrypt_block(&mut kcv);
    format!("tmk={}\ntmk-kcv={}\n", hex::encode_upper(wrapped), hex::encode_upper(&kcv[..4]))
}

pub fn record(lines: &str) -> String {
    let body = format!("%PAYRIG-RECORD 1\n{lines}");
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(body.as_bytes());
    format!("{body}%END {crc:04X}\n")
}

pub const FACTORY: &str = "device-id=30600000290210015708\n\
    serial=0000290210015708\n\
    factory-key=00112233445566778899AABBCCDDEEFF\n\
    factory-kcv=72EBA303\n\
    terminal-id=99999906\n\
    merchant-id=001430170119999\n\
    tpdu=6000030000\n\
    access=cellular\n\
    apn=cmnet\n\
    host=192.0.2.10:5000\n";

/// Boots a blank board and provisions it up to the keyed state, at the menu.
pub async fn keyed(memories: &Memories, script: &Rc<Script>) -> Powered {
    keyed_for(memories, script, usize::MAX).await
}

/// The same on a terminal that stops after so many polls.
pub async fn keyed_for(memories: &Memories, script: &Rc<Script>, polls: usize) -> Powered {
    provisioned(Powered::on_for(memories, script.clone(), polls), script.kind, "").await
}

/// The same with more lines in the record.
pub async fn keyed_with(memories: &Memories, script: &Rc<Script>, lines: &str) -> Powered {
    provisioned(Powered::on(memories, script.clone()), script.kind, lines).await
}

async fn provisioned(mut powered: Powered, kind: Kind, lines: &str) -> Powered {
    assert!(powered.panel.boot_line().await.contains("state=blank"));
    powered.panel.see("M010").await;
    let way = match kind {
        Kind::Sim800 => FACTORY.into(),
        Kind::Ec20 => format!("{FACTORY}modem=ec20\n"),
        Kind::Line => FACTORY.replace("access=cellular\n", "access=line\ndial=0,95516\n"),
    };
    powered.panel.press(&record(&format!("{way}{lines}{}", master_key_lines())));
    let screen = powered.panel.see("M011").await;
    assert_eq!(screen[3], "30600000290210015708");
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    powered
}

/// The key screen's rows after a sign-on with the vectors' keys.
pub fn expected_kcvs() -> Vec<String> {
    let field = crate::bench::host::vector("cup_working_keys_constructed", "track_004", "/outputs/field62");
    let tmk = master_key_lines().trim_end().rsplit('=').next().unwrap().to_owned();
    // Each KCV stands behind its key.
    let (pik, mak, tdk) = (&field[32..40], &field[72..80], &field[112..120]);
    [("TMK", tmk.as_str()), ("PIK", pik), ("MAK", mak), ("TDK", tdk)]
        .map(|(name, kcv)| format!("{name} {kcv}"))
        .to_vec()
}

pub async fn kcvs(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("7");
    let screen = powered.panel.see("M120").await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    screen[2..6].to_vec()
}

/// Signs on and returns the screen that it ends with.
pub async fn sign_on(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("1");
    loop {
        let screen = powered.panel.next_screen().await;
        if !screen[7].ends_with("M110") {
            return screen;
        }
    }
}

pub fn id(screen: &[String]) -> &str {
    message_id(&screen[7])
}

pub async fn kcvs_after_key(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    kcvs(powered).await
}

/// Types what a sale of CNY 12.34 or a balance needs, from the menu on: keyed in, without PIN.
pub fn order(powered: &Powered, choice: char) {
    let amount = if choice == '2' { "1234\r" } else { "" };
    powered.panel.press(&format!("{choice}{amount}6212345678901232\r1230\r\r"));
}
