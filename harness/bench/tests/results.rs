//! What a run says of its cases: to people, to programs, and to whoever runs those again that failed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by its panic")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use payrig_bench::{
    Fixtures, ImageSubject, Report, Requirements, RunFolder, RunFolderError, Subject, Verdict, last_failed,
};
use quick_xml::{Reader, XmlVersion, events::Event};
use rstest::rstest;

/// Those of the repository.
fn requirements() -> Requirements {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    Requirements::load(&Fixtures::open(&root).unwrap()).unwrap()
}

fn subject() -> Subject {
    Subject {
        payrig: "0.1.0".into(),
        rig: "qemu".into(),
        seed: 7,
        image: Some(ImageSubject {
            file: "mps2-an386.elf".into(),
            build_id: Some("3f0c".into()),
            sha256: "aa55".into(),
        }),
        fixtures_sha256: "5aa5".into(),
    }
}

/// Keeps a report as a process does that has played the case.
fn keep(run: &RunFolder, case: &str, verdict: Verdict, why: Option<&str>) {
    let path = run.case(case).unwrap();
    let report = serde_json::json!({
        "case": case,
        "verdict": verdict,
        "why": why,
        "wall-seconds": 0.25,
        "clock-seconds": 60.0,
        "figures": [{ "name": "power-on to menu", "seconds": 0.117 }],
        "folder": path.strip_prefix(run.path()).unwrap(),
    });
    let report: Report = serde_json::from_value(report).unwrap();
    run.keep_report(&report).unwrap();
}

/// An element, what it says, and what is in it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    inside: Vec<Element>,
}

impl Element {
    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.inside.iter().filter(move |element| element.name == name)
    }

    fn one<'e>(&'e self, name: &'e str) -> &'e Element {
        let found: Vec<_> = self.all(name).collect();
        assert_eq!(found.len(), 1, "{name} in {self:?}");
        found[0]
    }

    fn properties(&self) -> BTreeMap<&str, &str> {
        let said = self.one("properties").all("property");
        said.map(|property| (&*property.attributes["name"], &*property.attributes["value"])).collect()
    }
}

/// Reads a document to its end. Anything that is no well-formed XML fails the test.
fn parsed(text: &str) -> Element {
    let allowed =
        |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    assert!(text.chars().all(allowed), "a character that XML does not have: {text:?}");
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => {
                let empty = element(&start);
                open.last_mut().unwrap().inside.push(empty);
            }
            Event::End(_) => {
                let closed = open.pop().unwrap();
                open.last_mut().unwrap().inside.push(closed);
            }
            Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
            Event::GeneralRef(reference) => {
                let name = reference.decode().unwrap();
                let text = match reference.resolve_char_ref().unwrap() {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&name).unwrap().into(),
                };
                open.last_mut().unwrap().text += &text;
            }
            Event::Decl(_) => {}
            other => panic!("not expected: {other:?}"),
        }
    }
    assert_eq!(open.len(), 1, "an element is not closed");
    open.remove(0).inside.remove(0)
}

fn element(start: &quick_xml::events::BytesStart<'_>) -> Element {
    let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned();
        (String::from_utf8(attribute.key.as_ref().to_vec()).unwrap(), value)
    });
    Element { name, attributes: attributes.collect(), ..Element::default() }
}

fn junit(run: &Path) -> Element {
    parsed(&fs::read_to_string(run.join("junit.xml")).unwrap())
}

