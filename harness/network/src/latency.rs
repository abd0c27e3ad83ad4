//! How long a step of the module or of the network takes.

use std::time::Duration;

use payrig_fixture::Time;
use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use serde::{Deserialize, Deserializer, de};

/// A span of time from which each step draws its own: `"4ms"` or `"4ms..9ms"` in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    shortest: Duration,
    longest: Duration,
}

impl Latency {
    /// No time at all.
    pub const NONE: Self = Self::fixed(Duration::ZERO);

    /// Always the same time.
    #[must_use]
    pub const fn fixed(time: Duration) -> Self {
        Self { shortest: time, longest: time }
    }

    /// The longest time that this latency can draw.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// Draws a time, evenly spread between the shortest and the longest, in whole microseconds.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> Duration {
        let spread = self.longest.saturating_sub(self.shortest);
        let steps = u64::try_from(spread.as_micros()).unwrap_or(u64::MAX);
        match steps {
            0 => self.shortest,
            steps => self.shortest + Duration::from_micros(rng.next_u64() % steps.saturating_add(1)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (shortest, longest) = match text.split_once("..") {
            Some((shortest, longest)) => (Time::parse(shortest)?, Time::parse(longest)?),
            None => (Time::parse(text)?, Time::parse(text)?),
        };
        (shortest <= longest).then_some(Self { shortest: shortest.0, longest: longest.0 })
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "expected a time like \"4ms\" or \"4ms..9ms\" (units us, ms, s; shorter first), found {text:?}"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("4ms", 4_000, 4_000)]
    #[case("250us..2ms", 250, 2_000)]
    #[case("0ms..75s", 0, 75_000_000)]
    fn times_are_read(#[case] text: &str, #[case] shortest: u64, #[case] longest: u64) {
        let latency = Latency::parse(text).unwrap();
        assert_eq!(latency.shortest, Duration::from_micros(shortest));
        assert_eq!(latency.longest, Duration::from_micros(longest));
    }

    #[rstest]
    #[case("")]
    #[case("4")]
    #[case("ms")]
    #[case("-1ms")]
    #[case("9ms..4ms")]
    #[case("4 ms")]
    #[case("4min")]
    #[case("99999999999s")]
    fn other_texts_are_refused(#[case] text: &str) {
        assert_eq!(Latency::parse(text), None);
    }

    #[test]
    fn a_seed_draws_the_same_times_within_the_bounds() {
        let latency = Latency::parse("1ms..3ms").unwrap();
        let draw = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            (0..100).map(|_| latency.draw(&mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|time| (latency.shortest..=latency.longest).contains(time)));
    }
}
