//! The panel: keypad and screen.

pub(crate) mod keypad;
pub(crate) mod messages;
pub(crate) mod screen;
pub(crate) mod text;
pub(crate) mod texts;
pub(crate) mod vt100;
pub(crate) mod width;
