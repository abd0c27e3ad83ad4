//! What a decoder finds.

use std::{fmt, ops::Range};

use super::names;

/// Which way bytes go on a slot line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotDirection {
    /// From the terminal to the card.
    FromTerminal,
    /// From the card to the terminal.
    ToTerminal,
}

/// A stretch of bytes that belong together. The items of one direction follow each other without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotItem {
    /// Which way.
    pub direction: SlotDirection,
    /// Where its bytes, escapes among them, lie in the bytes of its direction, counted from the decoder's beginning.
    pub bytes: Range<u64>,
    /// What they are.
    pub meaning: SlotMeaning,
}

/// A signal on a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotSignal {
    /// VCC on or off.
    Vcc(bool),
    /// RST high or low.
    Rst(bool),
    /// The other side's last character came with a parity error.
    Error,
}

/// What bytes are. It holds no data of a command or an answer, and its text tells none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotMeaning {
    /// A signal.
    Signal(SlotSignal),
    /// An answer to reset, in words; what is wrong with it where it is none.
    Atr(String),
    /// A PPS request or response, in words.
    Pps(String),
    /// The header of a command at T=0, CLA to P3.
    Command([u8; 5]),
    /// A procedure byte.
    Procedure(u8),
    /// So many bytes of data of a command or an answer at T=0.
    Data(usize),
    /// SW1 and SW2 at T=0.
    Status([u8; 2]),
    /// A block of T=1.
    Block {
        /// Its kind: `I(0), more`.
        kind: String,
        /// How many bytes its field has.
        length: usize,
        /// CLA to P2, where a command begins in it.
        command: Option<[u8; 4]>,
        /// SW1 and SW2, where an answer ends in it.
        status: Option<[u8; 2]>,
        /// Its EDC is wrong, or a character came with a parity error.
        is_harmed: bool,
    },
    /// So many characters that are none of these.
    Characters(usize),
}

impl fmt::Display for SlotMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(SlotSignal::Vcc(on)) => f.write_str(if *on { "VCC on" } else { "VCC off" }),
            Self::Signal(SlotSignal::Rst(high)) => f.write_str(if *high { "RST high" } else { "RST low" }),
            Self::Signal(SlotSignal::Error) => f.write_str("error signal"),
            Self::Atr(text) => write!(f, "ATR {text}"),
            Self::Pps(text) => write!(f, "PPS {text}"),
            Self::Command([cla, ins, p1, p2, p3]) => {
                write!(f, "{} {cla:02X}{ins:02X}{p1:02X}{p2:02X}{p3:02X}", names::command_name(*ins))
            }
            Self::Procedure(0x60) => f.write_str("NULL"),
            Self::Procedure(byte) => write!(f, "procedure byte {byte:02X}"),
            Self::Data(count) => write!(f, "data, {count} bytes"),
            Self::Status(status) => f.write_str(&names::status(*status)),
            Self::Block { kind, length, command, status, is_harmed } => {
                write!(f, "{kind}, {length} bytes")?;
                if let Some([cla, ins, p1, p2]) = command {
                    write!(f, ": {} {cla:02X}{ins:02X}{p1:02X}{p2:02X}", names::command_name(*ins))?;
                }
                if let Some(status) = status {
                    write!(f, ": {}", names::status(*status))?;
                }
                f.write_str(if *is_harmed { ", harmed" } else { "" })
            }
            Self::Characters(count) => write!(f, "{count} characters"),
        }
    }
}
