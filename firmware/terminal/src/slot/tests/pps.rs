//! Protocol and parameters selection.

use rstest::rstest;

use super::world::{Contacts, Seen, once, world};
use crate::slot::fault::SlotFault;

#[rstest]
#[case::d_2("3B 10 12", "FF 10 12 FD")]
#[case::d_4("3B 10 13", "FF 10 13 FC")]
fn a_card_that_agrees_goes_on(#[case] atr: &'static str, #[case] pps: &'static str) {
    let (told, left) = once("80CA9F17", "", Some(1), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex(atr).await;
        card.expect(pps).await;
        card.hex(pps).await;
        card.expect("80 CA 9F 17 01").await;
        card.hex("CA 03 90 00").await;
    });
    assert_eq!((told.as_deref(), left.resets()), (Ok("03 9000"), 1));
}

#[rstest]
#[case::silence("", 1010)]
#[case::another_d("FF 10 13 FC", 0)]
#[case::no_pps1("FF 00 FF", 0)]
#[case::cut_off("FF 10 12", 1010)]
fn a_card_that_does_not_is_reset_and_not_asked_again(#[case] answer: &'static str, #[case] lost: u64) {
    let (told, left) = once("80CA9F17", "", Some(1), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 10 12").await;
        card.expect("FF 10 12 FD").await;
        card.hex(answer).await;
        card.reset().await;
        card.hex("3B 10 12").await;
        card.expect("80 CA 9F 17 01").await;
        card.hex("CA 03 90 00").await;
    });
    assert_eq!(told.as_deref(), Ok("03 9000"));
    use Seen::{Rst, Vcc};
    let cold = [Rst(false), Vcc(true), Rst(true)];
    let off = [Rst(false), Vcc(false)];
    assert_eq!(left.signals(), [&cold[..], &off, &cold, &off].concat());
    // Power stays off for as long as RST stays low.
    assert_eq!(left.millis, 12 + lost + 12 + 12);
}

#[test]
fn a_parity_error_in_the_answer_is_no_agreement() {
    let (told, left) = world(
        async |slot| slot.activate().await.map(|_| ()),
        async |card: &mut Contacts<'_>| {
            card.reset().await;
            card.hex("3B 10 12").await;
            card.expect("FF 10 12 FD").await;
            card.harmed(0xFF).await;
            card.hex("10 12 FD").await;
            card.reset().await;
        },
    );
    assert_eq!(told, Err(SlotFault::NoAtr));
    assert_eq!(left.resets(), 3, "cold, cold once more, warm");
}

#[test]
fn with_ta2_the_parameters_hold_at_once() {
    let (told, _) = once("80CA9F17", "", Some(1), async |card: &mut Contacts<'_>| {
        card.reset().await;
        card.hex("3B 90 13 10 00").await;
        card.expect("80 CA 9F 17 01").await;
        card.hex("CA 03 90 00").await;
    });
    assert_eq!(told.as_deref(), Ok("03 9000"));
}
