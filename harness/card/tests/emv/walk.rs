//! Whole transactions, and the cryptograms that the issuer finds in them.

use payrig_card::chip::emv::EmvFault;
use payrig_keys::{
    DesKey,
    emv::{Cvn, Derivation},
};
use rstest::rstest;

use crate::reader::{Reader, keys, profile};

/// The issuer's key for the card's cryptograms.
fn card_key(name: &str) -> DesKey {
    let account = profile(name).account;
    let issuer = keys().master("imk-ac").unwrap().key.clone();
    // Option B is there for numbers of more than sixteen digits alone: of the others its key is option A's.
    let option = if name.ends_with("cvn-18") { Derivation::OptionB } else { Derivation::OptionA };
    option.master_key(&issuer, account.pan(), account.sequence().unwrap_or("00")).unwrap()
}

/// The cryptogram that the issuer computes from what the terminal sends it.
fn expected(reader: &Reader, name: &str) -> [u8; 8] {
    expected_under(reader, &card_key(name))
}

/// The same with the card's key at hand.
fn expected_under(reader: &Reader, key: &DesKey) -> [u8; 8] {
    let version = Cvn::of_issuer_data(&reader.values[&0x9F10]).unwrap();
    let value = |tag: u16| {
        let tag = u32::from(tag);
        reader.values.get(&tag).or_else(|| reader.terminal.get(&tag)).map(Vec::as_slice)
    };
    version.cryptogram(key, reader.atc(), &version.covered(value).unwrap()).unwrap()
}

fn issuer_answer(reader: &Reader, name: &str) -> Vec<u8> {
    answer_with(reader, name, [0, 0x82, 0, 0])
}

/// The issuer's answer with this card status update, where the version has one.
fn answer_with(reader: &Reader, name: &str, update: [u8; 4]) -> Vec<u8> {
    let version = Cvn::of_issuer_data(&reader.values[&0x9F10]).unwrap();
    version.issuer_authentication(&card_key(name), reader.atc(), reader.cryptogram(), *b"00", update).unwrap()
}

#[rstest]
#[case::pboc("unionpay-credit", 0x01)]
#[case::vsdc_10("cvn-10", 0x0A)]
#[case::vsdc_18("cvn-18", 0x12)]
#[case::template_77("tagged", 0x01)]
#[case::long_number("nineteen-digits", 0x01)]
#[case::long_number_of_18("nineteen-cvn-18", 0x12)]
#[case::options("asks-for-options", 0x01)]
fn a_sale_goes_online_and_is_approved_by_card_and_issuer(#[case] name: &str, #[case] version: u8) {
    let mut reader = Reader::initiated(name, &[]);
    let account = profile(name).account;
    assert!(hex::encode_upper(&reader.values[&0x57]).starts_with(&*account.track_2()));
    assert!(hex::encode_upper(&reader.values[&0x5A]).starts_with(account.pan()));
    assert_eq!(reader.values[&0x5F24], [0x30, 0x12, 0x31]);

    assert_eq!(reader.generate(0x80, 0x8C).1, 0x9000);
    assert_eq!((reader.cid(), reader.atc()), (0x80, [0, 18]));
    assert_eq!(reader.values[&0x9F10][2], version);
    assert_eq!(reader.results(), [3, 0xA0, 0x00, 0x00]);
    assert_eq!(reader.cryptogram(), expected(&reader, name));

    let answer = issuer_answer(&reader, name);
    assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x9000);
    reader.terminal.insert(0x95, vec![0, 0, 0, 0x80, 0x01]);
    assert_eq!(reader.generate(0x40, 0x8D).1, 0x9000);
    assert_eq!((reader.cid(), reader.results()), (0x40, [3, 0x60, 0x00, 0x00]));
    assert_eq!(reader.cryptogram(), expected(&reader, name));
    // It was online: the last online ATC is this one's.
    assert_eq!(reader.send([0x80, 0xCA, 0x9F, 0x13], &[]), (vec![0x9F, 0x13, 2, 0, 18], 0x9000));
}

/// Which option an issuer has taken is said of the card, where it is not the one that its version usually has.
#[rstest]
#[case("nineteen-digits", "", Derivation::OptionA)]
#[case("nineteen-digits", "option-b", Derivation::OptionB)]
#[case("nineteen-cvn-18", "", Derivation::OptionB)]
#[case("nineteen-cvn-18", "option-a", Derivation::OptionA)]
fn a_long_number_s_key_is_derived_by_the_option_of_the_profile(
    #[case] name: &str,
    #[case] said: &str,
    #[case] option: Derivation,
) {
    let said =
        if said.is_empty() { String::new() } else { format!("[application.main]\nderivation = \"{said}\"") };
    let mut reader = Reader::like(name, &said);
    reader.generate(0x80, 0x8C);
    let account = profile(name).account;
    let issuer = keys().master("imk-ac").unwrap().key.clone();
    let key = option.master_key(&issuer, account.pan(), account.sequence().unwrap()).unwrap();
    assert_eq!(reader.cryptogram(), expected_under(&reader, &key));
}

