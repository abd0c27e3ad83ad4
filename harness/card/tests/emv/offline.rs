//! What a card proves offline, checked as a terminal does (EMV 4.3 Book 2, 5 and 6).

use payrig_card::chip::emv::{Certified, EmvFault};
use payrig_keys::RsaKey;
use rstest::rstest;
use sha1::{Digest, Sha1};

use crate::reader::{Reader, UNPREDICTABLE, keys, parsed, profile};

/// What was signed, where header, hash and trailer are right.
fn recovered(key: &RsaKey, signed: &[u8], beside: &[u8]) -> Option<Vec<u8>> {
    let clear = key.recover(signed).ok()?;
    let [0x6A, body @ .., 0xBC] = clear.as_slice() else { return None };
    let (body, hash) = body.split_at(body.len() - 20);
    (Sha1::digest([body, beside].concat()).as_slice() == hash).then(|| body.to_vec())
}

fn value(reader: &Reader, tag: u32) -> Vec<u8> {
    reader.values.get(&tag).cloned().unwrap_or_default()
}

/// The issuer's key, where the scheme's certificate of it is right.
fn issuer(reader: &Reader, name: &str) -> Option<RsaKey> {
    let keys = keys();
    let named = &profile(name).application["main"].keys;
    let issuer = keys.issuer(&named.issuer).unwrap();
    let ca = &keys.ca(&issuer.ca).unwrap().key;
    (value(reader, 0x8F) == [ca.index]).then_some(())?;
    let beside = [value(reader, 0x92), value(reader, 0x9F32)].concat();
    let body = recovered(&ca.key, &value(reader, 0x90), &beside)?;
    let modulus = [&body[14..], &value(reader, 0x92)].concat();
    modulus.starts_with(&issuer.key.modulus()).then(|| issuer.key.clone())
}

/// The card's key, where the issuer's certificate of it, over the static data, is right.
fn icc(reader: &Reader, name: &str, tags: [u32; 3], static_data: &[u8], key: &str) -> Option<RsaKey> {
    let issuer = issuer(reader, name)?;
    let [certificate, remainder, exponent] = tags.map(|tag| value(reader, tag));
    let beside = [&remainder[..], &exponent, static_data].concat();
    let body = recovered(&issuer, &certificate, &beside)?;
    let key = keys().icc(key).unwrap().key.clone();
    [&body[20..], &remainder].concat().starts_with(&key.modulus()).then_some(key)
}

fn card_key(reader: &Reader, name: &str) -> Option<RsaKey> {
    let own = profile(name).application["main"].keys.icc.clone().unwrap();
    icc(reader, name, [0x9F46, 0x9F48, 0x9F47], &reader.static_data, &own)
}

/// DDA: INTERNAL AUTHENTICATE, and the signature of the answer.
fn signs(reader: &mut Reader, name: &str) -> bool {
    let Some(key) = card_key(reader, name) else { return false };
    let (data, sw) = reader.send([0x00, 0x88, 0, 0], &UNPREDICTABLE);
    assert_eq!(sw, 0x9000);
    let outer = parsed(&data).unwrap();
    let signed = outer.iter().find(|(tag, _)| matches!(tag, 0x80 | 0x9F4B)).unwrap();
    recovered(&key, &signed.1, &UNPREDICTABLE).is_some_and(|body| body[..4] == [5, 1, 9, 8])
}

/// CDA of a GENERATE AC that was answered with `data`.
fn combines(reader: &Reader, name: &str, data: &[u8], cdol2: &[u8]) -> bool {
    let Some(key) = card_key(reader, name) else { return false };
    let objects = parsed(data).unwrap();
    assert_eq!(objects[0].0, 0x77);
    let signed = &objects.iter().find(|(tag, _)| *tag == 0x9F4B).unwrap().1;
    let Some(body) = recovered(&key, signed, &UNPREDICTABLE) else { return false };
    // The answer's objects in their order, but for the signature: 9F27, 9F36, then 9F10, spelled again.
    let spelled = |(tag, value): &(u32, Vec<u8>)| {
        [&[(tag >> 8) as u8, *tag as u8, value.len() as u8][..], value].concat()
    };
    let others = objects[1..].iter().filter(|(tag, _)| *tag != 0x9F4B);
    let answered: Vec<u8> = others.flat_map(spelled).collect();
    let over = [&reader.pdol[..], &reader.cdol1, cdol2, &answered].concat();
    body[2..4] == [38, 8] && body[12] == reader.cid() && body[21..41] == *Sha1::digest(over)
}

