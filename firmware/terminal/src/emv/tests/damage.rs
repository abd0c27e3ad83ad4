//! Nothing that is harmed passes, and nothing that a card says brings the terminal down.

use std::sync::LazyLock;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::card::{Card, Twist};
use super::issuing::{ISSUER, SHORT_ISSUER, Says};
use super::run::{Bench, Host};
use crate::emv::fault::Ending;
use crate::emv::tvr::Check;

static STATIC: LazyLock<Card> = LazyLock::new(|| Card::new().with_method(0x40));
static DYNAMIC: LazyLock<Card> = LazyLock::new(|| Card::new().with_method(0x20));
static COMBINED: LazyLock<Card> = LazyLock::new(|| Card::new().with_method(0x01));

fn issuer_says() -> Says {
    Says { format: 2, name: "621234FF".into(), expiry: [0x12, 0x35], hash_algorithm: 1, key_algorithm: 1 }
}

/// A card whose certificates say something else, but are signed rightly.
fn certified(issuer: &Says, card: &Says) -> Bench {
    let mut own = Card::new();
    own.aip[0] = own.aip[0] & 0x9E | 0x20;
    Bench::new(own.certified_as(&ISSUER, issuer, card))
}

#[test]
fn a_certificate_that_is_signed_rightly_but_says_the_wrong_thing_proves_nothing() {
    let (issuer, card) = (issuer_says(), Card::says());
    assert_eq!(certified(&issuer, &card).tvr(), "0000000000");
    let issuers = [
        Says { format: 3, ..issuer.clone() },
        Says { name: "621235FF".into(), ..issuer.clone() },
        Says { name: "62FFFFFF".into(), ..issuer.clone() },
        Says { expiry: [0x12, 0x25], ..issuer.clone() },
        Says { expiry: [0x13, 0x35], ..issuer.clone() },
        Says { hash_algorithm: 2, ..issuer.clone() },
        Says { key_algorithm: 2, ..issuer.clone() },
    ];
    let cards = [
        Says { format: 2, ..card.clone() },
        Says { name: "6212345678901240FFFF".into(), ..card.clone() },
        Says { name: "621234567890123FFFFF".into(), ..card.clone() },
        Says { name: "62123456789012320FFF".into(), ..card.clone() },
        Says { expiry: [0x12, 0x25], ..card.clone() },
        Says { hash_algorithm: 0, ..card.clone() },
        Says { key_algorithm: 0, ..card.clone() },
    ];
    for says in &issuers {
        assert_eq!(certified(says, &card).tvr(), "0800000000", "{}", says.name);
    }
    for says in &cards {
        assert_eq!(certified(&issuer, says).tvr(), "0800000000", "{}", says.name);
    }
    // To the end of its month, with as many digits of the card number as there are, and as few.
    for says in [
        Says { expiry: [0x01, 0x26], ..issuer.clone() },
        Says { name: "62123456".into(), ..issuer.clone() },
        Says { name: "621FFFFF".into(), ..issuer },
    ] {
        assert_eq!(certified(&says, &card).tvr(), "0000000000", "{}", says.name);
    }
}

#[test]
fn keys_of_every_length_are_put_together() {
    for method in [0x01, 0x20, 0x40] {
        let mut card = Card::new();
        card.aip[0] = card.aip[0] & 0x9E | method;
        let mut bench = Bench::new(card.certified_as(&SHORT_ISSUER, &issuer_says(), &Card::says()));
        assert!(bench.card.open.contains_key(&0x9F48) && !bench.card.open.contains_key(&0x92));
        assert!(bench.tvr().starts_with(if method == 0x40 { "02" } else { "00" }));
        bench.card.open.insert(0x9F48, vec![0; 41]);
        assert!(bench.tvr().starts_with(if method == 0x40 {
            "02"
        } else if method == 1 {
            "04"
        } else {
            "08"
        }));
    }
}

