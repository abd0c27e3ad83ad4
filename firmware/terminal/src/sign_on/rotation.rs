//! When a sign-on is due by itself (INTERFACE.md, section 17).

use embassy_time::{Duration, Instant};

use crate::clock::{Clock, DateTime};
use crate::parameters::Parameters;

/// How long a sign-on has been due, and no key was pressed, before the terminal signs on by itself.
const IDLE: Duration = Duration::from_secs(5);
/// How long the terminal leaves the host alone after a sign-on that failed.
const PAUSE: Duration = Duration::from_secs(15 * 60);
/// Seconds of an hour.
const HOUR: u64 = 3600;

/// What the terminal knows of its sign-ons since it was booted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rotation {
    /// The last one that succeeded.
    signed_on: Option<Instant>,
    /// The last one that did not, and no other has since.
    failed: Option<Instant>,
    /// Since when the host wants one.
    wanted: Option<Instant>,
    /// Whether the next transaction begins with one: the host refused the keys of one that could not be repeated.
    owed: bool,
}

impl Rotation {
    /// A sign-on succeeded just now. It is what the host wanted, if it did.
    pub(crate) fn signed_on(&mut self) {
        *self = Self { signed_on: Some(Instant::now()), failed: None, wanted: None, owed: false };
    }

    /// A sign-on failed just now, or was stopped.
    pub(crate) fn failed(&mut self) {
        self.failed = Some(Instant::now());
    }

    /// An answer of the host asks for a sign-on.
    pub(crate) fn wanted(&mut self) {
        self.wanted.get_or_insert(Instant::now());
    }

    /// The next transaction begins with a sign-on.
    pub(crate) fn owe(&mut self) {
        self.owed = true;
    }

    /// Whether one is owed; it is tried once.
    pub(crate) fn take_owed(&mut self) -> bool {
        core::mem::take(&mut self.owed)
    }

    /// The moment from which on a sign-on is due: past or to come, `None` where neither parameters nor host want one.
    /// `kept` is the host's time of the sign-on that brought the working keys.
    pub(crate) fn due_from(
        &self,
        parameters: &Parameters,
        clock: &Clock,
        kept: Option<DateTime>,
    ) -> Option<Instant> {
        let daily = parameters.rotate_daily.then(|| day_is_over(clock, kept));
        let hours = match parameters.rotate_hours {
            0 => None,
            hours => Some(self.hours_are_over(Duration::from_secs(u64::from(hours) * HOUR), clock, kept)),
        };
        [daily, hours, self.wanted].into_iter().flatten().min()
    }

    /// The moment at which the terminal signs on by itself, where no key is pressed from now on.
    pub(crate) fn next_by_itself(&self, due_from: Instant) -> Instant {
        let idle = due_from.max(Instant::now()) + IDLE;
        self.failed.map_or(idle, |failed| idle.max(failed + PAUSE))
    }

    /// When the hours since the last sign-on are over.
    fn hours_are_over(&self, hours: Duration, clock: &Clock, kept: Option<DateTime>) -> Instant {
        if let Some(signed_on) = self.signed_on {
            return signed_on + hours;
        }
        let elapsed = match (clock.now(), kept) {
            (Some(now), Some(kept)) => now.since(kept),
            _ => None,
        };
        // Without a clock, or with a kept time that is ahead of it, the hours have gone by.
        let left = elapsed.map_or(Duration::MIN, |elapsed| {
            Duration::from_ticks(hours.as_ticks().saturating_sub(elapsed.as_ticks()))
        });
        Instant::now() + left
    }
}

