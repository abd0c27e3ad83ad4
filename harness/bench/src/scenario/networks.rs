//! The networks of a scenario: one modem plays them all.

use payrig_fixture::{FixtureError, FixtureFile};
use payrig_network::Dialect;
use toml::Spanned;

use super::{
    file::RawWorld,
    step::{Action, Step},
};
use crate::{Fixtures, Parts};

/// What the modem of a world speaks: the module that the world names, or that of its first network.
///
/// # Errors
/// No such module, or one for which the network has nothing, with its place.
pub(super) fn of_world(
    fixtures: &Fixtures,
    file: &FixtureFile,
    world: &RawWorld,
    parts: &Parts,
) -> Result<Dialect, FixtureError> {
    let profile = fixtures.profile(&parts.network)?;
    let Some(module) = &world.module else { return Ok(profile.dialect()) };
    let Some(dialect) = Dialect::named(module.get_ref()) else {
        let known: Vec<_> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        let message = format!("unknown module `{}`; expected one of {}", module.get_ref(), known.join(", "));
        return Err(file.wrong(module, &message));
    };
    match (*profile).clone().with_dialect(dialect) {
        Ok(_) => Ok(dialect),
        Err(why) => Err(file.wrong(module, &format!("network `{}`: {why}", parts.network))),
    }
}

/// Whether the modem of a world can play another network, which a step names.
///
/// # Errors
/// A network that is of another kind of modem, with the place of its name.
pub(super) fn for_modem(
    fixtures: &Fixtures,
    file: &FixtureFile,
    name: &Spanned<String>,
    modem: Dialect,
) -> Result<(), FixtureError> {
    let profile = fixtures.profile(name.get_ref())?;
    match (*profile).clone().with_dialect(modem) {
        Ok(_) => Ok(()),
        Err(why) => Err(file.wrong(name, &format!("this world has one modem, a `{modem}`: {why}"))),
    }
}

/// The requirements that a scenario covers by the networks that it plays: `network.` and the condition of each that has a fault.
///
/// # Errors
/// A network's file that cannot be used.
pub(super) fn requirements(
    fixtures: &Fixtures,
    parts: &Parts,
    steps: &[Step],
) -> Result<Vec<String>, FixtureError> {
    let mut covered = Vec::new();
    for name in played(parts, steps) {
        let profile = fixtures.profile(name)?;
        let id = format!("network.{}", profile.condition());
        if profile.is_faulty() && !covered.contains(&id) {
            covered.push(id);
        }
    }
    Ok(covered)
}

/// Whether a sign-on takes minutes in one of the networks that a scenario plays.
///
/// # Errors
/// A network's file that cannot be used.
pub(super) fn take_minutes(fixtures: &Fixtures, parts: &Parts, steps: &[Step]) -> Result<bool, FixtureError> {
    for name in played(parts, steps) {
        if fixtures.profile(name)?.takes_minutes() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The networks that a scenario plays: its world's, and those that steps bring in.
fn played<'s>(parts: &'s Parts, steps: &'s [Step]) -> impl Iterator<Item = &'s String> {
    let switched = steps.iter().filter_map(|step| match &step.action {
        Action::Network(name) => Some(name),
        _ => None,
    });
    std::iter::once(&parts.network).chain(switched)
}