#[rstest]
fn what_was_asked_for_is_what_may_be_had(#[values(0x00, 0x40, 0x80)] asked: u8) {
    let mut reader = Reader::initiated("lenient", &[]);
    assert_eq!(reader.generate(asked, 0x8C).1, 0x9000);
    assert_eq!(reader.cid(), asked);
    let first = [0x80, 0x90, 0xA0][usize::from(asked >> 6)];
    assert_eq!(reader.results()[1], first);
    assert_eq!(reader.cryptogram(), expected(&reader, "lenient"));
}

#[rstest]
#[case::never("declines-first", [(0x40, 0x00), (0x80, 0x00), (0x00, 0x00)])]
#[case::online("goes-online", [(0x40, 0x80), (0x80, 0x80), (0x00, 0x00)])]
#[case::usual("unionpay-credit", [(0x40, 0x40), (0x80, 0x80), (0x00, 0x00)])]
fn a_card_gives_no_more_than_its_behaviour_has(#[case] name: &str, #[case] table: [(u8, u8); 3]) {
    for (asked, given) in table {
        let mut reader = Reader::initiated(name, &[]);
        assert_eq!(reader.generate(asked, 0x8C).1, 0x9000);
        assert_eq!(reader.cid(), given, "{asked:02X}");
    }
}

#[test]
fn a_card_may_decline_what_the_host_approved() {
    let mut reader = Reader::initiated("declines-after-approval", &[]);
    reader.generate(0x80, 0x8C);
    let answer = issuer_answer(&reader, "declines-after-approval");
    assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x9000);
    reader.generate(0x40, 0x8D);
    assert_eq!((reader.cid(), reader.results()[1]), (0x00, 0x20));
}

#[rstest]
fn an_issuer_answer_with_one_bit_wrong_makes_the_card_decline(#[values(0, 17, 63, 79)] bit: usize) {
    let mut reader = Reader::initiated("unionpay-credit", &[]);
    reader.generate(0x80, 0x8C);
    let mut answer = issuer_answer(&reader, "unionpay-credit");
    answer[bit / 8] ^= 0x80 >> (bit % 8);
    assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x6300);
    // Once is enough.
    assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x6985);
    reader.generate(0x40, 0x8D);
    assert_eq!((reader.cid(), reader.results()[1]), (0x00, 0x28));
    // The next transaction's issuer is told of it.
    reader.start();
    reader.generate(0x80, 0x8C);
    assert_eq!(reader.results()[2] & 0x08, 0x08);
}

/// Byte 2, bit 8 of a card status update: the issuer approves (EMV 4.3 Book 3, annex C10). Without it there is no TC, whatever the terminal asks for.
#[rstest]
#[case::approved([0, 0x80, 0, 0], 0x40)]
#[case::declined([0, 0, 0, 0], 0x00)]
#[case::declined_with_all_else([0x0F, 0x7F, 0xFF, 0xFF], 0x00)]
fn a_status_update_that_does_not_approve_makes_the_card_decline(#[case] update: [u8; 4], #[case] cid: u8) {
    for external in [true, false] {
        let mut reader = if external {
            Reader::initiated("cvn-18", &[])
        } else {
            Reader::like("cvn-18", "[application.main]\nissuer-authentication = \"second-generate-ac\"")
        };
        reader.generate(0x80, 0x8C);
        let answer = answer_with(&reader, "cvn-18", update);
        if external {
            assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x9000, "it is the issuer's");
        } else {
            reader.terminal.insert(0x91, answer);
        }
        reader.generate(0x40, 0x8D);
        assert_eq!((reader.cid(), reader.results()[1] & 0x08), (cid, 0x00), "external: {external}");
    }
}

#[test]
fn an_issuer_may_prove_itself_with_the_second_generate_ac() {
    let name = "issuer-by-second-generate-ac";
    for (wrong, cid) in [(0, 0x40), (1, 0x00)] {
        let mut reader = Reader::initiated(name, &[]);
        assert_eq!(reader.aip[0] & 0x04, 0, "EXTERNAL AUTHENTICATE is not asked for");
        reader.generate(0x80, 0x8C);
        let mut answer = issuer_answer(&reader, name);
        assert_eq!(reader.send([0x00, 0x82, 0, 0], &answer).1, 0x6D00);
        answer[3] ^= wrong;
        reader.terminal.insert(0x91, answer);
        reader.generate(0x40, 0x8D);
        assert_eq!(reader.cid(), cid);
    }
}

