//! A card with a contact chip.
//!
//! A [`ChipCard`] answers to reset and to commands, whatever is behind it: a profile ([`emv`]), or a physical card in a reader. A [`SlotSide`] puts
//! one on the contacts of a terminal's slot, character by character, with the faults of a [`SlotFault`]; a [`SlotDecoder`] puts in words
//! what passed between the two.
//!
//! ```
//! use payrig_card::chip::{Atr, CardFuture, ChipCard, SlotSettings, SlotSide};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! /// A card that is done with every command at once.
//! struct Willing;
//!
//! impl ChipCard for Willing {
//!     fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
//!         Box::pin(async { Ok(vec![0x3B, 0x00]) })
//!     }
//!     fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
//!         self.power_on()
//!     }
//!     fn power_off(&mut self) -> CardFuture<'_, ()> {
//!         Box::pin(async { Ok(()) })
//!     }
//!     fn transmit<'a>(&'a mut self, _: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
//!         Box::pin(async { Ok(vec![0x90, 0x00]) })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let slot = SlotSide::new();
//! let handle = slot.handle();
//! assert!(handle.insert(Box::new(Willing), SlotSettings::default()).is_ok());
//!
//! let (mut terminal, line) = tokio::io::duplex(64);
//! let session = async {
//!     // VCC on, RST high; then SELECT without a name.
//!     terminal.write_all(b"\x10\x56\x01\x10\x52\x01").await?;
//!     let mut atr = [0; 2];
//!     terminal.read_exact(&mut atr).await?;
//!     assert_eq!(Atr::parse(&atr).map(|atr| atr.protocols()), Ok(vec![0]));
//!     terminal.write_all(b"\x00\xA4\x04\x00\x00").await?;
//!     let mut status = [0; 2];
//!     terminal.read_exact(&mut status).await?;
//!     assert_eq!(status, [0x90, 0x00]);
//!     drop(terminal);
//!     Ok::<_, std::io::Error>(())
//! };
//! let (served, session) = tokio::join!(slot.serve(line), session);
//! served?;
//! session?;
//! assert!(handle.remove().await.is_some());
//! # Ok(())
//! # }
//! ```

mod atr;
mod card;
pub mod emv;
mod fault;
mod hex_bytes;
mod slot;
mod trace;
mod transport;

pub use atr::{Atr, AtrBuilder, AtrError, AtrLine, Convention};
pub use card::{CardFault, CardFuture, ChipCard};
pub use fault::{
    BlockHarm, Edge, Harm, Late, Noise, Place, PpsFault, Resets, SlotFault, Storm, WrongProcedure,
};
pub use slot::{Procedure, SlotEvent, SlotHandle, SlotSettings, SlotSide};
pub use trace::{SlotDecoder, SlotDirection, SlotItem, SlotMeaning, SlotSignal, command_name};
