//! Keys that were replaced are dead: which messages were made with which of the sets that came, in the order in which they came.

use payrig_acquirer::IssuedKeys;
use payrig_iso8583::{Dialect, ExplainOptions, explain};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant;

use crate::{Finding, host::Host, made_with};

/// How many messages with a good MAC there were under the keys before the last rotation and under those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RotationExpected {
    /// Under any set before the one that was used last. At least one.
    #[schemars(range(min = 1))]
    pub before: usize,
    /// Under the one that was used last. At least one.
    #[schemars(range(min = 1))]
    pub after: usize,
}

impl RotationExpected {
    /// Whether both sides of the rotation are looked at.
    pub(crate) fn looks_at_both(self) -> bool {
        self.before > 0 && self.after > 0
    }

    /// Holds the counts against what came.
    pub(crate) fn hold(self, usage: &KeyUsage) -> Result<(), Finding> {
        let (before, after) = usage.around_the_last_rotation();
        if (before, after) == (self.before, self.after) {
            return Ok(());
        }
        Err(Finding::terminal(format!(
            "expected {} messages with a good MAC before the rotation and {} after it, {before} and {after} came",
            self.before, self.after
        )))
    }
}

/// What the terminal did with the keys that came to it.
#[derive(Debug, Default)]
pub(crate) struct KeyUsage {
    /// Of each message that was made with issued keys.
    made: Vec<Made>,
    /// The sets that came with an answer, each with the number of its exchange.
    came: Vec<(usize, usize)>,
}

/// A message that was made with issued keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    /// Its exchange, from 0.
    exchange: usize,
    /// Which key of the set.
    key: &'static str,
    /// The number of the set.
    set: usize,
    /// The last arrival of that set before it, as a place in [`KeyUsage::came`].
    arrival: usize,
}

impl KeyUsage {
    /// All exchanges so far.
    pub(crate) fn of(dialect: &Dialect, host: &Host) -> Self {
        let issued = host.issued();
        let mut usage = Self::default();
        for (exchange, heard) in host.heard().iter().enumerate() {
            if let Some(request) = &heard.request {
                usage.take(exchange, "MAK", made_with::mac_maker(dialect, request, &issued));
                usage.take(exchange, "PIK", made_with::pin_block_maker(dialect, request, &issued));
            }
            let came = heard.answer.as_ref().and_then(|answer| carried(dialect, answer, &issued));
            usage.came.extend(came.map(|set| (set, exchange)));
        }
        usage
    }

    fn take(&mut self, exchange: usize, key: &'static str, set: Option<usize>) {
        let Some(set) = set else { return };
        if let Some(arrival) = self.came.iter().rposition(|(came, _)| *came == set) {
            self.made.push(Made { exchange, key, set, arrival });
        }
    }

    /// A set that was used, or that the terminal says it has taken, is the oldest that may be used from then on.
    ///
    /// `at` is when each exchange was; `signed_on` is when the terminal said that it had signed on. Without times only what was used counts.
    ///
    /// # Errors
    /// [`Finding::Terminal`] for the first message that was made with an older key.
    pub(crate) fn check(&self, at: &[Instant], signed_on: &[Instant]) -> Result<(), Finding> {
        let mut used = None;
        for made in &self.made {
            let now = at.get(made.exchange);
            let said = signed_on.iter().filter(|said| now.is_some_and(|now| *said < now)).max();
            let taken = said.and_then(|said| {
                self.came.iter().rposition(|(_, exchange)| at.get(*exchange).is_some_and(|came| came <= said))
            });
            let oldest = used.max(taken);
            if let Some(oldest) = oldest.filter(|oldest| made.arrival < *oldest) {
                let newer = self.came.get(oldest).map_or(0, |(set, _)| *set);
                return Err(Finding::terminal(format!(
                    "message {} was made with {key}#{}, although the terminal had {key}#{newer} already: old keys are dead",
                    made.exchange + 1,
                    made.set,
                    key = made.key,
                )));
            }
            used = used.max(Some(made.arrival));
        }
        Ok(())
    }

