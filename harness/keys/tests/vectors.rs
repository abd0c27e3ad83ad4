//! Every shared vector that this crate can be held to.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::path::PathBuf;

use payrig_keys::{
    DesKey, Family, Kcv, Key, Layout, LengthDigits, PinBlock, SealedKeys, Sm4Key, TerminalProof, WorkingKeys,
    compute_proof, encrypt_track, mac, unwrap_tmk, wrap_tmk,
};
use serde_json::Value;

/// The vectors of a file; how many there must be, so that a file that shrinks is noticed.
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

fn des(hex: &str) -> DesKey {
    DesKey::from_hex(hex).unwrap()
}

fn kcv(hex: &str) -> Kcv {
    hex.parse().unwrap()
}

#[test]
fn cup_mac_ecb() {
    for v in vectors("cup_mac_ecb.json", 1) {
        let data = hex::decode(input(&v, "data")).unwrap();
        let mac = mac::cup_ecb(&des(input(&v, "mak")), &data);
        assert_eq!(str::from_utf8(&mac).unwrap(), output(&v, "mac_ascii"));
        let agreed = payrig_keys::MacAlgorithm::CupEcb.compute(&des(input(&v, "mak")).into(), &data);
        assert_eq!(agreed, Ok(mac));
        assert!(output(&v, "full_enc_block2").starts_with(output(&v, "mac_ascii")));
    }
}

#[test]
fn the_shared_sale_has_its_mac_and_its_pin_block() {
    let sale = vectors("cup_frames.json", 4).pop().unwrap();
    let frame = hex::decode(input(&sale, "frame")).unwrap();
    let mac = mac::cup_ecb(&des(input(&sale, "mak")), &frame[13..frame.len() - 8]);
    assert_eq!(mac, frame[frame.len() - 8..]);

    let (pin, pan) = (input(&sale, "pin"), sale["outputs"]["fields"]["2"].as_str().unwrap());
    let block = PinBlock::format0(pin, pan).unwrap();
    assert_eq!(hex::encode_upper(block.expose()), output(&sale, "pin_block_clear"));
    let pik = des(input(&sale, "pik"));
    let field52 = block.encrypt(&pik);
    assert_eq!(hex::encode_upper(field52), sale["outputs"]["fields"]["52"].as_str().unwrap());
    assert_eq!(PinBlock::decrypt(&pik, field52).pin(pan).unwrap().as_str(), pin);
}

#[test]
fn cup_track2() {
    let [selection, encryption] = <[Value; 2]>::try_from(vectors("cup_track2.json", 2)).unwrap();
    let tdk = des(input(&encryption, "tdk"));
    let field35 = encrypt_track(&tdk.clone().into(), input(&encryption, "track2")).unwrap();
    assert_eq!(field35, output(&encryption, "field35"));
    assert!(field35.contains(output(&encryption, "enc_tdb2")));
    // The published choice of digits: they decrypt from what replaced them.
    let block: [u8; 8] = hex::decode(output(&encryption, "enc_tdb2")).unwrap().try_into().unwrap();
    assert_eq!(hex::encode_upper(tdk.decrypt(block)), output(&selection, "tdb2"));
}

#[test]
fn cup_working_keys() {
    for v in vectors("cup_working_keys.json", 2) {
        let field = hex::decode(input(&v, "field62")).unwrap();
        let tmk = Key::from(des(input(&v, "tmk")));
        let keys = SealedKeys::from_bytes(Layout::Double, &field).unwrap().open(&tmk).unwrap();
        assert_eq!(keys.pik, des(output(&v, "pik")).into());
        assert_eq!(keys.mak, des(output(&v, "mak")).into());
        assert_eq!(keys.tdk, None);
        assert_eq!(keys.pik.kcv(), kcv(output(&v, "pik_kcv")));
        assert_eq!(keys.mak.kcv(), kcv(output(&v, "mak_kcv")));
        assert_eq!(keys.seal(Layout::Double, &tmk).unwrap().to_bytes(), field);
    }
}

#[test]
fn cup_working_keys_constructed() {
    for (v, layout) in
        vectors("cup_working_keys_constructed.json", 2).iter().zip([Layout::Single, Layout::DoubleWithTrack])
    {
        let tmk = Key::from(des(input(v, "tmk")));
        let keys = WorkingKeys {
            pik: des(input(v, "pik")).into(),
            mak: des(input(v, "mak")).into(),
            tdk: v["inputs"]["tdk"].as_str().map(|k| des(k).into()),
        };
        let field = keys.seal(layout, &tmk).unwrap().to_bytes();
        assert_eq!(hex::encode_upper(&field), output(v, "field62"));
        assert_eq!(layout.length(), field.len());
        assert_eq!(SealedKeys::from_bytes(layout, &field).unwrap().open(&tmk).unwrap(), keys);
    }
}

#[test]
fn mac_x9_9() {
    for v in vectors("mac_x9_9.json", 1) {
        let mac = mac::x9_9(&des(input(&v, "key")), input(&v, "text").as_bytes());
        assert_eq!(hex::encode_upper(mac), output(&v, "mac"));
    }
}

