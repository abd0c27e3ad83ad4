//! What is planted: each kind of secret that the run's cases had, with the values of the fixtures.

use payrig_acquirer::{AcquirerProfile, Card};
use payrig_operator::TerminalFixture;

use crate::run::{Run, root};

/// A value as somebody has it who leaks it.
#[derive(Clone)]
pub enum Value {
    /// Of a card or a PIN; a track has its separator among them.
    Digits(String),
    Bytes(Vec<u8>),
    /// A PIN that is too short to be told from other digits, as it is pressed.
    Pressed(String),
}

#[derive(Clone)]
pub struct Planted {
    /// By which a leak must tell it.
    pub name: String,
    pub value: Value,
    /// Whether it is part of others, so that it is planted without them.
    pub alone: bool,
}

impl Planted {
    fn digits(name: impl Into<String>, digits: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Digits(digits.into()), alone: false }
    }

    fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), value: Value::Bytes(bytes.into()), alone: false }
    }

    fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Whether a leak of this name is its own. A leaked track is told where its card's number is.
    pub fn is_named(&self, name: &str) -> bool {
        name == self.name
            || self.name.strip_prefix("track2#").is_some_and(|card| name == format!("pan#{card}"))
    }

    /// A value of the same form that is nobody's secret.
    pub fn nearly(&self) -> Self {
        const AT: usize = 3;
        let mut near = self.clone();
        match &mut near.value {
            Value::Bytes(bytes) => bytes[AT] ^= 0x10,
            Value::Digits(digits) | Value::Pressed(digits) => {
                let moved = |(at, c): (usize, char)| match c.to_digit(10) {
                    Some(digit) if at == AT => char::from_digit((digit + 3) % 10, 10).unwrap(),
                    _ => c,
                };
                *digits = digits.char_indices().map(moved).collect();
            }
        }
        near
    }
}

/// Of the swiped card, of the card with the chip, and of the terminal.
pub fn of(run: &Run) -> Vec<Planted> {
    let cards = AcquirerProfile::load(&root().join("fixtures/acquirers/cup.toml")).unwrap().cards;
    let card = |name: &str| cards.iter().find(|card| card.name == name).unwrap();
    let (swiped, chip, longest) = (card("debit"), card("with-chip"), card("nineteen-digits"));
    let mut planted = vec![
        Planted::digits("track2#debit", track_2(swiped)),
        Planted::digits("track2#with-chip", track_2(chip)),
        Planted::digits("pan#debit", &swiped.pan).alone(),
        Planted::digits("pan#with-chip", &chip.pan).alone(),
        Planted::digits("pin#2", &**longest.pin).alone(),
        // Format 2, as it goes to the card, and format 0, as it goes to the host, of one PIN.
        Planted::bytes("pin#1", hex::decode(format!("26{}FFFFFFFF", &*chip.pin)).unwrap()),
        Planted::bytes("block#with-chip", format_0(chip)),
        Planted { name: "pin#1".into(), value: Value::Pressed(chip.pin.to_string()), alone: true },
    ];
    let terminal = TerminalFixture::load(&root().join("fixtures/terminals/keyed-chip.toml")).unwrap();
    let keys = ["factory", "tmk"].map(|name| {
        let keys = terminal.secret_keys();
        let (_, key) = keys.iter().find(|(known, _)| known == name).expect(name);
        Planted::bytes(name, key.bytes())
    });
    planted.extend(keys);
    assert_eq!(run.working_keys.len(), 3, "PIK, MAK and TDK");
    planted.extend(run.working_keys.iter().map(|(name, key)| Planted::bytes(name, key.as_slice())));
    planted
}

fn track_2(card: &Card) -> String {
    let stripe = card.stripe.as_ref().unwrap();
    format!("{}={}{}{}", card.pan, card.expiry, stripe.service_code, &*stripe.discretionary)
}

/// ISO 9564-1, format 0.
fn format_0(card: &Card) -> Vec<u8> {
    let mut block = hex::decode(format!("06{}FFFFFFFF", &*card.pin)).unwrap();
    let number = hex::decode(format!("0000{}", &card.pan[card.pan.len() - 13..card.pan.len() - 1])).unwrap();
    block.iter_mut().zip(number).for_each(|(byte, digit)| *byte ^= digit);
    block
}