#[test]
fn static_data_are_signed_by_the_issuer() {
    let reader = Reader::initiated("sda", &[]);
    assert_eq!(reader.aip[0] & 0x61, 0x40);
    let key = issuer(&reader, "sda").unwrap();
    let body = recovered(&key, &value(&reader, 0x93), &reader.static_data).unwrap();
    assert_eq!(body[..2], [3, 1]);
    assert!(reader.static_data.ends_with(&reader.aip));
}

#[rstest]
#[case::usual("dda")]
#[case::credit("unionpay-credit")]
#[case::tagged("tagged")]
#[case::longest_keys("long-keys")]
#[case::past_certificate("past-issuer-certificate")]
fn a_card_signs_what_the_terminal_sends(#[case] name: &str) {
    let mut reader = Reader::initiated(name, &[]);
    assert_eq!(reader.aip[0] & 0x61, 0x20);
    assert!(signs(&mut reader, name));
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.results()[3] & 0x02, 0x02, "the issuer is told that it signed");
}

#[rstest]
#[case::usual("cda")]
#[case::longest_keys("long-keys-cda")]
fn a_card_signs_its_cryptograms(#[case] name: &str) {
    let mut reader = Reader::initiated(name, &[]);
    assert_eq!(reader.aip[0] & 0x61, 0x21);
    let (data, sw) = reader.generate(0x90, 0x8C);
    assert_eq!((sw, reader.cid()), (0x9000, 0x80));
    assert!(combines(&reader, name, &data, &[]));
    let cdol2 = reader.asked(0x8D);
    let (data, sw) = reader.generate(0x50, 0x8D);
    assert_eq!((sw, reader.cid()), (0x9000, 0x40));
    assert!(combines(&reader, name, &data, &cdol2));
}

#[test]
fn a_refusal_is_not_signed_and_neither_is_what_was_not_asked_to_be() {
    for p1 in [0x10, 0x80] {
        let mut reader = Reader::initiated("cda", &[]);
        let (data, sw) = reader.generate(p1, 0x8C);
        assert_eq!((sw, data[0]), (0x9000, 0x80));
    }
    // A card without CDA does not sign, whatever it is asked.
    let mut reader = Reader::initiated("dda", &[]);
    assert_eq!(reader.generate(0x90, 0x8C).0[0], 0x80);
}

/// One bit of each signature, wherever it is, is noticed by who checks that one, and by nobody before.
#[rstest]
fn one_flipped_bit_breaks_what_it_is_in(#[values(0, 7, 8, 400, 1023)] bit: u16) {
    let flipped = |of| [EmvFault::FlippedBit { of, bit }];
    let reader = Reader::initiated("dda", &flipped(Certified::IssuerCertificate));
    assert!(issuer(&reader, "dda").is_none());
    let reader = Reader::initiated("dda", &flipped(Certified::IccCertificate));
    assert!(issuer(&reader, "dda").is_some() && card_key(&reader, "dda").is_none());
    let mut reader = Reader::initiated("dda", &flipped(Certified::SignedDynamicData));
    assert!(card_key(&reader, "dda").is_some() && !signs(&mut reader, "dda"));
    let mut reader = Reader::initiated("cda", &flipped(Certified::SignedDynamicData));
    let (data, _) = reader.generate(0x90, 0x8C);
    assert!(!combines(&reader, "cda", &data, &[]));
    let reader = Reader::initiated("sda", &flipped(Certified::SignedStaticData));
    let key = issuer(&reader, "sda").unwrap();
    assert!(recovered(&key, &value(&reader, 0x93), &reader.static_data).is_none());
    let reader = Reader::initiated("enciphered-pin", &flipped(Certified::PinCertificate));
    assert!(icc(&reader, "enciphered-pin", [0x9F2D, 0x9F2F, 0x9F2E], &[], "card-pin").is_none());
}