#[test]
fn mac_x9_19() {
    for v in vectors("mac_x9_19.json", 1) {
        let mac = mac::x9_19(&des(input(&v, "key")), input(&v, "text").as_bytes()).unwrap();
        assert_eq!(hex::encode_upper(mac), output(&v, "mac"));
    }
    assert_eq!(mac::x9_19(&des("0123456789ABCDEF"), b""), None);
}

#[test]
fn pinblock_iso0() {
    for v in vectors("pinblock_iso0.json", 3) {
        let block = PinBlock::format0(input(&v, "pin"), input(&v, "pan")).unwrap();
        assert_eq!(hex::encode_upper(block.expose()), output(&v, "pinblock"));
        assert_eq!(block.pin(input(&v, "pan")).unwrap().as_str(), input(&v, "pin"));
    }
}

#[test]
fn sm4() {
    for v in vectors("sm4.json", 1) {
        let key = Sm4Key::from_hex(input(&v, "key")).unwrap();
        let plain: [u8; 16] = hex::decode(input(&v, "plain")).unwrap().try_into().unwrap();
        let cipher = key.encrypt(plain);
        assert_eq!(hex::encode_upper(cipher), output(&v, "cipher"));
        assert_eq!(key.decrypt(cipher), plain);
    }
}

#[test]
fn terminal_proof_constructed() {
    let mut all = vectors("terminal_proof_constructed.json", 3);
    let ladder = all.pop().unwrap();
    for v in all {
        let key = Sm4Key::from_hex(input(&v, "factory_key")).unwrap();
        let (serial, factor) = (input(&v, "serial"), input(&v, "factor"));
        let block = mac::sm4_cbc(&key, format!("{serial}{factor}").as_bytes());
        assert_eq!(hex::encode_upper(block), output(&v, "mac_block"));
        assert_eq!(compute_proof(&key, serial, factor), output(&v, "proof"));
        let proof = TerminalProof::new(&key, input(&v, "device_type"), serial, factor, input(&v, "version"));
        for (lengths, name) in
            [(LengthDigits::Three, "field59_A2"), (LengthDigits::Two, "field59_A2_two_digit_lengths")]
        {
            assert_eq!(proof.encode(lengths), output(&v, name));
            let read = TerminalProof::parse(output(&v, name), lengths).unwrap();
            assert_eq!(read, proof);
            read.verify(&key, serial, factor).unwrap();
        }
    }
    let factory = Sm4Key::from_hex(input(&ladder, "factory_key")).unwrap();
    assert_eq!(factory.kcv(), kcv(output(&ladder, "factory_key_kcv_sm4")));
    let tmk = Key::from(des(input(&ladder, "tmk")));
    let wrapped = wrap_tmk(&factory, &tmk).unwrap();
    assert_eq!(hex::encode_upper(wrapped), output(&ladder, "tmk_encrypted_sm4_ecb"));
    assert_eq!(unwrap_tmk(&factory, wrapped, Family::Des, tmk.kcv()).unwrap(), tmk);
}

/// SM4 in the place of 3DES: the TMK is a 3DES key by its check value, and an SM4 key for what it wraps.
#[test]
fn the_sm4_scheme() {
    let [field62, mac_of, pin_of] = <[Value; 3]>::try_from(vectors("cup_sm4_constructed.json", 3)).unwrap();
    let sm4 = |name: &str| Key::from(Sm4Key::from_hex(input(&field62, name)).unwrap());
    let keys = WorkingKeys { pik: sm4("pik"), mak: sm4("mak"), tdk: Some(sm4("tdk")) };
    let tmk = Key::from(des(input(&field62, "tmk")));
    let sealed = keys.seal(Layout::Sm4, &tmk).unwrap();
    assert_eq!(hex::encode_upper(sealed.to_bytes()), output(&field62, "field62"));
    assert_eq!(sealed.open(&tmk).unwrap(), keys);
    for (name, key) in keys.iter() {
        let stated = output(&field62, &format!("{}_kcv", name.to_string().to_lowercase())).to_owned();
        assert_eq!(key.kcv().to_string(), stated, "{name}");
    }

    let (mak, data) = (input(&mac_of, "mak"), hex::decode(input(&mac_of, "data")).unwrap());
    let mak = Sm4Key::from_hex(mak).unwrap();
    assert_eq!(hex::encode_upper(mac::sm4_cbc(&mak, &data)), output(&mac_of, "cbc_mac"));
    let field64 = payrig_keys::MacAlgorithm::Sm4CbcHex.compute(&mak.into(), &data).unwrap();
    assert_eq!(str::from_utf8(&field64).unwrap(), output(&mac_of, "mac_ascii"));

    let (pin, pan) = (input(&pin_of, "pin"), input(&pin_of, "pan"));
    let pik = Sm4Key::from_hex(input(&pin_of, "pik")).unwrap();
    let block = PinBlock::format0(pin, pan).unwrap();
    assert_eq!(hex::encode_upper(block.expose()), output(&pin_of, "pin_block_clear"));
    let field = block.encrypt_sm4(&pik);
    assert_eq!(hex::encode_upper(field), output(&pin_of, "field62"));
    assert_eq!(PinBlock::decrypt_sm4(&pik, field).unwrap().pin(pan).unwrap().as_str(), pin);
}
