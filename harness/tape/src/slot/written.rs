//! The bytes of a slot's line, as they may be written in a file.

use super::convention::{Convention, DLE};
use crate::stretch::Stretch;

/// Fewer hex digits in a row are no bytes of a slot.
const SHORTEST_HEX: usize = 16;

/// `stretch` read in other ways than as it stands: without escapes, and in the inverse convention.
pub(crate) fn readings(stretch: &Stretch) -> Vec<Stretch> {
    let characters: Vec<(usize, u8)> = stretch.bytes().collect();
    let escaped = characters.iter().any(|(_, byte)| *byte == DLE);
    let unescaped = escaped.then(|| unescaped(&characters));
    let inverse = |characters: &[(usize, u8)]| {
        stretch.only(characters.iter().map(|(at, byte)| (*at, Convention::Inverse.turn(*byte))))
    };
    let mut all = vec![inverse(&characters)];
    if let Some(unescaped) = &unescaped {
        all.push(stretch.only(unescaped.iter().copied()));
        all.push(inverse(unescaped));
    }
    all
}

/// The characters alone.
fn unescaped(line: &[(usize, u8)]) -> Vec<(usize, u8)> {
    let mut kept = Vec::with_capacity(line.len());
    let mut at = 0;
    while let Some((place, byte)) = line.get(at).copied() {
        let next = |ahead: usize| line.get(at + ahead).map(|(_, byte)| *byte);
        at += match (byte, next(1), next(2)) {
            (DLE, Some(0x45 | 0x50), _) => 2,
            (DLE, Some(0x52 | 0x56), Some(0 | 1)) => 3,
            (DLE, Some(DLE), _) => {
                kept.push((place, DLE));
                2
            }
            (DLE, ..) => 1,
            _ => {
                kept.push((place, byte));
                1
            }
        };
    }
    kept
}

/// The bytes that runs of hex digits in a text are, from the first digit of each on and from the second.
pub(crate) fn hex_runs(text: &Stretch) -> [Stretch; 2] {
    let characters: Vec<(usize, u8)> = text.bytes().collect();
    let runs =
        characters.split(|(_, byte)| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= SHORTEST_HEX);
    let runs: Vec<_> = runs.collect();
    [0, 1].map(|skipped| {
        let pairs = runs.iter().flat_map(|run| run[skipped..].chunks_exact(2));
        text.only(pairs.filter_map(|pair| {
            let (high, low) = (char::from(pair[0].1).to_digit(16)?, char::from(pair[1].1).to_digit(16)?);
            Some((pair[0].0, u8::try_from(high << 4 | low).ok()?))
        }))
    })
}
