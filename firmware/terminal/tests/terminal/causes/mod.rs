//! Why a sign-on fails on the way to the host: each cause of the interface's table, by a scripted dialogue.

mod case;
mod ec20;
mod line;
mod restarts;
mod signal;
mod sim;
mod sim800;
