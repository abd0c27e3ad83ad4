//! Issuer scripts with the MACs of the issuer.

use payrig_keys::emv::{Cvn, Derivation, PinChange, ScriptMac, encipher_script_data};
use rstest::rstest;

use crate::reader::{Reader, keys, profile};

struct Issuer {
    name: &'static str,
    atc: [u8; 2],
    cryptogram: [u8; 8],
    version: Cvn,
}

impl Issuer {
    fn of(name: &'static str, reader: &Reader) -> Self {
        let version = Cvn::of_issuer_data(&reader.values[&0x9F10]).unwrap();
        Self { name, atc: reader.atc(), cryptogram: reader.cryptogram(), version }
    }

    fn card_key(&self, name: &str) -> payrig_keys::DesKey {
        let account = profile(self.name).account;
        let issuer = keys().master(name).unwrap().key.clone();
        Derivation::OptionA.master_key(&issuer, account.pan(), account.sequence().unwrap()).unwrap()
    }

    fn command(&self, header: [u8; 4], data: &[u8]) -> Vec<u8> {
        let key = self.version.script_key(&self.card_key("imk-smi"), self.atc).unwrap();
        let Self { atc, cryptogram, .. } = *self;
        ScriptMac { header, atc, cryptogram, data }.command(&key, self.version.script_mac_bytes()).unwrap()
    }

    fn pin_change(&self, pin: &str, current: Option<&str>) -> Vec<u8> {
        let block = PinChange::new(&self.card_key("imk-ac"), pin, current).unwrap();
        let key = self.version.script_key(&self.card_key("imk-smc"), self.atc).unwrap();
        let data = encipher_script_data(&key, block.expose()).unwrap();
        let p2 = if current.is_some() { 0x01 } else { 0x02 };
        self.command([0x84, 0x24, 0x00, p2], &data)
    }
}

fn asked(name: &'static str) -> (Reader, Issuer) {
    let mut reader = Reader::initiated(name, &[]);
    reader.generate(0x80, 0x8C);
    let issuer = Issuer::of(name, &reader);
    (reader, issuer)
}

fn obey(reader: &mut Reader, command: &[u8]) -> u16 {
    let answer = reader.card.answer(command).unwrap();
    u16::from_be_bytes(answer.try_into().unwrap())
}

fn pin(reader: &mut Reader, pin: &str) -> u16 {
    reader.start();
    let data = hex::decode(format!("2{:X}{pin:F<14}", pin.len())).unwrap();
    reader.send([0x00, 0x20, 0x00, 0x80], &data).1
}

#[rstest]
#[case("unionpay-credit")]
#[case("cvn-10")]
#[case("cvn-18")]
fn an_application_is_blocked_and_unblocked(#[case] name: &'static str) {
    let (mut reader, issuer) = asked(name);
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x1E, 0, 0], &[])), 0x9000);
    reader.card.deactivate();
    reader.card.activate();
    assert_eq!(reader.begin(), 0x6283);
    reader.options();
    reader.records();
    // It declines, but its issuer may still speak to it.
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.cid(), 0x00);
    let issuer = Issuer::of(name, &reader);
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x18, 0, 0], &[])), 0x9000);
    assert_eq!(reader.begin(), 0x9000);
}

#[test]
fn a_blocked_card_is_blocked_for_good() {
    let (mut reader, issuer) = asked("unionpay-credit");
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x16, 0, 0], &[])), 0x9000);
    // The transaction under way comes to its end, declined; nothing is selected any more (EMV 4.3 Book 3, 6.5.3).
    assert_eq!(reader.generate(0x40, 0x8D).1, 0x9000);
    assert_eq!(reader.cid(), 0x00);
    assert_eq!(reader.begin(), 0x6A81);
    reader.card.activate();
    assert_eq!(reader.begin(), 0x6A81);
    assert_eq!(reader.send([0x80, 0xA8, 0, 0], &[0x83, 0]).1, 0x6985);
    assert_eq!(reader.record(1, 1).1, 0x6985);
}

#[test]
fn a_pin_is_changed_and_its_tries_come_back() {
    let (mut reader, issuer) = asked("plaintext-pin");
    assert_eq!(obey(&mut reader, &issuer.pin_change("9876", None)), 0x9000);
    assert_eq!((pin(&mut reader, "123456"), pin(&mut reader, "9876")), (0x63C2, 0x9000));
    reader.generate(0x80, 0x8C);
    let issuer = Issuer::of("plaintext-pin", &reader);
    assert_eq!(obey(&mut reader, &issuer.pin_change("1234", Some("0000"))), 0x6A80, "another current PIN");
    assert_eq!(obey(&mut reader, &issuer.pin_change("1234", Some("9876"))), 0x9000);
    assert_eq!(pin(&mut reader, "1234"), 0x9000);

    let (mut reader, issuer) = asked("no-pin-tries");
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x24, 0, 0], &[])), 0x9000);
    assert_eq!(pin(&mut reader, "123456"), 0x9000);
}

#[test]
fn records_and_limits_are_written() {
    let (mut reader, issuer) = asked("velocity");
    let record = hex::decode("70099F1F07999999999999").unwrap();
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0xDC, 1, 0x0C], &record)), 0x6A80, "not whole");
    let record = hex::decode("70099F1F06999999999999").unwrap();
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0xDC, 1, 0x0C], &record)), 0x9000);
    assert_eq!(reader.record(1, 1), (record, 0x9000));
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0xDC, 9, 0x0C], &[0x70, 0])), 0x6A83);
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0xDA, 0x9F, 0x14], &[7])), 0x9000);
    assert!(hex::encode_upper(reader.record(2, 1).0).contains("9F1401079F230104"));
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0xDA, 0x9F, 0x79], &[0; 6])), 0x6A88);

    let (mut reader, issuer) = asked("offline-balance");
    let read = [0x80, 0xCA, 0x9F, 0x79];
    assert_eq!(hex::encode_upper(reader.send(read, &[]).0), "9F7906000000012345");
    assert_eq!(obey(&mut reader, &issuer.command([0x04, 0xDA, 0x9F, 0x79], &[0, 0, 0, 0, 0x10, 0])), 0x9000);
    reader.card.activate();
    reader.start();
    assert_eq!(hex::encode_upper(reader.send(read, &[]).0), "9F7906000000001000");
}

#[test]
fn a_wrong_mac_does_nothing_and_the_issuer_is_told() {
    let (mut reader, issuer) = asked("unionpay-credit");
    reader.generate(0x40, 0x8D);
    let mut command = issuer.command([0x84, 0x1E, 0, 0], &[]);
    *command.last_mut().unwrap() ^= 1;
    assert_eq!(obey(&mut reader, &command), 0x6988);
    assert_eq!(obey(&mut reader, &[0x84, 0x1E, 0, 0]), 0x6987);
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x24, 0, 0], &[])), 0x9000);
    // A command of this transaction is none of the next one.
    reader.start();
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.results()[3], 0x18, "one done, one failed");
    assert_eq!(obey(&mut reader, &issuer.command([0x84, 0x1E, 0, 0], &[])), 0x6988);
    reader.generate(0x40, 0x8D);
    reader.start();
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.cid(), 0x80, "it is not blocked");
}

#[test]
fn a_script_before_the_first_cryptogram_is_out_of_order() {
    let mut reader = Reader::initiated("unionpay-credit", &[]);
    assert_eq!(reader.send([0x84, 0x1E, 0, 0], &[0; 4]).1, 0x6985);
}
