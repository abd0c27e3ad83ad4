//! The records in flash: kept, found, replaced, forgotten, and whole whatever the power does.

use embassy_futures::block_on;
use heapless::Vec;
use std::format;

use super::application::Application;
use super::ca_key::CaKey;
use super::record::{ChipRecord, Issuer, Revocation};
use super::store::{ChipRecords, NotKept};
use crate::batch::log::LOG_SECTORS;
use crate::journal::SECTORS;
use crate::journal::tests::Nor;

const START: usize = SECTORS + LOG_SECTORS;

fn application(number: u8, floor: u64) -> Application {
    Application {
        aid: Vec::from_slice(&[0xA0, 0, 0, 3, 0x33, 1, 1, number]).unwrap(),
        partial: number.is_multiple_of(2),
        version: [0, 0x20],
        tac_denial: [1; 5],
        tac_online: [2; 5],
        tac_default: [3; 5],
        floor,
        threshold: floor / 2,
        target: 10,
        max_target: 99,
        ddol: Vec::from_slice(&[0x9F, 0x37, 4]).unwrap(),
        tdol: Vec::new(),
    }
}

fn ca_key(number: u8, length: usize) -> CaKey {
    CaKey {
        rid: [0xA0, 0, 0, 3, 0x33],
        index: number,
        expiry: [0x30, 0x12, 0x31],
        exponent: Vec::from_slice(&[1, 0, 1]).unwrap(),
        modulus: (0..length).map(|at| number ^ at as u8).collect(),
    }
}

fn revocation(number: u8) -> Revocation {
    Revocation { rid: [0xA0, 0, 0, 3, 0x33], index: 1, serial: [0, 0, number] }
}

fn issuer(number: usize, name: &str) -> Issuer {
    let bin = format!("{:06}", 621_200 + number);
    Issuer { bin: bin.as_bytes().try_into().unwrap(), name: name.try_into().unwrap() }
}

/// The `number`-th record of each kind that there are several of, of the longest content.
fn each(number: u8) -> [ChipRecord; 5] {
    let lists = Vec::from_slice(&[0x95; 32]).unwrap();
    [
        ChipRecord::Application(Application { ddol: lists.clone(), tdol: lists, ..application(number, 7) }),
        ChipRecord::CaKey(ca_key(number, 248)),
        ChipRecord::Revocation(revocation(number)),
        ChipRecord::Issuer(issuer(number.into(), "BANK OF TESTS 16")),
        ChipRecord::Exception([number; 16]),
    ]
}

async fn loaded(nor: &mut Nor) -> ChipRecords {
    ChipRecords::load(nor).await.unwrap()
}

async fn put(nor: &mut Nor, record: &ChipRecord) -> Result<(), NotKept> {
    loaded(nor).await.put(nor, record).await
}

/// How many of each kind are found, by their names: applications, CA keys, revocations, issuers, exceptions.
async fn counts(nor: &mut Nor) -> [usize; 5] {
    let records = loaded(nor).await;
    let mut counts = [records.applications(), 0, 0, 0, 0];
    for number in 0..40 {
        let key = records.ca_key(nor, [0xA0, 0, 0, 3, 0x33], number).await.unwrap();
        assert!(key.is_none_or(|key| key == ca_key(number, 248)));
        let bin = issuer(number.into(), "").bin;
        let found = [
            records.ca_key(nor, [0xA0, 0, 0, 3, 0x33], number).await.unwrap().is_some(),
            records.is_revoked(nor, &revocation(number)).await.unwrap(),
            records.issuer_of(nor, &bin).await.unwrap().is_some(),
            records.is_exception(nor, &[number; 16]).await.unwrap(),
        ];
        for (count, found) in counts[1..].iter_mut().zip(found) {
            *count += usize::from(found);
        }
    }
    counts
}

#[test]
fn there_is_room_for_as_many_as_the_interface_says_and_one_more_is_refused() {
    block_on(async {
        let mut nor = Nor::erased(START + 8);
        let mut taken = [0; 5];
        for number in 0..40 {
            for (record, taken) in each(number).iter().zip(&mut taken) {
                match put(&mut nor, record).await {
                    Ok(()) => *taken += 1,
                    Err(why) => assert_eq!(why, NotKept::Full),
                }
            }
        }
        assert_eq!(taken, [16, 24, 16, 32, 32]);
        assert_eq!(counts(&mut nor).await, taken);
        // A full store still takes what replaces something, and what it has already.
        for record in each(3) {
            assert_eq!(put(&mut nor, &record).await, Ok(()));
        }
        put(&mut nor, &ChipRecord::Erasure).await.unwrap();
        assert_eq!(counts(&mut nor).await, [0; 5]);
        for record in each(39) {
            assert_eq!(put(&mut nor, &record).await, Ok(()));
        }
        assert_eq!(counts(&mut nor).await, [1; 5]);
    });
}

#[test]
fn a_record_replaces_the_one_of_its_name_and_no_other() {
    block_on(async {
        let mut nor = Nor::erased(START + 8);
        for record in each(1).iter().chain(&each(2)) {
            put(&mut nor, record).await.unwrap();
        }
        put(&mut nor, &ChipRecord::CaKey(ca_key(1, 64))).await.unwrap();
        put(&mut nor, &ChipRecord::Issuer(issuer(2, "ANOTHER"))).await.unwrap();
        let records = loaded(&mut nor).await;
        let rid = [0xA0, 0, 0, 3, 0x33];
        assert_eq!(records.ca_key(&mut nor, rid, 1).await, Ok(Some(ca_key(1, 64))));
        assert_eq!(records.ca_key(&mut nor, rid, 2).await, Ok(Some(ca_key(2, 248))));
        assert_eq!(records.ca_key(&mut nor, [0xA0, 0, 0, 3, 0x34], 1).await, Ok(None));
        for (number, name) in [(1, "BANK OF TESTS 16"), (2, "ANOTHER")] {
            let found = records.issuer_of(&mut nor, &issuer(number, "").bin).await.unwrap();
            assert_eq!(found.as_deref(), Some(name));
        }
        let other = Revocation { index: 2, ..revocation(1) };
        assert_eq!(records.is_revoked(&mut nor, &other).await, Ok(false));
    });
}

