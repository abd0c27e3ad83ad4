//! Encryption of track data under the TDK, in its place among the track's characters (PROTOCOL.md, track encryption;
//! INTERFACE.md, section 12, swiped card).

use heapless::Vec;
use zeroize::Zeroizing;

use super::working_keys::TrackKey;
use super::{sm4, tdes};

/// Characters of the longest track, which is track 3.
pub(crate) const LONGEST: usize = 104;
/// What fills a block up.
const FILL: u8 = 0x0F;

/// A track's characters as a message carries them: hex digits.
pub(crate) type Characters = Zeroizing<Vec<u8, LONGEST>>;

/// Encrypts the block that ends before the last character of a track of odd length, the last two of one of even length.
/// The characters are ASCII digits and `D`. A track too short for a block gives one that is filled up, and is longer
/// then. `None` for a track longer than any.
pub(crate) fn encrypt(key: &TrackKey, track: &[u8]) -> Option<Characters> {
    match key {
        TrackKey::Double(key) => in_place::<{ tdes::BLOCK }>(track, |block| tdes::encrypt_double(key, block)),
        TrackKey::Sm4(key) => in_place::<{ sm4::BLOCK }>(track, |block| sm4::encrypt(key, block)),
    }
}

fn in_place<const BLOCK: usize>(
    track: &[u8],
    encrypt: impl Fn([u8; BLOCK]) -> [u8; BLOCK],
) -> Option<Characters> {
    let kept = if track.len().is_multiple_of(2) { 2 } else { 1 };
    let (before, last) = track.split_at(track.len().saturating_sub(kept));
    let (front, chosen) = before.split_at(before.len().saturating_sub(2 * BLOCK));
    let mut block = Zeroizing::new([0; BLOCK]);
    let mut nibbles = chosen.iter().map(|character| nibble(*character)).chain(core::iter::repeat(FILL));
    for byte in block.iter_mut() {
        *byte = nibbles.next()? << 4 | nibbles.next()?;
    }
    let mut characters = Characters::default();
    characters.extend_from_slice(front).ok()?;
    for byte in encrypt(*block) {
        characters.extend_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0x0F)]).ok()?;
    }
    characters.extend_from_slice(last).ok()?;
    Some(characters)
}

fn nibble(character: u8) -> u8 {
    if character == b'D' { 0x0D } else { character & 0x0F }
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 }
}

#[cfg(test)]
mod tests {
    use super::encrypt;
    use crate::crypto::keys::Key;
    use crate::crypto::working_keys::TrackKey;
    use crate::vectors::{Vectors, bytes};
    use rstest::rstest;
    use std::string::{String, ToString};

    fn text(key: &TrackKey, track: &str) -> String {
        String::from_utf8(encrypt(key, track.as_bytes()).unwrap().to_vec()).unwrap()
    }

    fn vectors_key() -> (TrackKey, String, String) {
        let case = Vectors::load("cup_track2").named("tdb2_encrypt_constructed");
        let key = TrackKey::Double(Key::take(&mut bytes(case.input("tdk"))));
        (key, case.input("track2").to_string(), case.output("field35").to_string())
    }

    #[test]
    fn an_odd_track_is_encrypted_as_in_the_vectors() {
        let (key, track, field) = vectors_key();
        assert_eq!(text(&key, &track), field);
    }

    /// One character less in front and one more behind: the same block, and two characters behind it.
    #[test]
    fn of_an_even_track_two_characters_stay_behind_the_block() {
        let (key, track, field) = vectors_key();
        assert_eq!(text(&key, &std::format!("{track}7")), std::format!("{field}7"));
        assert_eq!(text(&key, &track[1..39]), even_by_hand(&key, &track[1..39]));
    }

    /// The block of a track of 38 characters, cut by hand: characters 20 to 35.
    fn even_by_hand(key: &TrackKey, track: &str) -> String {
        // Behind a block of its own a single character makes the length odd.
        let alone = text(key, &std::format!("{}0", &track[20..36]));
        std::format!("{}{}{}", &track[..20], &alone[..16], &track[36..])
    }

    /// Values by `openssl enc -sm4-ecb -nopad`.
    #[rstest]
    #[case::longest("6212345678901232D30121011234567890123", "62128E0B21AF85FF986C02DE1B1124E016E33")]
    #[case::filled_up("4012345678909D3012101", "3A383EE70B8E792707A623BF96B030761")]
    fn under_sm4_the_block_has_32_characters(#[case] track: &str, #[case] field: &str) {
        let key = TrackKey::Sm4(Key::take(&mut [
            0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10,
        ]));
        assert_eq!(text(&key, track), field);
    }
}
