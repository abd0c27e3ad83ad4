//! What made a cut point fail.

use std::{error::Error, fmt::Display, iter};

/// A sentence. It is made of any error, and put behind the cut point that it is about.
#[derive(Debug)]
pub struct Fault(pub String);

impl<E: Display> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// An error with its causes: probe-rs says little in the first one.
pub fn with_causes(error: impl Error) -> Fault {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    Fault(causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}")))
}

/// Fails unless `holds`.
pub fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(otherwise())) }
}
