//! A decoder of a slot line.

use super::{
    SlotDirection, SlotItem, SlotMeaning, SlotSignal,
    lane::{Lane, Read},
    t0::T0,
    t1::T1,
};
use crate::chip::Convention;

mod modes;

/// What the two sides speak.
#[derive(Default)]
enum Mode {
    /// Nothing: no power, or an answer to reset that is none.
    #[default]
    Lost,
    Atr,
    /// The answer to reset is whole; PPS, or this protocol, follows.
    Fresh(u8),
    T0(T0),
    T1(T1),
}

/// Puts in words what passes on a slot line (INTERFACE.md, section 9).
///
/// It is fed with the bytes of both directions in the order in which they passed, in pieces of any size, and gives items as they are
/// complete. Noise becomes [`SlotMeaning::Characters`]; with the next reset it has found its way again.
#[derive(Default)]
pub struct SlotDecoder {
    mode: Mode,
    terminal: Lane,
    card: Lane,
    vcc: bool,
    convention: Convention,
    /// A harmed character of the card and its end: it counts unless the terminal asks for it again.
    doubt: Option<(Option<u8>, u64)>,
    /// The card asked for the terminal's last character again.
    repeats: bool,
    found: Vec<SlotItem>,
}

impl SlotDecoder {
    /// A decoder of a line on which nothing has passed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes; the items that they complete.
    pub fn feed(&mut self, direction: SlotDirection, bytes: &[u8]) -> Vec<SlotItem> {
        for byte in bytes {
            let from_terminal = direction == SlotDirection::FromTerminal;
            if let Some(read) = self.lane(direction).push(*byte, from_terminal) {
                self.read(direction, read);
            }
        }
        self.take_found(direction)
    }

    /// Takes bytes whose values are not known, each as one character; the items that they complete.
    pub fn feed_withheld(&mut self, direction: SlotDirection, count: usize) -> Vec<SlotItem> {
        for _ in 0..count {
            let read = self.lane(direction).withhold();
            self.read(direction, read);
        }
        self.take_found(direction)
    }

    /// The line ended, or the terminal was reset: what is left, as characters.
    pub fn finish(&mut self) -> Vec<SlotItem> {
        self.break_off();
        (self.mode, self.vcc) = (Mode::Lost, false);
        for direction in [SlotDirection::FromTerminal, SlotDirection::ToTerminal] {
            // An escape that was not ended.
            if self.lane(direction).is_open() {
                let bytes = self.lane(direction).close_all();
                self.found.push(SlotItem { direction, bytes, meaning: SlotMeaning::Characters(0) });
            }
        }
        std::mem::take(&mut self.found)
    }

    /// What was found. Where nobody knows what is spoken, characters do not wait for more.
    fn take_found(&mut self, direction: SlotDirection) -> Vec<SlotItem> {
        if matches!(self.mode, Mode::Lost) {
            self.characters(direction);
        }
        std::mem::take(&mut self.found)
    }

    const fn lane(&mut self, direction: SlotDirection) -> &mut Lane {
        match direction {
            SlotDirection::FromTerminal => &mut self.terminal,
            SlotDirection::ToTerminal => &mut self.card,
        }
    }

    fn read(&mut self, direction: SlotDirection, read: Read) {
        match (direction, read) {
            (_, Read::Nothing) => {}
            (SlotDirection::FromTerminal, Read::Character(character)) => {
                self.settle_doubt();
                let turned = character.map(|character| self.convention.turn(character));
                let end = self.terminal.at();
                self.terminal.take(turned, end);
                self.terminal_spoke();
            }
            (SlotDirection::ToTerminal, Read::Character(character)) => {
                self.settle_doubt();
                let end = self.card.at();
                let harmed = std::mem::take(&mut self.card.harms_next);
                if harmed && !matches!(self.mode, Mode::T1(_) | Mode::Lost) {
                    self.doubt = Some((character, end));
                } else {
                    self.card.is_harmed |= harmed;
                    self.take_card(character, end);
                }
            }
            (_, Read::Signal(signal)) => self.signal(direction, signal),
        }
    }

    fn settle_doubt(&mut self) {
        if let Some((character, end)) = self.doubt.take() {
            self.card.is_harmed = true;
            self.take_card(character, end);
        }
    }

    fn take_card(&mut self, character: Option<u8>, end: u64) {
        if matches!(self.mode, Mode::Atr) && self.card.characters.is_empty() {
            let inverse = character == Some(0x03);
            self.convention = if inverse { Convention::Inverse } else { Convention::Direct };
        }
        let turned = character.map(|character| self.convention.turn(character));
        self.card.take(turned, end);
        self.card_spoke();
    }

    fn signal(&mut self, direction: SlotDirection, signal: SlotSignal) {
        match (direction, signal) {
            (SlotDirection::FromTerminal, SlotSignal::Error) => self.doubt = None,
            (SlotDirection::ToTerminal, SlotSignal::Error) => self.repeats = true,
            _ => self.break_off(),
        }
        if !self.lane(direction).characters.is_empty() {
            self.characters(direction);
        }
        let bytes = self.lane(direction).close_all();
        self.found.push(SlotItem { direction, bytes, meaning: SlotMeaning::Signal(signal) });
        match signal {
            SlotSignal::Vcc(on) => {
                self.vcc = on;
                self.mode = Mode::Lost;
            }
            SlotSignal::Rst(high) => {
                self.mode = if high && self.vcc { Mode::Atr } else { Mode::Lost };
                self.convention = Convention::Direct;
            }
            SlotSignal::Error => {}
        }
    }

    /// What is unfinished is characters.
    fn break_off(&mut self) {
        if let Some((character, end)) = self.doubt.take() {
            self.card.take(character, end);
        }
        self.repeats = false;
        for direction in [SlotDirection::FromTerminal, SlotDirection::ToTerminal] {
            self.characters(direction);
        }
    }

    /// The characters so far belong to nothing.
    fn characters(&mut self, direction: SlotDirection) {
        let lane = self.lane(direction);
        let count = lane.characters.len();
        if count > 0 {
            self.found_here(direction, SlotMeaning::Characters(count));
        }
    }

    fn found_here(&mut self, direction: SlotDirection, meaning: SlotMeaning) {
        let bytes = self.lane(direction).close();
        self.found.push(SlotItem { direction, bytes, meaning });
    }
}
