//! Whatever comes in whatever order: no panic, nothing booked twice, and the books balance.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use std::collections::BTreeMap;

use payrig_acquirer::{Acquirer, State, TransactionKind};
use payrig_iso8583::{Message, Value};
use proptest::prelude::*;
use support::money::*;
use support::*;
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn total(host: &Acquirer) -> i64 {
    host.book().cards.iter().map(|c| c.balance).sum()
}

fn captured(host: &Acquirer) -> i64 {
    host.book().captured().map(|t| t.amount.cast_signed()).sum()
}

/// A frame as the terminal sends it, its MAC right, and its answer if the host had one.
async fn sent(till: &mut Till, frame: &[u8]) -> Option<Message> {
    let before = till.host.exchanges().len();
    till.line.send(frame).await;
    let exchange = till.host.exchange(before).await;
    assert!(!exchange.judgement.to_string().is_empty());
    match exchange.answer {
        Some(_) => till.line.answer().await.map(|frame| frame.message),
        None => None,
    }
}

/// What is done to one field.
#[derive(Clone, Debug)]
enum Damage {
    Missing,
    /// Another value of the same length, which a field of a fixed length can carry.
    Other(String),
    Digits(String),
    Text(String),
    Bytes(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Missing),
        "[0-9]{40}".prop_map(Damage::Other),
        "[0-9]{0,40}".prop_map(Damage::Digits),
        "[ -~]{0,40}".prop_map(Damage::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Damage::Bytes),
    ]
}

fn damaged(mut message: Message, field: u8, damage: Damage) -> Message {
    match damage {
        Damage::Missing => drop(message.fields.remove(&field)),
        Damage::Other(digits) => {
            let other = |length: usize| digits.chars().cycle().take(length).collect::<String>();
            let value = match message.get(field) {
                Some(Value::Bytes(bytes)) => Value::bytes(other(bytes.len())),
                Some(Value::Text(text)) => Value::text(other(text.len())),
                Some(Value::Digits(text)) => Value::digits(other(text.len())),
                None => Value::digits(digits),
            };
            message.set(field, value);
        }
        Damage::Digits(digits) => message.set(field, Value::digits(digits)),
        Damage::Text(text) => message.set(field, Value::text(text)),
        Damage::Bytes(bytes) => message.set(field, Value::bytes(bytes)),
    }
    message
}

/// The frame with a right MAC, where the dialect can carry the message at all.
fn encoded(till: &Till, message: Message) -> Option<Vec<u8>> {
    let open = message.with(64, Value::bytes([0; 8]));
    let frame = payrig_iso8583::Frame { tpdu: [0x60, 0, 3, 0, 9], header: [0; 6], message: open };
    cup().encode(&frame).ok()?;
    Some(till.sealed(frame.message))
}

