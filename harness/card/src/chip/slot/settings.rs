//! How a card behaves below its commands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chip::SlotFault;

/// How a card that is put in behaves below its commands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SlotSettings {
    /// How it lets data pass at T=0.
    pub procedure: Procedure,
    /// Its characters take the time that they take at its rate (12 etu at T=0, 11 at T=1); else none.
    pub paced: bool,
    /// By how many block waiting times a thinking card asks for more (T=1), 1 to 255; 0 counts as 1.
    pub wtx: u8,
    /// The card asks with S(IFS) for blocks of this length, 1 to 254, before its first answer (T=1).
    pub ifs: Option<u8>,
    /// Instruction codes, beside those of ISO/IEC 7816-4 that read, whose P3 is Le at T=0. In every other command P3 is Lc.
    pub outgoing: Vec<u8>,
    /// What is wrong.
    pub fault: SlotFault,
    /// Draws the noise.
    pub seed: u64,
}

/// Which procedure bytes a card sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Procedure {
    /// INS: all data in one go.
    #[default]
    Whole,
    /// The complement of INS before each byte.
    Single,
}

impl SlotSettings {
    /// Whether P3 of this instruction is Le.
    pub(in crate::chip) fn is_outgoing(&self, ins: u8) -> bool {
        const READING: [u8; 9] = [0x84, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xCA, 0xCB, 0xB4];
        READING.contains(&ins) || self.outgoing.contains(&ins)
    }
}
