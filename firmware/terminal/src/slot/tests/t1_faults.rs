//! T=1 with a card or a line that does something wrong.

use embassy_time::Timer;
use rstest::rstest;

use super::t1::{begin_t1, reset_t1};
use super::world::{Contacts, Told, once, world};
use crate::slot::fault::SlotFault;

/// One command, `00441122`, after which the card does this.
fn after_command(card: impl AsyncFnOnce(&mut Contacts<'_>)) -> (Told, u64) {
    let (told, left) = once("00441122", "", None, async |contacts: &mut Contacts<'_>| {
        begin_t1(contacts, 32).await;
        contacts.expect_block(0x00, "00441122").await;
        card(contacts).await;
    });
    (told, left.millis - 12)
}

/// What the card says in the place of a block, what the terminal's R-block says of it, and what it becomes at last.
#[rstest]
#[case::edc("00 00 02 90 00 93", 0x81, SlotFault::BlocksHarmed)]
#[case::node_address("12 00 02 90 00 80", 0x82, SlotFault::BlocksHarmed)]
#[case::wrong_number("00 40 02 90 00 D2", 0x82, SlotFault::BlocksHarmed)]
#[case::an_acknowledgement_of_nothing("00 90 00 90", 0x82, SlotFault::BlocksHarmed)]
#[case::an_r_block_with_content("00 80 01 00 81", 0x82, SlotFault::BlocksHarmed)]
#[case::a_pcb_that_is_none("00 0F 02 90 00 9D", 0x82, SlotFault::BlocksHarmed)]
#[case::a_response_to_nothing("00 E3 01 02 E0", 0x82, SlotFault::BlocksHarmed)]
#[case::an_ifs_of_none("00 C1 01 00 C0", 0x82, SlotFault::BlocksHarmed)]
#[case::an_ifs_of_255("00 C1 01 FF 3F", 0x82, SlotFault::BlocksHarmed)]
#[case::a_wtx_of_none("00 C3 01 00 C2", 0x82, SlotFault::BlocksHarmed)]
#[case::a_wtx_without_value("00 C3 00 C3", 0x82, SlotFault::BlocksHarmed)]
#[case::cut_off("00 00 02 90", 0x82, SlotFault::NoAnswer)]
#[case::nothing("", 0x82, SlotFault::NoAnswer)]
fn the_third_block_in_a_row_that_is_none_ends_the_session(
    #[case] said: &'static str,
    #[case] complaint: u8,
    #[case] fault: SlotFault,
    #[values(2, 3)] times: usize,
) {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| {
        for time in 1..=times {
            card.hex(said).await;
            if time == 3 {
                return;
            }
            card.expect_block(complaint, "").await;
        }
        card.block(0x00, &[0x90, 0x00]).await;
    });
    assert_eq!(told, if times < 3 { Ok(" 9000".into()) } else { Err(fault) });
}

#[test]
fn parity_errors_are_no_error_signals_but_a_harmed_block() {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| {
        card.hex("00 00").await;
        card.harmed(0x02).await;
        card.hex("90 00 92").await;
        card.expect_block(0x81, "").await;
        card.block(0x00, &[0x90, 0x00]).await;
    });
    assert_eq!(told.as_deref(), Ok(" 9000"));
}

#[test]
fn the_terminal_complains_when_the_line_is_silent_again() {
    let (told, millis) = after_command(async |card: &mut Contacts<'_>| {
        // LEN was harmed: more comes than it says.
        card.hex("00 00 01 90 00 92").await;
        for _ in 0..10 {
            Timer::after_millis(30).await;
            card.hex("00").await;
        }
        card.expect_block(0x81, "").await;
        card.block(0x00, &[0x90, 0x00]).await;
    });
    assert_eq!(told.as_deref(), Ok(" 9000"));
    // CWT is 2^5 + 15 etu and 50 ms.
    assert_eq!(millis, 300 + 55);
}

