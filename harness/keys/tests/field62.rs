//! Field 62: every layout there and back, and every way to refuse it.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use payrig_keys::{
    DesKey, Family, Field62Error, Kcv, Key, KeyError, KeyName, Layout, SealedKeys, Sm4Key, WorkingKeys,
};
use proptest::prelude::*;
use rstest::rstest;

const LAYOUTS: [Layout; 6] = [
    Layout::Single,
    Layout::Double,
    Layout::DoubleWithTrack,
    Layout::Triple,
    Layout::TripleWithTrack,
    Layout::Sm4,
];

fn tmk(layout: Layout) -> Key {
    Key::new(layout.family(), &[0x31; 16]).unwrap()
}

fn keys(layout: Layout, bytes: &[u8; 24]) -> WorkingKeys {
    let mut keys = layout.keys().enumerate().map(|(i, (_, length))| {
        let key: Vec<u8> = bytes.iter().map(|b| b ^ (i as u8 * 0x55)).take(length).collect();
        Key::new(layout.family(), &key).unwrap()
    });
    WorkingKeys { pik: keys.next().unwrap(), mak: keys.next().unwrap(), tdk: keys.next() }
}

#[rstest]
#[case(Layout::Single, 24)]
#[case(Layout::Double, 40)]
#[case(Layout::DoubleWithTrack, 60)]
#[case(Layout::Triple, 56)]
#[case(Layout::TripleWithTrack, 84)]
#[case(Layout::Sm4, 60)]
fn a_layout_has_its_length(#[case] layout: Layout, #[case] length: usize) {
    assert_eq!(layout.length(), length);
}

#[test]
fn any_other_length_is_refused_and_named() {
    for layout in LAYOUTS {
        for given in (0..100).filter(|n| *n != layout.length()) {
            let refused = SealedKeys::from_bytes(layout, &vec![0; given]);
            assert_eq!(refused, Err(Field62Error::Length { expected: layout.length(), given }));
        }
    }
    let sentence = SealedKeys::from_bytes(Layout::DoubleWithTrack, &[0; 40]).unwrap_err().to_string();
    assert_eq!(sentence, "field 62: expected 60 bytes, 40 given");
}

#[test]
fn the_first_wrong_check_value_is_the_one_that_is_named() {
    for layout in LAYOUTS {
        let tmk = tmk(layout);
        let keys = keys(layout, &[7; 24]);
        for (name, key) in keys.iter() {
            let mut sealed = keys.seal(layout, &tmk).unwrap();
            // This key and all after it are wrong.
            for later in sealed.keys.iter_mut().skip_while(|k| k.name != name) {
                later.kcv = Kcv([0xEE; 4]);
            }
            let read = SealedKeys::from_bytes(layout, &sealed.to_bytes()).unwrap().open(&tmk);
            let expected = Field62Error::Kcv { name, carried: Kcv([0xEE; 4]), computed: key.kcv() };
            assert_eq!(read, Err(expected), "{layout:?}");
        }
    }
}

#[test]
fn the_scheme_is_not_guessed_from_the_length() {
    let keys = keys(Layout::Sm4, &[9; 24]);
    let field = keys.seal(Layout::Sm4, &tmk(Layout::Sm4)).unwrap().to_bytes();
    let as_3des = SealedKeys::from_bytes(Layout::DoubleWithTrack, &field).unwrap();
    let refused = as_3des.open(&tmk(Layout::DoubleWithTrack));
    assert!(matches!(refused, Err(Field62Error::Kcv { name: KeyName::Pik, .. })));
}

#[test]
fn keys_that_do_not_fit_a_layout_are_not_sealed() {
    let single = keys(Layout::Single, &[7; 24]);
    let refused = single.seal(Layout::Double, &tmk(Layout::Double)).unwrap_err();
    assert_eq!(refused.to_string(), "field 62: expected a PIK of 16 bytes for Des");
    let no_tdk = keys(Layout::Double, &[7; 24]);
    let refused = no_tdk.seal(Layout::DoubleWithTrack, &tmk(Layout::Double));
    assert_eq!(refused, Err(Field62Error::Key { name: KeyName::Tdk, expected: 16, family: Family::Des }));
    let sm4 = keys(Layout::Sm4, &[7; 24]);
    let refused = sm4.seal(Layout::DoubleWithTrack, &tmk(Layout::Sm4));
    assert!(matches!(refused, Err(Field62Error::Key { name: KeyName::Pik, .. })));
}

