//! The ceremony for a new TMK (INTERFACE.md, section 16).

mod course;
mod faults;
mod power;
mod printing;
mod secrecy;
mod steps;
