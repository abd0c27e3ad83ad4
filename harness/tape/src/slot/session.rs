//! A session with a card: its convention, its protocol, and which characters are what.

use zeroize::Zeroizing;

use super::atr::{Atr, Pps};
use super::convention::Convention;
use super::data_field::DataField;
use super::queued::{Queued, Twin};
use super::symbol::{Sign, Symbol};
use super::t0::{self, T0};
use super::verify::Verify;
use super::way::{Search, Way};
use crate::lens::Direction::{self, FromTerminal, ToTerminal};
use crate::pattern::PatternSet;
use crate::secrets::Secrets;

/// As they stand on the line.
type Bytes = Zeroizing<Vec<u8>>;

/// What a session works on.
pub(crate) struct Desk<'a> {
    /// To the terminal, and from it.
    pub(crate) ways: &'a mut [Way; 2],
    pub(crate) set: &'a PatternSet,
    pub(crate) secrets: &'a Secrets,
    /// The line's name.
    pub(crate) line: &'a str,
}

impl Desk<'_> {
    pub(crate) fn way(&mut self, direction: Direction) -> &mut Way {
        &mut self.ways[direction as usize]
    }

    pub(crate) fn cut(&mut self, direction: Direction, search: Search) {
        let set = self.set;
        self.way(direction).cut(search, set);
    }
}

#[derive(Default)]
enum Stage {
    /// No card answers.
    #[default]
    Off,
    /// RST is high: the answer to reset begins.
    Reset,
    Atr(Atr),
    /// The answer has come: a PPS or the protocol's first character.
    Choice {
        protocol: u8,
        pps: Option<Pps>,
        asked: bool,
    },
    T0(T0),
    T1(Box<DataField>),
}

/// What is known of the session.
#[derive(Default)]
pub(crate) struct Session {
    convention: Convention,
    stage: Stage,
    /// The next character from the card has a parity error.
    harmed: bool,
    /// The last character from the card, which had one.
    waits: Option<Waiting>,
    /// The terminal's last character had one, says the card.
    again: bool,
    verify: Verify,
    /// Check characters are taken as right: what they are over is not known.
    trusting: bool,
}

/// A character that may come again.
#[derive(Clone, Copy)]
struct Waiting {
    symbol: u64,
    value: u8,
    /// The terminal has asked for it.
    asked: bool,
    /// How often it came before.
    times: u8,
}

/// A character comes again three times at most; what comes more often is no such character.
const LONGEST_REPETITION: u8 = 8;

impl Session {
    /// One that takes every check character as right.
    pub(crate) fn trusting() -> Self {
        Self { trusting: true, ..Self::default() }
    }

    pub(crate) fn symbol(&mut self, desk: &mut Desk<'_>, direction: Direction, symbol: Symbol) {
        let Symbol { sign, bytes } = symbol;
        if let Sign::Character(character) = sign {
            return self.character(desk, direction, character, bytes);
        }
        desk.way(direction).push(Queued::control(bytes));
        match (sign, direction) {
            (Sign::Rst(true), FromTerminal) => {
                self.stop(desk);
                self.stage = Stage::Reset;
            }
            (Sign::Rst(false) | Sign::Vcc(false), FromTerminal) => self.stop(desk),
            (Sign::ParityError, ToTerminal) => self.harmed = self.repeats(),
            (Sign::ErrorSignal, FromTerminal) => {
                if let Some(waiting) = &mut self.waits {
                    waiting.asked = true;
                }
            }
            (Sign::ErrorSignal, ToTerminal) => self.again = matches!(self.stage, Stage::T0(_)),
            _ => {}
        }
    }

    /// The session ends, or the record does for now: what waited for more of it is decided.
    pub(crate) fn settle(&mut self, desk: &mut Desk<'_>) {
        if let Some(waiting) = self.waits.take() {
            self.accept(desk, waiting);
        }
        self.verify.end(desk);
        if let Stage::T1(field) = &mut self.stage {
            field.settle(desk);
        }
        for direction in [ToTerminal, FromTerminal] {
            desk.cut(direction, Search::All);
            desk.cut(direction, Search::Data);
        }
    }

    fn stop(&mut self, desk: &mut Desk<'_>) {
        self.settle(desk);
        *self = Self { trusting: self.trusting, ..Self::default() };
    }

    /// Whether a character with a parity error is one that comes again.
    fn repeats(&self) -> bool {
        matches!(self.stage, Stage::Reset | Stage::Atr(_) | Stage::T0(_))
    }

