//! Characters: escapes, conventions, parity.

use rstest::rstest;

use super::world::{Contacts, Seen, ask, once, world};
use crate::slot::fault::SlotFault;

#[test]
fn every_character_of_either_convention_goes_both_ways() {
    for inverse in [false, true] {
        let all: std::vec::Vec<u8> = (0..=255).collect();
        let (told, _) = world(
            async |slot| {
                let mut session = slot.activate().await?;
                let sent = ask(&mut session, "04DA0000", &hex::encode(&all[1..]), None).await?;
                Ok::<_, SlotFault>((sent, ask(&mut session, "04CA0010", "", Some(0)).await?))
            },
            async |card: &mut Contacts<'_>| {
                card.reset().await;
                card.inverse = inverse;
                card.say(if inverse { &[0x3F, 0x00] } else { &[0x3B, 0x00] }).await;
                card.expect("04 DA 00 00 FF").await;
                card.hex("DA").await;
                assert_eq!(card.characters(255).await, all[1..]);
                card.hex("90 00").await;
                card.expect("04 CA 00 10 00").await;
                card.hex("CA").await;
                card.say(&all).await;
                card.hex("90 10").await;
            },
        );
        assert_eq!(told, Ok((" 9000".into(), std::format!("{} 9010", hex::encode(&all)))));
    }
}

#[rstest]
#[case::once(1, true)]
#[case::three_times(3, true)]
#[case::four_times(4, false)]
fn a_harmed_character_comes_again_three_times(
    #[values(0, 1, 2, 3)] place: usize,
    #[case] harms: usize,
    #[case] is_read: bool,
) {
    let (told, _) = once("80CA9F17", "", Some(1), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("80 CA 9F 17 01").await;
        for (at, character) in [0xCA, 0x03, 0x90, 0x00].into_iter().enumerate() {
            if at == place {
                for _ in 0..harms {
                    card.harmed(character ^ 4).await;
                    match card.seen().await {
                        Seen::ErrorSignal => {}
                        Seen::Rst(false) => return,
                        other => panic!("{other:?}"),
                    }
                }
            }
            card.say(&[character]).await;
        }
    });
    let expected = if is_read { Ok("03 9000".into()) } else { Err(SlotFault::CharactersHarmed) };
    assert_eq!(told, expected);
}

#[rstest]
#[case::once(1, true)]
#[case::three_times(3, true)]
#[case::four_times(4, false)]
fn a_character_of_ours_goes_again_three_times(#[case] harms: usize, #[case] is_taken: bool) {
    let (told, _) = once("00200080", "241234FFFFFFFFFF", None, async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 00").await;
        card.expect("00 20 00 80 08").await;
        card.raw(&[0x10, b'E']).await;
        card.expect("08").await;
        card.hex("20").await;
        card.expect("24 12 34 FF FF FF FF FF").await;
        for harm in 0..harms {
            card.raw(&[0x10, b'E']).await;
            if harm == 3 {
                return;
            }
            card.expect("FF").await;
        }
        card.hex("90 00").await;
    });
    let expected = if is_taken { Ok(" 9000".into()) } else { Err(SlotFault::CharactersHarmed) };
    assert_eq!(told, expected);
}

#[test]
fn an_error_signal_without_a_character_means_nothing() {
    let (told, _) = once("80CA9F17", "", Some(2), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.raw(&[0x10, b'E', 0x3B, 0x10, b'E', 0x00]).await;
        card.expect("80 CA 9F 17 02").await;
        for character in [0xCA, 1, 2, 0x90, 0x00] {
            card.say(&[character]).await;
            for _ in 0..5 {
                card.raw(&[0x10, b'E']).await;
            }
        }
    });
    assert_eq!(told.as_deref(), Ok("0102 9000"));
}

#[rstest]
#[case::that_repeats(3, Ok(1))]
#[case::that_does_not(0, Err(SlotFault::AtrWrong))]
#[case::that_never_says_it_right(4, Err(SlotFault::AtrWrong))]
fn a_harmed_character_in_an_answer_to_reset_of_a_card(
    #[case] harms: usize,
    #[case] expected: Result<usize, SlotFault>,
) {
    let (told, left) = world(
        async |slot| slot.activate().await.map(|_| ()),
        async |card: &mut Contacts<'_>| {
            for _ in 0..2 {
                card.reset().await;
                card.hex("3B 02 41").await;
                for _ in 0..harms {
                    card.harmed(0x40).await;
                    if card.seen().await != Seen::ErrorSignal {
                        break;
                    }
                }
                if harms == 0 {
                    card.harmed(0x42).await;
                } else {
                    card.hex("42").await;
                }
            }
        },
    );
    assert_eq!(told.map(|()| left.resets()), expected);
}
