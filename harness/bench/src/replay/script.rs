//! The tape as a script: for each boot what the terminal is given, when, and what must have come from it before.

use payrig_rig::LineName;

use super::{
    boot_line::MARKER,
    choice::Choice,
    expected::{Expected, Place},
    happening::{Happening, What},
};

/// A board's life from a boot to a power cut, a reset or the tape's end.
pub(super) struct Life {
    /// How it began, and where on the tape.
    pub birth: (Birth, Place),
    /// Whether key store and journal are erased before.
    pub blank: bool,
    /// Whether the case is opened before, without power.
    pub opened: bool,
    /// What is given to the terminal and what is waited for, in the tape's order.
    pub steps: Vec<Step>,
    /// What each line must carry from the terminal, in the order of [`LineName::ALL`].
    pub expected: [Expected; 5],
    /// How it ended, and where on the tape.
    pub ending: (Ending, Place),
    /// How many chunks that were recorded after the reset that ended it may still be its.
    pub late: usize,
    /// Which of what the tape leaves open about the ending is played.
    pub choice: Choice,
}

/// How a life begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Birth {
    /// The power comes on.
    PowerOn,
    /// The board is reset; its lines stay open.
    Reset,
}

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The power is cut.
    Cut,
    /// The board is reset.
    Reset,
    /// The tape ends.
    TapeEnd,
}

/// One thing to do.
pub(super) struct Step {
    /// Where on the tape it is.
    pub place: Place,
    /// Which line.
    pub line: LineName,
    /// What.
    pub act: Act,
}

impl Step {
    /// Whether it sends something on the modem line.
    pub(super) fn is_to_modem(&self) -> bool {
        self.line == LineName::Modem && matches!(self.act, Act::Send(_))
    }
}

/// What a step does.
pub(super) enum Act {
    /// Sends these bytes to the terminal.
    Send(Vec<u8>),
    /// Waits until the terminal has sent as many bytes on the line since its boot.
    Hear(usize),
}

impl Life {
    fn new(
        birth: (Birth, Place),
        (blank, opened): (bool, bool),
        raw: [u64; 5],
        end: Place,
        choice: Choice,
    ) -> Self {
        let expected = LineName::ALL.map(|line| Expected::on(line, raw[line as usize]));
        let ending = (Ending::TapeEnd, end);
        Self { birth, blank, opened, steps: Vec::new(), expected, ending, late: 0, choice }
    }
}

/// The lives on a tape that ends at `end`; `choices` are those of each ending, in order.
pub(super) fn lives(happenings: &[Happening], end: Place, choices: &[Choice]) -> Vec<Life> {
    let mut writer =
        Writer { lives: Vec::new(), raw: [0; 5], blank: false, opened: false, split: Split::default() };
    for (at, Happening { place, what }) in happenings.iter().enumerate() {
        match what {
            What::On | What::Reset => {
                let choice = choices.get(writer.lives.len()).copied().unwrap_or_default();
                let birth = match what {
                    What::Reset => Birth::Reset,
                    _ => Birth::PowerOn,
                };
                writer.begin(birth, *place, end, choice, happenings.get(at + 1..).unwrap_or_default());
            }
            What::Cut | What::Blank => {
                writer.end(Ending::Cut, *place);
                if matches!(what, What::Blank) {
                    (writer.blank, writer.opened) = (true, false);
                }
            }
            What::Opened => writer.opened = true,
            What::Input(line, bytes) => writer.input(*line, bytes, *place),
            What::Output(line, bytes) => writer.output(*line, bytes, *place),
        }
    }
    let mut kept = Vec::new();
    for life in &mut writer.lives {
        kept = life.choose(kept);
    }
    writer.lives
}

/// Writes the script.
struct Writer {
    lives: Vec<Life>,
    /// Bytes of each line so far that came from the terminal.
    raw: [u64; 5],
    blank: bool,
    opened: bool,
    split: Split,
}

