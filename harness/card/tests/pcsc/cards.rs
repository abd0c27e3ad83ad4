//! The cards of these tests, and the virtual reader that they are put into.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use payrig_card::{
    chip::{
        CardFault, CardFuture, ChipCard,
        emv::{CardProfile, IssuedCard, ProfileCard},
    },
    pcsc::find_reader,
    vpcd::{self, Ended, VpcdError},
};
use tokio::net::TcpStream;

use crate::private;

pub fn card_profile(name: &str) -> CardProfile {
    let file = format!("../../fixtures/cards/{name}.toml");
    CardProfile::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// A card as its profile has it.
pub fn issued(name: &str) -> Arc<IssuedCard> {
    Arc::new(card_profile(name).issue(&[]).unwrap())
}

pub fn profile_card(name: &str) -> ProfileCard {
    ProfileCard::new(issued(name), 7)
}

/// Runs what the body awaits, in real time.
pub fn block_on<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(body)
}

/// A card in the virtual reader, served on a thread of its own; how its stay ended.
pub struct Inserted(thread::JoinHandle<Result<Ended, VpcdError>>);

impl Inserted {
    /// Puts in the card that `make` makes.
    pub fn new<C: ChipCard>(make: impl FnOnce() -> C + Send + 'static) -> Self {
        let line = private::vpcd();
        Self(thread::spawn(move || {
            block_on(async {
                line.set_nonblocking(true).unwrap();
                let line = TcpStream::from_std(line).unwrap();
                vpcd::serve(line, &mut make(), |_| ()).await
            })
        }))
    }

    /// Puts in the card of this profile, and waits until PC/SC has seen it.
    pub fn seen(profile: &'static str) -> Self {
        let card = Self::new(move || profile_card(profile));
        private::until("the card in its reader", || {
            find_reader(Some("Virtual PCD 00 00")).is_ok_and(|reader| reader.card.is_some())
        });
        card
    }

    pub fn ended(self) -> Ended {
        self.0.join().unwrap().unwrap()
    }
}

/// What happened to a card, in words.
pub type Log = Arc<Mutex<Vec<String>>>;

/// A card that answers as it is told to, and to what it was not told with 6D00.
pub struct Scripted {
    pub atr: Vec<u8>,
    pub warm_atr: Vec<u8>,
    /// A command and what comes: bytes, or none and the card is gone.
    pub answers: Vec<(&'static [u8], Option<&'static [u8]>)>,
    pub log: Log,
}

impl Scripted {
    pub fn new(atr: &[u8], answers: &[(&'static [u8], Option<&'static [u8]>)]) -> Self {
        Self { atr: atr.to_vec(), warm_atr: atr.to_vec(), answers: answers.to_vec(), log: Log::default() }
    }

    fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }
}

impl ChipCard for Scripted {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.note("on");
        Box::pin(async { Ok(self.atr.clone()) })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.note("reset");
        Box::pin(async { Ok(self.warm_atr.clone()) })
    }

    fn power_off(&mut self) -> CardFuture<'_, ()> {
        self.note("off");
        Box::pin(async { Ok(()) })
    }

    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        self.note(format!("{command:02X?}"));
        Box::pin(async move {
            match self.answers.iter().find(|(asked, _)| *asked == command) {
                Some((_, Some(answer))) => Ok(answer.to_vec()),
                Some((_, None)) => Err(CardFault::Removed),
                None => Ok(vec![0x6D, 0x00]),
            }
        })
    }
}
