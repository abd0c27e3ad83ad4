//! Chip requests that are wrong in one way, and requests of any bytes.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_iso8583::{Message, Value};
use payrig_keys::emv::{COVERED, Cvn};
use proptest::prelude::*;
use rstest::rstest;
use support::chip::*;
use support::money::*;
use support::*;
use tokio::runtime::Builder;

/// The sale with another value under a tag, its cryptogram made anew.
fn with(till: &Till, card: &ChipCard, tag: u16, value: &str) -> Message {
    let mut tags = card.tags(500, "00");
    let place = tags.iter().position(|(t, _)| *t == tag).unwrap();
    tags[place].1 = hex::decode(value).unwrap();
    card.sale(till, "000002", 500).with(55, ChipCard::field55(&card.signed(tags)))
}

fn without(mut message: Message, field: u8) -> Message {
    message.fields.remove(&field);
    message
}

fn bytes(till: &Till, card: &ChipCard, hex: &str) -> Message {
    card.sale(till, "000002", 500).with(55, Value::bytes(hex::decode(hex).unwrap()))
}

#[rstest]
#[case::amount("30", "tag 9F02 is 000000000501", |t: &Till, c: &ChipCard| with(t, c, 0x9F02, "000000000501"))]
#[case::currency("30", "tag 5F2A is 0840", |t: &Till, c: &ChipCard| with(t, c, 0x5F2A, "0840"))]
#[case::date("30", "tag 9A is 260721", |t: &Till, c: &ChipCard| with(t, c, 0x9A, "260721"))]
#[case::kind_of_transaction("30", "tag 9C is 31", |t: &Till, c: &ChipCard| with(t, c, 0x9C, "31"))]
#[case::no_arqc("30", "tag 9F27 is 40", |t: &Till, c: &ChipCard| with(t, c, 0x9F27, "40"))]
#[case::pin_in_tvr("30", "PIN entered for the host", |t: &Till, c: &ChipCard| with(t, c, 0x95, "8000048000"))]
#[case::offline_authentication("05", "the TVR is 8800008000", |t: &Till, c: &ChipCard| with(t, c, 0x95, "8800008000"))]
#[case::results_of_a_tc("05", "the CVR", |t: &Till, c: &ChipCard| with(t, c, 0x9F10, "0701010390A8020100"))]
#[case::another_version("05", "another cryptogram version", |t: &Till, c: &ChipCard| with(t, c, 0x9F10, "07010A03A0A80201"))]
#[case::another_application("14", "tag 84 is not", |t: &Till, c: &ChipCard| with(t, c, 0x84, "A0000000031010"))]
#[case::short_object("30", "tag 9F33 has 2 bytes, expected 3 to 3", |t: &Till, c: &ChipCard| with(t, c, 0x9F33, "E0F8"))]
#[case::another_sequence("14", "field 23 is 002", |t: &Till, c: &ChipCard| c.sale(t, "000002", 500).with(23, Value::digits("002")))]
#[case::no_sequence("14", "field 23 is missing", |t: &Till, c: &ChipCard| without(c.sale(t, "000002", 500), 23))]
#[case::no_track("30", "chip was read, field 35 is missing", |t: &Till, c: &ChipCard| without(c.sale(t, "000002", 500), 35))]
#[case::no_field_55("30", "field 55 is missing", |t: &Till, c: &ChipCard| without(c.sale(t, "000002", 500), 55))]
#[case::field_60("30", "field 60: expected 50 or 60", |t: &Till, c: &ChipCard| {
    c.sale(t, "000002", 500).with(60, Value::digits(format!("22{}000", t.batch)))
})]
#[case::keyed_in("30", "field 55 is there", |t: &Till, c: &ChipCard| {
    let keyed = c.sale(t, "000002", 500).with(22, Value::digits("012"));
    without(without(keyed, 35), 53)
})]
#[case::cut_off("30", "tag 9F26 at offset 0: 8 bytes announced, 2 left", |t: &Till, c: &ChipCard| bytes(t, c, "9F26080000"))]
#[case::twice("30", "tag 9A at offset 5 comes twice", |t: &Till, c: &ChipCard| bytes(t, c, "9A032607209A03260720"))]
#[case::tag_missing("30", "tag 9F26 is missing", |t: &Till, c: &ChipCard| bytes(t, c, "9A03260720"))]
#[case::unknown_tag("30", "tag 5A is not part of it", |t: &Till, c: &ChipCard| bytes(t, c, "5A086212345678901232"))]
#[case::no_such_card("14", "no card has this number", |t: &Till, _: &ChipCard| {
    ChipCard::new("6212345678901307", Cvn::Pboc01).sale(t, "000002", 500)
})]
#[tokio::test]
async fn a_chip_request_that_is_wrong_in_one_way_is_refused(
    #[case] code: &str,
    #[case] reason: &str,
    #[case] made: fn(&Till, &ChipCard) -> Message,
) {
    let mut till = Till::signed_on(&host(1), "000001").await;
    let sale = made(&till, &ChipCard::debit());
    let answer = till.ask(sale).await;
    let judged = judgement(&till.host);
    assert_eq!(answer.text(39), Some(code), "{judged}");
    assert!(judged.contains(reason), "{judged}");
    assert!(!judged.contains("6212345678901232"), "{judged}");
    assert_eq!(till.host.book().cards[0].balance, 1_000_000);
}

