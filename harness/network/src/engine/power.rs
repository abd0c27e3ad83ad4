//! The module's power: on, off and on again, and the faults that begin at a command.

use super::{Activity, Engine, ec20::Ec20State, hayes::LineState};
use crate::{agenda::Event, input::Input, ip_state::IpState, settings::Settings, transcript::What};

impl Engine {
    pub(super) fn power_cycle(&mut self) {
        self.counters.power_cycles += 1;
        self.record(What::PowerCycled);
        self.restart();
    }

    pub(super) fn restart_as_told(&mut self) {
        self.record(What::Restarted);
        self.restart();
    }

    /// Everything that was set is lost, and the module starts anew.
    pub(super) fn restart(&mut self) {
        self.drop_connection();
        self.agenda.clear();
        self.settings = self.settings_at_first();
        self.input = Input::default();
        self.inbox.clear();
        self.out.clear();
        self.queue.clear();
        self.last_line.clear();
        self.ip = IpState::Initial;
        self.mouth.clear();
        self.follows = false;
        self.ec20 = Ec20State::default();
        self.line = LineState::default();
        self.start_cold();
    }

    /// What is set at power-up.
    pub(super) fn settings_at_first(&self) -> Settings {
        let digits = !self.words.is_cellular();
        self.mouth.variant.as_ref().map_or_else(Settings::default, |variant| variant.settings(digits))
    }

    pub(super) fn start_cold(&mut self) {
        self.activity = Activity::Off;
        self.hung = false;
        let boot = self.draw(|latency| latency.boot);
        self.agenda.enter(self.now, boot, Event::Started);
        if self.profile.module.start_lines {
            for line in self.words.start_lines() {
                self.agenda.enter(self.now, boot, Event::Line((*line).to_owned()));
            }
        }
        if !self.words.is_cellular() {
            return;
        }
        let settles = self.begin_sim(boot);
        if self.profile.module.start_lines {
            for (after, line) in self.settled_lines() {
                self.agenda.enter(self.now, settles + after, Event::Line(line.to_owned()));
            }
        }
        self.begin_contact();
    }

    /// Whether the module has its fault at this command: it hangs, or restarts.
    pub(super) fn fails_at(&mut self, command: &str) -> bool {
        let profile = self.network();
        if profile.module.hangs_at().is_some_and(|at| at.is(command)) {
            self.hung = true;
            self.activity = Activity::Ready;
            self.queue.clear();
            self.inbox.clear();
            return true;
        }
        let restarts = profile.module.restarts_at().is_some_and(|at| at.is(command));
        if !restarts || self.restarts >= profile.module.restarts {
            return false;
        }
        self.restarts += 1;
        self.record(What::Restarted);
        self.restart();
        true
    }
}
