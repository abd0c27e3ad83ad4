//! A case's records with something changed on the tape.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A tape's records, one JSON object each: the header, the records, the end.
pub struct Doctored {
    pub from: PathBuf,
    pub records: Vec<Value>,
}

impl Doctored {
    pub fn of(case: &Path) -> Self {
        let text = fs::read_to_string(case.join("tape.jsonl")).unwrap();
        let records = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { from: case.to_owned(), records }
    }

    /// The indices of the chunks of a line in one direction.
    pub fn chunks(&self, line: &str, dir: &str) -> Vec<usize> {
        let is_one = |record: &&Value| record["line"] == line && record["dir"] == dir;
        (0..self.records.len()).filter(|at| is_one(&&self.records[*at])).collect()
    }

    /// The first chunk of a line and direction, from index `from` on, that holds a text.
    pub fn with_text(&self, line: &str, dir: &str, from: usize, text: &str) -> usize {
        let chunks = self.chunks(line, dir);
        let found = chunks.into_iter().find(|at| *at >= from && self.text(*at).contains(text));
        found.unwrap_or_else(|| panic!("no chunk of {line} {dir} holds {text}"))
    }

    /// A chunk's readable pieces.
    pub fn text(&self, at: usize) -> String {
        let pieces = self.records[at]["data"].as_array().into_iter().flatten();
        pieces.filter_map(Value::as_str).collect()
    }

    /// The chunk that holds byte `nth` of the first `text` that the terminal sent on a line, and the byte's place in it. Chunks in
    /// hex count as nothing.
    pub fn byte_of(&self, line: &str, text: &str, nth: usize) -> (usize, usize) {
        let (mut streamed, mut begins) = (String::new(), Vec::new());
        for at in self.chunks(line, "from-terminal") {
            begins.push((streamed.len(), at));
            streamed += &self.text(at);
        }
        let offset = streamed.find(text).unwrap_or_else(|| panic!("no {text} in {streamed:?}")) + nth;
        let (begin, at) = begins[begins.partition_point(|(begin, _)| *begin <= offset) - 1];
        (at, offset - begin)
    }

    /// Changes a byte of a chunk that is text alone.
    pub fn change_byte(&mut self, at: usize, byte: usize, to: u8) {
        let mut text = self.text(at).into_bytes();
        assert_ne!(std::mem::replace(&mut text[byte], to), to);
        self.records[at]["data"] = serde_json::json!([String::from_utf8(text).unwrap()]);
    }

    /// Changes the last hex digit of a chunk.
    pub fn change_last_hex_digit(&mut self, at: usize) {
        let pieces = self.records[at]["data"].as_array_mut().unwrap();
        let last = pieces.iter_mut().rfind(|piece| piece["hex"].is_string()).unwrap();
        let mut hex = last["hex"].as_str().unwrap().to_owned();
        let digit = if hex.ends_with('0') { '1' } else { '0' };
        hex.pop();
        last["hex"] = (hex + digit.encode_utf8(&mut [0; 4])).into();
    }

    /// The record number at an index.
    pub fn number(&self, at: usize) -> u64 {
        self.records[at]["n"].as_u64().unwrap()
    }

    /// Replaces a text in a chunk.
    pub fn replace(&mut self, at: usize, from: &str, to: &str) {
        let before = self.records[at]["data"].to_string();
        let after = before.replacen(from, to, 1);
        assert_ne!(before, after, "there is no {from} in {before}");
        self.records[at]["data"] = serde_json::from_str(&after).unwrap();
    }

    /// Takes a record away.
    pub fn remove(&mut self, at: usize) {
        self.records.remove(at);
        self.renumber();
    }

    /// Puts a chunk from the terminal behind a record, at its time.
    pub fn insert_output(&mut self, behind: usize, line: &str, text: &str) -> usize {
        let t = self.records[behind]["t"].clone();
        let chunk = serde_json::json!({"n": 0, "t": t, "line": line, "dir": "from-terminal", "data": [text]});
        self.insert(behind, chunk);
        behind + 1
    }

    /// Puts a record behind another.
    pub fn insert(&mut self, behind: usize, record: Value) {
        self.records.insert(behind + 1, record);
        self.renumber();
    }

    /// The first note of a kind.
    pub fn note(&self, kind: &str) -> usize {
        self.records.iter().position(|record| record["note"] == kind).unwrap()
    }

    /// Makes numbers and counts right again, so that nothing but the change itself tells.
    fn renumber(&mut self) {
        for (n, record) in self.records.iter_mut().skip(1).enumerate() {
            record["n"] = n.into();
        }
        let count = |key: &str| self.records.iter().filter(|record| !record[key].is_null()).count();
        let (events, notes) = (count("dir"), count("note"));
        let end = self.records.last_mut().unwrap();
        (end["events"], end["notes"]) = (events.into(), notes.into());
    }

    /// Writes the case into a new folder.
    pub fn write(&self, folder: PathBuf) -> PathBuf {
        fs::create_dir_all(&folder).unwrap();
        fs::copy(self.from.join("case.json"), folder.join("case.json")).unwrap();
        let lines: String = self.records.iter().map(|record| format!("{record}\n")).collect();
        fs::write(folder.join("tape.jsonl"), lines).unwrap();
        folder
    }
}
