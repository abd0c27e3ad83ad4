//! What a character means to the decoder, by what the two sides speak.

use super::{Mode, SlotDecoder};
use crate::chip::{
    Atr, AtrError,
    trace::{
        SlotDirection, SlotMeaning,
        t0::{Step, T0},
        t1::T1,
    },
};

/// Opens PPS.
const PPSS: u8 = 0xFF;

impl SlotDecoder {
    /// The terminal's lane has one more character.
    pub(super) fn terminal_spoke(&mut self) {
        let direction = SlotDirection::FromTerminal;
        if let Mode::Fresh(protocol) = self.mode {
            if self.terminal.characters.first() == Some(&Some(PPSS)) {
                return self.pps(direction, protocol);
            }
            self.mode = match protocol {
                0 => Mode::T0(T0::default()),
                1 => Mode::T1(T1::default()),
                _ => Mode::Lost,
            };
        }
        let breaks = !self.card.characters.is_empty();
        if breaks && !matches!(self.mode, Mode::Lost) {
            self.characters(SlotDirection::ToTerminal);
        }
        let repeated = std::mem::take(&mut self.repeats);
        let step = match &mut self.mode {
            Mode::Lost => return,
            Mode::Atr | Mode::Fresh(_) => Step::Stray,
            Mode::T0(t0) => {
                if breaks {
                    t0.break_off(true);
                }
                t0.terminal(&self.terminal, repeated)
            }
            Mode::T1(t1) => t1.take(direction, &self.terminal),
        };
        self.step(direction, step);
    }

    /// The card's lane has one more character.
    pub(super) fn card_spoke(&mut self) {
        let direction = SlotDirection::ToTerminal;
        let breaks = !self.terminal.characters.is_empty();
        if breaks && !matches!(self.mode, Mode::Lost) {
            self.characters(SlotDirection::FromTerminal);
        }
        let step = match &mut self.mode {
            Mode::Lost => return,
            Mode::Atr => return self.answer_to_reset(),
            Mode::Fresh(protocol) => {
                let protocol = *protocol;
                if self.card.characters.first() == Some(&Some(PPSS)) {
                    return self.pps(direction, protocol);
                }
                Step::Stray
            }
            Mode::T0(t0) => {
                if breaks {
                    t0.break_off(false);
                }
                t0.card(&self.card)
            }
            Mode::T1(t1) => t1.take(direction, &self.card),
        };
        self.step(direction, step);
    }

    fn step(&mut self, direction: SlotDirection, step: Step) {
        match step {
            Step::Wait => {}
            Step::Found(meaning) => self.found_here(direction, meaning),
            Step::Stray => self.characters(direction),
        }
    }

    fn answer_to_reset(&mut self) {
        let Some(known) = self.card.known() else { return };
        let text = match Atr::parse_front(&known) {
            Err(AtrError::Cut { .. }) => return,
            Err(error) => {
                self.mode = Mode::Lost;
                error.to_string()
            }
            Ok((atr, _)) => {
                self.mode = Mode::Fresh(atr.protocol());
                let said: Vec<String> =
                    atr.protocols().iter().map(|protocol| format!("T={protocol}")).collect();
                let inverse = if known.first() == Some(&0x3F) { ", inverse convention" } else { "" };
                let rate = atr.ta1().map(|ta1| format!(", TA1 {ta1:02X}")).unwrap_or_default();
                let mode = atr.ta2().map(|ta2| format!(", TA2 {ta2:02X}")).unwrap_or_default();
                format!("{}{inverse}{rate}{mode}", said.join(" "))
            }
        };
        self.found_here(SlotDirection::ToTerminal, SlotMeaning::Atr(text));
    }

    fn pps(&mut self, direction: SlotDirection, protocol: u8) {
        let Some(known) = self.lane(direction).known() else { return self.characters(direction) };
        let Some(pps0) = known.get(1) else { return };
        let length = 3 + (pps0 & 0x70).count_ones() as usize;
        if known.len() < length {
            return;
        }
        let rate = known.get(2).filter(|_| pps0 & 0x10 != 0);
        let rate = rate.map(|pps1| format!(", rate {pps1:02X}")).unwrap_or_default();
        let is_right = known.iter().fold(0, |sum, byte| sum ^ byte) == 0;
        let wrong = if is_right { "" } else { ", PCK wrong" };
        let side = if direction == SlotDirection::FromTerminal { "request" } else { "response" };
        let is_in_force = is_right && direction == SlotDirection::ToTerminal;
        self.mode = Mode::Fresh(if is_in_force { pps0 & 0x0F } else { protocol });
        let text = format!("{side} T={}{rate}{wrong}", pps0 & 0x0F);
        self.found_here(direction, SlotMeaning::Pps(text));
    }
}
