//! A tape with one record for each message, so that messages can be changed and moved.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use payrig_bench::{Message, PLAYED_FILE, Row, Transcript};
use payrig_iso8583::Dialect;
use payrig_tape::{Direction, Piece, PieceQueue, TAPE_FILE, read};
use serde_json::json;

/// A copy of a case's tape in a folder of its own.
pub struct Planted {
    folder: tempfile::TempDir,
    pub rows: Vec<Row>,
}

impl Planted {
    /// Reads the tape of a case.
    pub fn of(dialect: &Arc<Dialect>, case: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(case.join(PLAYED_FILE), folder.path().join(PLAYED_FILE)).unwrap();
        let recording = read(&case.join(TAPE_FILE)).unwrap();
        assert!(recording.complete, "{}", case.display());
        Self { folder, rows: Transcript::of(dialect.clone(), &recording) }
    }

    /// Writes these rows as a whole tape; the case's folder.
    pub fn write(&self, rows: &[Row]) -> PathBuf {
        let mut lines = vec![json!({ "tape": 1, "case": "", "rig": "" })];
        let nanos = |at: Duration| u64::try_from(at.as_nanos()).unwrap();
        let (mut notes, mut events) = (0, 0);
        for (n, row) in (0_u64..).zip(rows) {
            lines.push(match row {
                Row::Note(note) => {
                    notes += 1;
                    json!({ "n": n, "t": nanos(note.at), "note": note.kind, "text": note.text })
                }
                Row::Message(Message { line, direction, at, pieces, .. }) => {
                    events += 1;
                    json!({ "n": n, "t": nanos(*at), "line": line, "dir": direction, "data": pieces })
                }
            });
        }
        let n = rows.len();
        lines
            .push(json!({ "n": n, "t": 0, "end": "complete", "events": events, "notes": notes, "bytes": 0 }));
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.folder.path().join(TAPE_FILE), text).unwrap();
        self.folder.path().to_owned()
    }
}

/// The message of a row.
pub fn message(row: &Row) -> Option<&Message> {
    match row {
        Row::Message(message) => Some(message),
        Row::Note(_) => None,
    }
}

/// The rows with other pieces in one of them.
pub fn with_pieces(rows: &[Row], at: usize, pieces: Vec<Piece>) -> Vec<Row> {
    let mut rows = rows.to_vec();
    if let Row::Message(message) = &mut rows[at] {
        message.pieces = pieces;
    }
    rows
}

/// The bytes of a message, each with whether it is a secret's.
pub fn bytes(pieces: &[Piece]) -> Vec<(u8, bool)> {
    let mut queue = PieceQueue::default();
    queue.push(pieces);
    let mut bytes = Vec::new();
    while let Some(byte) = queue.bytes().first().copied() {
        let secret = queue.take(1).iter().any(|piece| matches!(piece, Piece::Token(_)));
        bytes.push((byte, secret));
    }
    bytes
}

/// The message with another byte at a place that is no secret's.
pub fn with_byte(pieces: &[Piece], at: usize, byte: u8) -> Vec<Piece> {
    let mut queue = PieceQueue::default();
    queue.push(pieces);
    let mut changed = queue.take(at);
    queue.take(1);
    changed.push(Piece::Hex(format!("{byte:02x}")));
    changed.extend(queue.take(usize::MAX));
    payrig_tape::join(changed)
}

/// A message that nobody sent.
pub fn stray(line: &str, direction: Direction, byte: u8) -> Row {
    Row::Message(Message {
        line: line.to_owned(),
        direction,
        number: 0,
        records: 0..=0,
        at: Duration::ZERO,
        meaning: payrig_bench::Meaning::Bytes,
        pieces: vec![Piece::Hex(format!("{byte:02x}"))],
    })
}
