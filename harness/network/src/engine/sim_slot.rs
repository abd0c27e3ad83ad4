//! The SIM in its slot over time: read after power-up, contacts that come and go.

use std::time::Duration;

use super::Engine;
use crate::agenda::Event;

impl Engine {
    /// Begins what a slot does by itself when a network comes into force.
    pub(super) fn begin_slot(&mut self) {
        if self.profile.sim.is_read_first() {
            self.begin_sim(Duration::ZERO);
        }
        self.begin_contact();
    }

    /// Ends it, when another network comes into force: the SIM is in its slot and read.
    pub(super) fn leave_slot(&mut self) {
        if !self.profile.sim.is_read_first() && self.profile.sim.contact.is_none() {
            return;
        }
        let by_itself = |event: &Event| {
            matches!(event, Event::SimSeen | Event::SimRead | Event::Settled | Event::Contact(_))
        };
        self.agenda.strike(by_itself);
        (self.contact, self.sim_seen, self.sim_read, self.settled) = (true, true, true, true);
    }

    pub(super) fn sim_is_read(&mut self) {
        self.sim_read = true;
        if self.profile.module.start_lines {
            let text = self.sim_line();
            self.say_unasked(text);
        }
    }

    /// The SIM is read and the network searched for, `after` a while. When that will be done.
    pub(super) fn begin_sim(&mut self, after: Duration) -> Duration {
        self.sim_read = false;
        self.settled = false;
        self.pin_given = false;
        self.attached = false;
        let sim = after + self.profile.sim.start.draw(&mut self.rng);
        let settles = sim.max(after + self.profile.radio.settles.draw(&mut self.rng));
        let seen = self.words.sim_seen(&self.profile.sim).map(|seen| seen.draw(&mut self.rng));
        self.sim_seen = seen.is_none();
        if let Some(seen) = seen {
            self.agenda.enter(self.now, (after + seen).min(sim), Event::SimSeen);
        }
        self.agenda.enter(self.now, sim, Event::SimRead);
        self.agenda.enter(self.now, settles, Event::Settled);
        settles
    }

    /// Contacts that come and go are away first.
    pub(super) fn begin_contact(&mut self) {
        self.contact = true;
        if self.profile.sim.contact.is_some() {
            self.set_contact(false);
        }
    }

    /// The contacts come, or go.
    pub(super) fn touch(&mut self, there: bool) {
        let before = self.registration();
        self.set_contact(there);
        self.tell_registration(before);
    }

    fn set_contact(&mut self, there: bool) {
        let Some(contact) = self.profile.sim.contact else { return };
        self.contact = there;
        let lasts = if there { contact.there } else { contact.away };
        let lasts = lasts.draw(&mut self.rng);
        self.agenda.enter(self.now, lasts, Event::Contact(!there));
        if there {
            self.begin_sim(Duration::ZERO);
            return;
        }
        self.agenda.strike(|event| matches!(event, Event::SimSeen | Event::SimRead | Event::Settled));
        self.attached = false;
        if contact.told {
            self.say_unasked("+CPIN: NOT READY");
        }
        if self.ip.has_context() {
            self.lose_context();
        }
    }
}
