//! How a card's applications are found.

use crate::reader::{Reader, parsed};

const DIRECTORY: &[u8] = b"1PAY.SYS.DDF01";
const CREDIT: &str = "A000000333010102";
const DEBIT: &str = "A000000333010101";

fn aid(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

#[test]
fn the_directory_names_each_application_once() {
    let mut reader = Reader::of("two-applications", &[]);
    let (fci, sw) = reader.select(DIRECTORY);
    assert_eq!(
        (hex::encode_upper(&fci), sw),
        ("6F15840E315041592E5359532E4444463031A503880101".into(), 0x9000)
    );
    let names = [1, 2].map(|number| {
        let (record, sw) = reader.record(1, number);
        assert_eq!(sw, 0x9000);
        let entry = parsed(&record).unwrap();
        assert_eq!((entry[0].0, entry[1].0, entry[2].0), (0x70, 0x61, 0x4F));
        hex::encode_upper(&entry[2].1)
    });
    assert_eq!(names, [CREDIT, "D15600000101"]);
    assert_eq!(reader.record(1, 3).1, 0x6A83);
    assert_eq!(reader.record(2, 1).1, 0x6A82);
}

#[test]
fn an_application_says_what_it_is_called_and_what_it_asks_for() {
    let mut reader = Reader::of("asks-for-options", &[]);
    let (fci, sw) = reader.select(&aid(CREDIT));
    let said = parsed(&fci).unwrap();
    let value = |tag| said.iter().find(|(other, _)| *other == tag).map(|(_, value)| value.clone()).unwrap();
    assert_eq!((sw, value(0x84), value(0x50)), (0x9000, aid(CREDIT), b"UnionPay Credit".to_vec()));
    assert_eq!((value(0x87), value(0x9F11), value(0x5F2D)), (vec![1], vec![1], b"zhen".to_vec()));
    assert_eq!(value(0x9F38), aid("9F02069F1A025F2A02"));
    // What was asked for must be sent, all of it.
    for (values, sw) in [
        ("8300", 0x6700),
        ("8309000000000001015601", 0x6700),
        ("00", 0x6A80),
        ("830A000000000001", 0x6A80),
        ("830A00000000000101560156", 0x9000),
    ] {
        assert_eq!(reader.send([0x80, 0xA8, 0, 0], &aid(values)).1, sw, "{values}");
    }
}

#[test]
fn part_of_a_name_finds_one_after_another() {
    let mut reader = Reader::of("two-unionpay", &[]);
    let part = &aid(CREDIT)[..7];
    let next = |reader: &mut Reader| {
        let (fci, sw) = reader.send([0x00, 0xA4, 0x04, 0x02], part);
        (
            parsed(&fci)
                .unwrap()
                .iter()
                .find(|(tag, _)| *tag == 0x84)
                .map(|(_, name)| hex::encode_upper(name)),
            sw,
        )
    };
    assert_eq!(next(&mut reader).1, 0x6A82, "there is none to go on from");
    let (fci, _) = reader.select(part);
    assert!(hex::encode_upper(fci).contains(CREDIT));
    assert_eq!(next(&mut reader), (Some(DEBIT.into()), 0x9000));
    assert_eq!(next(&mut reader), (None, 0x6A82));
    // What was selected last stays so.
    assert_eq!(reader.send([0x80, 0xA8, 0, 0], &[0x83, 0x00]).1, 0x9000);
}

#[test]
fn what_is_not_there_or_blocked_is_told_apart() {
    let mut reader = Reader::of("no-directory", &[]);
    assert_eq!(reader.select(DIRECTORY).1, 0x6A82);
    assert_eq!(reader.select(&aid("A0000000031010")).1, 0x6A82);
    assert_eq!(reader.select(&aid("A00000033301010201")).1, 0x6A82, "more than the name");
    assert_eq!(reader.send([0x00, 0xA4, 0x00, 0x00], &aid(CREDIT)).1, 0x6A86);
    assert_eq!(reader.send([0x00, 0xA4, 0x04, 0x00], &[]).1, 0x6700);
    let mut reader = Reader::of("blocked-card", &[]);
    assert_eq!((reader.select(DIRECTORY).1, reader.select(&aid(CREDIT)).1), (0x6A81, 0x6A81));
    let mut reader = Reader::of("blocked-application", &[]);
    let (fci, sw) = reader.select(&aid(CREDIT));
    assert_eq!((fci[0], sw), (0x6F, 0x6283));
    // It declines whatever it is asked.
    reader.options();
    assert_eq!(reader.send([0x80, 0xAE, 0x80, 0], &[0; 32]).0[2], 0x00);
}

#[test]
fn the_answers_to_reset_are_well_formed() {
    let atr = Reader::of("unionpay-credit", &[]).card.activate();
    assert_eq!(hex::encode_upper(atr), "3B6800005041595249473031");
    let atr = Reader::of("t1", &[]).card.activate();
    assert_eq!(atr[1..].iter().fold(0, |all, byte| all ^ byte), 0, "TCK");
    assert_eq!(Reader::of("t1", &[]).card.warm_reset(), Some(atr));
}
