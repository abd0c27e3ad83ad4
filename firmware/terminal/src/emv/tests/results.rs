//! Every bit of TVR and TSI that this terminal sets, by its cause.

use std::string::String;
use std::vec;

use rstest::rstest;

use super::card::{Card, Twist, tlv};
use super::run::{Bench, Host};
use crate::emv::completion::Verdict;
use crate::emv::fault::Ending;
use crate::emv::transaction::Purpose;
use crate::emv::tvr::Check;

/// What a card is changed by.
type Change = fn(&mut Bench);

fn bench(card: Card, change: Change) -> Bench {
    let mut bench = Bench::new(card);
    change(&mut bench);
    bench
}

/// A card without offline data authentication, whose TVR begins with 80.
#[test]
fn without_authentication() {
    let cases: &[(&str, &str, Change)] = &[
        ("nothing", "8000000000", |_| ()),
        ("on_exception_file", "9000000000", |bench: &mut Bench| bench.parameters.is_exception = true),
        ("versions_differ", "8080000000", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F08, vec![0, 0x30]))
        }),
        ("no_version", "8000000000", |bench: &mut Bench| drop(bench.card.signed.remove(&0x9F08))),
        ("expired", "8040000000", |bench: &mut Bench| bench.today = [0x31, 0x01, 0x01]),
        ("on_its_last_day", "8000000000", |bench: &mut Bench| bench.today = [0x30, 0x12, 0x31]),
        ("not_yet_effective", "8020000000", |bench: &mut Bench| bench.today = [0x19, 0x12, 0x31]),
        ("of_the_last_century", "8000000000", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x5F25, vec![0x99, 0x12, 0x31]))
        }),
        ("only_at_atms", "8010000000", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F07, vec![0xFE, 0]))
        }),
        ("no_sale_at_home", "8010000000", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F07, vec![0xD7, 0]))
        }),
        ("no_sale_abroad", "8010000000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F07, vec![0xEB, 0]), (0x5F28, vec![0x08, 0x40])]);
        }),
        ("services_at_home_only", "8000000000", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F07, vec![0x09, 0]))
        }),
        ("floor_limit", "8000008000", |bench: &mut Bench| bench.parameters.applications[0].floor = 1_000),
        ("below_the_floor_limit", "8000000000", |bench: &mut Bench| {
            bench.parameters.applications[0].floor = 1_001
        }),
        ("selected_randomly", "8000001000", |bench: &mut Bench| {
            bench.parameters.applications[0].target = 99;
            bench.parameters.applications[0].max_target = 99;
        }),
        ("lower_limit", "8000004000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F14, vec![2]), (0x9F23, vec![3])]);
            bench.card.counters.insert(0x9F13, vec![0, 6]);
        }),
        ("upper_limit", "8000006000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F14, vec![2]), (0x9F23, vec![3])]);
            bench.card.counters.insert(0x9F13, vec![0, 5]);
        }),
        ("counter_that_went_back", "8000006000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F14, vec![2]), (0x9F23, vec![3])]);
            bench.card.counters.insert(0x9F13, vec![0, 10]);
        }),
        ("new_card", "8008000000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F14, vec![9]), (0x9F23, vec![9])]);
            bench.card.counters.insert(0x9F13, vec![0, 0]);
        }),
        ("no_counter", "A000006000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x9F14, vec![9]), (0x9F23, vec![9])]);
            bench.card.counters.remove(&0x9F13);
        }),
        ("one_limit_only", "8000000000", |bench: &mut Bench| drop(bench.card.signed.insert(0x9F14, vec![0]))),
        ("no_cvm_list", "A000000000", |bench: &mut Bench| drop(bench.card.signed.remove(&0x8E))),
        ("default_tdol", "8000000080", |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x8C, vec![0x98, 20, 0x95, 5]))
        }),
        ("own_tdol", "8000000000", |bench: &mut Bench| {
            bench.card.signed.extend([(0x8C, vec![0x98, 20, 0x95, 5]), (0x97, vec![0x9F, 0x02, 6])]);
        }),
    ];
    for (name, tvr, change) in cases {
        assert_eq!(bench(Card::plain(), *change).tvr(), *tvr, "{name}");
    }
}

