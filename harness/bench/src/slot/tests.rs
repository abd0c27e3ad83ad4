use std::{sync::Arc, time::Duration};

use payrig_card::chip::{
    CardFault, CardFuture, Place, SlotFault,
    emv::{IssuedCard, ProfileCard},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::{LocalSet, spawn_local},
    time::timeout,
};

use super::*;
use crate::{Fixtures, printer::SharedPrinter};

const POWER_UP: &[u8] = b"\x10\x56\x01\x10\x52\x01";
const CARD_IN: &[u8] = &[0xA5, 0x01, 0x00, 0x01, 0x01];
const CARD_OUT: &[u8] = &[0xA5, 0x01, 0x00, 0x01, 0x00];

fn key() -> CardKey {
    CardKey { card: "unionpay-credit".into(), faults: Vec::new() }
}

fn card() -> Box<dyn ChipCard> {
    let fixtures = Fixtures::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures").as_ref()).unwrap();
    let issued: IssuedCard = fixtures.card_profile("unionpay-credit").unwrap().issue(&[]).unwrap();
    Box::new(ProfileCard::new(Arc::new(issued), 1))
}

/// A terminal's ends of the slot's line and of the front end's.
fn powered(slot: &Slot) -> (DuplexStream, DuplexStream) {
    let (terminal, line) = duplex(4096);
    spawn_local(slot.serve(Box::new(line)));
    let (events, line) = duplex(4096);
    let (front_end, printing) = FrontEnd::attach(Box::new(line), SharedPrinter::default());
    spawn_local(printing);
    slot.set_front_end(Some(front_end));
    (terminal, events)
}

async fn atr(terminal: &mut DuplexStream) -> Vec<u8> {
    terminal.write_all(POWER_UP).await.unwrap();
    let mut atr = vec![0; 12];
    terminal.read_exact(&mut atr).await.unwrap();
    atr
}

async fn told(events: &mut DuplexStream) -> Vec<u8> {
    let mut frame = vec![0; 7];
    timeout(Duration::from_secs(1), events.read_exact(&mut frame)).await.unwrap().unwrap();
    frame.truncate(5);
    frame
}

async fn locally(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

/// Power goes and comes, and the card is still in; taken out and put in again it is the same card.
#[tokio::test(start_paused = true)]
async fn a_card_stays_in_over_boots_and_keeps_what_it_knows() {
    locally(async {
        let (mut slot, _telling) = Slot::new(None);
        assert!(slot.insert(key(), card(), SlotSettings::default()));
        assert!(!slot.insert(key(), card(), SlotSettings::default()));
        for _ in 0..2 {
            let (mut terminal, _events) = powered(&slot);
            assert_eq!(atr(&mut terminal).await[..2], [0x3B, 0x68]);
            drop(terminal);
            tokio::task::yield_now().await;
            slot.set_front_end(None);
        }
        assert!(slot.remove().await);
        assert!(!slot.is_taken());
        assert!(slot.take_kept(&CardKey { card: "t1".into(), ..key() }).is_none());
        let same = slot.take_kept(&key()).unwrap();
        assert!(slot.insert(key(), same, SlotSettings::default()));
        let said = slot.log.text();
        assert_eq!(said.matches("< ATR T=0").count(), 2, "{said}");
    })
    .await;
}

/// A fault that pulls the card out is told to the terminal, and the slot is free.
#[tokio::test(start_paused = true)]
async fn a_card_that_a_fault_pulls_out_is_told_to_the_terminal() {
    locally(async {
        let (mut slot, telling) = Slot::new(None);
        spawn_local(telling);
        let fault = SlotFault { pull: Some(Place { apdu: 1, character: 3 }), ..SlotFault::default() };
        assert!(slot.insert(key(), card(), SlotSettings { fault, ..SlotSettings::default() }));
        let (mut terminal, mut events) = powered(&slot);
        atr(&mut terminal).await;
        terminal.write_all(b"\x00\xA4\x04\x00\x0E").await.unwrap();
        assert_eq!(told(&mut events).await, CARD_OUT);
        assert!(!slot.is_taken());
        // Nobody took it out, so that nobody is told again.
        assert!(!slot.remove().await);
        assert!(slot.take_kept(&key()).is_some());
        assert_eq!(slot.mishap(), None);
    })
    .await;
}

/// A card whose reader is broken.
struct Unreadable;

impl ChipCard for Unreadable {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async { Err(CardFault::Reader("the reader was unplugged".into())) })
    }
    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.power_on()
    }
    fn power_off(&mut self) -> CardFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn transmit<'a>(&'a mut self, _: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        Box::pin(async { Err(CardFault::Mute) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_reader_is_the_bench_s_fault_and_none_of_the_terminal_s() {
    locally(async {
        let (mut slot, telling) = Slot::new(None);
        spawn_local(telling);
        assert!(slot.insert(key(), Box::new(Unreadable), SlotSettings::default()));
        let (mut terminal, mut events) = powered(&slot);
        let breaks = slot.breaks();
        timeout(Duration::from_secs(1), slot.breaks()).await.unwrap_err();
        terminal.write_all(POWER_UP).await.unwrap();
        // Whoever waits for anything else is told at once.
        let why = timeout(Duration::from_millis(100), breaks).await.unwrap();
        assert_eq!(why, "the reader was unplugged");
        assert_eq!(slot.breaks().await, why);
        assert_eq!(slot.mishap(), Some(why));
        let mut frame = [0; 1];
        timeout(Duration::from_millis(100), events.read(&mut frame)).await.unwrap_err();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_front_end_says_in_and_out() {
    locally(async {
        let (slot, _telling) = Slot::new(None);
        let (_terminal, mut events) = powered(&slot);
        let front_end = slot.told.front_end.borrow().clone().unwrap();
        front_end.contact_card(true).await.unwrap();
        assert_eq!(told(&mut events).await, CARD_IN);
        front_end.contact_card(false).await.unwrap();
        assert_eq!(told(&mut events).await, CARD_OUT);
    })
    .await;
}
