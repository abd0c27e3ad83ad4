//! Looks for secrets in the form that they have on a chip card's slot.

use super::Leak;
use super::in_file::InFile;
use super::sought::Part;
use crate::form::Form;
use crate::recording::Recording;
use crate::secret::Secret;
use crate::slot::{bytes_of, readings, said};
use crate::stretch::Stretch;

impl InFile<'_> {
    /// A stretch as bytes of a chip card's slot, escaped or not, in either convention, cut up by T=0 or T=1 or not.
    pub(super) fn slot(&mut self, stretch: &Stretch) {
        self.characters(stretch);
        for reading in readings(stretch) {
            self.search(&reading, Part::Everything);
            self.characters(&reading);
        }
    }

    /// What only a slot carries, and what its protocols cut up.
    fn characters(&mut self, stretch: &Stretch) {
        self.search(stretch, Part::PinBlocks);
        let bytes = bytes_of(stretch.nibbles());
        let found = self.sought.gapped.search(&bytes);
        let leak = |(at, secret, form): &(usize, &Secret, Form)| Leak {
            path: self.path.to_owned(),
            place: stretch.place(at * 2),
            name: secret.name().to_owned(),
            kind: secret.kind(),
            form: *form,
        };
        let leaks: Vec<Leak> = found.iter().map(leak).collect();
        self.tell(leaks);
    }

    /// What a tape's lines say where there are sessions of a slot on them.
    pub(super) fn sessions(&mut self, recording: &Recording) {
        let said = said(recording, &self.sought.on_slot, &self.sought.secrets);
        let leaks = said.into_iter().map(|said| Leak {
            path: self.path.to_owned(),
            place: said.place,
            name: said.name,
            kind: said.kind,
            form: said.form,
        });
        self.tell(leaks.collect());
    }

    /// Tells leaks of secrets that have not been told.
    fn tell(&mut self, leaks: Vec<Leak>) {
        for leak in leaks {
            if !self.found.iter().any(|told| told.name == leak.name) {
                self.found.push(leak);
            }
        }
    }
}
