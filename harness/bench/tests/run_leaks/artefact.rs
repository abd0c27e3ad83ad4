//! The kinds of files that a run leaves, and how each would have a secret in it.

use crate::{packets, records, run::Left, secrets::Planted, writing::Writing};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Artefact {
    Tape,
    Capture,
    Json,
    /// The report for dashboards.
    Xml,
    /// A receipt's picture.
    Picture,
    /// What people read.
    Text,
}

impl Artefact {
    pub const ALL: [Self; 6] = [Self::Tape, Self::Capture, Self::Json, Self::Xml, Self::Picture, Self::Text];
}

/// What kind of file it is.
pub fn of(file: &Left) -> Artefact {
    match file.path.extension().and_then(|extension| extension.to_str()) {
        Some("jsonl") => Artefact::Tape,
        Some("pcapng") => Artefact::Capture,
        Some("json") => Artefact::Json,
        Some("xml") => Artefact::Xml,
        Some("svg") => Artefact::Picture,
        Some("txt") => Artefact::Text,
        _ => {
            panic!("{}: a run leaves a new kind of file: say how it would have a secret", file.path.display())
        }
    }
}

/// Those of `planted` that such a file can have in this way.
pub fn taken<'p>(file: &Left, writing: Writing, planted: &[&'p Planted]) -> Vec<&'p Planted> {
    let is_taken = |secret: &&&Planted| match of(file) {
        Artefact::Tape => records::takes(writing, &secret.value),
        Artefact::Capture => writing.bytes(&secret.value).is_some(),
        _ => writing.rows(&secret.value).is_some(),
    };
    planted.iter().filter(is_taken).copied().collect()
}

/// The file with these of `planted` in it.
pub fn plant(file: &Left, writing: Writing, planted: &[&Planted]) -> Vec<u8> {
    let values: Vec<_> = taken(file, writing, planted).into_iter().map(|secret| &secret.value).collect();
    let text = || std::str::from_utf8(&file.content).unwrap();
    let rows: Vec<_> = values.iter().filter_map(|value| writing.rows(value)).collect();
    let planted = match of(file) {
        Artefact::Tape => records::plant(text(), writing, &values),
        Artefact::Capture => {
            let bytes: Vec<_> = values.iter().filter_map(|value| writing.bytes(value)).collect();
            return packets::plant(&file.content, &bytes, writing.piece());
        }
        Artefact::Json => in_a_string(text(), &screen(&rows)),
        Artefact::Xml => {
            in_the_last_element(text(), &format!("<system-out>{}</system-out>\n", screen(&rows)))
        }
        Artefact::Picture => in_the_last_element(text(), &elements(&rows)),
        Artefact::Text => behind_the_first_line(text(), &screen(&rows)),
    };
    planted.into_bytes()
}

/// Each row in a frame.
fn screen(values: &[Vec<String>]) -> String {
    labelled(values).map(|row| format!("|{row:<32}|\n")).collect()
}

/// Each row as a receipt's picture has it.
fn elements(values: &[Vec<String>]) -> String {
    let rows = labelled(values).zip((77..).step_by(30));
    rows.map(|(row, y)| format!("<text x=\"66\" y=\"{y}\">{row}</text>\n")).collect()
}

/// The rows of each value below a row of its own, so that no value goes on in the next one.
fn labelled(values: &[Vec<String>]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|rows| ["It was"].into_iter().chain(rows.iter().map(String::as_str)))
}

/// In the first string of a JSON document.
fn in_a_string(document: &str, text: &str) -> String {
    let escaped = serde_json::to_string(text).unwrap();
    let at = document.find(": \"").expect("a string") + 3;
    let planted = format!("{}{}{}", &document[..at], &escaped[1..escaped.len() - 1], &document[at..]);
    assert!(serde_json::from_str::<serde_json::Value>(&planted).is_ok(), "{planted}");
    planted
}

fn in_the_last_element(document: &str, elements: &str) -> String {
    let (before, end) = document.split_at(document.rfind("</").expect("an element"));
    format!("{before}{elements}{end}")
}

fn behind_the_first_line(text: &str, lines: &str) -> String {
    let (first, rest) = text.split_once('\n').expect("a line");
    format!("{first}\n{lines}{rest}")
}