/// A sale, a void, a balance and a reversal, after one sale that was booked.
async fn requests(till: &mut Till) -> [Message; 4] {
    let first = till.sale("000002", 700);
    let sold = till.ask(first.clone()).await;
    [
        till.with_pin(till.sale("000003", 500), PIN),
        till.with_pin(
            till.void("000003", "000002", sold.text(37).unwrap(), 700).with(2, Value::digits(PAN)),
            PIN,
        ),
        till.with_pin(till.balance("000003"), PIN),
        till.reversal(&first, "98"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every field missing, of another length, or made of something else; then the same message once more.
    #[test]
    fn a_damaged_field_is_judged_and_nothing_is_booked_twice(
        which in 0_usize..4,
        field in 2_u8..=64,
        damage in damage(),
    ) {
        runtime().block_on(async {
            let mut till = Till::signed_on(&host(1), "000001").await;
            let request = requests(&mut till).await[which].clone();
            let Some(frame) = encoded(&till, damaged(request, field, damage)) else { return };
            let everything = total(&till.host) + captured(&till.host);
            sent(&mut till, &frame).await;
            let once = (total(&till.host), captured(&till.host));
            assert_eq!(once.0 + once.1, everything);
            let again = sent(&mut till, &frame).await;
            assert!(again.is_none_or(|answer| answer.text(39) != Some("00")), "approved twice");
            assert_eq!((total(&till.host), captured(&till.host)), once);
        });
    }

    /// Fields malformed or of another length in ways that no encoder makes: bytes taken out and put in, the MAC right.
    #[test]
    fn slipped_fields_are_judged_and_nothing_is_booked_twice(
        which in 0_usize..4,
        at in any::<prop::sample::Index>(),
        out in 0_usize..9,
        put in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        runtime().block_on(async {
            let mut till = Till::signed_on(&host(1), "000001").await;
            let request = requests(&mut till).await[which].clone();
            let everything = total(&till.host) + captured(&till.host);
            let whole = till.sealed(request);
            let mut body = whole[13..whole.len() - 8].to_vec();
            let at = at.index(body.len());
            let end = body.len().min(at + out);
            body.splice(at..end, put);
            let mac = payrig_keys::mac::cup_ecb(des(&till.keys.mak), &body);
            let length = u16::try_from(11 + body.len() + 8).unwrap().to_be_bytes();
            let frame = [&length, &whole[2..13], &body[..], &mac].concat();
            sent(&mut till, &frame).await;
            let once = (total(&till.host), captured(&till.host));
            assert_eq!(once.0 + once.1, everything);
            sent(&mut till, &frame).await;
            assert_eq!((total(&till.host), captured(&till.host)), once);
        });
    }

    /// Bytes turned over anywhere in the frame, the MAC as it was: nothing moves, unless they are outside of it.
    #[test]
    fn a_damaged_byte_moves_no_money(which in 0_usize..4, at in 13_usize..400, flip in 1_u8..=255) {
        runtime().block_on(async {
            let mut till = Till::signed_on(&host(1), "000001").await;
            let request = requests(&mut till).await[which].clone();
            let before = till.host.book().cards;
            let mut frame = till.sealed(request);
            let at = 13 + (at - 13) % (frame.len() - 13);
            frame[at] ^= flip;
            sent(&mut till, &frame).await;
            assert_eq!(till.host.book().cards, before);
        });
    }
}

/// A step of a history; `of` chooses among what was sent before.
#[derive(Clone, Debug)]
enum Step {
    Sale {
        amount: u64,
    },
    Void {
        of: prop::sample::Index,
    },
    Reversal {
        of: prop::sample::Index,
        amount_off: u64,
    },
    Repeat {
        of: prop::sample::Index,
    },
    /// Reverses what was never sent, then sends it.
    Late {
        amount: u64,
    },
    SignOn,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (1_u64..400_000).prop_map(|amount| Step::Sale { amount }),
        3 => index().prop_map(|of| Step::Void { of }),
        3 => (index(), 0_u64..4)
            .prop_map(|(of, off)| Step::Reversal { of, amount_off: u64::from(off == 3) }),
        3 => index().prop_map(|of| Step::Repeat { of }),
        1 => (1_u64..400_000).prop_map(|amount| Step::Late { amount }),
        1 => Just(Step::SignOn),
    ]
}

/// A terminal's memory of what it asked: the request, and field 37 and 39 of its first answer.
struct Said {
    request: Message,
    reference: String,
    approved: bool,
}

struct History {
    till: Till,
    said: Vec<Said>,
    stan: u32,
}

impl History {
    async fn new() -> Self {
        Self { till: Till::signed_on(&host(1), "000001").await, said: Vec::new(), stan: 1 }
    }

    fn next(&mut self) -> String {
        self.stan += 1;
        format!("{:06}", self.stan)
    }

    async fn say(&mut self, request: Message) -> Message {
        let answer = self.till.ask(request.clone()).await;
        let reference = answer.text(37).unwrap().to_owned();
        self.said.push(Said { request, reference, approved: answer.text(39) == Some("00") });
        answer
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Sale { amount } => {
                let stan = self.next();
                self.say(self.till.sale(&stan, amount)).await;
            }
            Step::Late { amount } => {
                let stan = self.next();
                let sale = self.till.sale(&stan, amount);
                assert_eq!(self.till.ask(self.till.reversal(&sale, "98")).await.text(39), Some("25"));
                assert_eq!(self.say(sale).await.text(39), Some("94"));
            }
            Step::SignOn => {
                let stan = self.next();
                self.till = Till::signed_on(&self.till.host, &stan).await;
            }
            Step::Void { of } if !self.said.is_empty() => {
                let stan = self.next();
                let said = of.get(&self.said);
                let amount = said.request.text(4).unwrap().parse().unwrap();
                let original = said.request.text(11).unwrap();
                let void = self.till.void(&stan, original, &said.reference, amount);
                let batch = &said.request.text(60).unwrap()[2..8];
                let void = void.with(61, Value::digits(format!("{batch}{original}")));
                self.say(void).await;
            }
            Step::Reversal { of, amount_off } if !self.said.is_empty() => {
                let said = of.get(&self.said);
                let amount = said.request.text(4).unwrap().parse::<u64>().unwrap() + amount_off;
                let reversal = self.till.reversal(&said.request, "98");
                let reversal = reversal.with(4, Value::digits(format!("{amount:012}")));
                let answer = self.till.ask(reversal.clone()).await;
                assert!(
                    said.approved || answer.text(39) != Some("00"),
                    "what was never approved was reversed"
                );
                assert_ne!(self.till.ask(reversal).await.text(39), Some("00"), "reversed twice");
            }
            Step::Repeat { of } if !self.said.is_empty() => {
                let repeat = of.get(&self.said).request.clone();
                let answer = self.till.ask(repeat).await;
                // Of a batch before, or once more.
                assert!(["94", "77"].map(Some).contains(&answer.text(39)));
            }
            Step::Void { .. } | Step::Reversal { .. } | Step::Repeat { .. } => {}
        }
    }

    /// What must hold after each step.
    fn check(&self, everything: i64) {
        let book = self.till.host.book();
        assert_eq!(total(&self.till.host) + captured(&self.till.host), everything);
        let mut seen = BTreeMap::new();
        for transaction in &book.transactions {
            let id = (&transaction.terminal_id, &transaction.batch, &transaction.stan);
            assert!(seen.insert(id, transaction).is_none(), "{id:?} booked twice");
        }
        // A sale is voided by exactly one void in force, and by none otherwise.
        for sale in book.transactions.iter().filter(|t| t.kind == TransactionKind::Sale) {
            let names = |t: &&payrig_acquirer::Transaction| {
                let original = t.original.as_ref();
                t.state == State::Captured
                    && original.is_some_and(|(batch, stan)| (batch, stan) == (&sale.batch, &sale.stan))
            };
            let voids = book.transactions.iter().filter(names).count();
            assert_eq!(voids, usize::from(sale.state == State::Voided), "{sale:?}");
        }
        let net: i64 = book.batches.iter().map(|b| b.debit.cast_signed() - b.credit.cast_signed()).sum();
        assert_eq!(net, captured(&self.till.host), "the batches' totals");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance_after_every_step(steps in proptest::collection::vec(step(), 1..40)) {
        runtime().block_on(async {
            let mut history = History::new().await;
            let everything = total(&history.till.host);
            for step in steps {
                history.step(step).await;
                history.check(everything);
            }
        });
    }
}