#[test]
fn a_missing_issuer_answer_is_as_bad_as_a_wrong_one_to_a_card_that_wants_it() {
    for (name, cid) in [("issuer-by-external-authenticate", 0x00), ("unionpay-credit", 0x40)] {
        let mut reader = Reader::initiated(name, &[]);
        reader.generate(0x80, 0x8C);
        reader.generate(0x40, 0x8D);
        assert_eq!((reader.cid(), reader.results()[2] & 0x04), (cid, 0x04), "{name}");
    }
}

#[test]
fn without_a_way_to_the_host_the_terminal_decides_and_the_card_says_so() {
    let mut reader = Reader::initiated("unionpay-credit", &[]);
    reader.generate(0x80, 0x8C);
    reader.terminal.insert(0x8A, b"Y3".to_vec());
    reader.generate(0x40, 0x8D);
    assert_eq!((reader.cid(), reader.results()), (0x40, [3, 0x61, 0x00, 0x00]));
    // It was not online.
    assert_eq!(reader.send([0x80, 0xCA, 0x9F, 0x13], &[]).0[4], 17);
}

#[test]
fn counters_outlive_the_power_and_a_transaction_that_was_cut_off_is_told() {
    let mut reader = Reader::initiated("unionpay-credit", &[EmvFault::RefusesArpc]);
    reader.generate(0x80, 0x8C);
    reader.card.deactivate();
    assert_eq!(reader.card.answer(&[0x00, 0xB2, 1, 0x0C]), None);
    reader.card.activate();
    assert_eq!(reader.record(1, 1).1, 0x6985);
    reader.start();
    reader.generate(0x80, 0x8C);
    assert_eq!((reader.atc(), reader.results()[2]), ([0, 19], 0x80));
}

#[test]
fn the_shared_vector_is_this_card_s_cryptogram() {
    // fixtures/vectors/emv_ac.json, pboc_cvn01_constructed: the same data by the functions that the card computes with.
    let path = crate::reader::folder().join("../vectors/emv_ac.json");
    let vectors: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vector = vectors.as_array().unwrap().iter().find(|v| v["name"] == "pboc_cvn01_constructed").unwrap();
    let (given, told) = (&vector["inputs"], &vector["outputs"]);
    let folder = tempfile::tempdir().unwrap();
    let cards = std::fs::canonicalize(crate::reader::folder()).unwrap();
    let base = std::fs::read_to_string(cards.join("unionpay-credit.toml")).unwrap();
    let keys = cards.join("../keys/chip-rsa.toml");
    let master =
        format!("kind = \"tdes\"\nvalue = \"{}\"\nkcv = \"08D7B4FB\"\n", given["imk"].as_str().unwrap());
    let tables = ["imk-ac", "imk-smi", "imk-smc"].map(|name| format!("[keys.{name}]\n{master}"));
    std::fs::write(folder.path().join("keys.toml"), format!("title = \"\"\n{}", tables.concat())).unwrap();
    let text = base
        .replace("\"../keys/chip.toml\"", "\"keys.toml\"")
        .replace("../keys/chip-rsa.toml", keys.to_str().unwrap())
        .replace("6212345678901315", given["pan"].as_str().unwrap())
        .replace("atc = 17", "atc = 0");
    let file = folder.path().join("vector.toml");
    std::fs::write(&file, text).unwrap();
    let card = payrig_card::chip::emv::CardProfile::load(&file).unwrap().issue(&[]).unwrap();
    let mut reader = Reader::with(payrig_card::chip::emv::ProfileCard::new(card.into(), 1));
    reader.start();
    let data = hex::decode(given["data"].as_str().unwrap()).unwrap();
    let parts =
        [(0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1), (0x9F37, 4)];
    let mut at = 0;
    for (tag, length) in parts {
        reader.terminal.insert(tag, data[at..at + length].to_vec());
        at += length;
    }
    reader.generate(0x80, 0x8C);
    assert_eq!(hex::encode_upper(reader.atc()), given["atc"].as_str().unwrap());
    // AIP and CVR are the vector's own: the rest of its data is the card's, and its key is.
    let version = Cvn::Pboc01;
    let issuer = DesKey::from_hex(given["imk"].as_str().unwrap()).unwrap();
    let key = Derivation::OptionA.master_key(&issuer, given["pan"].as_str().unwrap(), "01").unwrap();
    let vector_ac = version.cryptogram(&key, [0, 1], &data).unwrap();
    assert_eq!(hex::encode_upper(vector_ac), told["ac"].as_str().unwrap());
    let own = [&data[..at], &reader.aip, &reader.atc(), &reader.results()].concat();
    assert_eq!(version.cryptogram(&key, [0, 1], &own).unwrap(), reader.cryptogram());
}
