//! The person's side: keys pressed, VT100 screen read, provisioning record sent, receipts taken.
//!
//! An [`Operator`] holds the panel line of a terminal. It presses keys, sends [`ProvisioningRecord`]s, and reads what
//! the terminal shows through a VT100 emulator of 8 rows and 24 columns. Only whole screens count: a screen is whole
//! when the terminal shows the cursor again. Boot lines are taken from the line's bytes before the emulator.
//! What the keys and messages are called, and who the terminal is, is data: a [`TerminalFixture`],
//! `fixtures/terminals/*.toml`. The source of all of it is `firmware/terminal/INTERFACE.md`, sections 2 to 5. What the terminal
//! prints is in [`paper`].
//!
//! ```
//! use std::{path::Path, time::Duration};
//!
//! use payrig_operator::{Operator, TerminalFixture};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
//! let fixture = TerminalFixture::load(&fixtures.join("terminals/keyed.toml"))?;
//! let signed_on = fixture.message("signed-on").ok_or("no such message")?;
//! let sign_on = fixture.keys("sign-on").ok_or("no such intent")?;
//!
//! let (panel, mut terminal) = tokio::io::duplex(1024);
//! let operator = Operator::attach(panel);
//! operator.press(sign_on).await?;
//! assert_eq!(terminal.read_u8().await?, b'1');
//!
//! terminal.write_all(b"\x1b[?25l\x1b[3;1HSigned on\x1b[8;21HM111\x1b[?25h").await?;
//! let screen = operator.see(signed_on, Duration::from_secs(1)).await?;
//! assert_eq!(screen.rows[2], "Signed on");
//! # Ok(())
//! # }
//! ```

mod boot_line;
mod chip_parameters;
mod key_file;
mod not_seen;
mod operator;
mod panel_stream;
pub mod paper;
mod record;
mod record_error;
mod record_key;
mod screen;
mod screen_words;
mod template;
mod terminal_fixture;

pub use boot_line::{BootLine, BootLineError};
pub use chip_parameters::{ChipParameters, Revocation};
pub use not_seen::{NoBoot, NotSeen};
pub use operator::{Mark, Operator, Seen};
pub use panel_stream::{PanelEvent, PanelStream};
pub use payrig_fixture::FixtureError;
pub use record::ProvisioningRecord;
pub use record_error::RecordError;
pub use record_key::RecordKey;
pub use screen::{COLUMNS, ROWS, Screen};
pub use screen_words::{ScreenWord, ScreenWords};
pub use terminal_fixture::{LifeState, TerminalFixture};