#[test]
fn junit_tells_every_verdict_and_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    keep(&run, "sign-on::succeeds", Verdict::Pass, None);
    keep(&run, "sign-on::refused[code=03]", Verdict::Fail, Some("expected <E301> & saw:\n|Signed on|"));
    fs::create_dir_all(run.path().join("sign-on/refused-code=03")).unwrap();
    fs::write(run.path().join("sign-on/refused-code=03/tape.jsonl"), "").unwrap();
    keep(&run, "sign-on::pty", Verdict::RigFault, Some("the panel line broke"));
    keep(&run, "power::cut", Verdict::NotRun, Some("this rig has no power"));
    keep(&run, "power::late", Verdict::Inconclusive, Some("no reviewed snapshot"));
    run.write_results(&subject(), &requirements()).unwrap();

    let document = junit(run.path());
    let total = ["tests", "failures", "errors", "skipped"].map(|name| &*document.attributes[name]);
    assert_eq!(total, ["5", "1", "2", "1"]);
    let suites: Vec<_> = document.all("testsuite").map(|suite| &*suite.attributes["name"]).collect();
    assert_eq!(suites, ["power", "sign-on"]);
    let suite = document.all("testsuite").nth(1).unwrap();
    for (name, value) in [
        ("rig", "qemu"),
        ("seed", "7"),
        ("image-build-id", "3f0c"),
        ("image-sha256", "aa55"),
        ("fixtures-sha256", "5aa5"),
    ] {
        assert_eq!(suite.properties().get(name), Some(&value), "{name}");
    }
    let case = |name: &str| {
        let found = document.all("testsuite").flat_map(|suite| suite.all("testcase"));
        found.into_iter().find(|case| case.attributes["name"] == name).unwrap()
    };
    let outcome = |name, kind: &'static str| {
        let element = case(name).one(kind);
        (&*element.attributes["type"], &*element.attributes["message"])
    };
    assert!(case("sign-on::succeeds").inside.iter().all(|element| element.name == "properties"));
    assert_eq!(case("sign-on::succeeds").attributes["time"], "0.250");
    assert_eq!(outcome("sign-on::refused[code=03]", "failure"), ("fail", "expected <E301> & saw:"));
    assert_eq!(outcome("sign-on::pty", "error"), ("rig-fault", "the panel line broke"));
    assert_eq!(outcome("power::late", "error"), ("inconclusive", "no reviewed snapshot"));
    assert_eq!(outcome("power::cut", "skipped"), ("not-run", "this rig has no power"));
    let refused = case("sign-on::refused[code=03]");
    let told = &refused.one("failure").text;
    assert!(told.starts_with("fail: expected <E301> & saw:\n|Signed on|\n"), "the whole screen: {told}");
    assert!(told.ends_with("the tape: sign-on/refused-code=03/tape.jsonl"), "{told}");
    assert_eq!(refused.properties()["folder"], "sign-on/refused-code=03");
    assert_eq!(refused.properties()["clock-seconds"], "60.000000");
}

#[test]
fn no_character_of_a_screen_makes_junit_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    let every: String = (0..=0x2FF_u32).chain(0xFFF0..=0x1_0010).filter_map(char::from_u32).collect();
    let why = format!("]]> \"'&<>\n{every}\u{1b}]0;swallowed\nthe end");
    keep(&run, "sign-on::every-character", Verdict::Fail, Some(&why));
    run.write_results(&subject(), &requirements()).unwrap();
    let document = junit(run.path());
    let text = &document.one("testsuite").one("testcase").one("failure").text;
    for part in ["]]> \"'&<>\n", "\\u{0}", "\\u{1b}]0;swallowed\nthe end", "\\u{ffff}", "ýþÿĀ"] {
        assert!(text.contains(part), "{part:?} in {text:?}");
    }
}

#[test]
fn a_case_that_was_tried_twice_is_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    for n in 0..11 {
        let verdict = if n == 0 { Verdict::Fail } else { Verdict::Pass };
        keep(&run, "sign-on::flaky", verdict, None);
    }
    run.write_results(&subject(), &requirements()).unwrap();
    let document = junit(run.path());
    assert_eq!(document.attributes["failures"], "1", "a later try does not hide the first");
    let suite = document.one("testsuite");
    let folders: Vec<_> = suite.all("testcase").map(|case| case.properties()["folder"].to_owned()).collect();
    assert_eq!(folders[0], "sign-on/flaky");
    assert_eq!(folders[10], "sign-on/flaky.try11");
}

