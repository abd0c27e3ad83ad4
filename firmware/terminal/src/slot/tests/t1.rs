//! T=1 with a card that does nothing wrong.

use embassy_time::Timer;
use proptest::prelude::*;
use rstest::rstest;
use std::vec::Vec;

use super::world::{Contacts, Told, ask, once, world};

/// An answer to reset with T=1, BWI 1, CWI 5 and this IFSC.
pub async fn reset_t1(card: &mut Contacts<'_>, ifsc: u8) {
    card.reset().await;
    let mut atr = Vec::from([0x3B, 0x80, 0x81, 0x31, ifsc, 0x15]);
    atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
    card.say(&atr).await;
}

/// The same, and the answer to the terminal's S(IFS request).
pub async fn begin_t1(card: &mut Contacts<'_>, ifsc: u8) {
    reset_t1(card, ifsc).await;
    card.expect_block(0xC1, "fe").await;
    card.block(0xE1, &[0xFE]).await;
}

#[rstest]
#[case::case_1("00441122", "", None, "00441122")]
#[case::case_2("80CA9F36", "", Some(0), "80ca9f3600")]
#[case::case_3("84240000", "AABB", None, "8424000002aabb")]
#[case::case_4("00A40400", "3150", Some(0), "00a4040002315000")]
fn a_command_is_one_block(
    #[case] header: &str,
    #[case] data: &str,
    #[case] expected: Option<u8>,
    #[case] sent: &'static str,
) {
    let (told, left) = once(header, data, expected, async |card: &mut Contacts<'_>| {
        begin_t1(card, 254).await;
        card.expect_block(0x00, sent).await;
        card.block(0x00, &[0x6F, 0x10, 0x61, 0x03]).await;
    });
    assert_eq!(told.as_deref(), Ok("6f10 6103"), "T=1 fetches nothing");
    assert_eq!(left.millis, 12, "and no time is lost");
}

#[test]
fn numbers_go_on_from_command_to_command() {
    let (told, _) = world(
        async |slot| {
            let mut session = slot.activate().await.unwrap();
            let mut told = Vec::new();
            for _ in 0..3 {
                told.push(ask(&mut session, "00441122", "", None).await);
            }
            told
        },
        async |card: &mut Contacts<'_>| {
            begin_t1(card, 32).await;
            for number in [0x00, 0x40, 0x00] {
                card.expect_block(number, "00441122").await;
                card.block(number, &[0x90, number]).await;
            }
        },
    );
    assert_eq!(told, ["9000", "9040", "9000"].map(|status| Ok(std::format!(" {status}"))));
}

#[test]
fn a_long_command_is_chained() {
    let (told, _) = once("84240000", "0102030405060708090A", Some(0), async |card: &mut Contacts<'_>| {
        begin_t1(card, 6).await;
        card.expect_block(0x20, "842400000a01").await;
        card.block(0x90, &[]).await;
        card.expect_block(0x60, "020304050607").await;
        // The card takes more from now on.
        card.block(0xC1, &[0x20]).await;
        card.expect_block(0xE1, "20").await;
        card.block(0x80, &[]).await;
        card.expect_block(0x00, "08090a00").await;
        card.block(0x00, &[0x90, 0x00]).await;
    });
    assert_eq!(told.as_deref(), Ok(" 9000"));
}

#[test]
fn a_response_in_pieces_is_put_together_up_to_258_bytes() {
    for (length, expected) in [(258, true), (259, false)] {
        let response: Vec<u8> = (0..length).map(|place| place as u8).collect();
        let (told, _) = once("00B2010C", "", Some(0), async |card: &mut Contacts<'_>| {
            begin_t1(card, 32).await;
            card.expect_block(0x00, "00b2010c00").await;
            let pieces = response.chunks(100);
            let last = pieces.len() - 1;
            for (place, piece) in pieces.enumerate() {
                let number = (place % 2) as u8;
                if place > 0 {
                    card.expect_block(0x80 | number << 4, "").await;
                }
                card.block(number << 6 | u8::from(place < last) << 5, piece).await;
            }
        });
        let whole = std::format!("{} 0001", hex::encode(&response[..256]));
        let too_long = Err(crate::slot::fault::SlotFault::AnswerTooLong);
        assert_eq!(told, if expected { Ok(whole) } else { too_long });
    }
}

/// BWI 1: 2 * 96 ms, 1.1 ms and 96 ms more; the line's 50 ms.
const BWT: u64 = 339;

#[rstest]
#[case::in_time(BWT - 1, 1, true)]
#[case::too_late(BWT + 1, 1, false)]
#[case::extended(BWT * 3 - 1, 3, true)]
#[case::later_than_extended(BWT * 3 + 2, 3, false)]
fn the_next_block_only_has_more_time(#[case] pause: u64, #[case] times: u8, #[case] in_time: bool) {
    let (told, _) = once("00441122", "", None, async |card: &mut Contacts<'_>| {
        begin_t1(card, 32).await;
        card.expect_block(0x00, "00441122").await;
        if times > 1 {
            Timer::after_millis(BWT - 1).await;
            card.block(0xC3, &[times]).await;
            card.expect_block(0xE3, &std::format!("{times:02x}")).await;
        }
        Timer::after_millis(pause).await;
        if !in_time {
            card.expect_block(0x82, "").await;
        }
        card.block(0x00, &[0x90, 0x00]).await;
    });
    assert_eq!(told.as_deref(), Ok(" 9000"));
}

