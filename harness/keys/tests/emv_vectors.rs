//! The card's keys, cryptograms, answers and scripts, held to the shared vectors.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::path::PathBuf;

use payrig_keys::DesKey;
use payrig_keys::emv::*;
use serde_json::Value;

fn vectors(name: &str, count: usize) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/vectors").join(name);
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = file.as_array().unwrap().clone();
    assert_eq!(vectors.len(), count, "{name}");
    vectors
}

fn input<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector["inputs"][name].as_str().unwrap()
}

fn output<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector["outputs"][name].as_str().unwrap()
}

fn key(vector: &Value, name: &str) -> DesKey {
    DesKey::from_hex(input(vector, name)).unwrap()
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

fn upper(bytes: impl AsRef<[u8]>) -> String {
    hex::encode_upper(bytes)
}

/// The key of a vector, whose parity may not be adjusted.
fn is_key(found: &DesKey, vector: &Value, name: &str) {
    assert!(found.has_odd_parity());
    assert_eq!(*found, DesKey::from_hex(output(vector, name)).unwrap().with_odd_parity(), "{name}");
}

#[test]
fn the_common_session_key_and_arpc_method_1() {
    let v = &vectors("emv_ac.json", 3)[0];
    let card = Derivation::OptionA.master_key(&key(v, "iss_mk"), input(v, "pan"), input(v, "psn")).unwrap();
    is_key(&card, v, "icc_mk");
    let session = common_session_key(&card, bytes(input(v, "r"))).unwrap();
    is_key(&session, v, "sk_ac");
    let data = hex::decode(input(v, "data")).unwrap();
    let arqc = application_cryptogram(&session, &data, Padding::Emv).unwrap();
    assert_eq!(upper(arqc), output(v, "arqc"));
    let arpc = arpc_method1(&card, arqc, bytes(input(v, "arpc_rc")));
    assert_eq!(upper(arpc), output(v, "arpc1_with_icc_mk"));
}

#[test]
fn cvn_10() {
    let v = &vectors("emv_ac.json", 3)[1];
    let card =
        Derivation::OptionA.master_key(&key(v, "iss_mk_ac"), input(v, "pan"), input(v, "psn")).unwrap();
    is_key(&card, v, "icc_mk");
    let data = hex::decode(input(v, "data")).unwrap();
    let arqc = Cvn::Visa10.cryptogram(&card, [0, 0x1C], &data).unwrap();
    assert_eq!(upper(arqc), output(v, "arqc"));
    let code = bytes(input(v, "arpc_rc"));
    let tag91 = Cvn::Visa10.issuer_authentication(&card, [0, 0x1C], arqc, code, [0; 4]).unwrap();
    assert_eq!(upper(tag91), format!("{}{}", output(v, "arpc_method1"), input(v, "arpc_rc")));
}

#[test]
fn pboc_cvn_01() {
    let v = &vectors("emv_ac.json", 3)[2];
    let card = Derivation::OptionA.master_key(&key(v, "imk"), input(v, "pan"), input(v, "psn")).unwrap();
    is_key(&card, v, "udk");
    let atc = bytes(input(v, "atc"));
    is_key(&Cvn::Pboc01.session_key(&card, atc).unwrap(), v, "session_key");
    let data = hex::decode(input(v, "data")).unwrap();
    let arqc = Cvn::Pboc01.cryptogram(&card, atc, &data).unwrap();
    assert_eq!(upper(arqc), output(v, "ac"));
    let tag91 = Cvn::Pboc01.issuer_authentication(&card, atc, arqc, bytes(input(v, "arc")), [0; 4]).unwrap();
    assert_eq!(upper(tag91), format!("{}{}", output(v, "arpc"), input(v, "arc")));
}

#[test]
fn both_options_of_a_card_key_and_arpc_method_2() {
    for v in &vectors("emv_issuer.json", 8)[..6] {
        let option = if input(v, "option") == "A" { Derivation::OptionA } else { Derivation::OptionB };
        let card = option.master_key(&key(v, "imk"), input(v, "pan"), input(v, "psn")).unwrap();
        let starts = |key: &DesKey, name| assert!(key.kcv().to_string().starts_with(output(v, name)), "{v}");
        starts(&card, "icc_mk_kcv");
        let session = common_session_key(&card, bytes(input(v, "r"))).unwrap();
        starts(&session, "sk_kcv");
        let data = hex::decode(input(v, "data")).unwrap();
        let arqc = application_cryptogram(&session, &data, Padding::Emv).unwrap();
        assert_eq!(upper(arqc), output(v, "arqc"));
        if let Some(arpc) = v["outputs"]["arpc2"].as_str() {
            let proprietary = hex::decode(v["inputs"]["proprietary"].as_str().unwrap_or_default()).unwrap();
            assert_eq!(upper(arpc_method2(&session, arqc, [0; 4], &proprietary).unwrap()), arpc);
        }
    }
}

/// The version says which option is usual; a number of sixteen digits has one key by both, a longer one two.
#[test]
fn a_version_has_its_usual_option_whatever_the_number_s_length() {
    let usual = Cvn::ALL.map(Cvn::derivation);
    assert_eq!(usual, [Derivation::OptionA, Derivation::OptionA, Derivation::OptionB]);
    let v = &vectors("emv_issuer.json", 8)[0];
    let both = |pan: &str| {
        [Derivation::OptionA, Derivation::OptionB]
            .map(|option| option.master_key(&key(v, "imk"), pan, "01").unwrap())
    };
    let [a, b] = both("6212345678901232");
    assert_eq!(a, b);
    let [a, b] = both("6212349876543210981");
    assert_ne!(a, b);
    // Option A leaves out what is in front of the last sixteen digits.
    assert_eq!(a, both("2349876543210981")[0]);
    assert_ne!(b, both("0012349876543210981")[1]);
}

#[test]
fn cvn_10_and_18_from_their_tags_with_their_scripts() {
    for (v, version) in vectors("emv_issuer.json", 8)[6..].iter().zip([Cvn::Visa10, Cvn::Visa18]) {
        let card =
            |name| Derivation::OptionA.master_key(&key(v, name), input(v, "pan"), input(v, "psn")).unwrap();
        let tags: Vec<(u16, Vec<u8>)> = v["inputs"]["tags"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(tag, value)| {
                (u16::from_str_radix(tag, 16).unwrap(), hex::decode(value.as_str().unwrap()).unwrap())
            })
            .collect();
        let value = |tag| tags.iter().find(|(t, _)| *t == tag).map(|(_, value)| value.as_slice());
        assert_eq!(Cvn::of_issuer_data(value(0x9F10).unwrap()), Some(version));
        let (ac, atc) = (card("imk_ac"), bytes(input(v, "atc")));
        let covered = version.covered(value).unwrap();
        let arqc = version.cryptogram(&ac, atc, &covered).unwrap();
        assert_eq!(upper(arqc), output(v, "arqc"));
        let tag91 = version.issuer_authentication(&ac, atc, arqc, *b"00", [0; 4]).unwrap();
        assert_eq!(upper(tag91), output(v, "issuer_authentication"));

        let mac_key = version.script_key(&card("imk_smi"), atc).unwrap();
        let command = |header, data: &[u8]| {
            let mac = ScriptMac { header, atc, cryptogram: arqc, data };
            upper(mac.command(&mac_key, version.script_mac_bytes()).unwrap())
        };
        assert_eq!(command([0x84, 0x18, 0, 0], &[]), output(v, "unblock"));
        let cipher_key = version.script_key(&card("imk_smc"), atc).unwrap();
        for (p2, current, name) in
            [(2, None, "pin_change"), (1, Some(input(v, "current_pin")), "pin_change_with_current")]
        {
            let block = PinChange::new(&ac, input(v, "new_pin"), current).unwrap();
            let data = encipher_script_data(&cipher_key, block.expose()).unwrap();
            assert_eq!(command([0x84, 0x24, 0, p2], &data), output(v, name));
            let clear = decipher_script_data(&cipher_key, &data).unwrap();
            let read = PinChange::from_clear(clear.as_slice().try_into().unwrap());
            assert_eq!(read.pin(&ac, current).unwrap().as_str(), input(v, "new_pin"));
        }
    }
}
