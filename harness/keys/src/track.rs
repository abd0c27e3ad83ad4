//! Encryption of tracks 2 and 3 under the TDK.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::key::{Family, Key};

/// Why a track cannot be encrypted or decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TrackError {
    /// Something else than hex digits (`D` is the separator).
    #[error("expected track digits (0 to 9, D, any hex digit once encrypted), character {0} is none")]
    Digit(usize),
    /// Too short to hold a block.
    #[error("expected a track of at least {expected} digits, {given} given")]
    Short {
        /// The least.
        expected: usize,
        /// How many there are.
        given: usize,
    },
}

/// Encrypts a track in place: of its digits the 16 (with SM4 32) that end before the last one (odd length) or the last two (even).
///
/// A shorter track's digits are filled up with `F`, so that it grows.
///
/// # Errors
/// [`TrackError`].
pub fn encrypt_track(tdk: &Key, track: &str) -> Result<String, TrackError> {
    let width = width(tdk);
    let (head, block, tail) = cut(track, width, 3)?;
    let filled = Zeroizing::new(format!("{block:F<width$}"));
    replaced(track, head, &filled, tail, |data| tdk.encrypt_ecb(data))
}

/// Decrypts a track that [`encrypt_track`] encrypted; the result is erased when dropped.
///
/// # Errors
/// [`TrackError`].
pub fn decrypt_track(tdk: &Key, track: &str) -> Result<Zeroizing<String>, TrackError> {
    let width = width(tdk);
    let (head, block, tail) = cut(track, width, width + 1)?;
    replaced(track, head, block, tail, |data| tdk.decrypt_ecb(data)).map(Zeroizing::new)
}

/// Digits of the key's block.
const fn width(tdk: &Key) -> usize {
    match tdk.family() {
        Family::Des => 16,
        Family::Sm4 => 32,
    }
}

/// What stands before the digits of a block, they, what stands after.
fn cut(track: &str, width: usize, least: usize) -> Result<(&str, &str, &str), TrackError> {
    if let Some(at) = track.bytes().position(|b| !b.is_ascii_hexdigit()) {
        return Err(TrackError::Digit(at + 1));
    }
    let kept = if track.len().is_multiple_of(2) { 2 } else { 1 };
    let short = TrackError::Short { expected: least, given: track.len() };
    let (front, tail) = track
        .len()
        .checked_sub(kept)
        .filter(|_| track.len() >= least)
        .and_then(|at| track.split_at_checked(at))
        .ok_or(short)?;
    let (head, block) = front.split_at_checked(front.len().saturating_sub(width)).ok_or(short)?;
    Ok((head, block, tail))
}

fn replaced(
    track: &str,
    head: &str,
    block: &str,
    tail: &str,
    each: impl Fn(&[u8]) -> Result<Vec<u8>, KeyError>,
) -> Result<String, TrackError> {
    let short = TrackError::Short { expected: block.len() + 1, given: track.len() };
    let data = Zeroizing::new(hex::decode(block).map_err(|_| short)?);
    let data = Zeroizing::new(each(&data).map_err(|_| short)?);
    Ok(format!("{head}{}{tail}", hex::encode_upper(&*data)))
}
