//! The terminal's lines: who plays each of them, and what the panel has shown since the world began.

use payrig_operator::{Operator, Screen};
use payrig_rig::{BoxLine, LineName, Lines};
use payrig_tape::Lens;
use tokio::{
    io::{AsyncReadExt, duplex},
    task::spawn_local,
    time::Instant,
};

use super::World;
use crate::{Finding, front_end::FrontEnd, person::accompany};

impl World {
    /// Gives each line its actor and the tape its tap.
    pub(crate) fn connect(&mut self, lines: Lines) {
        // Those of the last boot's lines; a task's memory stays as long as its handle.
        self.tasks.retain(|task| !task.is_finished());
        let tap = |name: LineName, lens| self.tape.line(name.word(), lens);
        let panel: BoxLine = Box::new(tap(LineName::Panel, Lens::Text).wrap(lines.panel));
        let slot = tap(LineName::Slot, Lens::Slot).wrap(lines.slot);
        self.tasks.push(spawn_local(self.slot.serve(Box::new(slot))));
        // No actor plays this line yet: what the terminal says on it is recorded.
        let antenna = tap(LineName::Antenna, Lens::Binary).wrap(lines.antenna);
        self.tasks.push(spawn_local(listen(Box::new(antenna))));
        let front_end = tap(LineName::FrontEnd, Lens::Binary).wrap(lines.front_end);
        let (front_end, printing) = FrontEnd::attach(Box::new(front_end), self.printer.clone());
        self.slot.set_front_end(Some(front_end.clone()));
        self.front_end = Some(front_end);
        self.tasks.push(spawn_local(printing));
        let panel = match self.person.take() {
            None => panel,
            Some(person) => {
                let (near, far) = duplex(4096);
                self.tasks.push(spawn_local(accompany(
                    panel,
                    far,
                    person,
                    self.tape.clone(),
                    self.terminal.factory_key().clone(),
                )));
                Box::new(near)
            }
        };
        let carrying = self.modem_line.connect(lines.modem);
        self.tasks.extend(carrying);
        self.operator = Some(Operator::attach(panel));
    }

    /// The terminal has no power: nobody looks at its panel or feeds its front end any more. What was approved on the screen is remembered.
    pub(crate) fn let_go(&mut self) {
        (self.approved, self.signed_on) = (self.approvals(), self.sign_ons());
        self.operator = None;
        self.front_end = None;
        self.slot.set_front_end(None);
    }

    /// When the screen said that the terminal had signed on, since the world began.
    pub(super) fn sign_ons(&self) -> Vec<Instant> {
        let signed_on = self.terminal.message("signed-on");
        let seen = self.operator.iter().flat_map(|operator| operator.history_of_screens());
        let said = seen.filter(|seen| Some(seen.screen.message_id.as_str()) == signed_on);
        self.signed_on.iter().copied().chain(said.map(|seen| seen.at)).collect()
    }

    /// Every approval that was on the screen since the world began.
    pub(crate) fn approvals(&self) -> Vec<Screen> {
        let seen = self.operator.iter().flat_map(|operator| operator.history_of_screens());
        let approved = self.terminal.message("approved");
        let now = seen.map(|seen| seen.screen).filter(|screen| Some(screen.message_id.as_str()) == approved);
        self.approved.iter().cloned().chain(now).collect()
    }

    pub(crate) fn operator(&mut self) -> Result<&mut Operator, Finding> {
        self.operator
            .as_mut()
            .ok_or_else(|| Finding::Rig("the terminal is off: no operator can use it".into()))
    }
}

/// Reads a line to its end, so that the terminal never waits for a reader.
async fn listen(mut line: BoxLine) {
    let mut buffer = [0; 256];
    while let Ok(1..) = line.read(&mut buffer).await {}
}