#[test]
fn with_authentication() {
    let cases: &[(&str, &str, u8, Change)] = &[
        ("cda", "0000000000", 0x01, |_| ()),
        ("dda", "0000000000", 0x20, |_| ()),
        ("sda", "0200000000", 0x40, |_| ()),
        ("sda_missing", "6200000000", 0x40, |bench: &mut Bench| drop(bench.card.open.remove(&0x93))),
        ("dda_no_certificate", "2800000000", 0x20, |bench: &mut Bench| drop(bench.card.open.remove(&0x9F46))),
        ("dda_no_exponent", "2800000000", 0x20, |bench: &mut Bench| drop(bench.card.open.remove(&0x9F47))),
        ("no_index", "2800000000", 0x20, |bench: &mut Bench| drop(bench.card.open.remove(&0x8F))),
        ("no_issuer_certificate", "2800000000", 0x20, |bench: &mut Bench| {
            drop(bench.card.open.remove(&0x90))
        }),
        ("no_issuer_remainder", "2800000000", 0x20, |bench: &mut Bench| drop(bench.card.open.remove(&0x92))),
        ("no_issuer_exponent", "2800000000", 0x20, |bench: &mut Bench| drop(bench.card.open.remove(&0x9F32))),
        ("cda_no_certificate", "2400000000", 0x01, |bench: &mut Bench| drop(bench.card.open.remove(&0x9F46))),
        ("unknown_ca_key", "0800000000", 0x20, |bench: &mut Bench| bench.parameters.key = None),
        ("expired_ca_key", "0800000000", 0x20, |bench: &mut Bench| {
            bench.parameters.key.as_mut().unwrap().0 = [0x25, 0x12, 0x31];
        }),
        ("other_ca_key", "0800000000", 0x20, |bench: &mut Bench| {
            bench.parameters.key.as_mut().unwrap().1 = crate::emv::tests::issuing::ISSUER.public();
        }),
        ("revoked", "0800000000", 0x20, |bench: &mut Bench| bench.parameters.is_revoked = true),
        ("revoked_cda", "0400000000", 0x01, |bench: &mut Bench| bench.parameters.is_revoked = true),
        ("revoked_sda", "4200000000", 0x40, |bench: &mut Bench| bench.parameters.is_revoked = true),
        ("static_data_changed", "4200000000", 0x40, |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F07, vec![0xFF, 1]))
        }),
        ("static_data_changed_dda", "0800000000", 0x20, |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F07, vec![0xFF, 1]))
        }),
        ("another_tag_in_the_list", "0800000000", 0x20, |bench: &mut Bench| {
            drop(bench.card.signed.insert(0x9F4A, vec![0x94]))
        }),
        ("ddol_without_number", "0800000000", 0x20, |bench: &mut Bench| {
            drop(bench.card.open.insert(0x9F49, vec![0x95, 5]))
        }),
        ("ddol_of_its_own", "0000000000", 0x20, |bench: &mut Bench| {
            drop(bench.card.open.insert(0x9F49, vec![0x95, 5, 0x9F, 0x37, 4]))
        }),
    ];
    for (name, tvr, method, change) in cases {
        assert_eq!(bench(Card::new().with_method(*method), *change).tvr(), *tvr, "{name}");
    }
}

#[test]
fn the_aip_is_covered_where_the_list_names_it() {
    for method in [0x20, 0x40] {
        let mut card = Card::new();
        card.signed.insert(0x9F4A, vec![0x82]);
        let mut bench = Bench::new(card.with_method(method));
        assert!(bench.tvr().starts_with(if method == 0x40 { "02" } else { "00" }));
        bench.card.aip[1] = 0x80;
        assert!(bench.tvr().starts_with(if method == 0x40 { "42" } else { "08" }));
    }
}

#[test]
fn the_default_ddol_must_ask_for_the_unpredictable_number() {
    let mut bench = Bench::new(Card::new().with_method(0x20));
    bench.parameters.applications[0].ddol.clear();
    assert_eq!((bench.tvr().as_str(), bench.card.count(0x88)), ("0800000000", 0));
}