/// Whether header and trailer of what was signed are right, and its hash is not.
fn has_wrong_hash(key: &RsaKey, signed: &[u8], beside: &[u8]) -> bool {
    let clear = key.recover(signed).unwrap();
    clear[0] == 0x6A && clear.ends_with(&[0xBC]) && recovered(key, signed, beside).is_none()
}

#[test]
fn a_wrong_hash_is_all_that_is_wrong_with_what_it_is_in() {
    let wrong = |of| [EmvFault::WrongHash(of)];
    let reader = Reader::initiated("dda", &wrong(Certified::IssuerCertificate));
    let (keys, named) = (keys(), &profile("dda").application["main"].keys);
    let signer = keys.issuer(&named.issuer).unwrap();
    let beside = [value(&reader, 0x92), value(&reader, 0x9F32)].concat();
    assert!(has_wrong_hash(&keys.ca(&signer.ca).unwrap().key.key, &value(&reader, 0x90), &beside));
    let reader = Reader::initiated("dda", &wrong(Certified::IccCertificate));
    let beside = [&value(&reader, 0x9F48)[..], &value(&reader, 0x9F47), &reader.static_data].concat();
    assert!(has_wrong_hash(&issuer(&reader, "dda").unwrap(), &value(&reader, 0x9F46), &beside));
    let reader = Reader::initiated("enciphered-pin", &wrong(Certified::PinCertificate));
    let beside = [value(&reader, 0x9F2F), value(&reader, 0x9F2E)].concat();
    assert!(has_wrong_hash(&issuer(&reader, "enciphered-pin").unwrap(), &value(&reader, 0x9F2D), &beside));
    let reader = Reader::initiated("sda", &wrong(Certified::SignedStaticData));
    assert!(has_wrong_hash(&issuer(&reader, "sda").unwrap(), &value(&reader, 0x93), &reader.static_data));
    let mut reader = Reader::initiated("dda", &wrong(Certified::SignedDynamicData));
    let key = card_key(&reader, "dda").unwrap();
    let (data, _) = reader.send([0x00, 0x88, 0, 0], &UNPREDICTABLE);
    assert!(has_wrong_hash(&key, &parsed(&data).unwrap()[0].1, &UNPREDICTABLE));
    let mut reader = Reader::initiated("cda", &wrong(Certified::SignedDynamicData));
    let key = card_key(&reader, "cda").unwrap();
    let (data, _) = reader.generate(0x90, 0x8C);
    let signed = &parsed(&data).unwrap().into_iter().find(|(tag, _)| *tag == 0x9F4B).unwrap().1;
    assert!(has_wrong_hash(&key, signed, &UNPREDICTABLE));
}

#[test]
fn the_key_for_pins_has_a_certificate_of_its_own_without_the_static_data() {
    let reader = Reader::initiated("enciphered-pin", &[]);
    assert!(icc(&reader, "enciphered-pin", [0x9F2D, 0x9F2F, 0x9F2E], &[], "card-pin").is_some());
}

#[test]
fn a_card_that_proves_nothing_has_no_keys_in_its_records() {
    let mut reader = Reader::initiated("no-offline-authentication", &[]);
    assert_eq!(reader.aip[0] & 0x61, 0);
    for tag in [0x8F, 0x90, 0x93, 0x9F46, 0x9F4A] {
        assert!(!reader.values.contains_key(&tag), "{tag:X}");
    }
    assert_eq!(reader.send([0x00, 0x88, 0, 0], &UNPREDICTABLE).1, 0x6D00);
}

#[test]
fn a_record_with_a_wrong_value_is_signed_as_it_is_so_that_only_the_value_is_wrong() {
    let wrong = EmvFault::Other {
        tag: "5F24".parse().unwrap(),
        value: payrig_card::chip::emv::HexBytes(vec![0x19, 0x12, 0x31]),
    };
    let mut reader = Reader::initiated("dda", &[wrong]);
    assert_eq!(value(&reader, 0x5F24), [0x19, 0x12, 0x31]);
    assert!(signs(&mut reader, "dda"));
}
