//! What made a cut point fail.

use std::fmt::Display;

/// A sentence. It is made of any error, and put behind the cut point that it is about.
#[derive(Debug)]
pub struct Fault(pub String);

impl<E: Display> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Fails unless `holds`.
pub fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(otherwise())) }
}
