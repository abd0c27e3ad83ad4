//! What is searched for: the card's and the cardholder's secrets, and the terminal's keys.

use payrig_bench::{Finding, Fixtures, World};
use payrig_card::stripe::{StripeCard, Track};

use crate::{
    forms::{self, Form},
    play::{self, DISCRETIONARY, EXPIRY, Means, PAN, PIN},
};

/// Bytes of a piece of a long secret that is searched for by itself: a part of it may be overwritten.
const PIECE: usize = 32;

/// Secrets by what they are, in their forms.
#[derive(Default)]
pub struct Searched(Vec<(String, Form)>);

impl Searched {
    /// All of this sale and of the terminal as it is now.
    pub fn in_world(world: &World, means: Means) -> Result<Self, Finding> {
        let mut searched = Self::default();
        searched.pin();
        searched.digits("card number", PAN);
        let code = means.service_code();
        searched.digits("track 2", &format!("{PAN}={EXPIRY}{code}{DISCRETIONARY}"));
        searched.digits("track 2 behind its separator", &format!("{EXPIRY}{code}{DISCRETIONARY}"));
        if means == Means::Swiped {
            searched.stripe();
        }
        searched.keys(world)?;
        Ok(searched)
    }

    pub fn forms(&self) -> impl Iterator<Item = (&str, &Form)> {
        self.0.iter().map(|(secret, form)| (secret.as_str(), form))
    }

    /// The digits, and the clear blocks that are made of them (ISO 9564-1, formats 0 and 2).
    fn pin(&mut self) {
        self.digits("PIN", PIN);
        let mut block = hex::decode(format!("0C{PIN}FF")).unwrap();
        let number = hex::decode(format!("0000{}", &PAN[PAN.len() - 13..PAN.len() - 1])).unwrap();
        block.iter_mut().zip(number).for_each(|(byte, digit)| *byte ^= digit);
        self.bytes("PIN block of format 0", &block);
        self.bytes("PIN block of format 2", &hex::decode(format!("2C{PIN}FF")).unwrap());
    }

    fn stripe(&mut self) {
        let card = StripeCard::new(PAN, EXPIRY, Means::Swiped.service_code(), DISCRETIONARY).unwrap();
        self.digits("track 3", &card.data(Track::Three));
        let flux = play::swipe().flux(&card, play::SWIPE_SEED).unwrap();
        for (track, payload) in flux.payloads() {
            for piece in payload[1..].as_chunks::<PIECE>().0 {
                self.add(&format!("flux of track {}", track.number()), forms::of_bytes(piece).split_off(1));
            }
        }
    }

    fn keys(&mut self, world: &World) -> Result<(), Finding> {
        let device = Fixtures::open(&play::fixtures()).unwrap().device("keyed")?;
        self.key("factory key", device.factory_key.bytes());
        self.key("TMK", device.tmk.bytes());
        let issued = world.acquirer().map(payrig_acquirer::Acquirer::issued).unwrap_or_default();
        for keys in issued {
            for (name, key) in keys.keys.iter() {
                self.key(&format!("{name} {}", keys.number), key.bytes());
            }
        }
        Ok(())
    }

    /// Half a key is enough to be told of.
    fn key(&mut self, name: &str, bytes: &[u8]) {
        for half in bytes.as_chunks::<8>().0 {
            self.bytes(name, half);
        }
    }

    fn digits(&mut self, secret: &str, digits: &str) {
        self.add(secret, forms::of_digits(digits));
    }

    fn bytes(&mut self, secret: &str, bytes: &[u8]) {
        self.add(secret, forms::of_bytes(bytes));
    }

    fn add(&mut self, secret: &str, forms: Vec<Form>) {
        self.0.extend(forms.into_iter().map(|form| (secret.to_owned(), form)));
    }
}