/// When the day of the last sign-on is over.
fn day_is_over(clock: &Clock, kept: Option<DateTime>) -> Instant {
    match (clock.now(), kept, clock.next_day()) {
        (Some(now), Some(kept), Some(next_day)) if now.is_same_day(kept) => next_day,
        _ => Instant::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::Rotation;
    use crate::clock::{Clock, DateTime};
    use crate::parameters::Parameters;
    use crate::parameters::tests::example;
    use embassy_time::{Duration, Instant, Timer};
    use rstest::rstest;

    fn moment(text: &str) -> DateTime {
        DateTime::date(&text.as_bytes()[..4]).unwrap().at(&text.as_bytes()[5..]).unwrap()
    }

    fn parameters(rotate_daily: bool, rotate_hours: u8) -> Parameters {
        Parameters { rotate_daily, rotate_hours, ..example() }
    }

    fn run(body: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(body));
    }

    /// Seconds until a sign-on is due after a boot at which an approval set the clock, where nobody signed on since.
    #[rstest]
    #[case::nobody_wants_one(false, 0, "0720 120000", Some("0101 000000"), None)]
    #[case::same_day(true, 0, "0720 120000", Some("0720 060000"), Some(43_200))]
    #[case::same_day_but_later(true, 0, "0720 120000", Some("0720 180000"), Some(43_200))]
    #[case::another_day(true, 0, "0721 000000", Some("0720 235959"), Some(0))]
    #[case::new_year(true, 0, "0101 000000", Some("1231 235959"), Some(0))]
    #[case::end_of_year(true, 0, "1231 235950", Some("1231 120000"), Some(10))]
    #[case::a_day_back(true, 0, "0719 120000", Some("0720 120000"), Some(0))]
    #[case::a_time_that_was_not_kept(true, 0, "0720 120000", None, Some(0))]
    #[case::hours_left(false, 24, "0721 060000", Some("0720 120000"), Some(6 * 3600))]
    #[case::hours_gone(false, 24, "0721 120000", Some("0720 120000"), Some(0))]
    #[case::many_hours_gone(false, 1, "1120 120000", Some("0720 120000"), Some(0))]
    #[case::kept_ahead(false, 24, "0720 115959", Some("0720 120000"), Some(0))]
    #[case::kept_in_the_old_year(false, 24, "0101 000001", Some("1231 235959"), Some(0))]
    #[case::hours_and_no_time(false, 24, "0720 120000", None, Some(0))]
    #[case::the_first_of_both(true, 24, "0720 120000", Some("0720 060000"), Some(43_200))]
    #[case::the_first_of_both(true, 1, "0720 062000", Some("0720 060000"), Some(2400))]
    fn due_by_the_kept_time(
        #[case] daily: bool,
        #[case] hours: u8,
        #[case] now: &'static str,
        #[case] kept: Option<&'static str>,
        #[case] left: Option<u64>,
    ) {
        run(async move {
            let mut clock = Clock::default();
            clock.set(moment(now));
            let due = Rotation::default().due_from(&parameters(daily, hours), &clock, kept.map(moment));
            assert_eq!(due, left.map(|left| Instant::now() + Duration::from_secs(left)));
        });
    }

    #[rstest]
    #[case(true, 0)]
    #[case(false, 99)]
    fn due_at_a_boot_without_a_clock(#[case] daily: bool, #[case] hours: u8) {
        run(async move {
            let due = |kept| Rotation::default().due_from(&parameters(daily, hours), &Clock::default(), kept);
            Timer::after_secs(7).await;
            assert_eq!(due(Some(moment("0720 120000"))), Some(Instant::now()));
            assert_eq!(due(None), Some(Instant::now()));
        });
    }

    #[test]
    fn hours_are_counted_from_the_sign_on_of_this_boot_whatever_the_clock_says() {
        run(async {
            let (mut clock, mut rotation) = (Clock::default(), Rotation::default());
            Timer::after_secs(7).await;
            let signed_on = Instant::now();
            clock.set(moment("0720 120000"));
            rotation.signed_on();
            Timer::after_secs(600).await;
            clock.set(moment("0720 235959"));
            let due = rotation.due_from(&parameters(false, 2), &clock, Some(moment("0720 120000")));
            assert_eq!(due, Some(signed_on + Duration::from_secs(2 * 3600)));
        });
    }

    #[test]
    fn what_the_host_wants_stays_until_a_sign_on_succeeds() {
        run(async {
            let (clock, mut rotation) = (Clock::default(), Rotation::default());
            let due = |rotation: &Rotation| rotation.due_from(&parameters(false, 0), &clock, None);
            assert_eq!(due(&rotation), None);
            Timer::after_secs(1).await;
            let wanted = Instant::now();
            rotation.wanted();
            Timer::after_secs(1).await;
            rotation.wanted();
            rotation.failed();
            assert_eq!(due(&rotation), Some(wanted));
            rotation.signed_on();
            assert_eq!(due(&rotation), None);
        });
    }

    #[test]
    fn by_itself_after_five_seconds_and_a_quarter_of_an_hour_after_a_failure() {
        run(async {
            let mut rotation = Rotation::default();
            Timer::after_secs(100).await;
            let now = Instant::now();
            let seconds = Duration::from_secs;
            assert_eq!(rotation.next_by_itself(now - seconds(50)), now + seconds(5));
            assert_eq!(rotation.next_by_itself(now + seconds(50)), now + seconds(55));
            rotation.failed();
            assert_eq!(rotation.next_by_itself(now), now + seconds(900));
            assert_eq!(rotation.next_by_itself(now + seconds(2000)), now + seconds(2005));
            Timer::after_secs(898).await;
            assert_eq!(rotation.next_by_itself(now), now + seconds(903));
            rotation.signed_on();
            Timer::after_secs(100).await;
            assert_eq!(rotation.next_by_itself(now), now + seconds(1003));
        });
    }
}
