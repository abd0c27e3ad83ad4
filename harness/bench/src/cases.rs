//! The cases that compute something, and so are no scenario files.

mod sign_on;

use crate::Case;

/// These cases, in a fixed order. Building them touches nothing.
pub(crate) fn all() -> Vec<Case> {
    vec![sign_on::after_power_on()]
}
