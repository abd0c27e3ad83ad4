//! What a swiped card's requests carry.

use std::time::Duration;

use rstest::rstest;

use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::rotation::rig::rebooted;

/// Track 2 of [`CARD`] under the TDK 69 (8 times) 8B (8 times): `openssl enc -des-ede-ecb -nopad`, `-sm4-ecb`.
const UNDER_3DES: &str = "6212345678901232D3011856FAC28CEF1D6D3";
const UNDER_SM4: &str = "6212F9259B1EE5FA10326DB4F980D6F1339A3";
/// Track 3 of [`THIRD`], whose length is even.
const THIRD_UNDER_3DES: &str = "996212345678901232D15615600000000000F3B59671CFEFC85B00";

#[rstest]
#[case::encrypted("double-with-track", "", ["022", UNDER_3DES, "-", "0610000000000000"])]
#[case::with_pin("double-with-track", "123456", ["021", UNDER_3DES, "-", "2610000000000000"])]
#[case::in_clear("double", "", ["022", CARD, "-", "-"])]
#[case::in_clear_with_pin("double", "123456", ["021", CARD, "-", "2600000000000000"])]
fn a_sale_and_a_balance_carry_track_2(
    #[case] scheme: &'static str,
    #[case] pin: &'static str,
    #[case] expected: [&'static str; 4],
    #[values('2', '4')] choice: char,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, scheme, "").await;
        begin(&mut powered, choice).await;
        let screen = swipe_to_pin(&mut powered, CARD, THIRD).await;
        assert_eq!(screen[3], "621234******1232");
        powered.panel.press(&format!("{pin}\r"));
        powered.panel.see(if choice == '2' { "M211" } else { "M213" }).await;
        let asked = asked(&script);
        let [(mti, fields)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(mti, "0200");
        assert_eq!(some(fields, [22, 35, 36, 53]), expected);
        assert_eq!(some(fields, [2, 14, 23, 25]), ["6212345678901232", "3012", "-", "00"]);
        assert_eq!(fields.contains_key(&26), !pin.is_empty());
        assert_eq!(fields.contains_key(&52), !pin.is_empty());
    });
}

#[rstest]
#[case("", "0310000000000000")]
#[case("123456", "2310000000000000")]
fn under_sm4_the_track_is_encrypted_by_it(#[case] pin: &'static str, #[case] control: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "sm4", "").await;
        begin(&mut powered, '2').await;
        swipe_to_pin(&mut powered, CARD, "").await;
        powered.panel.press(&format!("{pin}\r"));
        powered.panel.see("M211").await;
        let request = script.host.requests.borrow()[0].clone();
        let packed = |digits: &str| hex::decode(format!("{digits:0<38}")).unwrap();
        let has = |bytes: &[u8]| request.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(&[&[0x37][..], &packed(UNDER_SM4)].concat()));
        assert!(has(&hex::decode(control).unwrap()));
    });
}

#[rstest]
#[case::wanted("track-3=yes\n", THIRD, THIRD_UNDER_3DES)]
#[case::not_wanted("", THIRD, "-")]
#[case::not_there("track-3=yes\n", "", "-")]
#[case::another_card_s("track-3=yes\n", "996212345678901240D15615600000000000000030000001140000", "-")]
fn track_3_is_there_where_it_is_wanted_and_read(
    #[case] parameter: &'static str,
    #[case] third: &'static str,
    #[case] expected: &'static str,
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", parameter).await;
        begin(&mut powered, '2').await;
        swipe_to_pin(&mut powered, CARD, third).await;
        powered.panel.press("\r");
        powered.panel.see("M211").await;
        assert_eq!(some(&asked(&script)[0].1, [35, 36]), [UNDER_3DES, expected]);
    });
}

/// The second message has the track as the first had it, and a new STAN.
#[test]
fn a_wrong_pin_needs_no_second_swipe() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        script.host.response_code.set(*b"55");
        begin(&mut powered, '2').await;
        swipe_to_pin(&mut powered, CARD, "").await;
        powered.panel.press("111111\r");
        powered.panel.see("M203").await;
        powered.panel.see("M210").await;
        assert_eq!(powered.panel.see("M203").await[6], "Wrong PIN, once more");
        script.host.response_code.set(*b"00");
        powered.panel.press("123456\r");
        powered.panel.see("M211").await;
        let asked = asked(&script);
        let [(_, first), (_, second)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(some(first, [22, 35, 53]), some(second, [22, 35, 53]));
        assert_ne!(first[&11], second[&11]);
    });
}

/// The journal knows that the card was swiped, and has no track.
#[test]
fn a_void_and_a_reprint_keep_the_record_s_card() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        begin(&mut powered, '2').await;
        swipe_to_pin(&mut powered, CARD, "").await;
        powered.panel.press("\r");
        let voucher = powered.panel.see("M211").await[5].trim_start_matches("Voucher ").to_owned();
        powered.cut().await;
        let mut powered = rebooted(&memories, &script).await;
        powered.panel.press("6");
        powered.panel.see("M251").await;
        powered.panel.press(&format!("\r3{voucher}\r"));
        powered.panel.see("M205").await;
        powered.panel.press("\r");
        powered.panel.see("M211").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let printed = String::from_utf8_lossy(&powered.sent[3].borrow()).into_owned();
        assert_eq!(printed.matches("621234******1232 S\n").count(), 4, "{printed}");
        let asked = asked(&script);
        let (mti, void) = asked.last().unwrap();
        let expected = ["200000", "6212345678901232", "3012", "022", "-", "-"];
        assert_eq!((mti.as_str(), some(void, [3, 2, 14, 22, 35, 53])), ("0200", expected));
    });
}

#[test]
fn a_reversal_has_the_entry_mode_and_no_track() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "reversal-tries=1\n").await;
        script.host.silent.set(true);
        begin(&mut powered, '2').await;
        swipe_to_pin(&mut powered, CARD, "").await;
        powered.panel.press("\r");
        assert_eq!(powered.panel.see_error().await[6], "To be reversed");
        script.host.silent.set(false);
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        order(&powered, '4');
        powered.panel.see("M213").await;
        let asked = asked(&script);
        let [_, (mti, reversal), (_, typed)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!((mti.as_str(), some(reversal, [22, 35, 36, 53])), ("0400", ["022", "-", "-", "-"]));
        assert_eq!(some(typed, [22, 35, 53]), ["012", "-", "-"], "the balance that was typed");
    });
}
