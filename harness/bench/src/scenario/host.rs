//! The steps that tell the host how to be.

use payrig_acquirer::Behaviour;
use payrig_fixture::FixtureError;
use toml::Spanned;

use super::{
    Action,
    check::{Checker, known_fixture},
    part::Part,
    step::HostClock,
};

impl Checker<'_> {
    pub(super) fn acquirer(&self, part: &Spanned<Part<Behaviour>>) -> Result<Action, FixtureError> {
        const BEHAVIOURS: &str = "acquirers/behaviours";
        let (name, behaviour) = match part.get_ref() {
            Part::Named(name) => {
                let place = Spanned::new(part.span(), name.clone());
                known_fixture(self.fixtures, self.file, BEHAVIOURS, &place)?;
                (format!("\"{name}\""), Behaviour::load(&self.fixtures.path(BEHAVIOURS, name))?)
            }
            Part::Inline(behaviour) => (format!("{{ {behaviour} }}"), behaviour.clone()),
        };
        match behaviour.obstacle() {
            Some(message) => Err(self.file.wrong(part, message)),
            None => Ok(Action::Acquirer { name, behaviour }),
        }
    }

    pub(super) fn host_tmk(&self, name: &Spanned<String>) -> Result<Action, FixtureError> {
        self.known("key of the terminal's key file", name, self.terminal.typed_keys().collect())?;
        let key = self.terminal.typed_key(name.get_ref()).cloned();
        let key = key.ok_or_else(|| self.file.wrong(name, "expected a key for 3DES"))?;
        Ok(Action::HostTmk { name: name.get_ref().clone(), key })
    }

    pub(super) fn host_clock(&self, clock: &Spanned<String>) -> Result<Action, FixtureError> {
        let read = HostClock::read(clock.get_ref()).map(Action::HostClock);
        read.ok_or_else(|| {
            self.file.wrong(clock, "expected month and day, a blank and the time, as in `0721 001500`")
        })
    }
}
