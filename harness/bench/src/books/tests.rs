//! Consistent histories agree; each planted difference is found and named.

mod histories;
mod planted;
mod screens;
