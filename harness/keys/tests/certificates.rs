//! Certificates and signed data, read by OpenSSL: it recovers what was signed, and hashes it again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers")]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use payrig_keys::{
    CaKey, CertificateError, CombinedData, Holder, RsaKey, RsaKeyError, icc_certificate, issuer_certificate,
    pin_certificate, signed_dynamic_data, signed_static_data, transaction_hash,
};

const HOLDER: Holder = Holder { expiry: [0x12, 0x30], serial: [0x00, 0x00, 0x01] };
const PAN: &str = "6212345678901232";

fn keys() -> [RsaKey; 3] {
    [(1, 896, 3), (2, 768, 65537), (3, 640, 3)]
        .map(|(seed, bits, exponent)| RsaKey::draw(seed, bits, exponent).unwrap())
}

/// Runs `openssl` with these arguments and input. It is an error of the machine where it is missing.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`openssl` is needed: apt-get install openssl");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

/// What `key` signed, as OpenSSL recovers it with modulus and exponent alone.
fn recovered(key: &RsaKey, signed: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (modulus, exponent) = (hex::encode(key.modulus()), hex::encode(key.exponent()));
    let asn1 = format!(
        "asn1=SEQUENCE:pub\n[pub]\nalgorithm=SEQUENCE:alg\nkey=BITWRAP,SEQUENCE:rsa\n[alg]\noid=OID:rsaEncryption\n\
         parameter=NULL\n[rsa]\nn=INTEGER:0x{modulus}\ne=INTEGER:0x{exponent}\n"
    );
    std::fs::write(path("asn1"), asn1).unwrap();
    openssl(&["asn1parse", "-genconf", &path("asn1"), "-noout", "-out", &path("der")], &[]);
    let (der, none) = (path("der"), "rsa_padding_mode:none");
    let how = ["pkeyutl", "-verifyrecover", "-pubin", "-keyform", "DER", "-inkey", &der, "-pkeyopt", none];
    openssl(&how, signed)
}

/// Header and trailer stand where they must, and the hash is SHA-1 over the rest and what goes with it; returns that rest.
fn checked(recovered: &[u8], beside: &[u8]) -> Vec<u8> {
    let [0x6A, body @ .., 0xBC] = recovered else { panic!("no header or trailer") };
    let (body, hash) = body.split_at(body.len() - 20);
    assert_eq!(openssl(&["dgst", "-sha1", "-binary"], &[body, beside].concat()), hash);
    body.to_vec()
}

#[test]
fn an_issuer_certificate_holds_the_key_that_does_not_fit_in_two_parts() {
    let [ca, issuer, _] = keys();
    let made = issuer_certificate(&ca, &issuer, [0x62, 0x12, 0x34, 0x56], HOLDER).unwrap();
    let body = checked(&recovered(&ca, &made.certificate), &[&made.remainder[..], &made.exponent].concat());
    assert_eq!(body[..5], [0x02, 0x62, 0x12, 0x34, 0x56]);
    assert_eq!(body[5..14], [0x12, 0x30, 0x00, 0x00, 0x01, 0x01, 0x01, 96, 3]);
    // N of the scheme less 36 bytes are in the certificate.
    assert_eq!(made.remainder.len(), 96 - (112 - 36));
    assert_eq!([&body[14..], &made.remainder].concat(), issuer.modulus());
    assert_eq!(made.exponent, [1, 0, 1]);
}

#[test]
fn a_key_shorter_than_its_place_is_filled_up() {
    let [ca, _, icc] = keys();
    let short = RsaKey::draw(4, 512, 3).unwrap();
    let made = issuer_certificate(&ca, &short, [0; 4], HOLDER).unwrap();
    let body = checked(&recovered(&ca, &made.certificate), &made.exponent);
    let (modulus, filling) = body[14..].split_at(64);
    assert_eq!((modulus, made.remainder.len()), (&short.modulus()[..], 0));
    assert!(!filling.is_empty() && filling.iter().all(|byte| *byte == 0xBB));
    let refused = issuer_certificate(&icc, &ca, [0; 4], HOLDER);
    assert_eq!(refused, Err(CertificateError::TooLong { certified: 112, certifying: 80 }));
}

