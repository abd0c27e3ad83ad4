//! A tape as people read it: message by message, decoded, its secrets still tokens.
//!
//! A [`Transcript`] takes the entries of a tape, all at once or while it is written, and gives a [`Row`] for each message that
//! became whole: a screen, a key, a command, a frame. Every recorded byte is in the pieces of exactly one message, and messages do
//! not depend on how the bytes were cut into records.

mod front_end;
mod host;
mod meaning;
mod message;
mod modem;
mod panel;
mod printing;
mod slot;
mod way;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use payrig_iso8583::Dialect;
use payrig_rig::LineName;
use payrig_tape::{Direction, Entry, Event, Note, Piece, PieceQueue, Recording};

pub use meaning::Meaning;
pub use message::{Message, Row};

use front_end::FrontEndReader;
use host::HostReader;
use modem::ModemReader;
use panel::PanelReader;
use slot::SlotReader;
pub(crate) use slot::slot_direction;
use way::Way;

/// The line between modem and host.
const HOST: &str = "host";

/// Makes messages of a tape's entries.
pub struct Transcript {
    dialect: Arc<Dialect>,
    lines: BTreeMap<String, Line>,
}

struct Line {
    reader: Box<dyn Reader + Send>,
    to_terminal: Way,
    from_terminal: Way,
}

/// Finds the messages of one line.
trait Reader {
    /// The next message in what has come one way; nothing while it is not whole.
    fn next(&mut self, direction: Direction, come: &PieceQueue) -> Option<Found>;

    /// Forgets what was begun one way: what comes next has nothing to do with it.
    fn restart(&mut self, direction: Direction);
}

/// A message at the beginning of what has come.
struct Found {
    /// Bytes before it that belong to a message that will never be whole.
    broken: usize,
    /// Its own bytes.
    bytes: usize,
    meaning: Meaning,
}

impl Found {
    fn new(bytes: usize, meaning: Meaning) -> Option<Self> {
        Some(Self { broken: 0, bytes, meaning })
    }
}

impl Transcript {
    /// A transcript that reads host messages by this dialect.
    #[must_use]
    pub fn new(dialect: Arc<Dialect>) -> Self {
        Self { dialect, lines: BTreeMap::new() }
    }

    /// All rows of a tape.
    #[must_use]
    pub fn of(dialect: Arc<Dialect>, recording: &Recording) -> Vec<Row> {
        let mut transcript = Self::new(dialect);
        let mut rows: Vec<_> = recording.entries.iter().flat_map(|entry| transcript.push(entry)).collect();
        rows.extend(transcript.finish());
        rows
    }

    /// Takes the next entry of the tape; the rows that became whole by it.
    pub fn push(&mut self, entry: &Entry) -> Vec<Row> {
        match entry {
            Entry::Line { .. } => Vec::new(),
            Entry::Event(event) => self.event(event),
            Entry::Note(note) => self.note(note),
        }
    }

    /// What has come of messages that are not whole, at the end of the tape.
    pub fn finish(&mut self) -> Vec<Row> {
        self.lines.values_mut().flat_map(Line::finish).map(Row::Message).collect()
    }

    fn event(&mut self, event: &Event) -> Vec<Row> {
        let dialect = &self.dialect;
        let line = self.lines.entry(event.line.clone()).or_insert_with(|| Line::new(&event.line, dialect));
        let messages = line.take(event);
        for message in &messages {
            self.by_the_way(message);
        }
        messages.into_iter().map(Row::Message).collect()
    }

    /// What a message on one line says of the others.
    fn by_the_way(&mut self, message: &Message) {
        match &message.meaning {
            // What the terminal had begun before it was reset, it does not go on with.
            Meaning::Boot(_) => self.break_off(LineName::Modem.word(), *message.records.start()),
            Meaning::Answer(answer) if modem::begins_or_ends_connection(answer) => {
                self.break_off(HOST, *message.records.end());
            }
            _ => {}
        }
    }

