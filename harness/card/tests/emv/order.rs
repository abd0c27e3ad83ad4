//! Whatever comes in whatever order: nothing panics, and nothing is given out of its step.

use payrig_card::chip::emv::ProfileCard;
use proptest::prelude::*;
use rstest::rstest;

use crate::reader::{Reader, issued};

/// Commands of a terminal that does not know what it does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Power,
    Directory,
    Select,
    Options,
    Record,
    Pin,
    Challenge,
    Sign,
    Issuer,
    Generate(u8),
    Script,
    Data,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Power),
        1 => Just(Step::Directory),
        4 => Just(Step::Select),
        8 => Just(Step::Options),
        2 => Just(Step::Record),
        1 => Just(Step::Pin),
        1 => Just(Step::Challenge),
        1 => Just(Step::Sign),
        2 => Just(Step::Issuer),
        8 => prop_oneof![Just(0x00), Just(0x40), Just(0x80), Just(0xC0)].prop_map(Step::Generate),
        1 => Just(Step::Script),
        1 => Just(Step::Data),
    ]
}

/// Where a card must be, told by its answers alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Must {
    Reset,
    Directory,
    Selected,
    Initiated,
    Online,
    Over,
}

struct Model {
    reader: Reader,
    at: Must,
    atc: u16,
}

impl Model {
    fn send(&mut self, header: [u8; 4], data: &[u8]) -> (Vec<u8>, u16) {
        self.reader.send(header, data)
    }

    fn play(&mut self, step: Step) -> Result<(), TestCaseError> {
        let aid = [0xA0, 0, 0, 3, 0x33, 1, 1, 2];
        match step {
            Step::Power => {
                self.reader.card.deactivate();
                self.reader.card.activate();
                self.at = Must::Reset;
            }
            Step::Directory => {
                prop_assert_eq!(self.send([0, 0xA4, 4, 0], b"1PAY.SYS.DDF01").1, 0x9000);
                self.at = Must::Directory;
            }
            Step::Select => {
                prop_assert_eq!(self.send([0, 0xA4, 4, 0], &aid).1, 0x9000);
                self.at = Must::Selected;
            }
            Step::Options => {
                let right = self.at == Must::Selected;
                self.allowed([0x80, 0xA8, 0, 0], &[0x83, 0], right)?;
                if right {
                    self.at = Must::Initiated;
                    self.atc += 1;
                }
            }
            Step::Record => {
                let right = !matches!(self.at, Must::Reset | Must::Selected);
                self.allowed([0, 0xB2, 1, 0x0C], &[], right)?;
            }
            Step::Pin => {
                let right = self.at == Must::Initiated;
                self.allowed([0, 0x20, 0, 0x80], &[0x26, 0x12, 0x34, 0x56, 0xFF, 0xFF, 0xFF, 0xFF], right)?;
            }
            Step::Challenge => {
                let right = !matches!(self.at, Must::Reset | Must::Directory);
                self.allowed([0, 0x84, 0, 0], &[], right)?;
            }
            Step::Sign => {
                let right = self.at == Must::Initiated;
                let sw = self.send([0, 0x88, 0, 0], &[1, 2, 3, 4]).1;
                // This card does not sign: what is in its step is unknown to it.
                prop_assert_eq!(sw, if right { 0x6D00 } else { 0x6985 });
            }
            Step::Issuer => {
                let sw = self.send([0, 0x82, 0, 0], &[0; 10]).1;
                prop_assert!(matches!(sw, 0x6300 | 0x6985));
                prop_assert!(sw == 0x6985 || self.at == Must::Online);
            }
            Step::Generate(p1) => self.generate(p1)?,
            Step::Script => {
                let right = matches!(self.at, Must::Online | Must::Over);
                let sw = self.send([0x84, 0x1E, 0, 0], &[0; 4]).1;
                prop_assert_eq!(sw, if right { 0x6988 } else { 0x6985 });
            }
            Step::Data => {
                let right = !matches!(self.at, Must::Reset | Must::Directory);
                let (data, sw) = self.send([0x80, 0xCA, 0x9F, 0x36], &[]);
                prop_assert_eq!(sw, if right { 0x9000 } else { 0x6985 });
                let told = [&[0x9F, 0x36, 2][..], &self.atc.to_be_bytes()].concat();
                prop_assert!(!right || data == told);
            }
        }
        Ok(())
    }

