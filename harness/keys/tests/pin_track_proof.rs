//! PIN blocks, tracks, the proof and the TMK: what the vectors leave open.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use payrig_keys::{
    DesKey, Family, Kcv, Key, KeyError, LengthDigits, PinBlock, PinBlockError, ProofError, ProofRefusal,
    Sm4Key, TerminalProof, TrackError, combine_components, decrypt_track, encrypt_track, unwrap_tmk,
    wrap_tmk,
};
use proptest::prelude::*;
use rstest::rstest;

const PAN: &str = "6212345678901232";

fn pik() -> DesKey {
    DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap()
}

fn factory() -> Sm4Key {
    Sm4Key::from_hex("00112233445566778899AABBCCDDEEFF").unwrap()
}

fn proof() -> TerminalProof {
    TerminalProof::new(&factory(), "02", "0000290210015708", "000113", "PT000100")
}

#[rstest]
#[case("123", PAN, PinBlockError::Pin(3))]
#[case("1234567890123", PAN, PinBlockError::Pin(13))]
#[case("12a4", PAN, PinBlockError::Pin(4))]
#[case("1234", "", PinBlockError::Pan)]
#[case("1234", "6", PinBlockError::Pan)]
#[case("1234", "62123456é", PinBlockError::Pan)]
fn pins_and_pans_that_make_no_block(#[case] pin: &str, #[case] pan: &str, #[case] error: PinBlockError) {
    assert_eq!(PinBlock::format0(pin, pan), Err(error));
}

#[test]
fn a_block_under_another_pan_or_key_gives_no_pin_or_another() {
    let block = PinBlock::format0("1234", PAN).unwrap();
    let other = block.pin("6212349999901232");
    assert!(other.is_err() || other.unwrap().as_str() != "1234");
    assert_eq!(PinBlock::from_clear([0xFF; 8]).pin(PAN), Err(PinBlockError::NotFormat0));
    assert_eq!(format!("{block:?}"), "PIN block");
}

#[test]
fn an_sm4_block_under_another_key_is_no_block() {
    let field = PinBlock::format0("1234", PAN).unwrap().encrypt_sm4(&factory());
    let other = Sm4Key::new(&[9; 16]).unwrap();
    assert_eq!(PinBlock::decrypt_sm4(&other, field), Err(PinBlockError::NotFormat0));
    assert_eq!(PinBlock::decrypt_sm4(&factory(), field).unwrap().pin(PAN).unwrap().as_str(), "1234");
}

#[rstest]
#[case::odd("6212345678901232D30122010000000000123")]
#[case::even("6212345678901232D3012201000000000012")]
#[case::just_a_block("1234567890123456D")]
fn a_track_decrypts_to_itself(#[case] track: &str) {
    let encrypted = encrypt_track(&pik().into(), track).unwrap();
    assert_eq!(encrypted.len(), track.len());
    assert_ne!(encrypted, track);
    // The digits that the host needs for routing, and the last one or two, stay in clear.
    let kept = if track.len().is_multiple_of(2) { 2 } else { 1 };
    assert_eq!(encrypted[track.len() - kept..], track[track.len() - kept..]);
    assert_eq!(encrypted[..track.len() - kept - 16], track[..track.len() - kept - 16]);
    assert_eq!(decrypt_track(&pik().into(), &encrypted).unwrap().as_str(), track);
}

/// A block of SM4 has 32 digits.
#[test]
fn a_track_under_an_sm4_key_is_encrypted_in_32_digits() {
    let tdk = factory().into();
    let track = "6212345678901232D30122010000000000123";
    let encrypted = encrypt_track(&tdk, track).unwrap();
    assert_eq!((encrypted.len(), &encrypted[..4], &encrypted[36..]), (37, &track[..4], &track[36..]));
    assert_eq!(decrypt_track(&tdk, &encrypted).unwrap().as_str(), track);
    let filled = encrypt_track(&tdk, "6212345678901240D3012120").unwrap();
    assert_eq!((filled.len(), &filled[32..]), (34, "20"));
    assert_eq!(decrypt_track(&tdk, &filled).unwrap().as_str(), "6212345678901240D30121FFFFFFFFFF20");
}

#[test]
fn a_short_track_is_filled_up_with_f() {
    let encrypted = encrypt_track(&pik().into(), "621234D30").unwrap();
    assert_eq!(encrypted.len(), 17);
    assert_eq!(decrypt_track(&pik().into(), &encrypted).unwrap().as_str(), "621234D3FFFFFFFF0");
}

#[test]
fn what_is_no_track_is_refused() {
    assert_eq!(encrypt_track(&pik().into(), "62="), Err(TrackError::Digit(3)));
    assert_eq!(encrypt_track(&pik().into(), "62"), Err(TrackError::Short { expected: 3, given: 2 }));
    assert_eq!(
        decrypt_track(&pik().into(), "6212345678901232"),
        Err(TrackError::Short { expected: 17, given: 16 })
    );
}

