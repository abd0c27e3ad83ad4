//! Certificates that others made.

use sha1::{Digest, Sha1};
use std::vec::Vec;

use crate::emv::oda::rsa::public_operation;
use crate::emv::parameters::PublicKey;
use crate::vectors::Vectors;

fn key(modulus: &[u8]) -> PublicKey {
    PublicKey { modulus: heapless::Vec::from_slice(modulus).unwrap(), exponent: 3 }
}

fn decoded(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

#[test]
fn rsa_and_sha_1_recover_what_a_published_authority_signed() {
    let case = Vectors::load("emv_oda").named("visa_test_key_94");
    let modulus = decoded(case.input("modulus"));
    let named = ["rid", "index"].map(|name| decoded(case.input(name))).concat();
    let check = Sha1::new_with_prefix(named).chain_update(&modulus).chain_update([3]).finalize();
    assert_eq!(hex::encode_upper(check), case.output("check"));

    let issuer = public_operation(&key(&modulus), &decoded(case.input("issuer_certificate"))).unwrap();
    let issuer_modulus = &issuer[15..15 + usize::from(issuer[13])];
    assert_eq!(hex::encode_upper(issuer_modulus), case.output("issuer_modulus"));
    assert_eq!(hex::encode_upper(&issuer[8..11]), case.output("issuer_serial"));

    let icc = public_operation(&key(issuer_modulus), &decoded(case.input("icc_certificate"))).unwrap();
    assert_eq!(hex::encode_upper(icc.as_slice()), case.output("icc_recovered"));
    let ssad = public_operation(&key(issuer_modulus), &decoded(case.input("ssad"))).unwrap();
    assert_eq!(hex::encode_upper(&ssad[3..5]), case.output("authentication_code"));
    assert_eq!(hex::encode_upper(&ssad[ssad.len() - 21..ssad.len() - 1]), case.output("static_hash"));
}

#[test]
fn sha_1_is_that_of_fips_180() {
    let hash = |text: &str| hex::encode(Sha1::digest(text.as_bytes()));
    assert_eq!(hash("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!(
        hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    );
}

#[test]
fn what_cannot_be_a_key_or_a_block_is_none() {
    let modulus = [0xFF; 64];
    assert!(public_operation(&key(&modulus), &[1; 64]).is_some());
    assert!(public_operation(&key(&modulus), &[1; 63]).is_none(), "another length");
    assert!(public_operation(&key(&modulus), &modulus).is_none(), "not below the modulus");
    assert!(public_operation(&key(&[0xFF; 63]), &[1; 63]).is_none(), "too short a modulus");
    assert!(public_operation(&key(&[0xFE; 64]), &[1; 64]).is_none(), "an even modulus");
    assert!(public_operation(&PublicKey { exponent: 2, ..key(&modulus) }, &[1; 64]).is_none());
}
