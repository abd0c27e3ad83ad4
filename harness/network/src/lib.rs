//! The modem's side: a SIMCom SIM800 or a Quectel EC20 with its SIM in its network, or a line modem with an access controller at the
//! other end of its line; an actor over a byte stream.
//!
//! A [`Modem`] answers a terminal's AT commands on a line and opens its connection through the [`Uplink`] that it is
//! handed; it opens no socket. Who the module is, what its SIM and its network are like and how long each step takes
//! is data: a [`NetworkProfile`], `fixtures/networks/*.toml`. Time is tokio's clock, latencies are drawn from a seed.
//!
//! Sources: ITU-T V.250 (command lines, echo, result codes), 3GPP TS 27.007 (SIM, registration, attachment, errors),
//! SIM800 Series AT Command Manual V1.09, chapter 8 (TCP/IP), EC2x&EG9x TCP/IP Application Note, the usual Hayes registers and result
//! codes of calls. Not played: several connections (`CIPMUX=1`, other ids than 0), transparent and buffered data (`CIPMODE=1`, access
//! modes 0 and 2), UDP, calls of a cellular module, short messages, less than full functionality (`CFUN`), the choice of an operator,
//! calls that come in (S0), synchronous data.
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

mod access_controller;
mod agenda;
mod answer;
mod answered_call;
mod command;
mod dialogue;
mod engine;
mod fault;
mod handle;
mod input;
mod ip_state;
mod latency;
mod link;
mod modem;
mod noise;
mod profile;
mod settings;
mod transcript;
mod uplink;
mod variant;

pub use answered_call::{CallNumbers, answer_call};
pub use dialogue::{dialogue, ends_answer, is_still_waiting, is_unasked, may_be_seen_late};
pub use fault::{Break, BreakOf, ByteLoss, CommandName, Names, Voice};
pub use handle::{Counters, ModemHandle, Status};
pub use ip_state::IpState;
pub use latency::Latency;
pub use modem::Modem;
pub use noise::Noise;
pub use payrig_fixture::FixtureError as ProfileError;
pub use profile::{
    Contact, Context, ContextVerdict, Dialect, Host, HostPort, HostVerdict, Identity, Latencies, Line,
    LineVerdict, Module, NetworkProfile, Power, Radio, Registration, Sim, SimAnswer, SimState,
};
pub use transcript::{Entry, What};
pub use uplink::{AsyncStream, BoxStream, Uplink};
