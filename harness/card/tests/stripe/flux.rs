//! Undamaged swipes.

use payrig_card::stripe::{Stop, StripeCard, StripeError, StripeFault, Swipe, Track, Way, series, swipes};
use payrig_fixture::Time;
use proptest::prelude::*;
use rstest::rstest;

use crate::{SECOND, card, oracle};

/// The first characters of a track 2 by the bits of ISO/IEC 7811-2, table of the five-bit set: `;` is 11010, `6` 01101, `2` 01000, `1` 10000.
#[test]
fn track_2_is_written_with_the_bits_of_the_standard() {
    let flux = Swipe::default().flux(&card(), 1).unwrap();
    let bits = oracle::bits(flux.intervals(Track::Two)).unwrap();
    let first = bits.iter().position(|bit| *bit).unwrap();
    let text: String = bits[first..first + 20].iter().map(|bit| if *bit { '1' } else { '0' }).collect();
    assert_eq!(text, "11010011010100010000");
    // The leading zeros are those of 4.1 mm, the trailing ones fill the card.
    assert_eq!(first, 12);
    assert!(bits.iter().rev().take_while(|bit| !**bit).count() > 10);
}

#[test]
fn a_bit_is_as_long_as_its_track_has_it() {
    let flux = Swipe { speed: 100, ..Swipe::default() }.flux(&card(), 1).unwrap();
    // 25.4 mm at 1 mm a millisecond hold 75 and 210 bits: 338.67 and 120.95 us, ones in two halves.
    for (track, bit) in [(Track::One, 120.95), (Track::Two, 338.67), (Track::Three, 120.95)] {
        let intervals = flux.intervals(track);
        let near = |us: f64, length: f64| (us - length).abs() <= 1.0;
        assert!(intervals.iter().all(|us| near(f64::from(*us), bit) || near(f64::from(*us), bit / 2.0)));
        let total: u32 = intervals.iter().take(12).map(|us| u32::from(*us)).sum();
        assert!(near(f64::from(total), bit * 12.0), "roundings do not add up");
    }
}

#[test]
fn tracks_say_what_the_card_says() {
    assert_eq!(*card().data(Track::Two), SECOND);
    assert_eq!(*card().data(Track::One), "B6212345678901232^TEST/CARDHOLDER^30121200000012345678");
    assert!(card().data(Track::Three).starts_with("016212345678901232=156156"));
    let longest = StripeCard::new("6212349876543210981", "3012", "120", "0123456789").unwrap();
    assert_eq!(longest.data(Track::Two).len(), 37);
    let flux = Swipe::default().flux(&longest, 1).unwrap();
    assert_eq!(
        oracle::read(Track::Three, flux.intervals(Track::Three)).unwrap(),
        *longest.data(Track::Three)
    );
}

#[rstest]
#[case::track_2_full(
    StripeCard::new("6212345678901232", "3012", "120", "00000123456789"),
    "track 2 holds 40 characters"
)]
#[case::pan(StripeCard::new("62123456789O1232", "3012", "120", ""), "pan: expected 12 to 19 digits")]
#[case::service_code(
    StripeCard::new("6212345678901232", "3012", "12", ""),
    "service-code: expected 3 digits"
)]
fn data_that_do_not_fit_are_named_and_not_told(
    #[case] card: Result<StripeCard, StripeError>,
    #[case] message: &str,
) {
    let error = card.unwrap_err().to_string();
    assert!(error.starts_with(message), "{error}");
    assert!(!error.contains("62123"));
}

#[test]
fn nothing_prints_track_data() {
    let flux = Swipe::default().flux(&card(), 1).unwrap();
    let shown = format!("{:?} {flux:?}", card());
    assert!(
        !shown.contains("6212") && !shown.contains(&flux.intervals(Track::Two)[0].to_string()),
        "{shown}"
    );
}

proptest! {
    /// Whatever the card, the speed, the acceleration and the way, the oracle reads what was written.
    #[test]
    fn what_is_written_is_read(
        pan in "[0-9]{12,19}", service in "[0-9]{3}", discretionary in "[0-9]{0,10}",
        speed in 30_u16..=150, acceleration in -40_i16..=200, jitter in 0_u8..=12, backward: bool, seed: u64,
    ) {
        let card = StripeCard::new(&pan, "3012", &service, &discretionary).unwrap();
        let direction = if backward { Way::Backward } else { Way::Forward };
        let flux = Swipe { speed, acceleration, jitter, direction, ..Swipe::default() }.flux(&card, seed).unwrap();
        for track in Track::ALL {
            prop_assert_eq!(oracle::read(track, flux.intervals(track)), Ok(card.data(track).to_string()));
        }
    }

    /// No interval is longer or shorter by more than the jitter, counted in bits.
    #[test]
    fn jitter_keeps_its_bounds(jitter in 0_u8..=40, seed: u64) {
        let even = Swipe::default().flux(&card(), seed).unwrap();
        let uneven = Swipe { jitter, ..Swipe::default() }.flux(&card(), seed).unwrap();
        for track in Track::ALL {
            let bit = track.cell() / 30.0 * 1e6;
            let pairs = even.intervals(track).iter().zip(uneven.intervals(track));
            let most = pairs.map(|(even, uneven)| (f64::from(*even) - f64::from(*uneven)).abs()).fold(0.0, f64::max);
            prop_assert!(most <= bit * f64::from(jitter) / 100.0 + 2.0);
            prop_assert!(jitter == 0 || most >= bit * f64::from(jitter) / 300.0);
        }
    }
}

