//! The payment keys and what they do. No I/O.
//!
//! - [`DesKey`], [`Sm4Key`], [`Key`]: key types that erase themselves and print only their check value ([`Kcv`]).
//! - [`WorkingKeys`], [`Layout`], [`SealedKeys`]: field 62 of a sign-on answer, made and read. Which [`Layout`] is in
//!   force is a parameter; it is never guessed from a length.
//! - [`wrap_tmk`], [`unwrap_tmk`], [`combine_components`]: how the TMK gets into a terminal.
//! - [`TerminalProof`]: field 59, by which the host knows a device from a copy of its ids.
//! - [`mac`]: UnionPay's ECB MAC, ANSI X9.9 and X9.19, SM4 CBC-MAC; [`MacAlgorithm`] is the one agreed on.
//! - [`RsaKey`], [`issuer_certificate`], [`icc_certificate`], [`signed_static_data`], [`signed_dynamic_data`]: what a chip card proves
//!   offline that it is genuine by (EMV 4.3, Book 2).
//! - [`PinBlock`]: ISO 9564 format 0. [`encrypt_track`]: fields 35 and 36.
//! - [`emv`]: a chip card's keys, its cryptograms, the issuer's answers and scripts.
//!
//! The ciphers are RustCrypto's. Comparisons are not in constant time: the rig's keys are test keys.
//!
//! # Example
//!
//! ```
//! use payrig_keys::{DesKey, Field62Error, Key, KeyName, Layout, SealedKeys, WorkingKeys};
//!
//! let tmk = Key::from(DesKey::from_hex("31313131313131313131313131313131")?);
//! let keys = WorkingKeys {
//!     pik: DesKey::from_hex("0123456789ABCDEFFEDCBA9876543210")?.into(),
//!     mak: DesKey::from_hex("1C359C0D80E3429D")?.into(),
//!     tdk: Some(DesKey::from_hex("89ABCDEF0123456776543210FEDCBA98")?.into()),
//! };
//!
//! // What the host sends, and the terminal reads.
//! let field62 = keys.seal(Layout::DoubleWithTrack, &tmk)?.to_bytes();
//! assert_eq!(field62.len(), 60);
//! let sealed = SealedKeys::from_bytes(Layout::DoubleWithTrack, &field62)?;
//! assert_eq!(sealed.open(&tmk)?, keys);
//!
//! // A MAK other than the one whose KCV is carried is noticed.
//! let mut wrong = sealed;
//! if let Some(mak) = wrong.get_mut(KeyName::Mak) {
//!     mak.cryptogram = vec![0; 8];
//! }
//! let refused = wrong.open(&tmk);
//! assert!(matches!(refused, Err(Field62Error::Kcv { name: KeyName::Mak, .. })));
//!
//! // Keys are not printed.
//! assert_eq!(format!("{:?}", keys.mak), "DES-64 key, KCV C07F9E8B");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificate;
mod des_key;
pub mod emv;
mod error;
mod kcv;
mod key;
pub mod mac;
mod mac_algorithm;
mod master_key;
mod pin_block;
mod proof;
mod rsa_key;
mod signed_data;
mod sm4_key;
mod track;
mod working_keys;

pub use certificate::{
    CaKey, CertificateError, Holder, KeyCertificate, icc_certificate, issuer_certificate, pin_certificate,
};
pub use des_key::DesKey;
pub use error::KeyError;
pub use kcv::{Kcv, NotAKcv};
pub use key::{Family, Key};
pub use mac_algorithm::{MacAlgorithm, MacError};
pub use master_key::{combine_components, unwrap_tmk, wrap_tmk};
pub use pin_block::{PinBlock, PinBlockError};
pub use proof::{LengthDigits, ProofError, ProofRefusal, TerminalProof, compute_proof};
pub use rsa_key::{RsaKey, RsaKeyError};
pub use signed_data::{CombinedData, signed_dynamic_data, signed_static_data, transaction_hash};
pub use sm4_key::Sm4Key;
pub use track::{TrackError, decrypt_track, encrypt_track};
pub use working_keys::{Field62Error, KeyName, Layout, SealedKey, SealedKeys, WorkingKeys};
