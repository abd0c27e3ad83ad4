//! The terminal's calendar clock, set by the host.

use core::fmt::{self, Write as _};

use embassy_time::{Duration, Instant};
use heapless::String;

/// Days of each month; the host sends no year, so February has 29.
const MONTH_DAYS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Seconds of a day.
const DAY: u64 = 86_400;

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

    /// Month, day, hour, minute and second, for the journal.
    pub(crate) fn numbers(self) -> [u8; 5] {
        [self.month, self.day, self.hour, self.minute, self.second]
    }

    /// Takes what [`Self::numbers`] gave; `None` for a day or time that none is.
    pub(crate) fn of_numbers([month, day, hour, minute, second]: [u8; 5]) -> Option<Self> {
        let days = *MONTH_DAYS.get(usize::from(month).checked_sub(1)?)?;
        let holds = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
        holds.then_some(Self { month, day, hour, minute, second })
    }

    /// Month and day as four digits, as field 13 has them.
    pub(crate) fn month_and_day(self) -> String<4> {
        let mut digits = String::new();
        let _ = write!(digits, "{:02}{:02}", self.month, self.day);
        digits
    }

    /// Whether both are of the same day, as far as that can be told without a year.
    pub(crate) fn is_same_day(self, other: Self) -> bool {
        (self.month, self.day) == (other.month, other.day)
    }

    /// How much later it is than an earlier moment of the same year; `None` where that one is ahead.
    pub(crate) fn since(self, earlier: Self) -> Option<Duration> {
        let elapsed = self.second_of_year().checked_sub(earlier.second_of_year())?;
        Some(Duration::from_secs(elapsed))
    }

    fn second_of_day(self) -> u64 {
        u64::from(self.hour) * 3600 + u64::from(self.minute) * 60 + u64::from(self.second)
    }

    fn second_of_year(self) -> u64 {
        let months = MONTH_DAYS.iter().take(usize::from(self.month).saturating_sub(1));
        let days = months.map(|days| u64::from(*days)).sum::<u64>() + u64::from(self.day) - 1;
        days * DAY + self.second_of_day()
    }

    fn plus(mut self, elapsed: Duration) -> Self {
        let seconds = self.second_of_day() + elapsed.as_secs();
        for _ in 0..seconds / DAY {
            self = self.next_day();
        }
        let of_day = seconds % DAY;
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

    /// The next moment at which a day begins, if the clock was set since power-up.
    pub(crate) fn next_day(&self) -> Option<Instant> {
        let (at, since) = self.set?;
        let days = (at.second_of_day() + since.elapsed().as_secs()) / DAY + 1;
        Some(since + Duration::from_secs(days * DAY - at.second_of_day()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, DateTime};
    use embassy_time::{Duration, Instant, Timer};
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
    #[case("0720 000000", "0720 000000", Some(0), true)]
    #[case("0720 000001", "0719 235959", Some(2), false)]
    #[case("0301 000000", "0228 000000", Some(2 * 86_400), false)]
    #[case("0820 000000", "0720 000000", Some(31 * 86_400), false)]
    #[case("1231 235959", "0101 000000", Some(366 * 86_400 - 1), false)]
    #[case("0101 000000", "1231 235959", None, false)]
    #[case("0720 000000", "0720 000001", None, true)]
    fn how_much_later(
        #[case] later: &str,
        #[case] earlier: &str,
        #[case] seconds: Option<u64>,
        #[case] same_day: bool,
    ) {
        let [later, earlier] = [later, earlier].map(|text| moment(&text[..4], &text[5..]));
        assert_eq!(later.since(earlier), seconds.map(Duration::from_secs));
        assert_eq!(later.is_same_day(earlier), same_day);
    }

    #[rstest]
    #[case("000000", 0, 86_400)]
    #[case("235959", 0, 1)]
    #[case("235959", 1, 86_400)]
    #[case("120000", 50_000, 79_600)]
    fn the_next_day_begins_at_midnight(#[case] time: &str, #[case] elapsed: u64, #[case] left: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(async {
            let mut clock = Clock::default();
            assert_eq!(clock.next_day(), None);
            Timer::after_millis(300).await;
            clock.set(moment("1231", time));
            Timer::after_secs(elapsed).await;
            assert_eq!(clock.next_day(), Some(Instant::now() + Duration::from_secs(left)));
        }));
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
