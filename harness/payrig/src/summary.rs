//! What `payrig test` says at its end.

use std::collections::BTreeMap;

use payrig_bench::{Report, Settings, Verdict};

use crate::out::say;

/// The figures, the verdicts' counts, and where the records are.
pub(crate) fn print(settings: &Settings, reports: &[Report], seconds: f64) {
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
        "{} on {}: {} pass, {} fail, {} rig-fault, {} not-run, {} inconclusive; {seconds:.1} s",
        if reports.len() == 1 { "1 case".into() } else { format!("{} cases", reports.len()) },
        settings.rig.name,
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::RigFault),
        count(Verdict::NotRun),
        count(Verdict::Inconclusive),
    );
    say!("records: {}", settings.run.path().display());
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
