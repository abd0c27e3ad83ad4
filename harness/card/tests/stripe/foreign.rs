//! Bits as others have them: a published decoder (magstripe-rs 0.1), and tracks of real tokens that were read with it.

use magstripe_rs::{BitStream, Decoder, Format};
use payrig_card::stripe::{Swipe, Track};
use rstest::rstest;

use crate::{card, oracle};

fn decoded(bits: impl Iterator<Item = bool>, format: Format) -> String {
    let bits: Vec<bool> = bits.collect();
    let packed = |byte: &[bool]| {
        byte.iter().enumerate().fold(0, |packed, (at, bit)| packed | u8::from(*bit) << (7 - at))
    };
    let bytes: Vec<u8> = bits.chunks(8).map(packed).collect();
    let formats = [format];
    Decoder::new(&formats).decode(BitStream::new(&bytes, bits.len()).unwrap()).unwrap().data
}

/// Its LRC is the standard's for tracks whose bits are turned over, as the tokens below have them; the bit order, the characters, sentinels and
/// parity are the same either way.
#[rstest]
#[case(Track::Two)]
#[case(Track::Three)]
fn a_published_decoder_reads_tracks_2_and_3_with_their_lrc(#[case] track: Track) {
    let flux = Swipe::default().flux(&card(), 1).unwrap();
    let bits = oracle::bits(flux.intervals(track)).unwrap();
    assert_eq!(decoded(bits.into_iter().map(|bit| !bit), Format::Track2Inverted), *card().data(track));
}

/// It expects track 1 to begin with its start sentinel, and leaves the end sentinel out of its LRC, which ISO/IEC 7811-2 does not: it gets the
/// track up to there.
#[test]
fn a_published_decoder_reads_track_1() {
    let flux = Swipe::default().flux(&card(), 1).unwrap();
    let bits = oracle::bits(flux.intervals(Track::One)).unwrap();
    let data = card().data(Track::One);
    let track = bits.into_iter().skip_while(|bit| !bit).take((data.len() + 2) * 7);
    assert_eq!(decoded(track, Format::Track1), *data);
}

/// The bits of three tokens, turned over, from that decoder's tests: the oracle reads real ones, LRC and its parity bit included.
#[rstest]
#[case("FFFFFFE5F3FDEB99EF35C0AFFFFFF0", 116, "0100231132")]
#[case("FFFFFF97DEF28777EF6604BFFFFFFFFFC0", 130, "0005721443")]
#[case("FFFFFF97DEF6FDBE8DF7077FFFFFFFFFC0", 130, "0004048712")]
fn the_oracle_reads_real_tokens(#[case] turned: &str, #[case] count: usize, #[case] data: &str) {
    let bits: Vec<bool> = turned
        .chars()
        .flat_map(|digit| {
            let digit = digit.to_digit(16).unwrap();
            (0..4).rev().map(move |bit| digit >> bit & 1 == 0)
        })
        .take(count)
        .collect();
    assert_eq!(oracle::data(Track::Two, &bits).as_deref(), Ok(data));
}
