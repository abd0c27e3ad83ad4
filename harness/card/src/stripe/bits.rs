//! From characters to bits: parity, sentinels, LRC (ISO/IEC 7811-2 and -6).

use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use zeroize::Zeroizing;

use super::{StripeFault, Track};

/// A track from its start sentinel to its LRC, in the order in which the bits stand on it: of each character the least significant first, the
/// parity bit last.
pub(super) fn written(
    track: Track,
    data: &str,
    fault: &StripeFault,
    chance: &mut ChaCha8Rng,
) -> Zeroizing<Vec<bool>> {
    let right = StripeFault::default();
    let fault = if fault.touches(track) { fault } else { &right };
    let value = |character: u8| character.wrapping_sub(track.first_character());
    let ends = [track.start_sentinel() as u8, track.end_sentinel() as u8].map(value);
    let start = ends.iter().take(1).filter(|_| !fault.no_start_sentinel).copied();
    let end = ends.iter().skip(1).filter(|_| !fault.no_end_sentinel).copied();
    let inner = data.bytes().map(value);
    let values = Zeroizing::new(start.chain(inner).chain(end).collect::<Vec<_>>());
    // As the writer has computed it, over the sentinels as well, whether they are there or not.
    let mut lrc = data.bytes().map(value).fold(ends[0] ^ ends[1], |sum, value| sum ^ value);
    if fault.wrong_lrc {
        lrc ^= 1 << below(chance, track.character_bits() - 1);
    }
    let mut bits = Zeroizing::new(Vec::new());
    values.iter().for_each(|value| bits.extend(character(track, *value)));
    let first = usize::from(!fault.no_start_sentinel);
    for at in different(chance, fault.wrong_parity, data.len()) {
        let parity = (first + at + 1) * track.character_bits() - 1;
        bits[parity] = !bits[parity];
    }
    bits.extend(character(track, lrc));
    for at in different(chance, fault.flipped_bits, bits.len()) {
        bits[at] = !bits[at];
    }
    bits
}

/// A character's bits: an odd number of ones, the parity bit counted.
fn character(track: Track, value: u8) -> impl Iterator<Item = bool> {
    let data = track.character_bits() - 1;
    let value = value & ((1 << data) - 1);
    let parity = value.count_ones().is_multiple_of(2);
    (0..data).map(move |bit| value >> bit & 1 == 1).chain([parity])
}

/// So many different numbers below `end`; all of them where there are no more.
pub(super) fn different(chance: &mut ChaCha8Rng, count: u8, end: usize) -> Vec<usize> {
    let mut drawn: Vec<usize> = Vec::new();
    while drawn.len() < usize::from(count).min(end) {
        let one = below(chance, end);
        if !drawn.contains(&one) {
            drawn.push(one);
        }
    }
    drawn
}

/// A number below `end`, which is small: that low numbers come more often by one in 2^48 makes no odds.
fn below(chance: &mut ChaCha8Rng, end: usize) -> usize {
    let end = u64::try_from(end.max(1)).unwrap_or(1);
    usize::try_from(chance.next_u64() % end).unwrap_or(0)
}
