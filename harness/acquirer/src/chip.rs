//! A chip card at its issuer: field 55 read and held to the card's keys, the answer to it, scripts and their results.
//!
//! Sales that a card and its terminal approve offline do not come here: a host learns of them when a batch is uploaded.

mod answer;
mod keys;
mod record;
mod request;
mod results;
mod reversal;
mod rules;
mod script;
mod tlv;
mod verify;

pub(crate) use answer::field55;
pub use keys::{Chip, IssuerKeys};
pub use record::ChipRecord;
pub(crate) use request::ChipRequest;
pub use rules::{ChipRules, FallbackRule};
pub use script::{NewPin, PutData, Script, ScriptCommand, ScriptPlace};
pub(crate) use verify::{Verified, authenticate, permitted};
