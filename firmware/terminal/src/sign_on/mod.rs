//! Sign-on: 0800 and 0810.

pub(crate) mod flow;
