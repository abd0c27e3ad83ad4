//! What the tape says of the terminal, its secrets put back.

use payrig_operator::{BootLine, PanelEvent, PanelStream};
use payrig_rig::LineName;
use payrig_tape::{Direction, Entry, Event, Note, Piece, RestoreError, Secrets, restore};

use crate::{between::DEVICE, steps::OPENED_WITHOUT_POWER};

use super::{error::ReplayError, expected::Place, source::Source};

/// Something that happened to the terminal, or that it did.
pub(super) struct Happening {
    /// Where on the tape it is.
    pub place: Place,
    /// What.
    pub what: What,
}

/// What happened.
pub(super) enum What {
    /// The power came on.
    On,
    /// The power was cut.
    Cut,
    /// The power was cut and the battery removed.
    Blank,
    /// The case was opened without power.
    Opened,
    /// The board was reset.
    Reset,
    /// Bytes went to the terminal.
    Input(LineName, Vec<u8>),
    /// Bytes came from the terminal: `None` where only their number was recorded.
    Output(LineName, Vec<Option<u8>>),
}

/// Everything on the tape that the terminal has a part in, in order. What else is on it (the host's side of a
/// connection, notes of the bench) is left out.
pub(super) fn happenings(source: &Source, secrets: &Secrets) -> Result<Vec<Happening>, ReplayError> {
    let mut happenings = Vec::new();
    let mut power = Power::default();
    for entry in &source.recording.entries {
        let what = match entry {
            Entry::Line { .. } => None,
            Entry::Note(note) => of_note(source, note)?,
            Entry::Event(event) => of_event(source, event, secrets)?,
        };
        let Some(what) = what else { continue };
        power.check(&what).map_err(|reason| source.wrong(entry.n(), reason))?;
        happenings.push(Happening { place: Place { n: entry.n(), at: entry.at() }, what });
    }
    if !power.was_on {
        let last = source.recording.entries.last().map_or(0, Entry::n);
        return Err(source.wrong(last, "the tape ends and the terminal has had no power yet"));
    }
    if source.is_of_kept_board() {
        check_new(source, &happenings)?;
    }
    Ok(happenings)
}

/// Refuses a board that had booted before the tape: what its memory held is not known.
fn check_new(source: &Source, happenings: &[Happening]) -> Result<(), ReplayError> {
    let panel = happenings.iter().filter_map(|happening| match &happening.what {
        What::Output(LineName::Panel, bytes) => Some((happening.place.n, bytes)),
        _ => None,
    });
    let mut stream = PanelStream::default();
    for (n, bytes) in panel {
        let bytes: Vec<u8> = bytes.iter().copied().flatten().collect();
        match stream.push(&bytes).first() {
            Some(PanelEvent::Boot(BootLine { boot, state, .. }))
                if (*boot, state.as_str()) != (1, "blank") =>
            {
                let found = format!("boot {boot}, {state}");
                return Err(ReplayError::NotNew { path: source.tape.clone(), n, found });
            }
            Some(_) => return Ok(()),
            None => {}
        }
    }
    Ok(())
}

/// Refuses what cannot happen to a board.
#[derive(Default)]
struct Power {
    on: bool,
    was_on: bool,
}

impl Power {
    fn check(&mut self, what: &What) -> Result<(), &'static str> {
        match what {
            What::On if self.on => return Err("the power comes on although it is on"),
            What::Opened if self.on => return Err("the case is opened without power, and the power is on"),
            What::Reset if !self.on => return Err("a board without power is reset"),
            What::Input(..) | What::Output(..) if !self.was_on => {
                return Err("a line carries bytes before the power is on");
            }
            What::On => (self.on, self.was_on) = (true, true),
            What::Cut | What::Blank => self.on = false,
            What::Opened | What::Reset | What::Input(..) | What::Output(..) => {}
        }
        Ok(())
    }
}

fn of_note(source: &Source, note: &Note) -> Result<Option<What>, ReplayError> {
    match (note.kind.as_str(), note.text.as_str()) {
        ("power", "on") => Ok(Some(What::On)),
        ("power", "cut") => Ok(Some(What::Cut)),
        ("power", "cut, battery removed") => Ok(Some(What::Blank)),
        ("power", other) => Err(source
            .wrong(note.n, format!("expected power `on`, `cut` or `cut, battery removed`, found `{other}`"))),
        ("tamper", OPENED_WITHOUT_POWER) => Ok(Some(What::Opened)),
        ("reset", _) => Ok(Some(What::Reset)),
        _ => Ok(None),
    }
}

/// The host's side of a connection is said again in the modem's data.
const HOST: &str = "host";

fn of_event(source: &Source, event: &Event, secrets: &Secrets) -> Result<Option<What>, ReplayError> {
    let Some(line) = LineName::ALL.into_iter().find(|line| line.word() == event.line) else {
        return match event.line.as_str() {
            // What the terminal got of it, and said to it, is on the modem's line.
            HOST | DEVICE => Ok(None),
            other => Err(source.wrong(event.n, format!("the simulated terminal has no line `{other}`"))),
        };
    };
    let restored = || {
        value(event, secrets).map_err(|why| match why {
            NoValue::Secret(reason) => ReplayError::Secret { path: source.tape.clone(), n: event.n, reason },
            NoValue::Damaged(reason) => source.wrong(event.n, reason),
        })
    };
    Ok(Some(match event.direction {
        Direction::ToTerminal => What::Input(line, restored()?),
        Direction::FromTerminal => match withheld(&event.data) {
            Some(bytes) => What::Output(line, vec![None; bytes]),
            None => What::Output(line, restored()?.into_iter().map(Some).collect()),
        },
    }))
}

/// Why a chunk's bytes cannot be had.
pub(super) enum NoValue {
    /// The fixtures do not hold the value of a token.
    Secret(String),
    /// The record makes no sense.
    Damaged(String),
}

/// A chunk's bytes, the values of its secrets in their places.
pub(super) fn value(event: &Event, secrets: &Secrets) -> Result<Vec<u8>, NoValue> {
    let misfit = |token: &str| NoValue::Secret(format!("the fixtures hold another value for {token}"));
    for token in event.data.iter().flat_map(Piece::tokens) {
        if secrets.get(&token.name).is_some_and(|secret| secret.label() != token.show) {
            return Err(misfit(&token.to_string()));
        }
    }
    restore(&event.data, secrets).map_err(|error| match error {
        RestoreError::Unknown { token } => {
            NoValue::Secret(format!("no fixture that the case was played with holds a value for {token}"))
        }
        RestoreError::Misfit { token } => misfit(&token),
        RestoreError::Withheld { bytes } => NoValue::Damaged(format!(
            "{bytes} bytes were recorded by their number only: what went to the terminal is not known"
        )),
        RestoreError::HalfByte => NoValue::Damaged("expected whole bytes, found half a byte".into()),
    })
}

/// The number of bytes, where a whole chunk was recorded by number only.
fn withheld(pieces: &[Piece]) -> Option<usize> {
    match pieces {
        [Piece::Withheld(bytes)] => usize::try_from(*bytes).ok().filter(|bytes| *bytes <= LONGEST_CHUNK),
        _ => None,
    }
}

/// No chunk of a line is longer; a damaged record may say anything.
const LONGEST_CHUNK: usize = 1 << 20;
