//! A fixture that a person names on the command line.

use std::path::{Path, PathBuf};

use payrig_acquirer::Behaviour;
use payrig_bench::Fixtures;
use payrig_fixture::nearest;

use crate::failure::Failure;

/// The file of a fixture of a kind, such as `networks`, by its name or its path. `option` is where it was named.
pub(crate) fn named_fixture(
    fixtures: &Fixtures,
    option: &str,
    kind: &str,
    name: &str,
) -> Result<PathBuf, Failure> {
    let known = fixtures.names(kind);
    if known.iter().any(|known| known == name) {
        return Ok(fixtures.path(kind, name));
    }
    if Path::new(name).is_file() {
        return Ok(name.into());
    }
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let rather = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", known.join(", ")),
    };
    let message = format!("{option}: unknown file of fixtures/{kind} `{}`; {rather}", name.escape_debug());
    Err(Failure::input(
        message,
        format!(
            "name one without its ending, or the path of a file; those of {} are known",
            fixtures.root().display()
        ),
    ))
}

/// The behaviour of a host that `--behaviour` names.
pub(crate) fn named_behaviour(fixtures: &Fixtures, name: &str) -> Result<Behaviour, Failure> {
    let file = named_fixture(fixtures, "--behaviour", "acquirers/behaviours", name)?;
    let behaviour = Behaviour::load(&file).map_err(|e| wrong(&e))?;
    match behaviour.obstacle() {
        Some(obstacle) => Err(wrong(&format!("{}: {obstacle}", file.display()))),
        None => Ok(behaviour),
    }
}

/// A fixture that cannot be used.
pub(crate) fn wrong(error: &dyn std::fmt::Display) -> Failure {
    Failure::input(error.to_string(), "correct it, or name another folder of fixtures with --fixtures DIR")
}
