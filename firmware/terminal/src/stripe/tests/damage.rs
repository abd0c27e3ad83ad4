//! Damaged swipes: each is read as it was written, or not at all.

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use super::card::{Hand, Jitter, Random, TRACK_2, bits, checked, sampled, transitions, values};
use crate::stripe::track2::Track2;

/// Swipes of the campaign.
const SWIPES: u64 = 120_000;

/// What goes wrong with a swipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    /// Bits were written wrong; everything else is whole.
    Bits,
    /// A character was written for another.
    Character,
    /// The check was written wrong.
    Check,
    /// Transitions are missing.
    Missing,
    /// There are some too many.
    Spurious,
    /// Both, close together, as of a scratch.
    Scratch,
    /// A stretch without any transition.
    Dropout,
    /// A stretch of noise.
    Noise,
    /// The card was pulled out half-way, or the head came down late.
    Cut,
    /// The card stopped and went on.
    Stop,
    /// It stopped and went back a bit.
    Back,
}

const KINDS: [Damage; 11] = [
    Damage::Bits,
    Damage::Character,
    Damage::Check,
    Damage::Missing,
    Damage::Spurious,
    Damage::Scratch,
    Damage::Dropout,
    Damage::Noise,
    Damage::Cut,
    Damage::Stop,
    Damage::Back,
];

/// A card of any issuer, with a card number of 13 to 19 digits.
fn card(random: &mut Random) -> String {
    let mut digits =
        |count| (0..count).map(|_| char::from(b'0' + random.below(10) as u8)).collect::<String>();
    let number = checked(&digits(18));
    let (expiry, service, rest) = (digits(2), digits(3), digits(18));
    let number = if random.below(3) == 0 { number } else { checked(&number[..12 + random.below(6)]) };
    let month = 1 + random.below(12);
    let rest = &rest[..random.below(37 - number.len() - 8 + 1)];
    std::format!("{number}D{expiry}{month:02}{service}{rest}")
}

fn hand(random: &mut Random) -> Hand {
    let speed = 5.0 + 145.0 * random.share();
    let jitter = 0.1 * random.share();
    Hand {
        speed: (speed, (speed * (1.0 + 0.6 * random.sway())).clamp(5.0, 150.0)),
        wobble: 0.2 * random.share(),
        jitter: [Jitter::OfInterval, Jitter::OfPlace, Jitter::Normal][random.below(3)](jitter),
        backwards: random.below(2) == 1,
    }
}

/// The characters as they are written.
fn written(text: &str, damage: Damage, random: &mut Random) -> Vec<bool> {
    let mut values = values(text);
    let at = random.below(values.len());
    match damage {
        Damage::Character => values[at] = (values[at] + 1 + random.below(15) as u8) % 16,
        Damage::Check => *values.last_mut().unwrap() ^= 1 + random.below(15) as u8,
        _ => {}
    }
    let zeros = (random.below(40), random.below(40));
    let mut bits = bits(&values, zeros);
    if damage == Damage::Bits {
        for _ in 0..1 + random.below(6) {
            let at = random.below(bits.len());
            bits[at] ^= true;
        }
    }
    bits
}

/// Harms the times between transitions.
fn harm(times: &mut Vec<f64>, damage: Damage, random: &mut Random) {
    let (near, count) = (random.below(times.len()), 1 + random.below(6));
    match damage {
        Damage::Bits | Damage::Character | Damage::Check => {}
        Damage::Missing => (0..count).for_each(|_| miss(times, random.next() as usize)),
        Damage::Spurious => (0..count).for_each(|_| split(times, random.next() as usize, random.share())),
        Damage::Scratch => {
            for _ in 0..2 * count {
                let at = near + random.below(12);
                if random.below(2) == 0 { miss(times, at) } else { split(times, at, random.share()) }
            }
        }
        Damage::Dropout => (0..2 + random.below(40)).for_each(|_| miss(times, near)),
        Damage::Noise => {
            let end = (near + 2 + random.below(60)).min(times.len());
            times[near..end].iter_mut().for_each(|time| *time *= 2.0 * random.share());
        }
        Damage::Cut if random.below(2) == 0 => times.truncate(near),
        Damage::Cut => drop(times.drain(..near)),
        Damage::Stop => times[near] += 1e6 * random.share(),
        Damage::Back => {
            let from = near.saturating_sub(1 + random.below(40));
            let mut again = times[from..near].iter().rev().copied().collect::<Vec<_>>();
            again.extend_from_within(..);
            let turn = again.len() / 2;
            again[turn..].reverse();
            // It comes to a stop where it turns.
            for at in [0, turn] {
                if let Some(time) = again.get_mut(at) {
                    *time *= 2.0 + 10.0 * random.share();
                }
            }
            drop(times.splice(near..near, again));
        }
    }
}

/// Two intervals become one.
fn miss(times: &mut Vec<f64>, at: usize) {
    if times.len() > 1 {
        let at = at % (times.len() - 1);
        let lost = times.remove(at);
        times[at] += lost;
    }
}

/// One interval becomes two.
fn split(times: &mut Vec<f64>, at: usize, share: f64) {
    let at = at % times.len();
    let first = times[at] * share;
    times[at] -= first;
    times.insert(at, first);
}

/// What a damaged swipe of the seed gives: what was written, and what was read.
fn swipe(seed: u64) -> (Damage, String, String) {
    let mut random = Random(seed);
    let damage = KINDS[random.below(KINDS.len())];
    let text = card(&mut random);
    let places = transitions(&written(&text, damage, &mut random), TRACK_2);
    let mut times = hand(&mut random).draw(&places, TRACK_2, &mut random);
    harm(&mut times, damage, &mut random);
    let mut track = Track2::default();
    track.read(&sampled(&times));
    (damage, text, String::from_utf8(track.characters().to_vec()).unwrap())
}

/// No card number is ever read that is not the card's. `PAYRIG_STRIPE_SEED` begins elsewhere, `PAYRIG_STRIPE_SWIPES` says how
/// many others to look at.
#[test]
fn no_damaged_swipe_gives_a_wrong_card_number() {
    let number = |name, other| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(other);
    let first = number("PAYRIG_STRIPE_SEED", 1_u64) << 32;
    let swipes = number("PAYRIG_STRIPE_SWIPES", SWIPES);
    let mut counts = BTreeMap::<Damage, [u32; 3]>::new();
    let mut wrong = Vec::new();
    for seed in first..first + swipes {
        let (damage, text, read) = swipe(seed);
        let [right, rejected, other_rest] = counts.entry(damage).or_default();
        let pan = |track: &str| track.split('D').next().map(String::from);
        match read.as_str() {
            "" => *rejected += 1,
            _ if read == text => *right += 1,
            _ if pan(&read) == pan(&text) => *other_rest += 1,
            _ => wrong.push((seed, damage, text, read)),
        }
    }
    std::println!("damage: read right, rejected, right number with another rest");
    counts.iter().for_each(|(damage, counts)| std::println!("{damage:?}: {counts:?}"));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let sum = |at: usize| counts.values().map(|counts| counts[at]).sum::<u32>();
    std::println!("in all: {} read, {} rejected, {} with another rest", sum(0), sum(1), sum(2));
    // A campaign that reads nothing, or damages nothing, shows nothing.
    assert!(sum(0) > 1000 && u64::from(sum(1)) > swipes / 2);
    assert_eq!(counts.len(), KINDS.len());
}
