//! The host's line: ISO 8583 frames, their length in front.

use std::sync::Arc;

use payrig_iso8583::{Detail, Dialect, ExplainOptions, Explanation, FrameSplitter, explain};
use payrig_tape::{Direction, PieceQueue};

use super::{Found, Meaning, Reader};
use crate::meaning;

/// Fields that a title tells: STAN, response code, network code.
const TELLING: [&str; 3] = ["11", "39", "60.3"];

/// What the name of a key's cryptogram ends with.
const CRYPTOGRAM: &str = ", encrypted";

/// Finds frames.
pub(super) struct HostReader {
    dialect: Arc<Dialect>,
    /// Sign-ons so far that issued keys.
    issued: usize,
    /// Whether what comes this way is made of frames no more.
    lost: [bool; 2],
}

impl HostReader {
    pub(super) fn new(dialect: Arc<Dialect>) -> Self {
        Self { dialect, issued: 0, lost: [false; 2] }
    }
}

impl Reader for HostReader {
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found> {
        let bytes = come.bytes();
        let lost = &mut self.lost[direction as usize];
        let mut splitter = FrameSplitter::new(self.dialect.largest_frame());
        splitter.push(bytes);
        let frame = splitter.next_frame();
        *lost |= splitter.fault().is_some();
        if *lost && !bytes.is_empty() {
            return Found::new(bytes.len(), Meaning::Bytes);
        }
        let frame = frame?;
        let explanation = explain(&self.dialect, &frame, &ExplainOptions::default());
        let issues = explanation.details().any(|detail| detail.name.ends_with(CRYPTOGRAM));
        self.issued += usize::from(issues && direction == Direction::ToTerminal);
        let mut text = String::new();
        meaning::fields(&mut text, &explanation, |detail| shown(detail, self.issued));
        let fields = text.lines().map(str::to_owned).collect();
        Found::new(frame.len(), Meaning::Host { title: title(&explanation), fields })
    }

    fn restart(&mut self, direction: Direction) {
        self.lost[direction as usize] = false;
    }
}

/// A cryptogram is named, not shown: by the number of the sign-on that issued it, as keys are named elsewhere.
fn shown(detail: &Detail, issued: usize) -> String {
    match detail.name.strip_suffix(CRYPTOGRAM) {
        Some(key) => format!("{{key {key}#{issued}}}"),
        None if detail.name == "proof" => "{proof}".to_owned(),
        None => detail.value.clone(),
    }
}

fn title(explanation: &Explanation) -> String {
    let mut words = Vec::new();
    for detail in explanation.details() {
        let told = match detail.name.as_str() {
            "MTI" if detail.label.is_empty() => format!("{} {}", detail.value, detail.meaning),
            name if TELLING.contains(&detail.label.as_str()) => {
                format!("{name} {} {}", detail.value, detail.meaning)
            }
            _ => continue,
        };
        words.push(told.trim_end().to_owned());
    }
    if let Some(error) = explanation.error() {
        words.push(format!("not understood: {error}"));
    }
    words.join(", ")
}