/// TSI by what was done.
#[rstest]
#[case::nothing_of_the_card_s("2800", Card::plain().with_rules(""), b"")]
#[case::cvm("6800", Card::plain(), b"")]
#[case::dda("E800", Card::new().with_method(0x20), b"")]
#[case::cda("E800", Card::new().with_method(0x01), b"")]
#[case::failed_cda("E800", Card::new().with_method(0x01).twisted(0xAE, 0, Twist::Flip(90 * 8)), b"")]
fn information(#[case] tsi: &str, #[case] card: Card, #[case] _none: &[u8]) {
    let mut bench = Bench::new(card);
    // A declined one shows no TSI.
    if let Ok(report) = bench.run() {
        assert_eq!(hex::encode_upper(report.results.tsi.bytes()), tsi);
    } else {
        assert!(matches!(bench_ending(&mut bench), Ending::Declined(tvr) if tvr.has(Check::CdaFailed)));
    }
}

fn bench_ending(bench: &mut Bench) -> Ending {
    bench.card.log.clear();
    bench.run().unwrap_err()
}

fn online(card: Card, chip_data: &[u8]) -> Bench {
    let mut bench = Bench::new(card);
    bench.parameters.applications[0].tac_online = [0x80, 0, 0, 0x80, 0];
    bench.parameters.applications[0].floor = 0;
    bench.host = Host::Approves(chip_data.to_vec());
    bench
}

#[test]
fn issuer_authentication_is_said_in_both() {
    let data = tlv(0x91, &[7; 10]);
    let report = online(Card::plain(), &data).run().unwrap();
    assert_eq!(std::format!("{}", report.results.tvr), "8000008000");
    assert_eq!((report.results.tsi.bytes(), report.verdict), (&[0x78, 0], Some(Verdict::Approved)));
    let card = Card::plain().twisted(0x82, 0, Twist::Status(0x6300));
    let report = online(card, &data).run().unwrap();
    assert_eq!(std::format!("{}", report.results.tvr), "8000008040");
    assert_eq!(report.results.tsi.bytes(), &[0x78, 0]);
    // Without the AIP's bit it goes with CDOL2.
    let mut card = Card::plain();
    card.aip[0] &= !0x04;
    let mut bench = online(card, &data);
    let report = bench.run().unwrap();
    assert_eq!((report.results.tsi.bytes(), bench.card.count(0x82)), (&[0x68, 0], 0));
    assert!(bench.card.log.last().unwrap().ends_with(&[7; 10]));
}

#[test]
fn scripts_that_fail_say_when() {
    let script = |kind| {
        tlv(
            kind,
            &[tlv(0x9F18, &[1, 2, 3, 4]), tlv(0x86, &[4, 0x1E, 0, 0]), tlv(0x86, &[4, 0x24, 0, 0])].concat(),
        )
    };
    for (kind, tvr, instruction) in [(0x71, "8000008020", 0x24), (0x72, "8000008010", 0x1E)] {
        let report = online(Card::plain(), &script(kind)).run().unwrap();
        assert_eq!(std::format!("{}", report.results.tvr), "8000008000");
        assert_eq!(report.results.tsi.bytes(), &[0x6C, 0]);
        assert!(report.scripts.contains("DF31052001020304"), "{}", report.scripts);
        let card = Card::plain().twisted(instruction, 0, Twist::Status(0x6982));
        let report = online(card, &script(kind)).run().unwrap();
        assert_eq!(std::format!("{}", report.results.tvr), tvr);
        let place = if instruction == 0x1E { 1 } else { 2 };
        assert!(report.scripts.contains(&std::format!("DF31051{place}01020304")), "{}", report.scripts);
    }
}

#[test]
fn a_balance_is_online_at_least_and_its_amount_is_zero() {
    let mut bench = Bench::new(Card::plain());
    bench.purpose = Purpose::Balance;
    let report = bench.run().unwrap();
    assert_eq!(report.wanted, crate::emv::action::Cryptogram::Arqc);
    let all: String = report.request;
    assert!(all.contains("9C0131") && all.contains("9F0206000000000000"), "{all}");
}