/// What no rule of the host judges but by its length: these may be any. The last one may have 2 to 4 bytes.
const UNJUDGED: [(u16, &str); 6] = [
    (0x9F33, "60F0C8"),
    (0x9F34, "1F0302"),
    (0x9F35, "21"),
    (0x9F1E, "3230303235383039"),
    (0x9F09, "0030"),
    (0x9F41, "00000000"),
];

#[rstest]
#[tokio::test]
async fn an_object_that_no_rule_judges_may_be_any(#[values(0, 1, 2, 3, 4, 5)] which: usize) {
    let (tag, value) = UNJUDGED[which];
    let mut till = Till::signed_on(&host(1), "000001").await;
    let card = ChipCard::debit();
    let place = card.tags(500, "00").iter().position(|(t, _)| *t == tag).unwrap();
    let mut tags = card.tags(500, "00");
    assert_ne!(tags[place].1, hex::decode(value).unwrap(), "{tag:04X}: another value than the card's");
    tags[place].1 = hex::decode(value).unwrap();
    let answer = till.ask(card.sale(&till, "000002", 500).with(55, ChipCard::field55(&tags))).await;
    assert_eq!(answer.text(39), Some("00"), "{tag:04X}: {}", judgement(&till.host));
}

/// Whether every byte that a rule judges is the card's: tags, lengths, and the values of all objects but [`UNJUDGED`].
fn is_as_the_card_made_it(field: &[u8], tags: &Tags) -> bool {
    let mut rest = field;
    let (last, before) = tags.split_last().unwrap();
    let judged_are_right = before.iter().all(|(tag, value)| {
        let whole = object(*tag, value);
        let judged =
            if UNJUDGED.iter().any(|(t, _)| t == tag) { whole.len() - value.len() } else { whole.len() };
        let Some((object, behind)) = rest.split_at_checked(whole.len()) else { return false };
        rest = behind;
        object[..judged] == whole[..judged]
    });
    assert_eq!(last.0, 0x9F41);
    let counter_may_be =
        matches!(rest, [0x9F, 0x41, length @ 2..=4, value @ ..] if usize::from(*length) == value.len());
    judged_are_right && counter_may_be
}

/// Asks on a new host; field 39.
fn asked(made: impl FnOnce(&Till) -> Message) -> Option<String> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut till = Till::signed_on(&host(1), "000001").await;
        let message = made(&till);
        till.ask(message).await.text(39).map(str::to_owned)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn one_flipped_bit_of_what_a_cryptogram_covers_is_never_approved(
        which in 0..=COVERED.len() + 1, byte in any::<prop::sample::Index>(), bit in 0..8,
    ) {
        let tag = match COVERED.get(which) {
            Some((tag, _)) => *tag,
            None if which == COVERED.len() => 0x9F10,
            None => 0x9F26,
        };
        let card = ChipCard::debit();
        let answer = asked(|till| {
            let mut tags = card.tags(500, "00");
            let place = tags.iter().position(|(t, _)| *t == tag).unwrap();
            // Of 9F10, PBOC covers the CVR; its version is held to the card's.
            let value = if tag == 0x9F10 { &mut tags[place].1[2..7] } else { &mut tags[place].1[..] };
            let at = byte.index(value.len());
            value[at] ^= 1_u8 << bit;
            card.sale(till, "000002", 500).with(55, ChipCard::field55(&tags))
        });
        prop_assert!(matches!(answer.as_deref(), Some("05" | "30")), "{tag:04X}: {answer:?}");
    }

    #[test]
    fn any_field_55_is_answered(
        start in 0..150_usize, noise in prop::collection::vec(any::<u8>(), 1..100), mti in prop::sample::select(vec!["0200", "0400", "0620"]),
    ) {
        let card = ChipCard::debit();
        let tags = card.tags(500, "00");
        let whole = tags.iter().flat_map(|(t, v)| object(*t, v)).collect::<Vec<_>>();
        let field = [&whole[..start.min(whole.len())], &noise].concat();
        // Noise may write the end of the field anew, and what it changes there may be what no rule judges.
        let may_be_approved = mti == "0200" && is_as_the_card_made_it(&field, &tags);
        let answer = asked(|till| {
            let mut message = card.sale(till, "000002", 500).with(55, Value::bytes(field));
            message.mti = mti.to_owned();
            match mti {
                "0400" => without(without(message, 35), 53).with(39, Value::text("98")),
                "0620" => message.with(60, Value::digits(format!("00{}95150", till.batch))),
                _ => message,
            }
        });
        prop_assert!(answer.is_some_and(|code| may_be_approved || code != "00"));
    }
}
