//! Looks for secrets in a file and in its name.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::sought::{Part, Sought};
use super::{Leak, LeakError, Place, failed};
use crate::capture_streams::capture_streams;
use crate::captured::is_capture;
use crate::lens::Lens;
use crate::pattern::{Found, PatternSet};
use crate::read::read_data;
use crate::stretch::Stretch;
use crate::tape_streams::{is_tape, tape_streams};

/// The search of a file's name or of what it holds. A secret is told once.
pub(super) struct InFile<'a> {
    pub sought: &'a Sought,
    pub path: &'a Path,
    pub found: Vec<Leak>,
}

impl<'a> InFile<'a> {
    pub(super) fn new(sought: &'a Sought, path: &'a Path) -> Self {
        Self { sought, path, found: Vec::new() }
    }

    /// Searches its name, and the bare names from the searched folder down to it.
    pub(super) fn names(&mut self, name: &Stretch, names: &Stretch) {
        self.search(name, Part::Everything);
        self.search(names, Part::Bare);
    }

    /// Searches what it holds.
    ///
    /// # Errors
    /// A damaged tape or capture.
    pub(super) fn data(&mut self, data: &[u8]) -> Result<(), LeakError> {
        let damaged = failed(self.path);
        let plain = Stretch::at(Place::Byte(0), data);
        self.search(&plain, Part::Everything);
        self.slot(&plain);
        if is_tape(data) {
            let recording = read_data(self.path, data).map_err(io::Error::other).map_err(damaged)?;
            self.sessions(&recording);
            for stretch in tape_streams(&recording) {
                self.search(&stretch, Part::Everything);
                self.slot(&stretch);
                self.pressed(&stretch);
                self.text(&stretch);
            }
        } else if is_capture(data) {
            for stretch in capture_streams(data).map_err(io::Error::other).map_err(damaged)? {
                self.search(&stretch, Part::Everything);
                self.slot(&stretch);
                self.text(&stretch);
            }
        } else if std::str::from_utf8(data).is_ok() {
            self.text(&plain);
        }
        Ok(())
    }

    /// Keys that were pressed on a line: a short PIN as well, and what stays of digits that were cleared.
    fn pressed(&mut self, stretch: &Stretch) {
        let Some(line) = stretch.pressed_on() else { return };
        let short = PatternSet::new(&self.sought.short_pins, Lens::Text, Some(line));
        self.search(stretch, Part::These(&short));
        if let Some(stretch) = stretch.with_cleared_digits() {
            self.search(&stretch, Part::Everything);
            self.search(&stretch, Part::These(&short));
        }
    }

    /// Searches a stretch. Secrets that were told before are not told again.
    pub(super) fn search(&mut self, stretch: &Stretch, part: Part<'_>) {
        let told: BTreeSet<String> = self.found.iter().map(|leak| leak.name.clone()).collect();
        let set = self.sought.patterns(part);
        let nibbles = stretch.nibbles();
        let mut at = 0;
        while at < nibbles.len() {
            match set.look(nibbles, at, true) {
                Found::Secret(pattern, length) if length == pattern.len() => {
                    let name = pattern.secret.name();
                    if at + length > stretch.known() && !told.contains(name) {
                        self.found.push(Leak {
                            path: self.path.to_owned(),
                            place: stretch.place(at),
                            name: name.to_owned(),
                            kind: pattern.secret.kind(),
                            form: pattern.form,
                        });
                    }
                    at += length;
                }
                _ => at += 1,
            }
        }
    }
}