#[test]
fn a_card_certificate_is_over_the_static_data_and_a_pin_certificate_is_not() {
    let [_, issuer, icc] = keys();
    let made = icc_certificate(&issuer, &icc, PAN, HOLDER, b"static data").unwrap();
    let beside = [&made.remainder[..], &made.exponent, b"static data"].concat();
    let body = checked(&recovered(&issuer, &made.certificate), &beside);
    assert_eq!(hex::encode(&body[..11]), "046212345678901232ffff");
    assert_eq!([&body[20..], &made.remainder].concat(), icc.modulus());
    let pin = pin_certificate(&issuer, &icc, PAN, HOLDER).unwrap();
    checked(&recovered(&issuer, &pin.certificate), &[&pin.remainder[..], &pin.exponent].concat());
    assert_eq!(icc_certificate(&issuer, &icc, "62x", HOLDER, &[]), Err(CertificateError::Pan));
}

#[test]
fn signed_data_are_what_the_tables_say() {
    let [_, issuer, icc] = keys();
    let made = signed_static_data(&issuer, [0xDA, 0xC1], b"static data").unwrap();
    let body = checked(&recovered(&issuer, &made), b"static data");
    assert_eq!(body[..4], [0x03, 0x01, 0xDA, 0xC1]);
    assert!(body[4..].iter().all(|byte| *byte == 0xBB));

    let made = signed_dynamic_data(&icc, &[7; 8], None, b"ddol").unwrap();
    let body = checked(&recovered(&icc, &made), b"ddol");
    assert_eq!(body[..12], [0x05, 0x01, 9, 8, 7, 7, 7, 7, 7, 7, 7, 7]);

    let hash = transaction_hash(&[b"pdol", b"cdol1"], b"answer");
    assert_eq!(openssl(&["dgst", "-sha1", "-binary"], b"pdolcdol1answer"), hash);
    let combined = CombinedData { cid: 0x80, cryptogram: [9; 8], hash };
    let made = signed_dynamic_data(&icc, &[7; 8], Some(combined), &[1, 2, 3, 4]).unwrap();
    let body = checked(&recovered(&icc, &made), &[1, 2, 3, 4]);
    assert_eq!(body[2..4], [38, 8]);
    assert_eq!(body[12..41], [&[0x80][..], &[9; 8], &hash].concat());
    // A key with no room for it signs nothing.
    let short = RsaKey::draw(5, 512, 3).unwrap();
    let refused = signed_dynamic_data(&short, &[7; 10], Some(combined), &[]);
    assert!(matches!(refused, Err(CertificateError::NoRoom { modulus: 64, .. })));
}

#[test]
fn the_check_of_a_scheme_key_is_over_all_that_names_it() {
    let [key, ..] = keys();
    let ca = CaKey { rid: [0xA0, 0, 0, 3, 0x33], index: 0xF1, key };
    let over = [&ca.rid[..], &[ca.index], &ca.key.modulus(), &ca.key.exponent()].concat();
    assert_eq!(openssl(&["dgst", "-sha1", "-binary"], &over), ca.check());
}

#[test]
fn a_key_is_drawn_again_from_its_seed_and_read_from_its_primes() {
    let [key, other, _] = keys();
    assert_eq!(RsaKey::draw(1, 896, 3).unwrap(), key);
    assert_ne!(RsaKey::draw(2, 896, 3).unwrap(), key);
    let (p, q) = key.primes().unwrap();
    assert_eq!(RsaKey::from_primes(&p, &q, 3).unwrap(), key);
    assert_eq!(format!("{key:?}"), "RSA-896 key");
    let block = [&[0x00], &[0x5A; 111][..]].concat();
    assert_eq!(key.sign(&key.recover(&block).unwrap()).unwrap(), block);
    assert_eq!(other.sign(&block), Err(RsaKeyError::Block { modulus: 96, given: 112 }));
    assert!(key.sign(&[0xFF; 112]).is_err());
    assert!(matches!(RsaKey::draw(1, 2048, 3), Err(RsaKeyError::Bits(2048))));
    assert!(matches!(RsaKey::draw(1, 896, 5), Err(RsaKeyError::Exponent(5))));
    assert!(matches!(RsaKey::from_primes("xy", &q, 3), Err(RsaKeyError::Hex(_))));
    assert!(matches!(RsaKey::from_primes("04", "09", 3), Err(RsaKeyError::NoKey(_))));
}