    fn character(&mut self, desk: &mut Desk<'_>, direction: Direction, character: u8, bytes: Bytes) {
        if direction == ToTerminal && matches!(self.stage, Stage::Reset) {
            self.convention = if character == 0x03 { Convention::Inverse } else { Convention::Direct };
        }
        let convention = self.convention;
        let value = convention.turn(character);
        let again = direction == FromTerminal && std::mem::take(&mut self.again);
        let again = again && desk.way(direction).last_value() == Some(value);
        let twin = if again { Twin::Before } else { Twin::None };
        let symbol = desk.way(direction).push(Queued::character(bytes, value, convention, twin));
        match direction {
            FromTerminal if again => {}
            FromTerminal => self.place(desk, direction, symbol, value),
            ToTerminal => self.take_from_card(desk, symbol, value),
        }
    }

    /// One that is harmed waits for the next: it may be the same once more.
    fn take_from_card(&mut self, desk: &mut Desk<'_>, symbol: u64, value: u8) {
        let mut times = 0;
        if let Some(waiting) = self.waits.take() {
            if waiting.asked && waiting.times < LONGEST_REPETITION {
                desk.way(ToTerminal).pair(waiting.symbol, symbol);
                desk.way(ToTerminal).free(waiting.symbol);
                times = waiting.times + 1;
            } else {
                self.accept(desk, waiting);
            }
        }
        if std::mem::take(&mut self.harmed) {
            desk.way(ToTerminal).hold(symbol);
            self.waits = Some(Waiting { symbol, value, asked: false, times });
        } else {
            self.place(desk, ToTerminal, symbol, value);
        }
    }

    /// A harmed character is taken as it is.
    fn accept(&mut self, desk: &mut Desk<'_>, waiting: Waiting) {
        self.place(desk, ToTerminal, waiting.symbol, waiting.value);
        desk.way(ToTerminal).free(waiting.symbol);
    }

    /// Finds out what a character is.
    fn place(&mut self, desk: &mut Desk<'_>, direction: Direction, symbol: u64, value: u8) {
        desk.way(direction).search(Search::All, symbol);
        match (&mut self.stage, direction) {
            (Stage::Off, _) | (Stage::Reset, FromTerminal) => {}
            (Stage::Reset, ToTerminal) => {
                let mut atr = Atr::default();
                atr.push(value);
                self.stage = Stage::Atr(atr);
            }
            (Stage::Atr(atr), ToTerminal) => {
                if let Some(protocol) = atr.push(value) {
                    self.stage = Stage::Choice { protocol, pps: None, asked: false };
                }
            }
            (Stage::Atr(atr), FromTerminal) => {
                self.stage = Stage::Choice { protocol: atr.protocol(), pps: None, asked: false };
                self.choose(desk, direction, symbol, value);
            }
            (Stage::Choice { .. }, _) => self.choose(desk, direction, symbol, value),
            _ => self.message(desk, direction, symbol, value),
        }
    }

    /// A PPS goes before the first message, if there is one.
    fn choose(&mut self, desk: &mut Desk<'_>, direction: Direction, symbol: u64, value: u8) {
        let Stage::Choice { protocol, pps, asked } = &mut self.stage else { return };
        // The request is the terminal's, the response the card's.
        let of_pps = (direction == FromTerminal) != *asked;
        if of_pps && (pps.is_some() || value == Pps::BEGINNING) {
            let chosen = pps.get_or_insert_default().push(value);
            match (chosen, *asked) {
                (Some(_), false) => (*pps, *asked) = (None, true),
                (Some(chosen), true) => self.stage = self.protocol(chosen),
                (None, _) => {}
            }
            return;
        }
        let protocol = *protocol;
        self.stage = self.protocol(protocol);
        self.message(desk, direction, symbol, value);
    }

    fn protocol(&self, protocol: u8) -> Stage {
        if protocol == 1 {
            Stage::T1(Box::new(DataField::new(self.trusting)))
        } else {
            Stage::T0(T0::default())
        }
    }

    /// A character of a protocol's messages.
    fn message(&mut self, desk: &mut Desk<'_>, direction: Direction, symbol: u64, value: u8) {
        match &mut self.stage {
            Stage::T0(t0) => {
                let place = t0.push(direction, value);
                let (goes_on, commanded) = (t0.goes_on(), t0.is_commanded());
                match place {
                    t0::Place::Data | t0::Place::Verify { .. } => {
                        desk.way(direction).search(Search::Data, symbol);
                    }
                    t0::Place::Command => {
                        self.verify.end(desk);
                        desk.cut(FromTerminal, Search::Data);
                    }
                    t0::Place::Other if direction == FromTerminal && commanded && !goes_on => {
                        desk.cut(ToTerminal, Search::Data);
                    }
                    t0::Place::Other => {}
                }
                if let t0::Place::Verify { last } = place {
                    self.verify.push(desk, symbol, value, last);
                }
            }
            Stage::T1(field) => field.push(desk, &mut self.verify, direction, (symbol, value)),
            _ => {}
        }
    }
}
