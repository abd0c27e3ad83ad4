//! A swipe as a front end tells of it (INTERFACE.md, section 8, type 03).

use zeroize::Zeroizing;

use super::{Flux, Track};

/// Intervals that a frame of 2048 bytes has room for behind the track number.
const MOST: usize = 1023;

impl Flux {
    /// The payloads of the frames of type 03 that tell of this swipe, in order, each with the track that it belongs to. Track 3 is always
    /// there, without intervals where it had no flux: the terminal knows by it that the swipe is over.
    #[must_use]
    pub fn payloads(&self) -> Vec<(Track, Zeroizing<Vec<u8>>)> {
        let mut payloads = Vec::new();
        for track in Track::ALL {
            let intervals = self.intervals(track);
            if intervals.is_empty() && track != Track::Three {
                continue;
            }
            for number in 0..intervals.len().div_ceil(MOST).max(1) {
                let some = intervals.iter().skip(number * MOST).take(MOST);
                let mut payload = Zeroizing::new(vec![track.number()]);
                some.for_each(|interval| payload.extend(interval.to_be_bytes()));
                payloads.push((track, payload));
            }
        }
        payloads
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none(0, &[0])]
    #[case::short(3, &[3])]
    #[case::full(1023, &[1023])]
    #[case::goes_on(1024, &[1023, 1])]
    #[case::twice_full(2046, &[1023, 1023])]
    fn a_long_track_goes_on_in_a_second_frame(#[case] intervals: u16, #[case] frames: &[usize]) {
        let flux = Flux::new(vec![(Track::Three, (0..intervals).collect())], std::time::Duration::ZERO);
        let payloads = flux.payloads();
        assert!(payloads.iter().all(|(track, payload)| (*track, payload[0]) == (Track::Three, 3)));
        assert_eq!(payloads.iter().map(|(_, payload)| (payload.len() - 1) / 2).collect::<Vec<_>>(), frames);
        let told: Vec<u8> = payloads.iter().flat_map(|(_, payload)| payload[1..].to_vec()).collect();
        assert_eq!(told, (0..intervals).flat_map(u16::to_be_bytes).collect::<Vec<_>>());
    }
}