impl Writer {
    fn begin(&mut self, birth: Birth, place: Place, end: Place, choice: Choice, rest: &[Happening]) {
        self.split = Split::default();
        if birth == Birth::Reset {
            self.end(Ending::Reset, place);
            self.split = Split::after_reset(rest);
            if let Some(last) = self.lives.last_mut() {
                last.late = self.split.chunks;
                self.split.chunks = last.choice.late.min(last.late);
            }
        }
        let before = (std::mem::take(&mut self.blank), std::mem::take(&mut self.opened));
        self.lives.push(Life::new((birth, place), before, self.raw, end, choice));
    }

    /// Ends the last life, unless it has ended.
    fn end(&mut self, ending: Ending, place: Place) {
        if let Some(last) = self.lives.last_mut().filter(|last| last.ending.0 == Ending::TapeEnd) {
            last.ending = (ending, place);
        }
    }

    fn input(&mut self, line: LineName, bytes: &[u8], place: Place) {
        let older = self.split.takes_chunk();
        if let Some(life) = self.life(older) {
            life.steps.push(Step { place, line, act: Act::Send(bytes.to_vec()) });
        }
    }

    fn output(&mut self, line: LineName, bytes: &[Option<u8>], place: Place) {
        let older = self.split.takes_output(line, bytes.len());
        let (before, after) = bytes.split_at(older);
        for (bytes, older) in [(before, true), (after, false)] {
            let raw = self.raw[line as usize];
            self.raw[line as usize] += bytes.len() as u64;
            let Some(life) = self.life(older).filter(|_| !bytes.is_empty()) else { continue };
            let expected = &mut life.expected[line as usize];
            for (raw, byte) in (raw..).zip(bytes) {
                expected.push(*byte, place, raw);
            }
            let heard = expected.len();
            life.steps.push(Step { place, line, act: Act::Hear(heard) });
        }
    }

    /// The last life, or the one before it.
    fn life(&mut self, older: bool) -> Option<&mut Life> {
        self.lives.iter_mut().rev().nth(usize::from(older))
    }
}

/// What is recorded after a reset was asked for and is of the boot before it: it takes a moment until the board is reset, and
/// until what it has sent is recorded.
#[derive(Default)]
struct Split {
    /// Bytes from the panel: those before the boot line.
    panel: usize,
    /// Outputs of the other lines but the slot's: those before the boot line, which comes before all others
    /// (INTERFACE.md, sections 2 and 9).
    outputs: usize,
    /// Inputs, and outputs of the slot: at most those before the boot line.
    chunks: usize,
}

impl Split {
    /// How much of `rest`, which follows a reset, may be of the boot before it.
    fn after_reset(rest: &[Happening]) -> Self {
        let mut panel = Vec::new();
        let (mut outputs, mut chunks) = (Vec::new(), Vec::new());
        for happening in rest {
            match &happening.what {
                What::On | What::Cut | What::Blank | What::Opened | What::Reset => break,
                What::Output(LineName::Panel, bytes) => panel.extend(bytes.iter().map(|b| b.unwrap_or(0))),
                What::Input(..) | What::Output(LineName::Slot, _) => chunks.push(panel.len()),
                What::Output(..) => outputs.push(panel.len()),
            }
        }
        let Some(boot) = panel.windows(MARKER.len()).position(|bytes| bytes == MARKER) else {
            return Self::default();
        };
        let before = |places: &[usize]| places.iter().filter(|place| **place <= boot).count();
        Self { panel: boot, outputs: before(&outputs), chunks: before(&chunks) }
    }

    /// How many bytes of an output are of the boot before.
    fn takes_output(&mut self, line: LineName, bytes: usize) -> usize {
        match line {
            LineName::Panel => {
                let taken = bytes.min(self.panel);
                self.panel -= taken;
                taken
            }
            LineName::Slot => usize::from(self.takes_chunk()) * bytes,
            LineName::Modem | LineName::Antenna | LineName::FrontEnd => {
                let takes = self.outputs > 0;
                self.outputs -= usize::from(takes);
                usize::from(takes) * bytes
            }
        }
    }

    fn takes_chunk(&mut self) -> bool {
        let takes = self.chunks > 0;
        self.chunks -= usize::from(takes);
        takes
    }
}
