//! Sign-on: request 0800, answer 0810, and the way between (PROTOCOL.md, sign-on).

pub(crate) mod answer;
pub(crate) mod by_itself;
pub(crate) mod flow;
pub(crate) mod key_field;
pub(crate) mod key_scheme;
pub(crate) mod proof;
pub(crate) mod request;
pub(crate) mod rotation;
