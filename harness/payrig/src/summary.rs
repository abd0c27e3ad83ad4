//! What `payrig test` says at its end.

use std::collections::{BTreeMap, BTreeSet};

use payrig_bench::{Report, Settings, Verdict};

use crate::out::say;

/// The figures, the verdicts' counts, and where the records are. `virtually` are the cases that were played in virtual time.
pub(crate) fn print(settings: &Settings, reports: &[Report], virtually: &BTreeSet<String>, seconds: f64) {
    for (name, times) in figures(reports) {
        match times.as_slice() {
            [time] => say!("{name}: {time:.3} s"),
            [least, .., most] => {
                let median = times[times.len() / 2];
                say!("{name}: {median:.3} s (median of {}; {least:.3} to {most:.3} s)", times.len());
            }
            [] => {}
        }
    }
    let count = |verdict| reports.iter().filter(|r| r.verdict == verdict).count();
    say!(
        "{} on {}: {} pass, {} fail, {} rig-fault, {} not-run, {} inconclusive; {}",
        if reports.len() == 1 { "1 case".into() } else { format!("{} cases", reports.len()) },
        settings.rig.name,
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::RigFault),
        count(Verdict::NotRun),
        count(Verdict::Inconclusive),
        times(reports, virtually, seconds),
    );
    if let Some(told) = requirements(reports) {
        say!("{told}");
    }
    say!("records: {}", settings.run.path().display());
}

/// How many requirements the cases cover, and the rows that failed. What each row came to is in results.json.
fn requirements(reports: &[Report]) -> Option<String> {
    let of = |verdict: Option<Verdict>| -> BTreeSet<&str> {
        let reports = reports.iter().filter(|report| verdict.is_none_or(|verdict| report.verdict == verdict));
        reports.flat_map(|report| &report.requirements).map(String::as_str).collect()
    };
    let (covered, failed) = (of(None), of(Some(Verdict::Fail)));
    if covered.is_empty() {
        return None;
    }
    let failed = match failed.len() {
        0 => "none failed".to_owned(),
        _ => format!("failed: {}", failed.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Some(format!("requirements covered: {}, {failed}", covered.len()))
}

/// How long it took, and what the terminals lived through where that is another time.
fn times(reports: &[Report], virtually: &BTreeSet<String>, seconds: f64) -> String {
    let wall = format!("{} of wall time", spoken(seconds));
    if virtually.is_empty() {
        return wall;
    }
    let lived = reports.iter().filter(|report| virtually.contains(&report.case));
    // The sum of nothing would be -0.
    let lived = lived.map(|report| report.clock_seconds).fold(0.0, |a, b| a + b);
    format!("{wall}, {} of virtual time", spoken(lived))
}

/// A time as a person says it: `12.3 s`, `25 min 32 s`, `3 h 7 min`.
fn spoken(seconds: f64) -> String {
    // Within minutes nobody asks for tenths.
    let whole = seconds.round() as u64;
    match whole {
        0..120 => format!("{seconds:.1} s"),
        120..7200 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// What the cases measured, by name, the times of each in ascending order.
fn figures(reports: &[Report]) -> BTreeMap<&str, Vec<f64>> {
    let mut figures = BTreeMap::<_, Vec<_>>::new();
    for figure in reports.iter().flat_map(|report| &report.figures) {
        figures.entry(figure.name.as_str()).or_default().push(figure.seconds);
    }
    figures.values_mut().for_each(|times| times.sort_by(f64::total_cmp));
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_a_person_tells_them() {
        for (seconds, told) in [
            (0.04, "0.0 s"),
            (119.4, "119.4 s"),
            (119.6, "2 min 0 s"),
            (7199.4, "119 min 59 s"),
            (7199.5, "2 h 0 min"),
            (90_061.0, "25 h 1 min"),
        ] {
            assert_eq!(spoken(seconds), told);
        }
    }
}