#[test]
fn a_clone_with_the_right_ids_does_not_prove_itself() {
    let clone = Sm4Key::from_hex("FFEEDDCCBBAA99887766554433221100").unwrap();
    let forged = TerminalProof::new(&clone, "02", "0000290210015708", "000113", "PT000100");
    let refused = forged.verify(&factory(), "0000290210015708", "000113").unwrap_err();
    assert_eq!(refused, ProofRefusal::Proof);
    assert!(refused.to_string().contains("cloned terminal?"));
}

#[test]
fn an_old_proof_or_another_device_s_proves_nothing() {
    let refused = proof().verify(&factory(), "0000290210015708", "000114");
    assert!(matches!(refused, Err(ProofRefusal::Factor { expected, .. }) if expected == "000114"));
    assert_eq!(proof().verify(&factory(), "0000290210015709", "000113"), Err(ProofRefusal::Serial));
    assert_eq!(proof().verify(&factory(), "0000290210015708", "000113"), Ok(()));
}

#[test]
fn a_proof_is_found_among_other_elements_and_in_any_order() {
    let text = format!("A3003QRC{}", proof().encode(LengthDigits::Three));
    assert_eq!(TerminalProof::parse(&text, LengthDigits::Three), Ok(proof()));
    // The version first, the type last, and an element that no one knows.
    let elements =
        ["05008PT000100", "04008975C01B5", "03006000113", "020160000290210015708", "99001X", "0100202"];
    let inside = elements.concat();
    let shuffled = format!("A2{:03}{inside}", inside.len());
    assert_eq!(TerminalProof::parse(&shuffled, LengthDigits::Three), Ok(proof()));
}

#[rstest]
#[case("", ProofError::Missing("A2"))]
#[case("A2000", ProofError::Missing("01"))]
#[case("A200501002", ProofError::Element(6, 3))]
#[case("A2", ProofError::Element(1, 3))]
#[case("A2+04", ProofError::Element(1, 3))]
#[case("A2999", ProofError::Element(1, 3))]
#[case("A3000Ä", ProofError::Element(6, 3))]
fn a_field_59_without_a_proof_says_where(#[case] text: &str, #[case] error: ProofError) {
    assert_eq!(TerminalProof::parse(text, LengthDigits::Three), Err(error));
}

#[test]
fn a_tmk_under_another_factory_key_is_noticed_by_its_check_value() {
    let tmk = Key::from(DesKey::from_hex("89ABCDEF0123456776543210FEDCBA98").unwrap());
    let wrapped = wrap_tmk(&factory(), &tmk).unwrap();
    let other = Sm4Key::from_hex("FFEEDDCCBBAA99887766554433221100").unwrap();
    let refused = unwrap_tmk(&other, wrapped, Family::Des, tmk.kcv());
    assert!(matches!(refused, Err(KeyError::Kcv { carried, .. }) if carried == tmk.kcv()));
    let short = Key::from(DesKey::from_hex("0123456789ABCDEF").unwrap());
    assert_eq!(wrap_tmk(&factory(), &short), Err(KeyError::Blocks { block: 16, given: 8 }));
}

#[test]
fn components_combine_by_xor_and_are_checked() {
    let key = |hex| Key::from(DesKey::from_hex(hex).unwrap());
    let (one, two) = (key("11111111111111112222222222222222"), key("10325476989ABCDC5476103254761032"));
    let sum = key("01234567898BADCD7654321076543210");
    assert_eq!(combine_components(&one, &two, sum.kcv()), Ok(sum));
    let refused = combine_components(&one, &two, Kcv([0; 4]));
    assert!(matches!(refused, Err(KeyError::Kcv { .. })));
    assert!(combine_components(&one, &key("0123456789ABCDEF"), Kcv([0; 4])).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pin_comes_back_from_its_block(pin in "[0-9]{4,12}", pan in "[0-9]{2,19}") {
        let pik = pik();
        let field52 = PinBlock::format0(&pin, &pan).unwrap().encrypt(&pik);
        let read = PinBlock::decrypt(&pik, field52).pin(&pan).unwrap();
        prop_assert_eq!(read.as_str(), pin);
    }

    #[test]
    fn reading_noise_as_a_proof_never_panics(text in ".{0,80}", tag in "A2[0-9]{3}.{0,40}") {
        for lengths in [LengthDigits::Three, LengthDigits::Two] {
            let _ = TerminalProof::parse(&text, lengths);
            let _ = TerminalProof::parse(&tag, lengths);
        }
    }

    #[test]
    fn tracks_of_noise_never_panic(text in ".{0,40}") {
        let _ = encrypt_track(&pik().into(), &text);
        let _ = decrypt_track(&pik().into(), &text);
    }
}
