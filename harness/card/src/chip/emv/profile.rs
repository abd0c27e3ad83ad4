//! A card's profile: a file that says what card it is.

mod account;
mod application;
mod behaviour;
mod card_profile;
mod cvm;

pub use account::Account;
pub use application::{ApplicationKeys, ApplicationProfile, CryptogramVersion, OfflineAuthentication};
pub use behaviour::{Behaviour, IssuerAuthentication};
pub use card_profile::CardProfile;
pub(super) use card_profile::place;
pub use cvm::{Condition, CvmList, CvmMethod, CvmRule, KnownMethod, Otherwise};
