//! From bits to where the flux changes: F2F, two-frequency coherent phase (ISO/IEC 7811-2, 7811-6).

use rand_chacha::{ChaCha8Rng, rand_core::Rng};

use super::{Swipe, Track, bits::different};

/// A card's length in centimetres (ISO/IEC 7810, ID-1).
pub(super) const CARD: f64 = 8.56;
/// Where the start sentinel begins, from the card's edge (ISO/IEC 7811-2 and -6: 7.44 mm).
const DATA: f64 = 0.744;
/// Clocking zeros stand from here, and up to as far from the other edge.
const ZEROS: f64 = 0.33;

/// Where the flux of a track changes, in centimetres from the card's leading edge, in the order in which the head sees it. Each bit begins with a
/// transition, a one has another in its middle. Clocking zeros stand before the data and behind them.
pub(super) fn transitions(track: Track, bits: &[bool], swipe: &Swipe, chance: &mut ChaCha8Rng) -> Vec<f64> {
    let cell = track.cell();
    let leading = whole((DATA - ZEROS) / cell);
    let trailing = whole((CARD - ZEROS - DATA) / cell).saturating_sub(bits.len());
    let zeros = |count| std::iter::repeat_n(false, count);
    let mut halves: Vec<usize> = Vec::new();
    let all = zeros(leading).chain(bits.iter().copied()).chain(zeros(trailing));
    for (at, bit) in all.enumerate() {
        halves.push(at * 2);
        halves.extend(bit.then_some(at * 2 + 1));
    }
    halves.push((leading + bits.len() + trailing) * 2);
    let lost = if swipe.fault.touches(track) { swipe.fault.lost_transitions } else { 0 };
    lose(&mut halves, lost, leading * 2..(leading + bits.len()) * 2, chance);
    let begin = DATA - as_f64(leading) * cell;
    let mut places: Vec<f64> = halves
        .into_iter()
        .map(|half| begin + (as_f64(half) / 2.0 + f64::from(swipe.jitter) / 100.0 * displaced(chance)) * cell)
        .collect();
    if swipe.direction == super::Way::Backward {
        places.reverse();
        places.iter_mut().for_each(|place| *place = CARD - *place);
    }
    places
}

/// Takes so many transitions away, of those that lie between the clocking zeros.
fn lose(halves: &mut Vec<usize>, count: u8, data: std::ops::Range<usize>, chance: &mut ChaCha8Rng) {
    let first = halves.partition_point(|half| *half < data.start);
    let end = halves.partition_point(|half| *half < data.end);
    let mut lost = different(chance, count, end - first);
    lost.sort_unstable_by(|a, b| b.cmp(a));
    for at in lost {
        halves.remove(first + at);
    }
}

/// From -1/2 to 1/2: two neighbours that part by half each differ by the whole.
fn displaced(chance: &mut ChaCha8Rng) -> f64 {
    f64::from(chance.next_u32()) / f64::from(u32::MAX) - 0.5
}

/// No track has more bits than some hundred.
fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a card has some hundred bits")]
fn whole(count: f64) -> usize {
    count.max(0.0) as usize
}
