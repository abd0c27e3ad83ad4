//! The slot between two sessions.

use embassy_futures::select::{Either, select};
use embassy_time::Timer;
use std::vec::Vec;

use super::world::{Contacts, Seen, TestSlot, ask, world};
use crate::slot::fault::SlotFault;

/// Runs this while the slot rests in the background, as the application does.
async fn beside_rest<T>(slot: &TestSlot<'_>, body: impl AsyncFnOnce() -> T) -> T {
    match select(slot.rest(), body()).await {
        Either::First(never) => match never {},
        Either::Second(told) => told,
    }
}

#[test]
fn what_comes_between_sessions_holds_nobody_up_and_is_in_no_session() {
    let (told, _) = world(
        async |slot| {
            beside_rest(slot, async || {
                let mut told = Vec::new();
                for _ in 0..3 {
                    Timer::after_millis(100).await;
                    let mut session = slot.activate().await?;
                    told.push(ask(&mut session, "00440000", "", None).await?);
                    session.deactivate().await;
                }
                Ok::<_, SlotFault>(told)
            })
            .await
        },
        async |card: &mut Contacts<'_>| {
            for _ in 0..3 {
                // Much more than the line holds.
                for _ in 0..100 {
                    card.raw(&[0x10; 999]).await;
                }
                card.reset().await;
                card.hex("3B 00").await;
                card.expect("00 44 00 00 00").await;
                card.hex("90 00").await;
            }
        },
    );
    assert_eq!(told, Ok(Vec::from([" 9000", " 9000", " 9000"].map(Into::into))));
}

#[test]
fn a_session_that_is_dropped_is_ended_without_another_one() {
    let (_, left) = world(
        async |slot| {
            beside_rest(slot, async || {
                let mut session = slot.activate().await.unwrap();
                select(ask(&mut session, "00440000", "", None), Timer::after_millis(500)).await;
                drop(session);
                Timer::after_millis(10).await;
            })
            .await;
        },
        async |card: &mut Contacts<'_>| {
            card.reset().await;
            card.hex("3B 00").await;
        },
    );
    assert!(left.is_off());
    assert_eq!(left.log.last().map(|(time, _)| *time), Some(512));
}

#[test]
fn a_command_that_was_given_up_ends_the_session() {
    let (told, _) = world(
        async |slot| {
            let mut session = slot.activate().await.unwrap();
            select(ask(&mut session, "00440000", "", None), Timer::after_millis(500)).await;
            ask(&mut session, "00440000", "", None).await
        },
        async |card: &mut Contacts<'_>| {
            card.reset().await;
            card.hex("3B 00").await;
        },
    );
    assert_eq!(told, Err(SlotFault::NoAnswer));
}

#[test]
fn a_card_that_comes_in_is_waited_for() {
    let (millis, _) = world(
        async |slot| {
            let presence = slot.presence();
            presence.set(false);
            let later = async {
                Timer::after_millis(700).await;
                presence.set(true);
                Timer::after_millis(300).await;
                presence.set(false);
                core::future::pending().await
            };
            let both = async {
                let stay = presence.inserted(None).await;
                let inserted = embassy_time::Instant::now().as_millis();
                presence.removed(stay).await;
                (inserted, embassy_time::Instant::now().as_millis())
            };
            match select(later, both).await {
                Either::First(()) => unreachable!(),
                Either::Second(millis) => millis,
            }
        },
        async |_: &mut Contacts<'_>| {},
    );
    assert_eq!(millis, (700, 1000));
}

/// The card's secret, in its response and in the command that follows.
const SECRET: &str = "62123456789012325C71";

#[test]
fn no_byte_of_a_card_stays_in_the_slot() {
    for (atr, is_t1) in [("3B 00", false), ("3B 80 01 81", true)] {
        for is_dropped in [false, true] {
            let (found, left) = world(
                async |slot| {
                    let mut session = slot.activate().await.unwrap();
                    ask(&mut session, "00B2010C", "", Some(10)).await.unwrap();
                    if is_dropped {
                        select(ask(&mut session, "00200080", SECRET, None), Timer::after_millis(50)).await;
                        assert!(holds_secret(slot) || !is_t1, "the block came in part");
                        drop(session);
                    } else {
                        ask(&mut session, "00200080", SECRET, None).await.unwrap();
                        session.deactivate().await;
                    }
                    let found = holds_secret(slot);
                    slot.deactivate().await;
                    found
                },
                async |card: &mut Contacts<'_>| play(card, atr, is_t1, is_dropped).await,
            );
            assert!(!found, "T=1: {is_t1}, dropped: {is_dropped}");
            assert!(left.signals().ends_with(&[Seen::Rst(false), Seen::Vcc(false)]));
        }
    }
}

/// A card that gives its secret, then takes it; where the session is dropped, it gives it once more, but not whole.
async fn play(card: &mut Contacts<'_>, atr: &str, is_t1: bool, is_dropped: bool) {
    let secret = hex::decode(SECRET).unwrap();
    card.reset().await;
    card.hex(atr).await;
    if is_t1 {
        card.expect_block(0xC1, "fe").await;
        card.block(0xE1, &[0xFE]).await;
        card.take_block().await;
        card.block(0x00, &[&secret[..], &[0x90, 0x00]].concat()).await;
        card.take_block().await;
        let again = super::world::block(0x40, &[&secret[..], &[0x90, 0x00]].concat());
        card.say(if is_dropped { &again[..again.len() - 1] } else { &again }).await;
        return;
    }
    card.expect("00 B2 01 0C 0A").await;
    card.hex("B2").await;
    card.say(&secret).await;
    card.hex("90 00").await;
    card.expect("00 20 00 80 0A").await;
    card.hex("20").await;
    card.expect(SECRET).await;
    if is_dropped {
        card.say(&[&[0x60; 20], &secret[..]].concat()[..20]).await;
    } else {
        card.hex("90 00").await;
    }
}

/// Whether four bytes in a row of the secret stand anywhere in the slot's memory.
#[allow(unsafe_code, reason = "looks at the bytes of a value, whatever they are")]
fn holds_secret(slot: &TestSlot<'_>) -> bool {
    let secret = hex::decode(SECRET).unwrap();
    let begin = core::ptr::from_ref(slot).cast::<u8>();
    // SAFETY: the bytes are the slot's own, and each is read as it is, without a reference to it.
    let memory: Vec<u8> = (0..size_of_val(slot)).map(|at| unsafe { begin.add(at).read_volatile() }).collect();
    secret.windows(4).any(|part| memory.windows(4).any(|found| found == part))
}