    fn allowed(&mut self, header: [u8; 4], data: &[u8], right: bool) -> Result<(), TestCaseError> {
        let at = self.at;
        let sw = self.send(header, data).1;
        prop_assert_eq!(sw, if right { 0x9000 } else { 0x6985 }, "{:?}", at);
        Ok(())
    }

    fn generate(&mut self, p1: u8) -> Result<(), TestCaseError> {
        let length = if self.at == Must::Online { 34 } else { 32 };
        let (data, sw) = self.send([0x80, 0xAE, p1, 0], &vec![0; length]);
        let right = match self.at {
            Must::Initiated => p1 != 0xC0,
            Must::Online => matches!(p1, 0x00 | 0x40),
            _ => false,
        };
        let before = self.at;
        prop_assert_eq!(sw == 0x9000, right, "{:04X} {:?}", sw, before);
        if right {
            let cid = data[2];
            prop_assert!(cid == p1 || cid == 0 || (p1 == 0x40 && cid == 0x80), "{:02X} for {:02X}", cid, p1);
            self.at = if cid == 0x80 { Must::Online } else { Must::Over };
        } else {
            prop_assert!(data.is_empty());
            prop_assert!(matches!(sw, 0x6985 | 0x6A86));
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn no_order_of_commands_brings_what_is_not_due(steps in prop::collection::vec(step(), 1..80)) {
        static CARD: std::sync::OnceLock<std::sync::Arc<payrig_card::chip::emv::IssuedCard>> = std::sync::OnceLock::new();
        let card = CARD.get_or_init(|| issued("plaintext-pin-unsigned", &[])).clone();
        let mut model = Model { reader: Reader::with(ProfileCard::new(card, 1)), at: Must::Reset, atc: 17 };
        for step in steps {
            model.play(step)?;
        }
    }

    #[test]
    fn no_bytes_make_a_card_panic(
        commands in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..20),
        known in prop::collection::vec((0_usize..15, any::<[u8; 3]>(), prop::collection::vec(any::<u8>(), 0..255)), 1..30),
    ) {
        const INSTRUCTIONS: [u8; 15] =
            [0xA4, 0xA8, 0xB2, 0xCA, 0x20, 0x84, 0x88, 0x82, 0xAE, 0x1E, 0x18, 0x16, 0x24, 0xDC, 0xDA];
        static CARD: std::sync::OnceLock<std::sync::Arc<payrig_card::chip::emv::IssuedCard>> = std::sync::OnceLock::new();
        let card = CARD.get_or_init(|| issued("cda", &[])).clone();
        let mut reader = Reader::with(ProfileCard::new(card, 1));
        reader.start();
        for command in commands {
            let answer = reader.card.answer(&command).unwrap();
            prop_assert!((2..=258).contains(&answer.len()));
        }
        for (nth, [class, p1, p2], data) in known {
            let class = [0x00, 0x80, 0x84, 0x04][usize::from(class % 4)];
            let (answer, _) = reader.send([class, INSTRUCTIONS[nth], p1, p2], &data);
            prop_assert!(answer.len() <= 256);
        }
    }
}

#[rstest]
#[case::unknown_class([0xB0, 0xA4, 4, 0], 0x6E00)]
#[case::class_of_another_instruction([0x80, 0xA4, 4, 0], 0x6E00)]
#[case::iso_generate([0x00, 0xAE, 0x80, 0], 0x6E00)]
#[case::unknown_instruction([0x00, 0xFE, 0, 0], 0x6D00)]
#[case::record_by_name([0x00, 0xB2, 1, 0x08], 0x6A86)]
#[case::record_zero([0x00, 0xB2, 0, 0x0C], 0x6A86)]
#[case::no_such_file([0x00, 0xB2, 1, 0x54], 0x6A82)]
#[case::no_such_record([0x00, 0xB2, 9, 0x0C], 0x6A83)]
#[case::no_such_data([0x80, 0xCA, 0x9F, 0x7F], 0x6A88)]
#[case::no_data_for_generate([0x80, 0xAE, 0x80, 0], 0x6700)]
#[case::two_kinds_at_once([0x80, 0xAE, 0xC0, 0], 0x6A86)]
fn a_command_that_cannot_be_has_its_own_status(#[case] header: [u8; 4], #[case] status: u16) {
    let mut reader = Reader::initiated("unionpay-credit", &[]);
    assert_eq!(reader.send(header, &[]).1, status);
    // It did no harm.
    assert_eq!(reader.generate(0x80, 0x8C).1, 0x9000);
}
