//! A transcript's messages, sorted by what is compared with what.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use payrig_rig::LineName;
use payrig_tape::{Direction, Note, PieceQueue};

use super::{modem, unit::Unit};
use crate::{Meaning, Message, Row};

/// Messages whose order counts. The directions of the modem's line are one lane, so that a command goes before its answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneName {
    line: String,
    /// Power-ups and resets before.
    pub boot: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Both,
    One(Direction),
    /// What the module says by itself.
    Unasked,
}

/// The lanes of a tape.
#[derive(Default)]
pub(super) struct Sorted {
    pub lanes: BTreeMap<LaneName, Vec<Unit>>,
    /// When the terminal began to draw each whole screen, at the latest, by boot.
    screens: BTreeMap<usize, Vec<Duration>>,
    /// The boots whose boot line came.
    pub booted: BTreeSet<usize>,
}

impl Sorted {
    pub(super) fn of(rows: Vec<Row>) -> Self {
        let mut sorting = Sorting::default();
        for row in rows {
            match row {
                Row::Note(note) => sorting.note(&note),
                Row::Message(message) => sorting.message(message),
            }
        }
        let mut sorted = Self { lanes: BTreeMap::new(), screens: sorting.screens, booted: sorting.booted };
        for (name, messages) in with_owed_answers(sorting.lanes) {
            if name.kind == Kind::Both {
                let (dialogue, unasked) = modem::folded(messages);
                let unasked_name = LaneName { kind: Kind::Unasked, ..name.clone() };
                sorted.lanes.insert(unasked_name, units(unasked));
                sorted.lanes.insert(name, units(dialogue));
            } else {
                sorted.lanes.insert(name, units(messages));
            }
        }
        sorted
    }

    /// What was said in a lane.
    pub(super) fn units(&self, name: &LaneName) -> &[Unit] {
        self.lanes.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether all of these came after the screen of this number, counted from 1, or beside it: when the power went they were on their way.
    pub(super) fn are_in_flight(&self, boot: usize, screen: usize, units: &[Unit]) -> bool {
        let began = screen.checked_sub(1).and_then(|at| self.screens(boot).get(at));
        began.is_none_or(|began| units.iter().all(|unit| unit.at() > *began))
    }

    /// When the terminal began to draw each whole screen of a boot.
    pub(super) fn screens(&self, boot: usize) -> &[Duration] {
        self.screens.get(&boot).map_or(&[], Vec::as_slice)
    }
}

/// The lanes, with each answer of the module in the boot that asked for it.
fn with_owed_answers(mut lanes: BTreeMap<LaneName, Vec<Message>>) -> BTreeMap<LaneName, Vec<Message>> {
    let names: Vec<_> = lanes.keys().filter(|name| name.kind == Kind::Both).cloned().collect();
    for pair in names.windows(2) {
        let [before, after] = pair else { continue };
        let mut later = lanes.remove(after).unwrap_or_default();
        if let Some(earlier) = lanes.get_mut(before) {
            modem::give_back(earlier, &mut later);
        }
        lanes.insert(after.clone(), later);
    }
    lanes
}

fn units(messages: Vec<Message>) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for message in messages {
        let message = match units.last_mut() {
            Some(last) => last.goes_on_with(message),
            None => Some(message),
        };
        units.extend(message.map(Unit::of));
    }
    units
}

/// When the terminal began to send a message, at the latest: before the line has carried it, at its pace and by whatever buffers there are.
fn began(message: &Message) -> Duration {
    /// Ten bits a byte at 115200 bit/s: the slowest line of a rig.
    const BYTE: Duration = Duration::from_nanos(86_806);
    /// A line may be read and recorded in pieces of so much.
    const GRAIN: Duration = Duration::from_millis(5);
    let mut queue = PieceQueue::default();
    queue.push(&message.pieces);
    let bytes = u32::try_from(queue.bytes().len()).unwrap_or(u32::MAX);
    message.at.saturating_sub(BYTE.saturating_mul(bytes) + GRAIN)
}

/// Where a transcript has come to.
#[derive(Default)]
struct Sorting {
    lanes: BTreeMap<LaneName, Vec<Message>>,
    screens: BTreeMap<usize, Vec<Duration>>,
    booted: BTreeSet<usize>,
    /// The record of each power-up and reset.
    boots: Vec<u64>,
    /// The same as the panel, the modem and the host have it: a reset reaches them with the boot line.
    seen: Vec<u64>,
}

impl Sorting {
    fn note(&mut self, note: &Note) {
        match (note.kind.as_str(), note.text.as_str()) {
            ("power", "on") => {
                self.boots.push(note.n);
                self.seen.clone_from(&self.boots);
            }
            ("reset", _) => self.boots.push(note.n),
            _ => {}
        }
    }

    fn message(&mut self, message: Message) {
        let first = *message.records.start();
        let boot_line = matches!(message.meaning, Meaning::Boot(_) | Meaning::BadBoot(_));
        if boot_line && self.seen.len() < self.boots.len() {
            self.seen.resize(self.boots.len(), first);
        }
        let line = LineName::ALL.into_iter().find(|line| line.word() == message.line);
        let early = matches!(line, Some(LineName::Slot | LineName::Antenna | LineName::FrontEnd));
        let boots = if early { &self.boots } else { &self.seen };
        let boot = boots.iter().filter(|record| **record <= first).count();
        if boot_line {
            self.booted.insert(boot);
        }
        if matches!(message.meaning, Meaning::Screen(_)) {
            self.screens.entry(boot).or_default().push(began(&message));
        }
        let kind = match line {
            Some(LineName::Modem) => Kind::Both,
            _ => Kind::One(message.direction),
        };
        self.lanes.entry(LaneName { line: message.line.clone(), boot, kind }).or_default().push(message);
    }
}