    /// Messages with a good MAC under sets before the one used last, and under that.
    fn around_the_last_rotation(&self) -> (usize, usize) {
        let macs: Vec<_> =
            self.made.iter().filter(|made| made.key == "MAK").map(|made| made.arrival).collect();
        let last = macs.last().copied();
        let after = macs.iter().filter(|arrival| Some(**arrival) == last).count();
        (macs.len() - after, after)
    }
}

/// The number of the set that an answer brings whole, by its check values.
fn carried(dialect: &Dialect, answer: &[u8], issued: &[IssuedKeys]) -> Option<usize> {
    let explanation = explain(dialect, answer, &ExplainOptions::default());
    let said =
        |name: &str| explanation.details().find(|detail| detail.name == name).map(|detail| &detail.value);
    let (pik, mak) = (said("PIK, KCV")?, said("MAK, KCV")?);
    let set = issued.iter().rev().find(|set| set.pik_kcv == *pik && set.mak_kcv == *mak)?;
    Some(set.number)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What came and was made: `+2` is an answer with set 2, `2` a message under it.
    fn usage(course: &str) -> KeyUsage {
        let mut usage = KeyUsage::default();
        for (exchange, word) in course.split_whitespace().enumerate() {
            match word.strip_prefix('+') {
                Some(set) => usage.came.push((set.parse().unwrap(), exchange)),
                None => usage.take(exchange, "MAK", word.parse().ok()),
            }
        }
        usage
    }

    fn verdict(course: &str, signed_on_behind: &[usize]) -> Result<(), String> {
        let usage = usage(course);
        let begin = Instant::now();
        let at: Vec<_> = (0..10).map(|n| begin + Duration::from_secs(10 * n)).collect();
        let signed_on: Vec<_> = signed_on_behind.iter().map(|n| at[*n] + Duration::from_secs(1)).collect();
        usage.check(&at, &signed_on).map_err(|finding| finding.to_string())
    }

    #[test]
    fn a_set_that_was_used_kills_those_before_it() {
        assert_eq!(verdict("+1 1 +2 2 2", &[]), Ok(()));
        assert_eq!(
            verdict("+1 1 +2 2 1", &[]).unwrap_err(),
            "message 5 was made with MAK#1, although the terminal had MAK#2 already: old keys are dead"
        );
    }

    #[test]
    fn a_set_that_came_and_was_not_taken_kills_none() {
        assert_eq!(verdict("+1 1 +2 1", &[0]), Ok(()));
        assert!(verdict("+1 1 +2 1", &[0, 2]).unwrap_err().starts_with("message 4 was made with MAK#1"));
        // The sign-on came behind the message.
        assert_eq!(verdict("+1 1 +2 1", &[0, 3]), Ok(()));
    }

    /// A terminal that accepts keys it had may be given an old answer again.
    #[test]
    fn a_set_that_came_again_lives_again() {
        assert_eq!(verdict("+1 1 +2 2 +1 1", &[0, 2, 4]), Ok(()));
        assert!(verdict("+1 1 +2 2 +1 1 2", &[0, 2, 4]).is_err());
    }

    #[test]
    fn messages_on_both_sides_are_counted() {
        let counts = |course: &str| usage(course).around_the_last_rotation();
        assert_eq!(counts("+1 1 1 +2 2"), (2, 1));
        assert_eq!(counts("+1 1 1 +2"), (0, 2));
        assert_eq!(counts("+1 1 +2 +3 3 3"), (1, 2));
        assert_eq!(counts("+1"), (0, 0));
        let expected = RotationExpected { before: 1, after: 1 };
        assert!(expected.hold(&usage("+1 1 +2 2")).is_ok());
        assert!(expected.hold(&usage("+1 1 +2 1")).unwrap_err().to_string().contains("0 and 2 came"));
        assert!(!RotationExpected { before: 0, after: 1 }.looks_at_both());
    }
}
