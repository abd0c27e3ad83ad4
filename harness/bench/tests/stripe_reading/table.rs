//! How many undamaged swipes are read, by speed and jitter.

use std::fmt::Write as _;

use payrig_card::stripe::{Swipe, Way};

use crate::till::{Outcome, Till, at_till, stripe};

/// cm/s.
const SPEEDS: [u16; 9] = [5, 10, 20, 35, 50, 75, 100, 125, 150];
/// Hundredths of a bit.
const JITTERS: [u8; 6] = [0, 10, 20, 25, 30, 40];
/// Of each speed and jitter: half of them in either direction.
const SWIPES: u64 = 100;
/// What is promised: hundredths, at these speeds and up to this jitter.
const PROMISED: (u64, std::ops::RangeInclusive<u16>, u8) = (99, 10..=100, 10);

async fn read(till: &mut Till<'_, '_>, speed: u16, jitter: u8) -> u64 {
    let card = stripe();
    let mut read = 0;
    for seed in 0..SWIPES {
        let direction = if seed.is_multiple_of(2) { Way::Forward } else { Way::Backward };
        // A hand speeds up or slows down by a third on the way.
        let pull = i16::try_from(speed).unwrap() * (i16::try_from(seed % 5).unwrap() - 2) / 6;
        let swipe = Swipe { speed, jitter, direction, acceleration: pull, ..Swipe::default() };
        if till.swipe(&swipe.flux(&card, seed).unwrap()).await.unwrap() == Outcome::Read {
            read += 1;
            till.give_back().await.unwrap();
        }
    }
    read
}

#[test]
fn at_least_99_of_100_swipes_are_read_at_10_to_100_cm_a_second_with_a_jitter_of_10() {
    let table = at_till(1, async |till| {
        let mut table = String::from("cm/s");
        for jitter in JITTERS {
            write!(table, "  jitter {jitter:2} %").unwrap();
        }
        let (promised, speeds, most) = PROMISED;
        for speed in SPEEDS {
            write!(table, "\n{speed:4}").unwrap();
            for jitter in JITTERS {
                let read = read(till, speed, jitter).await;
                let is_promised = speeds.contains(&speed) && jitter <= most;
                assert!(!is_promised || read * 100 >= promised * SWIPES, "{speed} cm/s, {jitter} %: {read}");
                write!(table, "  {:9}.{} %", read * 100 / SWIPES, read * 1000 / SWIPES % 10).unwrap();
            }
        }
        Ok(table)
    });
    insta::assert_snapshot!(table);
}