#[test]
fn an_sm4_tmk_does_not_open_half_blocks() {
    let keys = keys(Layout::Single, &[7; 24]);
    let refused = keys.seal(Layout::Single, &tmk(Layout::Sm4));
    assert_eq!(refused, Err(Field62Error::Cipher(KeyError::Blocks { block: 16, given: 8 })));
}

#[test]
fn a_tmk_of_eight_bytes_wraps_no_sm4_key() {
    let tmk = Key::new(Family::Des, &[0x31; 8]).unwrap();
    let refused = keys(Layout::Sm4, &[7; 24]).seal(Layout::Sm4, &tmk);
    assert_eq!(refused, Err(Field62Error::Cipher(KeyError::Length { expected: "16", given: 8 })));
}

#[test]
fn keys_do_not_print_their_bytes() {
    let des = DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
    let sm4 = Sm4Key::from_hex("00112233445566778899AABBCCDDEEFF").unwrap();
    assert_eq!(format!("{des:?} / {sm4:?}"), "DES-128 key, KCV 08D7B4FB / SM4 key, KCV 72EBA303");
    let keys = WorkingKeys { pik: des.clone().into(), mak: des.into(), tdk: None };
    assert!(!format!("{keys:?}").to_uppercase().contains("0123456789"));
    let error = DesKey::from_hex("0123456789ABCDEX").unwrap_err();
    assert_eq!(error.to_string(), "expected hex digits for the key, character 16 is none");
}

#[test]
fn parity_and_equal_parts_are_seen() {
    let key = |hex: &str| DesKey::from_hex(hex).unwrap();
    assert_eq!(key("0022446688AACCEE").with_odd_parity(), key("01234567 89ABCDEF".replace(' ', "").as_str()));
    assert!(key("0123456789ABCDEF").has_odd_parity());
    assert!(!key("0023456789ABCDEF").has_odd_parity());
    assert!(!key("0123456789ABCDEF").has_equal_parts());
    assert!(key(&"0123456789ABCDEF".repeat(2)).has_equal_parts());
    assert!(key(&format!("FEDCBA9876543210{}", "0123456789ABCDEF".repeat(2))).has_equal_parts());
    assert!(!key("0123456789ABCDEFFEDCBA98765432100123456789ABCDEF").has_equal_parts());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sealed_keys_open_to_the_same_keys(bytes in any::<[u8; 24]>(), layout in proptest::sample::select(&LAYOUTS[..])) {
        let keys = keys(layout, &bytes);
        let field = keys.seal(layout, &tmk(layout)).unwrap().to_bytes();
        prop_assert_eq!(field.len(), layout.length());
        prop_assert_eq!(SealedKeys::from_bytes(layout, &field).unwrap().open(&tmk(layout)).unwrap(), keys);
    }

    #[test]
    fn a_damaged_byte_of_a_key_or_check_value_is_refused(at in 0_usize..60, bit in 0_u8..8) {
        let keys = keys(Layout::DoubleWithTrack, &[3; 24]);
        let tmk = tmk(Layout::DoubleWithTrack);
        let mut field = keys.seal(Layout::DoubleWithTrack, &tmk).unwrap().to_bytes();
        field[at] ^= 1 << bit;
        let opened = SealedKeys::from_bytes(Layout::DoubleWithTrack, &field).unwrap().open(&tmk);
        // The eight bytes between MAK and its KCV are ignored.
        if (28..36).contains(&at) {
            prop_assert_eq!(opened, Ok(keys));
        } else {
            let refused = matches!(opened, Err(Field62Error::Kcv { .. }));
            prop_assert!(refused);
        }
    }
}