    fn note(&mut self, note: &Note) -> Vec<Row> {
        use LineName::{Antenna, FrontEnd, Modem, Panel, Slot};
        let ended: &[LineName] = match (note.kind.as_str(), note.text.as_str()) {
            ("power", "on") => &[Panel, Modem, Slot, Antenna, FrontEnd],
            // The panel and the modem's line tell by the boot line where the reset was.
            ("reset", _) => &[Slot, Antenna, FrontEnd],
            _ => &[],
        };
        for line in ended {
            self.break_off(line.word(), note.n);
        }
        vec![Row::Note(note.clone())]
    }

    /// What comes on a line after this record has nothing to do with what came before. A part that was held back may still come.
    fn break_off(&mut self, name: &str, record: u64) {
        if let Some(line) = self.lines.get_mut(name) {
            line.to_terminal.break_off(record);
            line.from_terminal.break_off(record);
        }
    }
}

impl std::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transcript").field("lines", &self.lines.keys()).finish_non_exhaustive()
    }
}

impl Line {
    fn new(name: &str, dialect: &Arc<Dialect>) -> Self {
        let known = LineName::ALL.into_iter().find(|line| line.word() == name);
        let reader: Box<dyn Reader + Send> = match known {
            _ if name == HOST => Box::new(HostReader::new(dialect.clone())),
            Some(LineName::Panel) => Box::new(PanelReader::default()),
            Some(LineName::Modem) => Box::new(ModemReader::default()),
            Some(LineName::Slot) => Box::<SlotReader>::default(),
            Some(LineName::FrontEnd) => Box::<FrontEndReader>::default(),
            Some(LineName::Antenna) | None => Box::new(BytesReader),
        };
        let way = |direction| Way::new(name, direction);
        Self { reader, to_terminal: way(Direction::ToTerminal), from_terminal: way(Direction::FromTerminal) }
    }

    fn take(&mut self, event: &Event) -> Vec<Message> {
        let direction = event.direction;
        let mut messages = Vec::new();
        if self.way(direction).has_ended(event) {
            messages.extend(self.end(direction));
        }
        if event.data.iter().any(|piece| matches!(piece, Piece::Withheld(_))) {
            messages.push(self.way(direction).withheld(event));
            return messages;
        }
        self.way(direction).push(event);
        messages.extend(self.found(direction));
        // What went this way may tell what the other way's bytes are: a prompt follows its command.
        messages.extend(self.found(opposite(direction)));
        messages
    }

    /// The messages that are whole.
    fn found(&mut self, direction: Direction) -> Vec<Message> {
        let way = match direction {
            Direction::ToTerminal => &mut self.to_terminal,
            Direction::FromTerminal => &mut self.from_terminal,
        };
        let mut messages = Vec::new();
        while let Some(found) = self.reader.next(direction, way.come()) {
            messages.extend(way.cut(found.broken, Meaning::Broken));
            messages.extend(way.cut(found.bytes, found.meaning));
        }
        messages
    }

    fn finish(&mut self) -> Vec<Message> {
        [Direction::FromTerminal, Direction::ToTerminal].into_iter().filter_map(|way| self.end(way)).collect()
    }

    /// What was begun one way will not be whole.
    fn end(&mut self, direction: Direction) -> Option<Message> {
        self.reader.restart(direction);
        self.way(direction).cut(usize::MAX, Meaning::Broken)
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::ToTerminal => &mut self.to_terminal,
            Direction::FromTerminal => &mut self.from_terminal,
        }
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::ToTerminal => Direction::FromTerminal,
        Direction::FromTerminal => Direction::ToTerminal,
    }
}

/// A line on which no messages are known: what comes at once is a row.
struct BytesReader;

impl Reader for BytesReader {
    fn next(&mut self, _: Direction, come: &PieceQueue) -> Option<Found> {
        match come.bytes().len() {
            0 => None,
            all => Found::new(all, Meaning::Bytes),
        }
    }

    fn restart(&mut self, _: Direction) {}
}

/// How long a provisioning record may pause: then the terminal gives it up (INTERFACE.md, section 5, R08).
const RECORD_PAUSE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
