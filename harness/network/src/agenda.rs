//! What the module will do, and when.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

/// Something that is due at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// The module has started and hears commands.
    Started,
    /// The module restarts, as it was told.
    Restarts,
    /// A line that the module says by itself.
    Line(String),
    /// The module sees that there is a SIM.
    SimSeen,
    /// The SIM is read, so its state is told.
    SimRead,
    /// The contacts of the SIM's slot come, or go.
    Contact(bool),
    /// Registration is settled.
    Settled,
    /// The command in work is done.
    Perform,
    /// Data of the peer arrive.
    Data(Vec<u8>),
    /// The peer's closing arrives.
    PeerClosed,
    /// Data are away.
    Sent,
    /// A connection was not opened.
    NotOpened(NotOpened),
    /// The exchange, or the modem at the other end, has answered a call.
    CallAnswered,
    /// The silence behind `+++` has lasted.
    Escaped,
    /// The access controller has heard nothing for a while.
    Silence,
    /// The connection breaks, as the profile says.
    Breaks,
    /// The carrier is gone.
    CarrierLost,
    /// A line of a variant, by its number, that answers nothing.
    Unasked(u32),
}

/// Why a connection was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotOpened {
    /// There is no data context.
    NoContext,
    /// The host's name is not resolved.
    NoName,
    /// The host, or the network, refuses it.
    Refused,
    /// Nothing came back.
    TimedOut,
}

/// Events by time; those of one time in the order in which they were entered.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    events: BTreeMap<(Instant, u64), Event>,
    entered: u64,
}

impl Agenda {
    pub(crate) fn enter(&mut self, now: Instant, delay: Duration, event: Event) {
        self.entered += 1;
        self.events.insert((now + delay, self.entered), event);
    }

    /// Takes the first event that is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Event> {
        let first = self.events.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.events.first_key_value().map(|((due, _), _)| *due)
    }

    pub(crate) fn clear(&mut self) {
        self.events.clear();
    }

    pub(crate) fn strike(&mut self, matches: impl Fn(&Event) -> bool) {
        self.events.retain(|_, event| !matches(event));
    }

    pub(crate) fn has(&self, matches: impl Fn(&Event) -> bool) -> bool {
        self.events.values().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_by_entry() {
        let now = Instant::now();
        let mut agenda = Agenda::default();
        agenda.enter(now, Duration::from_millis(2), Event::Sent);
        agenda.enter(now, Duration::from_millis(1), Event::Line("a".to_owned()));
        agenda.enter(now, Duration::from_millis(1), Event::Line("b".to_owned()));
        assert_eq!(agenda.take_due(now), None);
        assert_eq!(agenda.next(), Some(now + Duration::from_millis(1)));
        let later = now + Duration::from_millis(5);
        let order: Vec<_> = std::iter::from_fn(|| agenda.take_due(later)).collect();
        assert_eq!(order, [Event::Line("a".to_owned()), Event::Line("b".to_owned()), Event::Sent]);
    }
}
