//! A card of ours in the virtual reader of PC/SC: `vpcd`, of the project vsmartcard.
//!
//! ```no_run
//! # async fn example(card: &mut dyn payrig_card::chip::ChipCard) -> Result<(), payrig_card::vpcd::VpcdError> {
//! use payrig_card::vpcd;
//! let line = tokio::net::TcpStream::connect(vpcd::ADDRESS).await?;
//! vpcd::serve(line, card, |_| ()).await?;
//! # Ok(())
//! # }
//! ```

mod frame;
mod serve;

pub use serve::{Ended, Seen, VpcdError, serve};

/// Where vpcd waits for a card, unless its reader.conf says otherwise.
pub const ADDRESS: &str = "127.0.0.1:35963";
