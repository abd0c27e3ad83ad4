//! The symmetric keys and cryptograms of EMV and PBOC cards, as both the card and its issuer compute them.
//!
//! From the issuer's key to the card's ([`Derivation::master_key`]), from that to a transaction's ([`Cvn::session_key`],
//! [`Cvn::script_key`]), from that to the application cryptogram ([`Cvn::cryptogram`]), the issuer's answer to it
//! ([`arpc_method1`], [`arpc_method2`]), and the secure messaging of issuer scripts ([`ScriptMac`], [`PinChange`]).
//!
//! Which of the published ways is taken is the card's cryptogram version number, [`Cvn`]: PBOC 01, VSDC 10 and 18.

mod arpc;
mod card_key;
mod cryptogram;
mod error;
mod halves;
mod pin_change;
mod script_mac;
mod session_key;
mod version;

pub use arpc::{arpc_method1, arpc_method2};
pub use card_key::Derivation;
pub use cryptogram::{Padding, application_cryptogram};
pub use error::EmvKeyError;
pub use pin_change::PinChange;
pub use script_mac::{ScriptMac, decipher_script_data, encipher_script_data};
pub use session_key::{common_session_key, pboc_session_key, visa_script_key};
pub use version::{COVERED, Cvn};