#[test]
fn the_card_asks_three_times_for_the_same_block() {
    for times in [2, 3] {
        let (told, _) = after_command(async |card: &mut Contacts<'_>| {
            for time in 1..=times {
                card.block(0x81, &[]).await;
                if time < 3 {
                    card.expect_block(0x00, "00441122").await;
                }
            }
            card.block(0x00, &[0x90, 0x00]).await;
        });
        assert_eq!(told, if times < 3 { Ok(" 9000".into()) } else { Err(SlotFault::BlocksHarmed) });
    }
}

#[test]
fn our_acknowledgement_goes_again_where_the_card_asks_for_it() {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| {
        card.block(0x20, &[0x70]).await;
        card.expect_block(0x90, "").await;
        card.block(0x91, &[]).await;
        card.expect_block(0x90, "").await;
        card.block(0x40, &[0x90, 0x00]).await;
    });
    assert_eq!(told.as_deref(), Ok("70 9000"));
}

#[rstest]
#[case::abort("00 C2 00 C2")]
#[case::resynch("00 C0 00 C0")]
fn the_card_ends_it(#[case] said: &'static str) {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| card.hex(said).await);
    assert_eq!(told, Err(SlotFault::EndedByCard));
}

#[rstest]
#[case::at_once(0)]
#[case::slowly(200)]
fn a_wtx_storm_ends_after_30_s(#[case] pause: u64) {
    let (told, millis) = after_command(async |card: &mut Contacts<'_>| {
        loop {
            Timer::after_millis(pause.max(1)).await;
            card.block(0xC3, &[255]).await;
            card.expect_block(0xE3, "ff").await;
        }
    });
    assert_eq!(told, Err(SlotFault::NoAnswer));
    assert!((30_000..=30_200).contains(&millis), "{millis}");
}

#[test]
fn an_extension_ends_with_the_30_s_as_well() {
    let (told, millis) = after_command(async |card: &mut Contacts<'_>| {
        card.block(0xC3, &[255]).await;
        card.expect_block(0xE3, "ff").await;
    });
    assert_eq!((told, millis), (Err(SlotFault::NoAnswer), 30_000));
}

#[test]
fn a_storm_of_sizes_ends() {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| {
        loop {
            card.block(0xC1, &[0x20]).await;
            card.expect_block(0xE1, "20").await;
        }
    });
    assert_eq!(told, Err(SlotFault::BlocksHarmed));
}

#[rstest]
#[case::of_bytes(&[7])]
#[case::of_nothing(&[])]
fn an_endless_chain_ends(#[case] piece: &'static [u8]) {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| {
        for number in (0..2_u8).cycle() {
            card.block(0x20 | number << 6, piece).await;
            card.expect_block(0x80 | (number ^ 1) << 4, "").await;
        }
    });
    assert_eq!(told, Err(SlotFault::AnswerTooLong));
}

#[test]
fn a_response_without_status_is_none() {
    let (told, _) = after_command(async |card: &mut Contacts<'_>| card.block(0x00, &[0x90]).await);
    assert_eq!(told, Err(SlotFault::BlocksHarmed));
}

#[rstest]
#[case::silence("", SlotFault::NoAnswer)]
#[case::an_r_block("00 82 00 82", SlotFault::BlocksHarmed)]
#[case::another_size("00 E1 01 20 C0", SlotFault::BlocksHarmed)]
#[case::a_wrong_edc("00 E1 01 FE 1F", SlotFault::BlocksHarmed)]
fn the_first_block_goes_three_times(
    #[case] said: &'static str,
    #[case] fault: SlotFault,
    #[values(2, 3)] times: usize,
) {
    let (told, left) = world(
        async |slot| match slot.activate().await {
            Ok(session) => {
                session.deactivate().await;
                Ok(())
            }
            Err(fault) => Err(fault),
        },
        async |card: &mut Contacts<'_>| {
            reset_t1(card, 32).await;
            for _ in 0..times {
                card.expect_block(0xC1, "fe").await;
                card.hex(said).await;
            }
            if times < 3 {
                card.expect_block(0xC1, "fe").await;
                card.block(0xE1, &[0xFE]).await;
            }
        },
    );
    assert_eq!(told, if times < 3 { Ok(()) } else { Err(fault) });
    assert!(left.is_off() && left.resets() == 1);
}