#[test]
fn backward_is_forward_reversed() {
    let forward = Swipe::default().flux(&card(), 1).unwrap();
    let backward = Swipe { direction: Way::Backward, ..Swipe::default() }.flux(&card(), 1).unwrap();
    let mut turned = backward.intervals(Track::Two).to_vec();
    turned.reverse();
    let pairs = forward.intervals(Track::Two).iter().zip(&turned);
    assert_eq!(forward.intervals(Track::Two).len(), turned.len());
    assert!(pairs.clone().all(|(a, b)| a.abs_diff(*b) <= 1));
}

#[test]
fn the_seed_decides_and_each_swipe_of_a_series_differs() {
    let all = |seed| swipes(&card(), 40, 10, seed, 3).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
    assert_eq!(all(7)[1], all(8)[0]);
    assert_ne!(all(7)[0], all(7)[1]);
    let same = Swipe { speed: 40, jitter: 10, ..Swipe::default() };
    assert_eq!(series(&card(), &same, 7, 3).collect::<Result<Vec<_>, _>>().unwrap(), all(7));
}

#[rstest]
#[case(Swipe { speed: 0, ..Swipe::default() }, "expected a speed of 1 to 300 cm/s")]
#[case(Swipe { jitter: 41, ..Swipe::default() }, "expected a jitter of 0 to 40")]
#[case(Swipe { acceleration: -100, ..Swipe::default() }, "with this acceleration expected a speed of at least 42 cm/s")]
#[case(Swipe { tracks: vec![Track::Two, Track::Two], ..Swipe::default() }, "expected each track once")]
#[case(Swipe { fault: StripeFault { cut_at: Some(0), ..StripeFault::default() }, ..Swipe::default() }, "expected `cut-at` from 1")]
fn a_swipe_that_cannot_be_is_refused(#[case] swipe: Swipe, #[case] message: &str) {
    let error = swipe.flux(&card(), 1).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn the_slowest_and_the_fastest_swipe_that_may_be_have_flux() {
    for (speed, acceleration) in [(1, 0), (1, i16::MAX), (300, i16::MAX), (42, -100)] {
        let flux = Swipe { speed, acceleration, jitter: 40, ..Swipe::default() }.flux(&card(), 3).unwrap();
        assert!(flux.intervals(Track::One).len() > 700);
        assert!(flux.intervals(Track::Two).iter().all(|us| *us < u16::MAX));
    }
}

/// INTERFACE.md, section 8: track number, then two bytes each; track 3 ends the swipe, also where it has no flux.
#[test]
fn payloads_are_as_the_interface_says() {
    let flux = Swipe { tracks: vec![Track::Two], ..Swipe::default() }.flux(&card(), 1).unwrap();
    let payloads = flux.payloads();
    assert_eq!(payloads.iter().map(|(track, _)| *track).collect::<Vec<_>>(), [Track::Two, Track::Three]);
    assert_eq!(payloads[0].1[..3], [2, 0x04, 0x69], "a zero of 1129 us at 30 cm/s");
    assert_eq!(*payloads[1].1, [3]);
    let whole = Swipe::default().flux(&card(), 1).unwrap();
    for (track, payload) in whole.payloads() {
        let told: Vec<u8> = whole.intervals(track).iter().flat_map(|us| us.to_be_bytes()).collect();
        assert_eq!((payload[0], &payload[1..]), (track.number(), told.as_slice()));
    }
}

#[test]
fn a_swipe_is_read_from_a_table_and_written_back() {
    let text = "speed = 12\njitter = 5\ndirection = \"backward\"\ntracks = [2]\n\
                fault = { wrong-lrc = true, stop = { at = 40, for = \"500ms\" } }";
    let swipe: Swipe = toml::from_str(text).unwrap();
    let stop = Stop { at: 40, lasting: Time(std::time::Duration::from_millis(500)) };
    assert_eq!(
        (swipe.speed, swipe.tracks.as_slice(), swipe.fault.stop.as_ref()),
        (12, &[Track::Two][..], Some(&stop))
    );
    let written = serde_json::to_string(&swipe).unwrap();
    assert_eq!(serde_json::from_str::<Swipe>(&written).unwrap(), swipe);
    let error = toml::from_str::<Swipe>("tracks = [4]").unwrap_err().to_string();
    assert!(error.contains("expected a track, 1, 2 or 3, found 4"), "{error}");
}
