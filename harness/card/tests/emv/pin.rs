//! Offline PIN.

use rstest::rstest;

use crate::reader::{Reader, keys};

fn block(pin: &str) -> Vec<u8> {
    hex::decode(format!("2{:X}{pin:F<14}", pin.len())).unwrap()
}

fn plaintext(reader: &mut Reader, pin: &str) -> u16 {
    reader.send([0x00, 0x20, 0x00, 0x80], &block(pin)).1
}

fn tries(reader: &mut Reader) -> u8 {
    let (data, sw) = reader.send([0x80, 0xCA, 0x9F, 0x17], &[]);
    assert_eq!((sw, &data[..3]), (0x9000, &[0x9F, 0x17, 1][..]));
    data[3]
}

/// VERIFY with the PIN enciphered under this key, for this challenge.
fn enciphered(reader: &mut Reader, key: &str, pin: &str, challenge: &[u8], header: u8) -> u16 {
    let key = keys().icc(key).unwrap().key.clone();
    let mut clear = [&[header][..], &block(pin), challenge].concat();
    clear.resize(key.length(), 0x5A);
    let data = key.recover(&clear).unwrap();
    reader.send([0x00, 0x20, 0x00, 0x88], &data).1
}

fn challenge(reader: &mut Reader) -> Vec<u8> {
    let (challenge, sw) = reader.send([0x00, 0x84, 0, 0], &[]);
    assert_eq!((sw, challenge.len()), (0x9000, 8));
    challenge
}

#[test]
fn a_right_pin_gives_the_tries_back_and_the_cryptogram_tells_of_it() {
    let mut reader = Reader::initiated("plaintext-pin", &[]);
    assert_eq!(plaintext(&mut reader, "654321"), 0x63C2);
    assert_eq!(plaintext(&mut reader, "12345"), 0x63C1);
    assert_eq!(plaintext(&mut reader, "123456"), 0x9000);
    assert_eq!(tries(&mut reader), 3);
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.results()[1], 0xA4);
}

#[test]
fn wrong_pins_use_up_the_tries_and_power_does_not_bring_them_back() {
    let mut reader = Reader::initiated("plaintext-pin", &[]);
    for left in [2, 1, 0] {
        assert_eq!(plaintext(&mut reader, "000000"), 0x63C0 | left);
    }
    assert_eq!(plaintext(&mut reader, "123456"), 0x6983);
    reader.card.deactivate();
    reader.card.activate();
    reader.start();
    assert_eq!((tries(&mut reader), plaintext(&mut reader, "123456")), (0, 0x6983));
    reader.generate(0x80, 0x8C);
    assert_eq!((reader.results()[1], reader.results()[2]), (0xA6, 0x40));
}

#[rstest]
#[case("no-pin-tries", 0, 0x6983)]
#[case("last-pin-try", 1, 0x9000)]
fn a_card_may_begin_with_fewer_tries(#[case] name: &str, #[case] left: u8, #[case] status: u16) {
    let mut reader = Reader::initiated(name, &[]);
    assert_eq!((tries(&mut reader), plaintext(&mut reader, "123456")), (left, status));
}

#[rstest]
#[case::own_key("enciphered-pin", "card-pin")]
#[case::key_of_the_card("enciphered-pin-card-key", "card")]
fn an_enciphered_pin_goes_with_its_challenge_and_its_key(#[case] name: &str, #[case] key: &str) {
    let mut reader = Reader::initiated(name, &[]);
    let fresh = challenge(&mut reader);
    assert_eq!(enciphered(&mut reader, key, "123456", &fresh, 0x7F), 0x9000);
    // A challenge is good for the next command only.
    assert_eq!(enciphered(&mut reader, key, "123456", &fresh, 0x7F), 0x6985);
    let stale = challenge(&mut reader);
    tries(&mut reader);
    assert_eq!(enciphered(&mut reader, key, "123456", &stale, 0x7F), 0x6985);
    assert_eq!(tries(&mut reader), 3);
    let other = challenge(&mut reader);
    assert_ne!(other, fresh);
    assert_eq!(enciphered(&mut reader, key, "123456", &fresh, 0x7F), 0x63C2, "another challenge");
    let fresh = challenge(&mut reader);
    assert_eq!(enciphered(&mut reader, key, "123456", &fresh, 0x6A), 0x63C1, "another header");
    let fresh = challenge(&mut reader);
    assert_eq!(enciphered(&mut reader, key, "654321", &fresh, 0x7F), 0x63C0);
}

#[test]
fn a_block_of_another_format_is_no_try() {
    let mut reader = Reader::initiated("plaintext-pin", &[]);
    for wrong in
        ["06123456FFFFFFFF", "2612345FFFFFFFFF", "261234567FFFFFFF", "2312FFFFFFFFFFFF", "2DFFFFFFFFFFFFFF"]
    {
        let data = hex::decode(wrong).unwrap();
        assert_eq!(reader.send([0x00, 0x20, 0x00, 0x80], &data).1, 0x6A80, "{wrong}");
    }
    assert_eq!(reader.send([0x00, 0x20, 0x00, 0x80], &[0x26, 0x12]).1, 0x6700);
    assert_eq!(reader.send([0x00, 0x20, 0x00, 0x00], &block("123456")).1, 0x6A86);
    assert_eq!(tries(&mut reader), 3);
}

#[test]
fn a_card_without_offline_pin_has_none_to_be_verified() {
    let mut reader = Reader::initiated("unionpay-debit", &[]);
    assert_eq!(plaintext(&mut reader, "123456"), 0x6984);
}
