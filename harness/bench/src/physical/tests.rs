use std::{cell::RefCell, rc::Rc};

use payrig_tape::{Direction, Lens, Tape, read, restore};
use rstest::rstest;
use tokio::time::Instant;

use super::*;
use crate::Fixtures;

/// A card that says this to every command, and remembers what is done to it.
struct Saying(Vec<u8>, Rc<RefCell<Vec<&'static str>>>);

impl ChipCard for Saying {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.1.borrow_mut().push("on");
        Box::pin(async { Ok(vec![0x3B, 0x00]) })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.1.borrow_mut().push("reset");
        Box::pin(async { Ok(vec![0x3B, 0x00]) })
    }

    fn power_off(&mut self) -> CardFuture<'_, ()> {
        self.1.borrow_mut().push("off");
        Box::pin(async { Ok(()) })
    }

    fn transmit<'a>(&'a mut self, _: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

fn profile() -> CardProfile {
    let fixtures = Fixtures::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures").as_ref()).unwrap();
    (*fixtures.card_profile("unionpay-debit").unwrap()).clone()
}

/// A data object of digits, filled up with F.
fn digits(tag: &[u8], digits: &str) -> Vec<u8> {
    let even = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("{digits}F") };
    let value = hex::decode(even).unwrap();
    [tag, &[value.len().try_into().unwrap()], &value].concat()
}

#[rstest]
#[case::own_number(&[0x5A], |own: &str, _: &str| own.to_owned(), true)]
#[case::own_track(&[0x57], |_: &str, track: &str| track.to_owned(), true)]
#[case::own_track_of_the_contactless(&[0x9F, 0x6B], |_: &str, track: &str| track.to_owned(), true)]
#[case::another_number(&[0x5A], |_: &str, _: &str| "6212345678901281".into(), false)]
#[case::a_longer_number(&[0x5A], |own: &str, _: &str| format!("{own}0"), false)]
#[case::a_track_of_another_number(&[0x57], |_: &str, _: &str| "6212345678901281D30122010000047110815".into(), false)]
#[case::another_track_of_the_number(&[0x57], |own: &str, _: &str| format!("{own}D3012201123"), false)]
#[case::another_contactless_track(&[0x9F, 0x6B], |own: &str, _: &str| format!("{own}D3012201123"), false)]
#[case::a_counter(&[0x5A], |_: &str, _: &str| "0042".into(), true)]
#[tokio::test]
async fn a_card_of_another_account_says_nothing_of_it(
    #[case] tag: &[u8],
    #[case] value: fn(&str, &str) -> String,
    #[case] passes: bool,
) {
    let profile = profile();
    let object = digits(tag, &value(profile.account.pan(), &profile.account.track_2()));
    // In a template, bare, and in one whose end is missing.
    for before in [&[0x70, 0x18][..], &[], &[0x77, 0x7F, 0x82, 0x02, 0x7C, 0x00]] {
        let response = [before, &object, &[0x90, 0x00]].concat();
        let mut card = KnownCard::new(
            Saying(response.clone(), Rc::default()),
            "a reader",
            "unionpay-debit",
            &profile,
            Secrets::new(),
        );
        let told = card.transmit(&[0x00, 0xB2, 0x01, 0x0C, 0x00]).await;
        if passes {
            assert_eq!(told.unwrap(), response);
        } else {
            let told = told.unwrap_err().to_string();
            assert!(
                told.starts_with(
                    "the card in the reader `a reader` is not the account of `unionpay-debit`: "
                ),
                "{told}"
            );
            assert!(!told.contains("6212"), "{told}");
        }
    }
}

/// The terminal gets the answer to reset of a card that was reset before it asked, once; and a card without power forgets.
#[tokio::test]
async fn a_card_is_ready_before_the_terminal_gives_it_power_and_reset_cold_for_each_session() {
    let done = Rc::<RefCell<Vec<_>>>::default();
    let mut card = KnownCard::new(
        Saying(Vec::new(), Rc::clone(&done)),
        "a reader",
        "unionpay-debit",
        &profile(),
        Secrets::new(),
    );
    card.make_ready().await.unwrap();
    for _ in 0..2 {
        let before = done.borrow().len();
        assert_eq!(card.power_on().await.unwrap(), [0x3B, 0x00]);
        assert_eq!(done.borrow().len(), before, "it was ready");
        card.reset().await.unwrap();
        card.power_off().await.unwrap();
    }
    assert_eq!(*done.borrow(), ["on", "reset", "on", "reset", "on"]);
}

/// The certificates of a foreign card's keys tell its number: they are kept off the record before the terminal has them.
#[rstest]
#[case::whole(&[], true)]
#[case::without_its_template(&[0x6F], true)]
#[case::not_whole(&[0x70, 0x81, 0xF0], false)]
#[tokio::test(start_paused = true)]
async fn what_a_card_s_certificates_tell_is_no_record_s(#[case] before: &[u8], #[case] whole: bool) {
    for (tag, length) in [(&[0x9F, 0x46][..], 0x90), (&[0x9F, 0x2D], 0x70), (&[0x93], 0x90)] {
        let value: Vec<u8> = (0..length).map(|nth: u8| nth.wrapping_mul(37) ^ 0xA5).collect();
        let own = match length {
            0x80.. => [tag, &[0x81, length], &value].concat(),
            _ => [tag, &[length], &value].concat(),
        };
        let data = match before {
            [] => [&[0x70, 0x81, u8::try_from(own.len()).unwrap()], own.as_slice()].concat(),
            [0x6F] => own,
            before => [before, &own].concat(),
        };
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::create(folder.path(), Instant::now()).unwrap();
        let response = [&data[..], &[0x90, 0x00]].concat();
        let saying = Saying(response.clone(), Rc::default());
        let mut card =
            KnownCard::new(saying, "a reader", "unionpay-debit", &profile(), tape.secrets().clone());
        assert_eq!(card.transmit(&[0x00, 0xB2, 0x04, 0x14, 0x00]).await.unwrap(), response);
        tape.line("other", Lens::Binary).record(Direction::ToTerminal, &response);
        tape.finish().unwrap();
        let pieces = read(tape.path()).unwrap().stream("other", Direction::ToTerminal);
        // By its tag alone, anywhere, a certificate is known; a signature only where it stands as it should.
        let is_hidden = !serde_json::to_string(&pieces).unwrap().contains(&hex::encode(&value[8..16]));
        assert_eq!(is_hidden, whole || tag.len() == 2, "{tag:02X?} {before:02X?}");
        assert_eq!(restore(&pieces, tape.secrets()).unwrap(), response);
    }
}
