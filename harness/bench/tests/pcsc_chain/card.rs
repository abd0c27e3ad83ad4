//! A profile card in the virtual reader.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
};

use payrig_bench::Fixtures;
use payrig_card::{
    chip::emv::{CardProfile, ProfileCard},
    pcsc::find_reader,
    vpcd::{self, Ended, Seen},
};
use tokio::{net::TcpStream, sync::oneshot};

use crate::{desk::root, private};

/// The reader of `rigs/sim-pcsc.toml`.
pub const READER: &str = "Virtual PCD 00 00";

pub fn fixtures() -> PathBuf {
    root().join("fixtures")
}

pub fn profile(name: &str) -> CardProfile {
    (*Fixtures::open(&fixtures()).unwrap().card_profile(name).unwrap()).clone()
}

/// A card in the reader, served on a thread of its own until it is taken away.
pub struct InReader {
    take: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<Option<Ended>>>,
    commands: Arc<AtomicU32>,
}

impl InReader {
    /// Puts in the card of this profile, and waits until PC/SC has seen it.
    pub fn new(name: &str) -> Self {
        Self::of(&profile(name), u32::MAX)
    }

    /// The same; the card is taken away at its `last` command, before it answers.
    pub fn taken_at(name: &str, last: u32) -> Self {
        Self::of(&profile(name), last)
    }

    /// A card of a profile that the fixtures need not have, taken away at its `last` command.
    pub fn of(profile: &CardProfile, last: u32) -> Self {
        let issued = Arc::new(profile.issue(&[]).unwrap());
        let (take, taken) = oneshot::channel();
        let commands = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&commands);
        let line = private::vpcd();
        let serving = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                line.set_nonblocking(true).unwrap();
                let line = TcpStream::from_std(line).unwrap();
                let mut card = ProfileCard::new(issued, 7);
                let (at_last, is_last) = oneshot::channel();
                let mut at_last = Some(at_last);
                let seen = |seen: Seen<'_>| {
                    if let Seen::Command(_) = seen
                        && counted.fetch_add(1, Ordering::Relaxed) + 1 == last
                        && let Some(at_last) = at_last.take()
                    {
                        let _ = at_last.send(());
                    }
                };
                // Whoever holds the sender of a card that stays in.
                let lost = async {
                    if is_last.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    biased;
                    () = lost => None,
                    _ = taken => None,
                    ended = vpcd::serve(line, &mut card, seen) => Some(ended.unwrap()),
                }
            })
        });
        let card = Self { take: Some(take), serving: Some(serving), commands };
        private::until("the card in its reader", || {
            find_reader(Some(READER)).is_ok_and(|reader| reader.card.is_some())
        });
        card
    }

    /// How many commands it was given.
    pub fn commands(&self) -> u32 {
        self.commands.load(Ordering::Relaxed)
    }

    /// What takes it out of its reader.
    pub fn taker(&mut self) -> oneshot::Sender<()> {
        self.take.take().unwrap()
    }
}

impl Drop for InReader {
    fn drop(&mut self) {
        // One that was taken already has ended by itself.
        drop(self.take.take());
        if let Some(serving) = self.serving.take()
            && !thread::panicking()
        {
            serving.join().unwrap();
        }
    }
}
