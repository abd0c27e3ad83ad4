//! The acquirer's side: a host to which terminals sign on, and that keeps the accounts.
//!
//! [`Acquirer::serve`] plays one connection over any byte stream, on the runtime's clock; it opens no socket. A request
//! is judged by ids and by the terminal's proof, recomputed with the device's factory key; a granted sign-on gets
//! *seeded* working keys under the TMK, which the host remembers with their KCVs ([`Acquirer::issued`]). Every
//! exchange is kept with the reason for its answer ([`Acquirer::exchanges`]).
//!
//! Sales, their voids, balances and reversals are held to terminal, batch, MAC, PIN block and tracks under the keys that were
//! issued last, and to the cards of the profile; [`Acquirer::book`] shows accounts, transactions and batches.
//!
//! A chip's sale is held to the card's own key: the cryptogram of field 55 is recomputed, its ATC must be a new one, and the
//! answer carries the issuer's ARPC and the scripts that a behaviour asks for; [`Acquirer::chip_records`] shows what became of
//! them. Sales that a card approves offline do not reach this host.
//!
//! What hosts differ in is an [`AcquirerProfile`], read from a file such as `fixtures/acquirers/cup.toml`. What this one
//! does wrong on purpose is its [`Behaviour`], which can be changed at any time.
//!
//! The clear working keys are secrets of the run: [`IssuedKeys::secrets`] hands them to whoever keeps the records.
//!
//! # Example
//!
//! A terminal whose ids are right but whose chip is not the one in the host's books:
//!
//! ```
//! # use std::{path::Path, sync::Arc};
//! use payrig_acquirer::{Acquirer, AcquirerProfile, Device};
//! use payrig_iso8583::{Dialect, Frame, Message, Value};
//! use payrig_keys::{DesKey, LengthDigits, Sm4Key, TerminalProof};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cup = Arc::new(Dialect::load(Path::new("../../fixtures/dialects/cup.toml"))?);
//! let profile = AcquirerProfile::load(Path::new("../../fixtures/acquirers/cup.toml"))?;
//! let device = Device {
//!     device_id: "30600000290210015708".into(),
//!     serial: "0000290210015708".into(),
//!     terminal_id: "99999906".into(),
//!     merchant_id: "001430170119999".into(),
//!     factory_key: Sm4Key::from_hex("00112233445566778899AABBCCDDEEFF")?,
//!     tmk: DesKey::from_hex("89ABCDEF0123456776543210FEDCBA98")?.into(),
//! };
//! let host = Acquirer::new(profile, cup.clone(), vec![device], 1);
//!
//! let clone = Sm4Key::from_hex("FFEEDDCCBBAA99887766554433221100")?;
//! let proof = TerminalProof::new(&clone, "02", "0000290210015708", "000001", "PT000100");
//! let message = Message::new("0800")
//!     .with(11, Value::digits("000001"))
//!     .with(41, Value::text("99999906"))
//!     .with(42, Value::text("001430170119999"))
//!     .with(59, Value::text(proof.encode(LengthDigits::Three)))
//!     .with(60, Value::digits("00000000004"))
//!     .with(62, Value::bytes(*b"Sequence No2030600000290210015708"));
//! let request = Frame { tpdu: [0x60, 0, 3, 0, 0], header: [0x60, 0x31, 0, 0x31, 0x11, 0x08], message };
//!
//! let (mut terminal, line) = tokio::io::duplex(1024);
//! let serving = tokio::spawn(host.clone().serve(line));
//! terminal.write_all(&cup.encode(&request)?).await?;
//! terminal.shutdown().await?;
//! let mut answer = Vec::new();
//! terminal.read_to_end(&mut answer).await?;
//! serving.await??;
//!
//! assert_eq!(cup.decode(&answer)?.frame.message.text(39), Some("97"));
//! let judgement = host.exchanges()[0].judgement.to_string();
//! assert!(judgement.ends_with("proof does not match the device's factory key: cloned terminal?"));
//! # Ok(())
//! # }
//! ```

mod acquirer;
mod asked;
mod behaviour;
mod book;
mod books;
mod card;
mod chip;
mod device;
mod exchange;
mod exchanges;
mod garbage;
mod issued;
mod judge;
mod key_faults;
mod key_maker;
mod ledger;
mod message_kind;
mod profile;
mod reply;
mod spoil;
mod swiped;
mod transact;

pub use acquirer::Acquirer;
pub use behaviour::{BatchRule, Behaviour, Fault};
pub use book::{BatchTotals, Book, CardAccount, State, Transaction, TransactionKind};
pub use card::{Card, CardStatus, Stripe};
pub use chip::{
    Chip, ChipRecord, ChipRules, FallbackRule, IssuerKeys, NewPin, PutData, Script, ScriptCommand,
    ScriptPlace,
};
pub use device::Device;
pub use exchange::{Exchange, Judgement};
pub use issued::IssuedKeys;
pub use message_kind::MessageKind;
pub use payrig_keys::{KeyName, MacAlgorithm};
pub use profile::{AcquirerProfile, Codes, Money, MoneyCodes, ProfileError};
