//! What must hold of a card's keys and cryptograms whatever they are.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use payrig_keys::DesKey;
use payrig_keys::emv::*;
use proptest::prelude::*;

fn any_key() -> impl Strategy<Value = DesKey> {
    any::<[u8; 16]>().prop_map(|bytes| DesKey::new(&bytes).unwrap())
}

proptest! {
    /// A flipped bit of any value that is covered makes another cryptogram, and so does another ATC in the key.
    #[test]
    fn a_cryptogram_depends_on_every_bit_that_it_covers(
        key in any_key(), values in any::<[u8; 33]>(), issuer_data in any::<[u8; 8]>(), bit in 0..(33 + 4) * 8_usize,
        version in prop::sample::select(Cvn::ALL.to_vec()),
    ) {
        let cryptogram = |values: [u8; 33], issuer_data: [u8; 8]| {
            let mut rest = &values[..];
            let mut tags = Vec::new();
            for (tag, length) in COVERED {
                let (value, behind) = rest.split_at(length);
                tags.push((tag, value));
                rest = behind;
            }
            tags.push((0x9F10, &issuer_data));
            let value = |tag| tags.iter().find(|(t, _)| *t == tag).map(|(_, v)| *v);
            let atc = value(0x9F36).unwrap().try_into().unwrap();
            version.cryptogram(&key, atc, &version.covered(value).unwrap()).unwrap()
        };
        let right = cryptogram(values, issuer_data);
        let (mut values, mut issuer_data) = (values, issuer_data);
        match bit / 8 {
            byte @ 0..33 => values[byte] ^= 1 << (bit % 8),
            byte => issuer_data[byte - 33 + 3] ^= 1 << (bit % 8),
        }
        prop_assert_ne!(cryptogram(values, issuer_data), right);
    }

    #[test]
    fn what_is_enciphered_comes_back_and_under_no_other_key(
        key in any_key(), other in any_key(), data in prop::collection::vec(any::<u8>(), 0..=255),
    ) {
        let enciphered = encipher_script_data(&key, &data).unwrap();
        prop_assert!(enciphered.len().is_multiple_of(8));
        prop_assert_eq!(decipher_script_data(&key, &enciphered).unwrap().to_vec(), data.as_slice());
        if other.clone().with_odd_parity() != key.with_odd_parity() {
            prop_assert_ne!(decipher_script_data(&other, &enciphered).map(|d| d.to_vec()), Ok(data));
        }
    }

    #[test]
    fn nothing_that_is_deciphered_panics(key in any_key(), data in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(clear) = decipher_script_data(&key, &data)
            && let Ok(block) = clear.as_slice().try_into() {
                let _ = PinChange::from_clear(block).pin(&key, Some("1234"));
        }
    }

    #[test]
    fn a_new_pin_is_read_with_the_right_current_one_only(
        key in any_key(), new in "[0-9]{4,12}", current in "[0-9]{4,12}", wrong in "[0-9]{4,12}",
    ) {
        let block = PinChange::new(&key, &new, Some(&current)).unwrap();
        prop_assert_eq!(block.pin(&key, Some(&current)).unwrap().to_string(), new.as_str());
        // Zeros at a PIN's end are as the zeros that fill it up.
        if wrong.trim_end_matches('0') != current.trim_end_matches('0') {
            prop_assert_ne!(block.pin(&key, Some(&wrong)).map(|pin| pin.to_string()), Ok(new));
        }
    }
}

#[test]
fn what_no_key_can_be_made_of_is_refused() {
    let key = DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
    let single = DesKey::from_hex("0123456789ABCDEF").unwrap();
    assert_eq!(Derivation::OptionA.master_key(&key, "", "00"), Err(EmvKeyError::Pan));
    assert_eq!(Derivation::OptionA.master_key(&key, "62123456789012345678", "00"), Err(EmvKeyError::Pan));
    assert_eq!(Derivation::OptionA.master_key(&key, "6212D", "00"), Err(EmvKeyError::Pan));
    assert_eq!(Derivation::OptionA.master_key(&key, "6212345678901232", "1"), Err(EmvKeyError::Sequence));
    assert_eq!(Derivation::OptionA.master_key(&single, "6212345678901232", "01"), Err(EmvKeyError::Key(8)));
    assert_eq!(pboc_session_key(&single, [0, 1]), Err(EmvKeyError::Key(8)));
    assert_eq!(common_session_key(&single, [0; 8]), Err(EmvKeyError::Key(8)));
    assert_eq!(visa_script_key(&single, [0, 1]), Err(EmvKeyError::Key(8)));
    assert_eq!(application_cryptogram(&single, &[], Padding::Emv), Err(EmvKeyError::Key(8)));
    assert_eq!(PinChange::new(&key, "123", None).unwrap_err(), EmvKeyError::Pin);
    let mac = ScriptMac { header: [0x84, 0x1E, 0, 0], atc: [0, 1], cryptogram: [0; 8], data: &[] };
    assert_eq!(mac.compute(&key, 3), Err(EmvKeyError::MacLength(3)));
    let missing = Cvn::Pboc01.covered(|tag| (tag != 0x9F37).then_some(&[0; 6][..]));
    assert_eq!(missing.unwrap_err(), EmvKeyError::Tag(0x9F1A));
}

/// Zeros pad CVN 10's data, `80` and zeros all other.
#[test]
fn whole_blocks_are_padded_by_emv_only() {
    let key = DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
    let mac = |data: &[u8], padding| application_cryptogram(&key, data, padding).unwrap();
    assert_eq!(mac(&[1; 7], Padding::Zeros), mac(&[1, 1, 1, 1, 1, 1, 1, 0], Padding::Zeros));
    assert_eq!(mac(&[1; 7], Padding::Emv), mac(&[1, 1, 1, 1, 1, 1, 1, 0x80], Padding::Zeros));
    assert_eq!(
        mac(&[1; 8], Padding::Emv),
        mac(&[[1; 8], [0x80, 0, 0, 0, 0, 0, 0, 0]].concat(), Padding::Zeros)
    );
}

#[test]
fn a_pin_change_block_does_not_print() {
    let key = DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210").unwrap();
    assert_eq!(format!("{:?}", PinChange::new(&key, "1234", None).unwrap()), "PIN change block");
}
