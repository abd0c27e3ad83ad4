//! What a run came to, as JUnit XML for the dashboards that read it.

use std::path::Path;

use quick_junit::{
    NonSuccessKind, Property, Report as Document, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use crate::{Report, Results, Verdict, results::Subject, runner::told};

/// The file in the run folder.
pub(crate) const JUNIT_FILE: &str = "junit.xml";

/// The whole file of the run folder `run`: a suite for each group of cases. A case that was tried more than once is there as often.
pub(crate) fn document(results: &Results, run: &Path) -> Result<String, SerializeError> {
    let mut document = Document::new("payrig");
    document.set_time(results.cases.iter().map(Report::wall).sum());
    for cases in results.cases.chunk_by(|a, b| a.group() == b.group()) {
        document.add_test_suite(suite(&results.run, cases, run));
    }
    document.to_string()
}

/// The cases of one group.
fn suite(subject: &Subject, cases: &[Report], run: &Path) -> TestSuite {
    let mut suite = TestSuite::new(text(cases.first().map_or("", Report::group)));
    suite.set_time(cases.iter().map(Report::wall).sum());
    suite.add_properties(properties(subject));
    suite.add_test_cases(cases.iter().map(|report| case(&subject.rig, report, run)));
    suite
}

fn properties(run: &Subject) -> Vec<Property> {
    let mut properties = vec![
        property("payrig", &run.payrig),
        property("rig", &run.rig),
        property("seed", &run.seed.to_string()),
        property("fixtures-sha256", &run.fixtures_sha256),
    ];
    if let Some(image) = &run.image {
        properties.push(property("image", &image.file));
        properties.push(property("image-sha256", &image.sha256));
        properties.extend(image.build_id.as_ref().map(|id| property("image-build-id", id)));
    }
    properties
}

fn case(rig: &str, report: &Report, run: &Path) -> TestCase {
    let mut case = TestCase::new(text(&report.case), status(report, run));
    // Dashboards tell cases apart by class and name: the same case on another rig is another one.
    case.set_classname(text(rig));
    case.set_time(report.wall());
    case.add_property(property("folder", &report.folder));
    case.add_property(property("clock-seconds", &format!("{:.6}", report.clock_seconds)));
    for figure in &report.figures {
        case.add_property(property(&figure.name, &format!("{:.6}", figure.seconds)));
    }
    case
}

/// Only the terminal's own mistakes are failures; what says nothing of the terminal is an error, and never a pass.
fn status(report: &Report, run: &Path) -> TestCaseStatus {
    let mut status = match report.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::RigFault | Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::NotRun => TestCaseStatus::skipped(),
    };
    let why = report.why.as_deref().unwrap_or_default();
    status.set_type(report.verdict.word());
    status.set_message(text(why.lines().next().unwrap_or_default()));
    status.set_description(text(&match report.verdict {
        Verdict::NotRun => why.to_owned(),
        // Paths from the run folder on, in which this file is.
        _ => told(report, run, Path::new("")),
    }));
    status
}

fn property(name: &str, value: &str) -> Property {
    Property::new(text(name), text(value))
}

/// The text with an escape for each character that XML cannot carry or the library would leave out: nothing that a terminal
/// showed is lost.
fn text(text: &str) -> String {
    let mut carried = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => carried.push(c),
            '\u{FFFE}' | '\u{FFFF}' => carried.extend(c.escape_unicode()),
            c if c.is_control() => carried.extend(c.escape_default()),
            c => carried.push(c),
        }
    }
    carried
}
