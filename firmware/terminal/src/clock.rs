//! The terminal's calendar clock, set by the host.

use core::fmt;

use embassy_time::{Duration, Instant};

/// Days of each month; the host sends no year, so February has 29.
const MONTH_DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Month, day and time of day, as fields 13 and 12 carry them: no year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateTime {
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl DateTime {
    /// Reads field 13's four digits; `None` for a day that no year has. The time is midnight.
    pub(crate) fn date(digits: &[u8]) -> Option<Self> {
        let [month, day] = pairs(digits)?;
        let days = *MONTH_DAYS.get(usize::from(month).checked_sub(1)?)?;
        (1..=days).contains(&day).then_some(Self { month, day, hour: 0, minute: 0, second: 0 })
    }

    /// The same day at the time of field 12's six digits; `None` for a time that no day has.
    pub(crate) fn at(self, digits: &[u8]) -> Option<Self> {
        let [hour, minute, second] = pairs(digits)?;
        (hour < 24 && minute < 60 && second < 60).then_some(Self { hour, minute, second, ..self })
    }

    fn plus(mut self, elapsed: Duration) -> Self {
        let of_day = u64::from(self.hour) * 3600 + u64::from(self.minute) * 60 + u64::from(self.second);
        let seconds = of_day + elapsed.as_secs();
        for _ in 0..seconds / 86_400 {
            self = self.next_day();
        }
        let of_day = seconds % 86_400;
        // Each quotient is below 60.
        Self {
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
            ..self
        }
    }

    fn next_day(self) -> Self {
        let days = MONTH_DAYS.get(usize::from(self.month) - 1).copied().unwrap_or(31);
        let (month, day) = match (self.month, self.day + 1) {
            (12, day) if day > days => (1, 1),
            (month, day) if day > days => (month + 1, 1),
            (month, day) => (month, day),
        };
        Self { month, day, ..self }
    }
}

/// Pairs of decimal digits as numbers.
fn pairs<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let mut numbers = [0; N];
    if pairs.len() != N || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    for (number, [tens, units]) in numbers.iter_mut().zip(pairs) {
        *number = (tens - b'0') * 10 + (units - b'0');
    }
    Some(numbers)
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { month, day, hour, minute, second } = self;
        write!(formatter, "{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// The clock: unset after power-up until the host sets it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    set: Option<(DateTime, Instant)>,
}

impl Clock {
    /// Sets the clock to the present moment.
    pub(crate) fn set(&mut self, now: DateTime) {
        self.set = Some((now, Instant::now()));
    }

    /// The date and time, if the clock was set since power-up.
    pub(crate) fn now(&self) -> Option<DateTime> {
        self.set.map(|(at, since)| at.plus(since.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::DateTime;
    use embassy_time::Duration;
    use rstest::rstest;

    fn moment(date: &str, time: &str) -> DateTime {
        DateTime::date(date.as_bytes()).unwrap().at(time.as_bytes()).unwrap()
    }

    #[rstest]
    #[case("0720", "221301", 0, "07-20 22:13:01")]
    #[case("0720", "235959", 1, "07-21 00:00:00")]
    #[case("1231", "120000", 43_200, "01-01 00:00:00")]
    #[case("0430", "000000", 2 * 86_400 + 61, "05-02 00:01:01")]
    fn runs_on(#[case] date: &str, #[case] time: &str, #[case] seconds: u64, #[case] shown: &str) {
        assert_eq!(std::format!("{}", moment(date, time).plus(Duration::from_secs(seconds))), shown);
    }

    #[rstest]
    #[case("0000")]
    #[case("1301")]
    #[case("0431")]
    #[case("0230")]
    #[case("07A1")]
    #[case("072")]
    #[case("")]
    fn impossible_dates(#[case] digits: &str) {
        assert_eq!(DateTime::date(digits.as_bytes()), None);
    }

    #[rstest]
    #[case("240000")]
    #[case("006000")]
    #[case("000060")]
    #[case("0000")]
    #[case("00000F")]
    fn impossible_times(#[case] digits: &str) {
        assert_eq!(moment("0101", "000000").at(digits.as_bytes()), None);
    }
}
