//! The key scheme SM4 (INTERFACE.md, section 18), from the sign-on to the approval.

use std::rc::Rc;

use rstest::rstest;
use sm4::Sm4;
use sm4::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use crate::bench::host::{sixteen, vectors_tmk};
use crate::bench::modem::Script;
use crate::bench::transaction::mac;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::rotation::rig::{host_at, rebooted, signed_on_with};

fn sm4_host() -> Rc<Script> {
    let script = host_at("0720221301");
    script.host.issues_sm4.set(true);
    script
}

fn kcv(key: &[u8]) -> String {
    let mut block = Array([0; 16]);
    Sm4::new(&Array(sixteen(key))).encrypt_block(&mut block);
    hex::encode_upper(&block[..4])
}

/// The key screen's rows with the keys that the host issued last.
fn issued(script: &Script) -> Vec<String> {
    let tmk = expected_kcvs()[0].clone();
    let keys = script.host.issued.borrow();
    let rows = ["PIK", "MAK", "TDK"].into_iter().zip(keys.iter());
    std::iter::once(tmk).chain(rows.map(|(name, key)| format!("{name} {}", kcv(key)))).collect()
}

#[rstest]
#[case("sm4", [0x00, 0x50])]
#[case("sm4-006", [0x00, 0x60])]
fn the_keys_come_with_their_check_values_and_outlast_power(
    #[case] scheme: &'static str,
    #[case] network_code: [u8; 2],
) {
    scenario(async move {
        let (memories, script) = (Memories::default(), sm4_host());
        let mut powered = signed_on_with(&memories, &script, &format!("key-scheme={scheme}\n")).await;
        // Field 60: its length, 60.1, 60.2 and 60.3.
        let field = [&[0x00, 0x11, 0x00, 0x00, 0x00, 0x00], network_code.as_slice()].concat();
        assert!(script.host.requests.borrow()[0].windows(8).any(|bytes| bytes == field));
        assert_eq!(kcvs(&mut powered).await, issued(&script));
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        assert_eq!(kcvs(&mut powered).await, issued(&script));
        // The next ones take their place.
        let old = issued(&script);
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        let new = kcvs_after_key(&mut powered).await;
        assert_eq!(new, issued(&script));
        assert!(old.iter().zip(&new).skip(1).all(|(old, new)| old != new));
    });
}

#[test]
fn a_sale_with_pin_has_its_block_in_field_62_and_both_messages_an_sm4_mac() {
    scenario(async {
        let (memories, script) = (Memories::default(), sm4_host());
        let mut powered = signed_on_with(&memories, &script, "key-scheme=sm4\n").await;
        powered.panel.press("21234\r6212345678901232\r1230\r123456\r");
        // The host's MAC was right, or it would be no approval.
        powered.panel.see("M211").await;
        let request = script.host.requests.borrow()[1].clone();
        let (message, field_64) = request[13..].split_at(request.len() - 13 - 8);
        assert_eq!(mac(&script.host, message), field_64);
        // Field 62 stands before it: two bytes of length and the block.
        let block = sixteen(&message[message.len() - 16..]);
        assert_eq!(message[message.len() - 18..message.len() - 16], [0x00, 0x16]);
        let mut clear = Array(block);
        Sm4::new(&Array(sixteen(&script.host.issued.borrow()[0]))).decrypt_block(&mut clear);
        assert_eq!(hex::encode_upper(clear), "061217139876FEDC0000000000000000");
        // Field 52 of zeros, then 53.
        let security = [&[0; 8][..], &[0x23, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert!(message.windows(16).any(|bytes| bytes == security));
    });
}

#[test]
fn an_answer_with_a_mac_under_another_key_is_not_authentic() {
    scenario(async {
        let (memories, script) = (Memories::default(), sm4_host());
        let mut powered = signed_on_with(&memories, &script, "key-scheme=sm4\n").await;
        script.host.issued.borrow_mut()[1][15] ^= 0x01;
        order(&powered, '4');
        let screen = powered.panel.see_error().await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E522", "MAC wrong"));
    });
}

/// Signs on with these keys, each of which has its right check value.
async fn sign_on_with(powered: &mut Powered, script: &Script, keys: [[u8; 16]; 3]) -> Vec<String> {
    script.host.renews_under.set(None);
    script.host.issue(&vectors_tmk(), keys.map(Vec::from));
    let screen = sign_on(powered).await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    screen
}

#[test]
fn equal_halves_are_no_fault_and_all_bits_count() {
    scenario(async {
        let (memories, script) = (Memories::default(), sm4_host());
        let mut powered = signed_on_with(&memories, &script, "key-scheme=sm4\n").await;
        assert_eq!(
            id(&sign_on_with(&mut powered, &script, [[0x10; 16], [0x20; 16], [0x30; 16]]).await),
            "M111"
        );
        assert_eq!(kcvs(&mut powered).await, issued(&script));
        // To DES these would be the same keys.
        assert_eq!(
            id(&sign_on_with(&mut powered, &script, [[0x11; 16], [0x21; 16], [0x31; 16]]).await),
            "M111"
        );
        let kept = kcvs(&mut powered).await;
        for (keys, detail) in [
            ([[0x40; 16], [0x21; 16], [0x50; 16]], "MAK unchanged"),
            ([[0x40; 16], [0x41; 16], [0; 16]], "TDK zero"),
        ] {
            let screen = sign_on_with(&mut powered, &script, keys).await;
            assert_eq!((id(&screen), screen[5].as_str()), ("E314", detail));
            assert_eq!(kcvs(&mut powered).await, kept);
        }
        assert_eq!(
            id(&sign_on_with(&mut powered, &script, [[0x01; 16], [0x02; 16], [0x03; 16]]).await),
            "M111"
        );
    });
}

#[test]
fn a_damaged_key_or_check_value_and_keys_under_another_cipher_change_nothing() {
    scenario(async {
        let (memories, script) = (Memories::default(), sm4_host());
        let mut powered = signed_on_with(&memories, &script, "key-scheme=sm4\n").await;
        let before = (kcvs(&mut powered).await, memories.ram_bytes());
        let fresh = [0x40, 0x50, 0x60].map(|byte| vec![byte; 16]);
        script.host.renews_under.set(None);
        for (at, name) in [(0, "PIK"), (19, "PIK"), (20, "MAK"), (39, "MAK"), (40, "TDK"), (59, "TDK")] {
            script.host.issue(&vectors_tmk(), fresh.clone());
            script.host.key_field.borrow_mut()[at] ^= 0x01;
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), ("E310", name), "byte {at}");
            assert_eq!(kcvs_after_key(&mut powered).await, before.0);
        }
        // Layout 004 is as long.
        script.host.key_field.replace(crate::bench::host::other_keys(&vectors_tmk()));
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E310", "PIK"));
        script.host.key_field.borrow_mut().truncate(40);
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E311", "40 of 60 bytes"));
        assert_eq!((kcvs_after_key(&mut powered).await, memories.ram_bytes()), before);
    });
}
