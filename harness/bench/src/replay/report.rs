//! A difference as a person reads it.

use std::{fmt, time::Duration};

use payrig_iso8583::Dialect;
use payrig_tape::{Direction, Lens, PieceQueue, Secrets, TAPE_FILE, Tape, TapeError};
use tokio::time::Instant;

use super::{
    course::{Fault, Oddity, Spot},
    error::ReplayError,
    picture::{Both, Side},
    script::Life,
};

/// The first difference between the tape and the simulated terminal.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Where: first what is first on the tape, then what was seen on other lines at the same time.
    pub deviations: Vec<Deviation>,
    /// How the simulated terminal crashed, if it did.
    pub crash: Option<String>,
}

/// What one line did otherwise.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The line.
    pub line: &'static str,
    /// Which way its bytes went.
    pub direction: Direction,
    /// Number of the tape's record that is not matched; where there is more than was recorded, the one that it came after.
    pub record: u64,
    /// The record's time.
    pub at: Duration,
    /// The byte on this line and in this direction, counted from 0 at the tape's start.
    pub byte: u64,
    /// The boot, counted from 1 on this tape.
    pub boot: usize,
    /// What is the matter.
    pub kind: DeviationKind,
    /// What was expected and what came, for people; several lines.
    pub text: String,
}

/// How a line can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviationKind {
    /// Other bytes came than were recorded.
    Changed,
    /// Nothing came for this long.
    Silent(Duration),
    /// More came than was recorded.
    More,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, record, byte, boot, .. } = self;
        let way = match self.direction {
            Direction::FromTerminal => "from the terminal",
            Direction::ToTerminal => "to the terminal",
        };
        let after = if self.kind == DeviationKind::More { "after " } else { "" };
        write!(
            f,
            "{after}record {record} at {:.3} s: {line}, {way}, byte {byte}, boot {boot}: ",
            self.at.as_secs_f64()
        )?;
        match self.kind {
            DeviationKind::Changed => f.write_str("the simulated terminal sent something else"),
            DeviationKind::Silent(time) if time >= Duration::from_secs(1) => {
                write!(f, "the terminal stayed silent for {:.1} s of virtual time", time.as_secs_f64())
            }
            DeviationKind::Silent(_) => f.write_str("the simulated terminal sent nothing here"),
            DeviationKind::More => f.write_str("the simulated terminal sent more than was recorded"),
        }?;
        write!(f, "\n{}", self.text)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, deviation) in self.deviations.iter().enumerate() {
            if n > 0 {
                f.write_str("\nand ")?;
            }
            write!(f, "{deviation}")?;
        }
        match &self.crash {
            Some(why) if self.deviations.is_empty() => write!(f, "after the tape's end: {why}"),
            Some(why) => write!(f, "\n{why}"),
            None => Ok(()),
        }
    }
}

/// Tells a difference in the words of its lines, its secrets as tokens.
pub(super) fn difference(
    fault: &Fault,
    lives: &[Life],
    dialect: &Dialect,
    secrets: &Secrets,
) -> Result<Difference, ReplayError> {
    let mut deviations = Vec::new();
    for spot in &fault.spots {
        let Some(life) = lives.get(fault.life) else { continue };
        let Spot { line, offset, place, oddity } = *spot;
        let expected = &life.expected[line as usize];
        let both = Both {
            expected: match expected.recorded() {
                Some(bytes) => Side::Bytes(tokens(line.word(), &bytes, secrets)?),
                None => Side::Withheld(expected.len()),
            },
            found: tokens(line.word(), fault.found[line as usize].bytes(), secrets)?,
            offset,
            dialect,
        };
        deviations.push(Deviation {
            line: line.word(),
            direction: Direction::FromTerminal,
            record: place.n,
            at: place.at,
            byte: expected.number(offset),
            boot: fault.life + 1,
            kind: match oddity {
                Oddity::Changed => DeviationKind::Changed,
                Oddity::Silent(time) => DeviationKind::Silent(time),
                Oddity::More => DeviationKind::More,
            },
            text: both.picture(line),
        });
    }
    Ok(Difference { deviations, crash: fault.crash.clone() })
}

/// A line's bytes with the secrets in them as tokens: as a tape has them.
fn tokens(line: &str, bytes: &[u8], secrets: &Secrets) -> Result<PieceQueue, ReplayError> {
    let failed = |what: &str, error: &dyn fmt::Display| {
        ReplayError::Machine(format!("failed to {what} a temporary tape: {error}"))
    };
    let folder = tempfile::tempdir().map_err(|error| failed("make", &error))?;
    let unwritten = |error: TapeError| failed("write", &error);
    let tape = Tape::create(folder.path(), Instant::now()).map_err(unwritten)?;
    tape.secrets().absorb(secrets);
    let lens = if line == "panel" { Lens::Text } else { Lens::Binary };
    tape.line(line, lens).record(Direction::FromTerminal, bytes);
    tape.finish().map_err(unwritten)?;
    let recording = payrig_tape::read(&folder.path().join(TAPE_FILE)).map_err(|e| failed("read", &e))?;
    let mut queue = PieceQueue::default();
    queue.push(&recording.stream(line, Direction::FromTerminal));
    Ok(queue)
}
