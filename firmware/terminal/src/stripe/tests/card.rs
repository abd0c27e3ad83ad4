//! A magnetic stripe and a hand that draws it: the transitions that a head sees (ISO/IEC 7811-2, 7811-6).

use std::vec;
use std::vec::Vec;

use crate::stripe::tracks::Tracks;

/// Bit length of track 2, in micrometres: 75 bits to the inch.
pub(crate) const TRACK_2: f64 = 25_400.0 / 75.0;
/// Of tracks 1 and 3: 210 to the inch.
pub(crate) const TRACK_3: f64 = 25_400.0 / 210.0;

/// Random numbers that are the same for the same seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Between 0 and 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between -1 and 1.
    pub(crate) fn sway(&mut self) -> f64 {
        2.0 * self.share() - 1.0
    }

    /// Of mean 0 and deviation 1, near enough: the sum of twelve.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

/// What the sentinels stand around, in the characters of ISO/IEC 7811-2, table of the 5-bit set: `0` to `?` in ASCII.
pub(crate) fn values(text: &str) -> Vec<u8> {
    let framed = [";", &text.replace('D', "="), "?"].concat();
    let mut values: Vec<u8> = framed.bytes().map(|character| character - b'0').collect();
    values.push(values.iter().fold(0, |check, value| check ^ value));
    values
}

/// The bits of characters, with clocking zeros before and behind them.
pub(crate) fn bits(values: &[u8], zeros: (usize, usize)) -> Vec<bool> {
    let mut bits = vec![false; zeros.0];
    for value in values {
        let coded = (0..4).map(|place| value >> place & 1 == 1);
        bits.extend(coded);
        bits.push(value.count_ones() % 2 == 0);
    }
    bits.extend(vec![false; zeros.1]);
    bits
}

/// A whole track.
pub(crate) fn track(text: &str) -> Vec<bool> {
    bits(&values(text), (22, 30))
}

/// Where the flux changes, in micrometres from the first change.
pub(crate) fn transitions(bits: &[bool], length: f64) -> Vec<f64> {
    let mut places = vec![0.0];
    for (at, bit) in bits.iter().enumerate() {
        if *bit {
            places.push((at as f64 + 0.5) * length);
        }
        places.push((at + 1) as f64 * length);
    }
    places
}

/// How a transition's place or time is off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Jitter {
    /// Each interval is longer or shorter by a share of itself, evenly.
    OfInterval(f64),
    /// Each transition is displaced by a share of the bit length, evenly.
    OfPlace(f64),
    /// Each interval, by a normal deviation.
    Normal(f64),
}

/// The hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand {
    /// Centimetres per second where the track begins and where it ends.
    pub(crate) speed: (f64, f64),
    /// How much the speed goes up and down between, as a share of it.
    pub(crate) wobble: f64,
    pub(crate) jitter: Jitter,
    pub(crate) backwards: bool,
}

impl Hand {
    pub(crate) fn steady(speed: f64) -> Self {
        Self { speed: (speed, speed), wobble: 0.0, jitter: Jitter::OfInterval(0.0), backwards: false }
    }

    /// The times between the transitions, in microseconds.
    pub(crate) fn draw(&self, places: &[f64], length: f64, random: &mut Random) -> Vec<f64> {
        let last = places.last().copied().unwrap_or(0.0);
        let mut places = places.to_vec();
        if let Jitter::OfPlace(share) = self.jitter {
            places.iter_mut().for_each(|place| *place += share * length * random.sway());
        }
        if self.backwards {
            places = places.iter().rev().map(|place| last - place).collect();
        }
        let phase = random.share();
        let times = places.windows(2).map(|pair| {
            let middle = (pair[0] + pair[1]) / 2.0;
            let along = middle / last;
            let sway = 1.0 + self.wobble * (core::f64::consts::TAU * (3.0 * along + phase)).sin();
            let speed = (self.speed.0 + (self.speed.1 - self.speed.0) * along) * sway;
            // A centimetre per second is a hundredth of a micrometre per microsecond.
            (pair[1] - pair[0]) / (speed / 100.0)
        });
        let times: Vec<f64> = times.collect();
        times.into_iter().map(|time| time * self.stretch(random)).collect()
    }

    fn stretch(&self, random: &mut Random) -> f64 {
        match self.jitter {
            Jitter::OfInterval(share) => 1.0 + share * random.sway(),
            Jitter::Normal(share) => (1.0 + share * random.normal()).max(0.0),
            Jitter::OfPlace(_) => 1.0,
        }
    }
}

/// What the front end makes of times.
pub(crate) fn sampled(times: &[f64]) -> Vec<u16> {
    times.iter().map(|time| time.round().clamp(0.0, 65_535.0) as u16).collect()
}

/// Digits with the right check digit behind them.
pub(crate) fn checked(digits: &str) -> std::string::String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            if at % 2 == 1 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    std::format!("{digits}{}", (10 - sum % 10) % 10)
}

/// What the terminal has read of a card with these tracks.
pub(crate) fn swiped(two: &str, three: &str) -> Tracks {
    let mut tracks = Tracks::default();
    let flux = |text, length| {
        sampled(&Hand::steady(40.0).draw(&transitions(&track(text), length), length, &mut Random(1)))
    };
    tracks.two.read(&flux(two, TRACK_2));
    tracks.read_three(&flux(three, TRACK_3));
    assert_eq!(tracks.two.characters(), two.as_bytes());
    assert_eq!(tracks.three.characters(), three.as_bytes());
    tracks
}
