//! Every text of the screens, by what it is about (INTERFACE.md, section 20).

pub(crate) mod advice;
pub(crate) mod ceremony;
pub(crate) mod checks;
pub(crate) mod chip;
pub(crate) mod chip_causes;
pub(crate) mod declines;
pub(crate) mod details;
pub(crate) mod hints;
pub(crate) mod host_causes;
pub(crate) mod life;
pub(crate) mod line_causes;
pub(crate) mod menu;
pub(crate) mod money;
pub(crate) mod provisioning;
pub(crate) mod records;
pub(crate) mod sign_on;
pub(crate) mod till_causes;
pub(crate) mod way_causes;

#[cfg(test)]
mod tests;