/// A bit of an object turned over.
fn flipped(card: &Card, tag: u32, bit: usize) -> Bench {
    let mut card = card.clone();
    let value = card.open.get_mut(&tag).unwrap();
    let length = value.len();
    value[bit / 8 % length] ^= 1 << (bit % 8);
    Bench::new(card)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_flipped_bit_of_a_certificate_or_signature_fails(
        tag in prop::sample::select(vec![0x90_u32, 0x92, 0x9F32, 0x9F46, 0x9F47]),
        bit in 0_usize..248 * 8,
    ) {
        let results = flipped(&DYNAMIC, tag, bit).run().unwrap().results;
        prop_assert!(results.tvr.has(Check::DdaFailed));
        let mut bench = flipped(&COMBINED, tag, bit);
        prop_assert!(bench.run().unwrap().results.tvr.has(Check::CdaFailed));
    }

    #[test]
    fn a_flipped_bit_of_signed_static_data_fails(
        tag in prop::sample::select(vec![0x90_u32, 0x92, 0x9F32, 0x93]),
        bit in 0_usize..248 * 8,
    ) {
        prop_assert!(flipped(&STATIC, tag, bit).run().unwrap().results.tvr.has(Check::SdaFailed));
    }

    /// Whatever bit of the answer to INTERNAL AUTHENTICATE is another one.
    #[test]
    fn a_flipped_bit_of_a_dynamic_signature_never_passes(bit in 0_usize..152 * 8) {
        let card = DYNAMIC.clone().twisted(0x88, 0, Twist::Flip(bit));
        match Bench::new(card).run() {
            Ok(report) => prop_assert!(report.results.tvr.has(Check::DdaFailed)),
            Err(ending) => prop_assert!(matches!(ending, Ending::Card(_))),
        }
    }

    /// Whatever bit of the answer to a GENERATE AC with a combined signature.
    #[test]
    fn a_flipped_bit_of_a_combined_answer_never_passes(bit in 0_usize..180 * 8, second in any::<bool>()) {
        let card = COMBINED.clone().twisted(0xAE, usize::from(second), Twist::Flip(bit));
        let mut bench = Bench::new(card);
        bench.parameters.applications[0].floor = 0;
        bench.parameters.applications[0].tac_online = [0xFF; 5];
        match bench.run() {
            Ok(report) => prop_assert!(second && report.verdict != Some(crate::emv::completion::Verdict::Approved)),
            Err(ending) => prop_assert!(!second && matches!(ending, Ending::Card(_) | Ending::Declined(_))),
        }
    }

    /// Any answer of any command replaced by anything.
    #[test]
    fn hostile_answers_bring_nothing_down(
        instruction in prop::sample::select(vec![0xA4_u8, 0xB2, 0xA8, 0xCA, 0x88, 0x84, 0x20, 0x82, 0xAE]),
        nth in 0_usize..6,
        answer in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..=256),
            prop::collection::vec(
                prop::sample::select(vec![0x6F, 0x70, 0x77, 0x80, 0x84, 0xA5, 0x9F, 0x27, 0x81, 0x82, 0x00, 0xFF, 0x1F]),
                0..=256
            ),
        ],
        chip_data in prop::collection::vec(any::<u8>(), 0..=255),
    ) {
        let mut bench = Bench::new(DYNAMIC.clone().with_rules("440041001E00").twisted(instruction, nth, Twist::Data(answer)));
        bench.parameters.applications[0].floor = 0;
        bench.parameters.applications[0].tac_online = [0xFF; 5];
        bench.holder.pins = vec!["123456"; 8];
        bench.host = Host::Approves(chip_data);
        let _ = bench.run();
    }

    /// Any answer cut off anywhere: nothing but a signature's absence is forgiven.
    #[test]
    fn a_cut_record_is_never_read(at in 1_usize..150, nth in 0_usize..2) {
        let card = Card::plain().twisted(0xB2, nth, Twist::Cut(at));
        let whole = if nth == 0 { 21 } else { 150 };
        if at < whole && !(nth == 1 && at > 100) {
            prop_assert!(matches!(Bench::new(card).run(), Err(Ending::Card(_))));
        }
    }

    /// Objects that are written are read again, and any bytes are read without harm.
    #[test]
    fn tlv_comes_back(objects in prop::collection::vec((0_u32..0x40, prop::collection::vec(any::<u8>(), 0..300)), 0..5)) {
        use crate::emv::tag::Tag;
        use crate::emv::tlv::{Objects, put};
        let mut bytes = heapless::Vec::<u8, 2048>::new();
        let tags = [0x5A_u32, 0x9F26, 0xDF31, 0x95, 0xDF8101];
        let objects: Vec<_> = objects.into_iter().map(|(tag, value)| (Tag(tags[tag as usize % 5]), value)).collect();
        for (tag, value) in &objects {
            prop_assert!(put(&mut bytes, *tag, value).is_some());
        }
        let read = Objects::of(&bytes).map(|object| object.map(|object| (object.tag, object.value.to_vec())));
        prop_assert_eq!(read.collect::<Result<Vec<_>, _>>(), Ok(objects));
        for cut in 0..bytes.len() {
            let before: usize = Objects::of(&bytes[..cut]).filter_map(Result::ok).map(|object| object.whole.len()).sum();
            prop_assert!(before <= cut);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        use crate::emv::tlv::Objects;
        let objects = Objects::of(&bytes);
        let whole: usize = objects.clone().filter_map(Result::ok).map(|object| object.whole.len()).sum();
        prop_assert!(whole <= bytes.len());
        let _ = objects.are_whole();
    }
}
