//! A card that is pulled out, and a session that is given up.

use embassy_futures::poll_once;
use embassy_futures::yield_now;
use embassy_time::Timer;
use std::collections::BTreeSet;
use std::pin::pin;

use super::t1::{Echo, begin_t1};
use super::world::{Contacts, Left, Seen, Told, ask, world};
use crate::slot::fault::SlotFault;

/// A T=0 card that answers whatever it is asked, one character at a time.
async fn serve_t0(card: &mut Contacts<'_>, slowly: impl AsyncFn(u32)) {
    let mut said = 0;
    loop {
        card.reset().await;
        for character in [0x3B, 0x10, 0x12] {
            slowly(said).await;
            said += 1;
            card.say(&[character]).await;
        }
        let pps = card.characters(4).await;
        card.say(&pps).await;
        for _ in 0..2 {
            let header = card.characters(5).await;
            for character in [header[1], 0x60, 0x90, 0x00] {
                slowly(said).await;
                said += 1;
                card.say(&[character]).await;
            }
        }
    }
}

/// A session of two commands.
async fn two_commands(slot: &super::world::TestSlot<'_>) -> Told {
    let mut session = slot.activate().await?;
    ask(&mut session, "00440000", "", None).await?;
    let told = ask(&mut session, "00440000", "", None).await;
    if told.is_err() {
        assert_eq!(ask(&mut session, "00440000", "", None).await, told, "what has ended stays so");
    }
    session.deactivate().await;
    told
}

#[test]
fn a_card_pulled_out_before_any_character_is_gone_at_once() {
    let mut removed = 0;
    for at in 0.. {
        let (told, left): (Told, Left) = world(
            async |slot| two_commands(slot).await,
            async |card: &mut Contacts<'_>| {
                let presence = card.presence;
                serve_t0(card, async |said| {
                    if said == at {
                        Timer::after_millis(3).await;
                        presence.set(false);
                        Timer::after_secs(1000).await;
                    }
                })
                .await;
            },
        );
        assert!(left.is_off());
        if told.is_ok() {
            break;
        }
        assert_eq!((told, left.millis), (Err(SlotFault::Removed), 15), "character {at}");
        removed += 1;
    }
    assert_eq!(removed, 3 + 2 * 4);
}

#[test]
fn a_card_that_is_changed_during_the_session_is_gone() {
    let (told, left) = world(
        async |slot| {
            let mut session = slot.activate().await?;
            slot.presence().set(false);
            slot.presence().set(true);
            ask(&mut session, "00440000", "", None).await
        },
        async |card: &mut Contacts<'_>| {
            card.reset().await;
            card.hex("3B 00").await;
        },
    );
    assert_eq!(told, Err(SlotFault::Removed));
    assert!(left.is_off());
}

#[test]
fn without_a_card_nothing_is_activated() {
    let (told, left) = world(
        async |slot| {
            slot.presence().set(false);
            slot.activate().await.map(|_| ())
        },
        async |_: &mut Contacts<'_>| {},
    );
    assert_eq!((told, left.log.len()), (Err(SlotFault::Removed), 0));
}

/// Polls a T=1 session so often and drops it, then begins another one.
fn dropped_after(polls: usize) -> (bool, Told, Left) {
    let ((was_over, told), left) = world(
        async |slot| {
            let session = async {
                let mut session = slot.activate().await?;
                let told = ask(&mut session, "84240000", "0102030405060708", Some(0)).await;
                session.deactivate().await;
                told
            };
            let mut was_over = false;
            {
                let mut session = pin!(session);
                for poll in 0..polls {
                    was_over |= poll_once(session.as_mut()).is_ready();
                    if was_over {
                        break;
                    }
                    // The card goes on by one step, or by as many as a millisecond has.
                    if poll % 8 == 7 { Timer::after_millis(1).await } else { yield_now().await }
                }
            }
            let mut session = slot.activate().await.unwrap();
            let told = ask(&mut session, "00441122", "", None).await;
            session.deactivate().await;
            (was_over, told)
        },
        async |card: &mut Contacts<'_>| {
            card.restarting(async |card: &mut Contacts<'_>| {
                begin_t1(card, 5).await;
                Echo { ifsc: 5, ifsd: 3, harms: &[] }.serve(card).await;
            })
            .await;
        },
    );
    (was_over, told, left)
}

#[test]
fn the_next_session_works_wherever_one_was_dropped() {
    use Seen::{Rst, Vcc};
    let session = [Rst(false), Vcc(true), Rst(true), Rst(false), Vcc(false)];
    let mut found = BTreeSet::new();
    for polls in 1..2000 {
        let (was_over, told, left) = dropped_after(polls);
        assert_eq!(told.as_deref(), Ok("00441122 9000"), "after {polls} polls");
        let signals = left.signals();
        let (first, second) = signals.split_at(signals.len() - session.len());
        assert_eq!(second, session, "after {polls} polls");
        // It went off before the next one began.
        assert!(first.ends_with(&[Rst(false), Vcc(false)]), "after {polls} polls: {first:?}");
        found.insert(first.len());
        if was_over {
            assert!(found.contains(&4) && found.contains(&5), "before RST rose and behind it: {found:?}");
            return;
        }
    }
    panic!("a session takes no end");
}
