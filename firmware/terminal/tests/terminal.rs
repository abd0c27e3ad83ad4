//! The whole terminal on virtual time: boot, provisioning, sign-on, tamper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs, reason = "a test's support is no library")]

mod bench;

use std::rc::Rc;

use bench::modem::Script;
use bench::{Memories, Powered, scenario};
use crc::{CRC_16_IBM_3740, Crc};

/// The TMK of the vectors' layout 004, SM4-encrypted under the example's factory key, and its KCV.
fn master_key_lines() -> String {
    use des::cipher::{Array, BlockCipherEncrypt, KeyInit};
    let tmk: [u8; 16] =
        hex::decode(bench::host::vector("cup_working_keys_constructed", "track_004", "/inputs/tmk"))
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

fn record(lines: &str) -> String {
    let body = format!("%PAYRIG-RECORD 1\n{lines}");
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(body.as_bytes());
    format!("{body}%END {crc:04X}\n")
}

const FACTORY: &str = "device-id=30600000290210015708\n\
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
async fn keyed(memories: &Memories, script: &Rc<Script>) -> Powered {
    let mut powered = Powered::on(memories, script.clone());
    assert!(powered.panel.boot_line().await.contains("state=blank"));
    powered.panel.see("M010").await;
    powered.panel.press(&record(&format!("{FACTORY}{}", master_key_lines())));
    let screen = powered.panel.see("M011").await;
    assert_eq!(screen[3], "30600000290210015708");
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    powered
}

/// The key screen's rows after a sign-on with the vectors' keys.
fn expected_kcvs() -> Vec<String> {
    let field = bench::host::vector("cup_working_keys_constructed", "track_004", "/outputs/field62");
    let tmk = master_key_lines().trim_end().rsplit('=').next().unwrap().to_owned();
    // Each KCV stands behind its key.
    let (pik, mak, tdk) = (&field[32..40], &field[72..80], &field[112..120]);
    [("TMK", tmk.as_str()), ("PIK", pik), ("MAK", mak), ("TDK", tdk)]
        .map(|(name, kcv)| format!("{name} {kcv}"))
        .to_vec()
}

async fn kcvs(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("7");
    let screen = powered.panel.see("M120").await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    screen[2..6].to_vec()
}

#[test]
fn a_blank_board_is_provisioned_and_signs_on() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(kcvs(&mut powered).await[1..], ["PIK --------", "MAK --------", "TDK --------"]);

        powered.panel.press("1");
        let mut phases = Vec::new();
        let outcome = loop {
            let screen = powered.panel.next_screen().await;
            if !screen[7].ends_with("M110") {
                break screen;
            }
            assert_eq!((screen[1].as_str(), screen[3].as_str()), ("Signing on", "Try 1 of 3"));
            phases.push(screen[2].clone());
        };
        assert_eq!(phases, ["Modem", "Network", "Connecting", "Host", "Checking keys"]);
        assert_eq!(
            outcome,
            [
                "PAYRIG T1      SIGNED ON",
                "",
                "Signed on",
                "Batch 000519",
                "07-20 22:13:01",
                "",
                "",
                "Any key             M111"
            ]
        );
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, expected_kcvs());
        powered.cut().await;

        let mut again = Powered::on(&memories, script);
        assert_eq!(
            again.panel.boot_line().await,
            "PAYRIG-TERMINAL 0.1.0 build=native boot=2 state=signed-on entropy=emulated\r\n"
        );
    });
}

#[test]
fn every_message_has_the_next_stan_over_power_off_too() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        powered.panel.press("1");
        powered.panel.see("M111").await;
        powered.cut().await;
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.boot_line().await;
        powered.panel.see("M100").await;
        powered.panel.press("1");
        // The vectors hold one key set, and the same keys again are not fresh.
        assert_eq!(powered.panel.see("E314").await[5], "PIK unchanged");
        let requests = script.host.requests.borrow();
        // Field 11 follows the bitmap; field 60.2 is the batch of the last sign-on.
        let stans: Vec<_> = requests.iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002"]);
        let batch =
            |request: &[u8]| request.windows(6).any(|bytes| *bytes == [0x00, 0x00, 0x05, 0x19, 0x00, 0x40]);
        assert_eq!(requests.iter().map(|request| batch(request)).collect::<Vec<_>>(), [false, true]);
    });
}
