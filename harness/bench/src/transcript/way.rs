//! One direction of one line: what has come and is no message yet.

use std::{collections::VecDeque, time::Duration};

use payrig_rig::LineName;
use payrig_tape::{Direction, Event, PieceQueue};

use super::{Meaning, Message, RECORD_PAUSE};

/// What has come one way, and on which record each byte was.
pub(super) struct Way {
    line: String,
    direction: Direction,
    come: PieceQueue,
    marks: VecDeque<Mark>,
    /// What comes after this record is something else.
    ends_after: Option<u64>,
    /// The last record that came.
    last: u64,
    /// Messages so far.
    count: usize,
}

/// So many bytes of one record.
struct Mark {
    bytes: usize,
    record: u64,
    at: Duration,
}

impl Way {
    pub(super) fn new(line: &str, direction: Direction) -> Self {
        Self {
            line: line.to_owned(),
            direction,
            come: PieceQueue::default(),
            marks: VecDeque::new(),
            ends_after: None,
            last: 0,
            count: 0,
        }
    }

    pub(super) fn come(&self) -> &PieceQueue {
        &self.come
    }

    pub(super) fn push(&mut self, event: &Event) {
        let before = self.come.bytes().len();
        self.come.push(&event.data);
        let bytes = self.come.bytes().len() - before;
        self.last = event.n;
        self.marks.push_back(Mark { bytes, record: event.n, at: event.at });
    }

    /// What comes after this record is something else. Of what has come after it already, nothing is said.
    pub(super) fn break_off(&mut self, record: u64) {
        if self.last <= record {
            self.ends_after.get_or_insert(record);
        }
    }

    /// Whether `event` is something else than what has come so far: after a boot or a new connection; or because the terminal has given
    /// up what was begun, a provisioning record that paused too long.
    pub(super) fn has_ended(&mut self, event: &Event) -> bool {
        let keypad = self.line == LineName::Panel.word() && self.direction == Direction::ToTerminal;
        let last = self.marks.back().map_or(event.at, |mark| mark.at);
        let paused = keypad && event.at.saturating_sub(last) >= RECORD_PAUSE;
        paused || self.ends_after.take_if(|record| event.n > *record).is_some()
    }

    /// Makes a message of the first `bytes` bytes, or of all that there are. Of none there is no message.
    pub(super) fn cut(&mut self, bytes: usize, meaning: Meaning) -> Option<Message> {
        let pieces = self.come.take(bytes);
        let mut left = bytes;
        let (mut first, mut last) = (None, None);
        while left > 0
            && let Some(mark) = self.marks.front_mut()
        {
            let taken = mark.bytes.min(left);
            mark.bytes -= taken;
            left -= taken;
            first.get_or_insert(mark.record);
            last = Some((mark.record, mark.at));
            if mark.bytes == 0 {
                self.marks.pop_front();
            }
        }
        let (first, (last, at)) = (first?, last?);
        self.count += 1;
        Some(Message {
            line: self.line.clone(),
            direction: self.direction,
            number: self.count,
            records: first..=last,
            at,
            meaning,
            pieces,
        })
    }

    /// A message of bytes that were not recorded.
    pub(super) fn withheld(&mut self, event: &Event) -> Message {
        self.count += 1;
        Message {
            line: self.line.clone(),
            direction: self.direction,
            number: self.count,
            records: event.n..=event.n,
            at: event.at,
            meaning: Meaning::Bytes,
            pieces: event.data.clone(),
        }
    }
}
