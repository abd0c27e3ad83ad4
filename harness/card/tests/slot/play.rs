//! A slot and a terminal's contacts, on a clock that costs nothing.

use std::future::Future;

use payrig_card::chip::{SlotHandle, SlotSettings, SlotSide};
use tokio::{io::duplex, runtime::Builder};

use super::{card::TestCard, contact::Contact};

/// Plays `body` against a slot with nothing in it.
pub fn play_slot<T, F: Future<Output = T>>(body: impl FnOnce(Contact, SlotHandle) -> F) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let slot = SlotSide::new();
        let (near, far) = duplex(64);
        let body = body(Contact::new(near), slot.handle());
        tokio::select! {
            told = body => told,
            ended = slot.serve(far) => panic!("the slot ended: {ended:?}"),
        }
    })
}

/// Plays `body` against a card.
pub fn play<T, F: Future<Output = T>>(
    card: TestCard,
    settings: SlotSettings,
    body: impl FnOnce(Contact, SlotHandle) -> F,
) -> T {
    play_slot(|contact, handle| {
        assert!(handle.insert(Box::new(card), settings).is_ok());
        body(contact, handle)
    })
}

/// Settings as a fixture says them.
pub fn settings(toml: &str) -> SlotSettings {
    toml::from_str(toml).unwrap()
}
