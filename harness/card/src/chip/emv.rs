//! An EMV and PBOC payment card that a profile describes (EMV 4.3 Books 1 to 3, PBOC 3.0 part 5).
//!
//! A [`CardProfile`] is a file such as `fixtures/cards/unionpay-credit.toml`; issued, it is an [`IssuedCard`]: records, keys,
//! certificates. A [`ProfileCard`] is one that can be put into a slot: it answers to commands with real cryptograms and signatures,
//! and keeps what a card keeps without power. What is wrong with it on purpose is an [`EmvFault`].

mod answer;
mod authenticate;
mod card;
mod command;
mod cvr;
mod data_objects;
mod directory;
mod dol;
mod effect;
mod fault;
mod generate;
mod get_data;
mod issue;
mod issued;
mod key_draft;
mod key_file;
mod memory;
mod obstacle;
mod pin;
mod process;
mod profile;
mod record;
mod script;
mod select;
mod session;
mod spoil;
mod status;
mod tag;
mod tlv;

pub use card::ProfileCard;
pub use directory::{Directory, Listed, read_directory};
pub use dol::Dol;
pub use fault::{AcKind, Certified, EmvFault, Generate, Instruction};
pub use issued::{IssuedCard, telling_signatures};
pub use key_draft::{KeyDraft, KeyRole};
pub use key_file::{CaEntry, ChipKeys, IccEntry, IssuerEntry, MasterEntry};
pub use profile::{
    Account, ApplicationKeys, ApplicationProfile, Behaviour, CardProfile, Condition, CryptogramVersion,
    CvmList, CvmMethod, CvmRule, IssuerAuthentication, KnownMethod, OfflineAuthentication, Otherwise,
};
pub use status::Status;
pub use tag::Tag;

pub use super::hex_bytes::{Exactly, HexBytes};