#[test]
fn no_report_of_processes_that_end_at_once_is_lost() {
    const ROUNDS: usize = 60;
    const PROCESSES: usize = 6;
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let together = std::sync::Barrier::new(PROCESSES);
        std::thread::scope(|scope| {
            for process in 0..PROCESSES {
                let (path, together) = (&path, &together);
                scope.spawn(move || {
                    let run = RunFolder::at(path.clone()).unwrap();
                    together.wait();
                    keep(&run, &format!("group-{process}::case"), Verdict::Pass, None);
                    run.write_results(&subject(), &requirements()).unwrap();
                    // Whoever looks in between sees whole files.
                    let text = fs::read_to_string(path.join("results.json")).unwrap();
                    let _whole: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let _whole = junit(path);
                });
            }
        });
        let text = fs::read_to_string(path.join("results.json")).unwrap();
        let results: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(results["counts"]["pass"], PROCESSES);
        assert_eq!(junit(&path).attributes["tests"], PROCESSES.to_string());
        let entries = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
        assert_eq!(entries.filter(|path| path.is_file()).count(), 2, "no temporary file stays");
    }
}

/// Gives everything in a folder this age, so that the order of runs does not hang on the speed of this test.
fn age(folder: &Path, minutes: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - 60 * minutes);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age(&path, minutes);
        } else {
            fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
        }
    }
}

#[test]
fn the_last_run_names_the_cases_that_did_not_end_well() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path();
    let run = |name: &str| RunFolder::at(runs.join(name)).unwrap();
    assert!(matches!(last_failed(runs, "qemu"), Err(RunFolderError::NoRun { .. })));

    let old = run("20260101-000000-qemu");
    keep(&old, "sign-on::mended", Verdict::Fail, None);
    old.write_results(&subject(), &requirements()).unwrap();
    age(old.path(), 3);
    let last = run("nextest-cafe-qemu");
    for (case, verdict) in [
        ("sign-on::passes", Verdict::Pass),
        ("sign-on::fails[code=03]", Verdict::Fail),
        ("sign-on::undecided", Verdict::Inconclusive),
        ("power::breaks", Verdict::RigFault),
        ("power::lacks", Verdict::NotRun),
        ("power::flaky", Verdict::Fail),
        ("power::flaky", Verdict::Pass),
    ] {
        keep(&last, case, verdict, None);
    }
    last.write_results(&subject(), &requirements()).unwrap();
    age(last.path(), 2);
    // A newer one of another rig, a session that played no case, and a file.
    let other = run("20270101-000000-sim");
    keep(&other, "sign-on::other", Verdict::Fail, None);
    other.write_results(&Subject { rig: "sim".into(), ..subject() }, &requirements()).unwrap();
    run("20280101-000000-qemu").case("panel").unwrap();
    fs::write(runs.join("notes.txt"), "mine").unwrap();

    let found = last_failed(runs, "qemu").unwrap();
    assert_eq!(found.folder, last.path());
    assert_eq!(found.failed, ["power::breaks", "sign-on::fails[code=03]", "sign-on::undecided"]);
    let none = last_failed(runs, "bench-1").unwrap_err().to_string();
    assert_eq!(none, format!("there is no run on bench-1 in {}", runs.display()));
}

#[test]
fn a_killed_run_tells_by_the_reports_of_its_cases() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::at(folder.path().join("killed")).unwrap();
    keep(&run, "sign-on::fails", Verdict::Fail, None);
    let played = r#"{ "case": "sign-on::fails", "rig": "qemu", "seed": 1, "parts": {} }"#;
    fs::write(run.path().join("sign-on/fails/case.json"), played).unwrap();
    fs::create_dir(run.path().join("sign-on/was-running")).unwrap();
    assert_eq!(last_failed(folder.path(), "qemu").unwrap().failed, ["sign-on::fails"]);
    assert!(last_failed(folder.path(), "sim").is_err());
}

#[rstest]
#[case::results("results.json")]
#[case::report("sign-on/fails/result.json")]
fn damaged_results_are_named_with_their_place(
    #[case] file: &str,
    #[values("", "{\n \"case\": 7", "[]")] text: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    keep(&run, "sign-on::fails", Verdict::Fail, None);
    run.write_results(&subject(), &requirements()).unwrap();
    let file = run.path().join(file);
    fs::write(&file, text).unwrap();
    let error = last_failed(folder.path(), "qemu").unwrap_err();
    let place = format!("{}:{}:", file.display(), if text.contains('\n') { 2 } else { 1 });
    assert!(error.to_string().starts_with(&place), "{error}");
    assert!(error.to_string().contains("these are no results"), "{error}");
}
