//! The modem's side: a SIMCom SIM800 module with its SIM in its network, as an actor over a byte stream.
//!
//! A [`Modem`] answers a terminal's AT commands on a line and opens its connection through the [`Uplink`] that it is
//! handed; it opens no socket. Who the module is, what its SIM and its network are like and how long each step takes
//! is data: a [`NetworkProfile`], `fixtures/networks/*.toml`. Time is tokio's clock, latencies are drawn from a seed.
//!
//! Sources: ITU-T V.250 (command lines, echo, result codes), 3GPP TS 27.007 (SIM, registration, attachment, errors),
//! SIM800 Series AT Command Manual V1.09, chapter 8 (TCP/IP). Not played: several connections (`CIPMUX=1`),
//! transparent mode (`CIPMODE=1`), UDP, calls, short messages.
//!
//! ```
//! use std::{future::Future, io, path::Path, pin::Pin, sync::Arc};
//!
//! use payrig_network::{BoxStream, Modem, NetworkProfile, Uplink};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! /// Answers each connection with a stream whose far end echoes.
//! struct EchoHost;
//!
//! impl Uplink for EchoHost {
//!     fn open(&self, _: &str, _: u16) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
//!         let (near, far) = tokio::io::duplex(4096);
//!         tokio::spawn(async move {
//!             let (mut reads, mut writes) = tokio::io::split(far);
//!             tokio::io::copy(&mut reads, &mut writes).await
//!         });
//!         Box::pin(async move { Ok(Box::new(near) as BoxStream) })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
//! let profile = NetworkProfile::load(&fixtures.join("networks/cellular-normal.toml"))?;
//! let mut modem = Modem::new(profile, Arc::new(EchoHost), 1);
//! let handle = modem.handle();
//!
//! let (mut terminal, line) = tokio::io::duplex(1024);
//! let serving = tokio::spawn(async move { modem.serve(line).await });
//! terminal.write_all(b"ATE0\r").await?;
//! let mut answer = [0; 11];
//! terminal.read_exact(&mut answer).await?;
//! assert_eq!(&answer, b"ATE0\r\r\nOK\r\n");
//!
//! drop(terminal);
//! serving.await??;
//! assert_eq!(handle.status().counters.lines, 1);
//! # Ok(())
//! # }
//! ```

mod agenda;
mod answer;
mod command;
mod dialogue;
mod engine;
mod handle;
mod input;
mod ip_state;
mod latency;
mod link;
mod modem;
mod profile;
mod settings;
mod transcript;
mod uplink;

pub use dialogue::{dialogue, ends_answer, is_still_waiting, is_unasked};
pub use handle::{Counters, ModemHandle, Status};
pub use ip_state::IpState;
pub use latency::Latency;
pub use modem::Modem;
pub use payrig_fixture::FixtureError as ProfileError;
pub use profile::{
    AbsentAnswer, Context, ContextVerdict, Host, HostVerdict, Latencies, Module, NetworkProfile, Power,
    Radio, Registration, Sim, SimState,
};
pub use transcript::{Entry, What};
pub use uplink::{AsyncStream, BoxStream, Uplink};