/// Whatever slots they are in: one that came again came last.
#[test]
fn applications_are_told_in_the_order_in_which_they_came() {
    block_on(async {
        let mut nor = Nor::erased(START + 8);
        for number in [5, 3, 9, 1] {
            put(&mut nor, &ChipRecord::Application(application(number, 100))).await.unwrap();
        }
        put(&mut nor, &ChipRecord::Application(application(3, 200))).await.unwrap();
        let records = loaded(&mut nor).await;
        let mut found = std::vec::Vec::new();
        while let Some(application) = records.application(&mut nor, found.len()).await.unwrap() {
            found.push(application);
        }
        let expected = [(5, 100), (9, 100), (1, 100), (3, 200)];
        assert_eq!(found, expected.map(|(number, floor)| application(number, floor)));
    });
}

#[test]
fn an_erasure_forgets_everything_but_the_year() {
    block_on(async {
        let mut nor = Nor::erased(START + 8);
        assert_eq!(loaded(&mut nor).await.year(), None);
        put(&mut nor, &ChipRecord::Year(25)).await.unwrap();
        put(&mut nor, &ChipRecord::Year(26)).await.unwrap();
        for round in 0..3 {
            for record in each(round) {
                put(&mut nor, &record).await.unwrap();
            }
            assert_eq!(counts(&mut nor).await, [1; 5]);
            put(&mut nor, &ChipRecord::Erasure).await.unwrap();
            assert_eq!((counts(&mut nor).await, loaded(&mut nor).await.year()), ([0; 5], Some(26)));
        }
    });
}

/// A store that is used and filled: each kind half full, then written over until the sectors were gone through.
async fn worn() -> Nor {
    let mut nor = Nor::erased(START + 2);
    let mut records = loaded(&mut nor).await;
    for number in 0..4 {
        for record in each(number) {
            records.put(&mut nor, &record).await.unwrap();
        }
    }
    nor
}

/// The cuts go through a change of sectors: afterwards the record is there or is not, and everything else as it was.
#[test]
fn a_power_cut_at_any_byte_leaves_a_record_taken_or_not() {
    block_on(async {
        let at_rest = worn().await;
        let mut erased = 0;
        let changes = [
            ChipRecord::CaKey(ca_key(7, 248)),
            ChipRecord::Issuer(issuer(7, "SEVENTH")),
            ChipRecord::Erasure,
        ];
        for (change, after) in changes.iter().zip([[4, 5, 4, 4, 4], [4, 4, 4, 5, 4], [0; 5]]) {
            let mut ended = false;
            for steps in 0.. {
                let mut nor = at_rest.copy();
                let mut records = loaded(&mut nor).await;
                nor.power_for(steps);
                let taken = records.put(&mut nor, change).await;
                nor.power_for(usize::MAX);
                let found = counts(&mut nor).await;
                let allowed: &[_] = if taken.is_ok() { &[after] } else { &[[4; 5], after] };
                assert!(allowed.contains(&found), "{change:?} cut after {steps} bytes: {found:?}");
                erased += usize::from(nor.erasures() > 0);
                // And it goes on.
                put(&mut nor, change).await.unwrap();
                assert_eq!(counts(&mut nor).await, after, "{steps}");
                ended = taken.is_ok();
                if ended {
                    break;
                }
            }
            assert!(ended);
        }
        std::println!("chip records: {erased} cut points in or after a change of sectors");
    });
}

#[test]
fn a_store_of_two_sectors_is_written_over_and_over_and_loses_nothing() {
    block_on(async {
        let mut nor = worn().await;
        for round in 0..200_u64 {
            let record = ChipRecord::Application(application(2, round));
            put(&mut nor, &record).await.unwrap();
            let records = loaded(&mut nor).await;
            let last = records.application(&mut nor, records.applications() - 1).await.unwrap();
            assert_eq!(last, Some(application(2, round)));
        }
        assert!(nor.erasures() > 2, "the sectors were not gone through");
        assert_eq!(counts(&mut nor).await, [4; 5]);
    });
}

#[test]
fn a_flash_without_room_has_no_records_and_takes_none() {
    block_on(async {
        for sectors in [0, 1, SECTORS, START, START + 1] {
            let mut nor = Nor::erased(sectors);
            let mut records = loaded(&mut nor).await;
            assert!(records.put(&mut nor, &ChipRecord::Year(26)).await.is_err());
            assert_eq!((records.year(), records.applications()), (None, 0));
            assert_eq!(records.application(&mut nor, 0).await, Ok(None));
            assert_eq!(records.is_exception(&mut nor, &[1; 16]).await, Ok(false));
        }
    });
}

#[test]
fn a_flash_that_holds_anything_else_is_an_error_until_it_is_formatted() {
    block_on(async {
        let mut nor = Nor::erased(START + 8);
        for at in (START * 4096..(START + 8) * 4096).step_by(3) {
            nor.flip(at, at % 8);
        }
        assert!(ChipRecords::load(&mut nor).await.is_err());
        ChipRecords::format(&mut nor).await.unwrap();
        put(&mut nor, &ChipRecord::Year(26)).await.unwrap();
        assert_eq!(loaded(&mut nor).await.year(), Some(26));
    });
}
