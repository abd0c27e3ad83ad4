//! Cards that come and go.

use std::time::Duration;

use payrig_card::chip::{CardFault, SlotEvent, SlotSettings, SlotSide};
use tokio::{io::duplex, time::sleep};

use super::{
    card::{TestCard, t0, t1},
    contact::Contact,
    play::{play, play_slot},
    reader_t1::Blocks,
};

const READ: [u8; 5] = [0x00, 0xB2, 0x01, 0x0C, 0x00];

#[test]
fn an_empty_slot_says_nothing_and_a_card_put_in_answers_the_next_reset() {
    play_slot(|mut contact, handle| async move {
        assert!(contact.reset(true).await.unwrap_err().starts_with("no answer"));
        assert!(!handle.is_taken());
        let card = TestCard::new(t0(), &[b"\x90\x00"]);
        assert!(handle.insert(Box::new(card), SlotSettings::default()).is_ok());
        assert!(handle.insert(Box::new(TestCard::new(t0(), &[b""])), SlotSettings::default()).is_err());
        assert_eq!(contact.hear(Duration::from_secs(1)).await, None, "no reset, no answer");
        contact.reset(false).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), b"\x90\x00");
    });
}

#[test]
fn a_card_taken_out_while_it_thinks_loses_its_power_and_is_given_back() {
    let card = TestCard::new(t1(), &[b"\x90\x00"]).thinking(Duration::from_secs(60));
    let powered = card.powered.clone();
    play(card, SlotSettings::default(), |mut contact, handle| async move {
        contact.reset(true).await.unwrap();
        let mut blocks = Blocks::begin(&mut contact, 0xFE, 0xFE).await.unwrap();
        let taking = async {
            sleep(Duration::from_millis(700)).await;
            handle.remove().await
        };
        let (answer, taken) = tokio::join!(blocks.exchange(&READ), taking);
        assert_eq!(answer.unwrap_err(), "blocks harmed");
        assert!(!handle.is_taken());
        assert!(handle.remove().await.is_none());
        assert!(handle.insert(taken.unwrap(), SlotSettings::default()).is_ok());
        contact.off().await;
        contact.reset(true).await.unwrap();
    });
    assert_eq!(*powered.borrow(), ["on", "off", "on", "off", "on"], "it was put in while VCC was on");
}

#[test]
fn power_and_reset_reach_the_card_as_they_come() {
    let card = TestCard::new(t0(), &[b"\x90\x00"]);
    let powered = card.powered.clone();
    play(card, SlotSettings::default(), |mut contact, _| async move {
        contact.off().await;
        contact.reset(true).await.unwrap();
        contact.reset(false).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap(), b"\x90\x00");
        contact.off().await;
        sleep(Duration::from_millis(1)).await;
        contact.say(&READ).await;
        assert_eq!(contact.hear(Duration::from_secs(1)).await, None, "without power");
    });
    assert_eq!(*powered.borrow(), ["on", "reset", "off"]);
}

#[test]
fn a_card_stays_in_when_the_line_is_dropped_in_mid_session() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let slot = SlotSide::new();
        let handle = slot.handle();
        let card = TestCard::new(t0(), &[b"\x90\x00"]);
        assert!(handle.insert(Box::new(card), SlotSettings::default()).is_ok());
        for _ in 0..2 {
            let (near, far) = duplex(64);
            let mut contact = Contact::new(near);
            tokio::select! {
                atr = contact.reset(true) => drop(atr.unwrap()),
                _ = slot.serve(far) => panic!("the slot ended"),
            }
            assert!(handle.is_taken());
        }
        assert!(handle.remove().await.is_some());
        let (near, far) = duplex(64);
        drop(near);
        slot.serve(far).await.unwrap();
    });
}

#[test]
fn a_reader_that_breaks_is_told_and_a_card_that_goes_is_told() {
    let mut card = TestCard::new(t0(), &[]);
    card.answers = vec![Err(CardFault::Reader("the reader is unplugged".into())), Err(CardFault::Removed)];
    play(card, SlotSettings::default(), |mut contact, handle| async move {
        let mut events = handle.listen();
        contact.reset(true).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap_err(), "no answer");
        assert_eq!(events.try_recv(), Ok(SlotEvent::Broken("the reader is unplugged".into())));
        contact.reset(false).await.unwrap();
        assert_eq!(contact.t0(&READ).await.unwrap_err(), "no answer");
        assert_eq!(events.try_recv(), Ok(SlotEvent::Gone));
        assert!(!handle.is_taken());
    });
}
