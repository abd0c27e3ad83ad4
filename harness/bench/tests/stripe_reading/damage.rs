//! Damaged swipes: read right or not at all.

use std::collections::BTreeSet;

use payrig_bench::Finding;
use payrig_card::stripe::{StripeFault, Swipe, Track, Way};
use rstest::rstest;

use crate::till::{Asked, Outcome, at_till, stripe};

/// Of each part; there are four.
const SWIPES: u64 = 25_000;

/// Kinds of damage.
const KINDS: u64 = 8;
/// From none on, in hundredths of a bit.
const JITTERS: u64 = 36;

/// Damage of every kind and of growing size, each at every speed, with every jitter and in either direction: what they are drawn from are digits of `nth`
/// that have nothing to do with each other.
fn swipe(nth: u64) -> Swipe {
    let small = |of: u64, upto: u64| u8::try_from(nth / of % upto + 1).unwrap();
    let mut fault = StripeFault { on: vec![Track::Two], ..StripeFault::default() };
    match nth % KINDS {
        0 | 1 => fault.flipped_bits = small(16, 8),
        2 => fault.lost_transitions = small(16, 4),
        3 => fault.wrong_parity = small(16, 4),
        4 => fault.wrong_lrc = true,
        5 => {
            (fault.no_start_sentinel, fault.no_end_sentinel) =
                ((nth / 16).is_multiple_of(2), (nth / 32).is_multiple_of(2))
        }
        6 => fault.cut_at = Some(small(16, 98)),
        _ => (fault.flipped_bits, fault.lost_transitions) = (small(16, 3), small(48, 2)),
    }
    Swipe {
        speed: u16::try_from(nth * 7 % 145).unwrap() + 5,
        jitter: u8::try_from(nth / 128 % JITTERS).unwrap(),
        direction: if (nth / KINDS).is_multiple_of(2) { Way::Forward } else { Way::Backward },
        fault,
        ..Swipe::default()
    }
}

#[test]
fn each_kind_of_damage_comes_with_everything_else() {
    let all: Vec<_> = (0..4 * SWIPES).map(|nth| (nth % KINDS, swipe(nth))).collect();
    let met = |other: fn(&Swipe) -> u16| -> usize {
        all.iter().map(|(kind, swipe)| (*kind, other(swipe))).collect::<BTreeSet<_>>().len()
    };
    let kinds = usize::try_from(KINDS).unwrap();
    assert_eq!(met(|swipe| u16::from(swipe.direction == Way::Forward)), kinds * 2);
    assert_eq!(met(|swipe| swipe.jitter.into()), kinds * usize::try_from(JITTERS).unwrap());
    assert_eq!(met(|swipe| swipe.speed), kinds * 145);
    let forward: BTreeSet<_> = all
        .iter()
        .filter(|(kind, swipe)| *kind == 0 && swipe.direction == Way::Forward)
        .map(|(_, swipe)| (swipe.fault.flipped_bits, swipe.jitter / 12))
        .collect();
    assert_eq!(forward.len(), 8 * 3, "sizes, too");
}

/// As many wrong bits as parity and LRC find at least (ISO/IEC 7811-2): four in two bits of two characters leave both right. The check digit is over
/// the card number alone.
const FOUND: u8 = 3;

/// In 100,000 damaged swipes. What comes altered behind the number, where that cannot be found out, the host refuses.
#[rstest]
fn no_damage_makes_another_card_of_one(#[values(0, 1, 2, 3)] part: u64) {
    let card = stripe();
    let (read, not_read, altered) = at_till(part, async |till| {
        let (mut read, mut not_read, mut altered) = (0, 0, 0);
        for nth in part * SWIPES..(part + 1) * SWIPES {
            let swipe = swipe(nth);
            match till.swipe(&swipe.flux(&card, nth).unwrap()).await? {
                Outcome::NotRead => not_read += 1,
                Outcome::Read => {
                    read += 1;
                    let wrong = |why: &str| Finding::Terminal(format!("swipe {nth}, {swipe:?}: {why}"));
                    match till.ask().await.map_err(|finding| wrong(&finding.to_string()))? {
                        Asked::Own => {}
                        Asked::Altered if swipe.fault.flipped_bits > FOUND => altered += 1,
                        Asked::Altered => return Err(wrong("parity or LRC cannot be right")),
                    }
                }
            }
        }
        Ok((read, not_read, altered))
    });
    // Whether all were read, or none, nothing was shown.
    assert!(altered <= 2, "{altered} with another track of the number");
    assert!(read > 100 && not_read > SWIPES / 2, "{read} read, {not_read} not read");
}
