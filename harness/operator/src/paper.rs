//! The paper that the person is handed: a receipt printer, what it prints, and what a receipt tells.
//!
//! A [`Printer`] takes the bytes that a terminal sends to it (ESC/POS, INTERFACE.md, section 13), in any chunks, and answers as a
//! printer does that has paper, has none, or is dead. What it has printed are [`Receipt`]s: as text, as a picture, or read
//! through the labels of a terminal's panel as a [`Slip`].
//!
//! ```
//! use payrig_operator::paper::{Printer, PrinterState};
//!
//! let mut printer = Printer::default();
//! assert_eq!(printer.take(b"\x10\x04\x04"), [0x12]);
//! printer.take(b"\x1b@\x1ba\x01POS RECEIPT\n\x1ba\x00");
//! printer.take(b"VOUCHER                   000042\n\x1bd\x04\x1dVB\x00");
//! assert_eq!(printer.take(b"\x1dr\x01"), [0x00]);
//! assert_eq!(printer.receipts()[0].to_text().lines().next(), Some("          POS RECEIPT"));
//!
//! printer.set_state(PrinterState::PaperOut);
//! assert_eq!(printer.take(b"\x10\x04\x04"), [0x72]);
//! ```

mod command;
mod escpos;
mod labels;
mod picture;
mod printer;
mod receipt;
mod row;
mod sheet;
mod slip;
mod slip_error;
mod text;

pub use command::{Align, Command, Size, Spoken};
pub use escpos::EscPos;
pub(crate) use labels::RawLabels;
pub use labels::{ReceiptLabel, ReceiptLabels};
pub use printer::{Printer, PrinterState};
pub use receipt::{COLUMNS, CutShort, NotUnderstood, PrintedLine, Receipt, Run};
pub use slip::{Slip, SlipCopy, SlipKind};
pub use slip_error::SlipError;
pub use text::to_text;