/// A card that does what the standard says, with harms at will: it answers a command with its bytes and 9000.
pub struct Echo<'s> {
    pub ifsc: usize,
    pub ifsd: usize,
    /// What happens to its next blocks.
    pub harms: &'s [Harm],
}

#[derive(Clone, Copy, Debug)]
pub enum Harm {
    None,
    /// The block is lost on its way to the terminal.
    Lost,
    Parity,
    Check,
    /// The terminal's block did not come through: the card asks for it again.
    Unread,
    /// The card takes time first.
    Wtx,
}

impl Echo<'_> {
    async fn send(&mut self, card: &mut Contacts<'_>, pcb: u8, information: &[u8]) {
        let (harm, later) =
            self.harms.split_first().map_or((Harm::None, self.harms), |(one, more)| (*one, more));
        self.harms = later;
        let block = super::world::block(pcb, information);
        match harm {
            Harm::Lost => {}
            Harm::Parity => {
                card.say(&block[..1]).await;
                card.harmed(block[1]).await;
                card.say(&block[2..]).await;
            }
            Harm::Check => card.say(&[&block[..block.len() - 1], &[!block[block.len() - 1]]].concat()).await,
            _ => card.say(&block).await,
        }
    }

    /// Whether the card takes the terminal's block as one that did not come through.
    async fn is_unread(&mut self, card: &mut Contacts<'_>, theirs: u8) -> bool {
        match self.harms {
            [Harm::Unread, later @ ..] => {
                self.harms = later;
                card.block(0x81 | theirs << 4, &[]).await;
                true
            }
            [Harm::Wtx, later @ ..] => {
                self.harms = later;
                card.block(0xC3, &[2]).await;
                card.expect_block(0xE3, "02").await;
                false
            }
            _ => false,
        }
    }

    pub async fn serve(&mut self, card: &mut Contacts<'_>) {
        let (mut ours, mut theirs) = (0_u8, 0_u8);
        let mut command = Vec::new();
        let mut response: Vec<Vec<u8>> = Vec::new();
        // The last block, which goes again where the terminal asks for it.
        let mut last: (u8, Vec<u8>) = (0x80, Vec::new());
        loop {
            let (pcb, information) = card.take_block().await;
            if pcb & 0x80 != 0 {
                let wanted = pcb >> 4 & 1;
                let acknowledges = pcb & 0xEF == 0x80 && !response.is_empty() && wanted != ours;
                if acknowledges {
                    ours = wanted;
                    let piece = response.remove(0);
                    last = (ours << 6 | u8::from(!response.is_empty()) << 5, piece);
                }
                let (pcb, information) = last.clone();
                self.send(card, pcb, &information).await;
                continue;
            }
            if self.is_unread(card, theirs).await {
                last = (0x80 | theirs << 4, Vec::new());
                continue;
            }
            assert_eq!(pcb >> 6, theirs, "the terminal's number");
            assert!(information.len() <= self.ifsc);
            theirs ^= 1;
            command.extend(information);
            if pcb & 0x20 != 0 {
                last = (0x80 | theirs << 4, Vec::new());
            } else {
                if !last.1.is_empty() {
                    ours ^= 1;
                }
                command.extend([0x90, 0x00]);
                response = command.chunks(self.ifsd).map(<[u8]>::to_vec).collect();
                command.clear();
                let piece = response.remove(0);
                last = (ours << 6 | u8::from(!response.is_empty()) << 5, piece);
            }
            let (pcb, information) = last.clone();
            self.send(card, pcb, &information).await;
        }
    }
}

fn echoed(data: &[u8], ifsc: u8, ifsd: usize, harms: &[Harm]) -> (Told, Told) {
    let told = once("84240000", &hex::encode(data), None, async |card: &mut Contacts<'_>| {
        begin_t1(card, ifsc).await;
        Echo { ifsc: usize::from(ifsc), ifsd, harms }.serve(card).await;
    });
    let length =
        if data.is_empty() { std::string::String::new() } else { std::format!("{:02x}", data.len()) };
    (told.0, Ok(std::format!("84240000{length}{} 9000", hex::encode(data))))
}

#[test]
fn the_parts_of_a_command_are_none_of_its_response() {
    let (told, expected) = echoed(&[7; 250], 1, 1, &[]);
    assert_eq!(told, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_sizes_the_same_comes_back_with_a_harm_between_any_two_blocks(
        data in prop::collection::vec(any::<u8>(), 0..250),
        ifsc in 1_u8..=254,
        ifsd in 1_usize..=254,
        harms in prop::collection::vec(
            prop_oneof![
                Just(Harm::Lost), Just(Harm::Parity), Just(Harm::Check), Just(Harm::Unread), Just(Harm::Wtx)
            ], 0..20),
        gap in 1_usize..4,
    ) {
        // No two harms in a row, which is a session's end soon.
        let harms: Vec<Harm> = harms.iter().flat_map(|harm| {
            let mut spaced = Vec::from([*harm]);
            spaced.resize(1 + gap, Harm::None);
            spaced
        }).collect();
        let (told, expected) = echoed(&data, ifsc, ifsd, &harms);
        prop_assert_eq!(told, expected);
    }
}
