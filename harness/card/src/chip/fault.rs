//! What may be wrong with a chip card, or with its contacts, below its commands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hex_bytes::HexBytes;

/// What is wrong between the terminal and the card.
///
/// Commands are counted from 1 at every reset, as APDUs: a GET RESPONSE, or a command again with another Le, belongs to the command before.
/// What comes before the first command (the answer to reset, PPS, S(IFS)) is command 0. Characters are counted from 1 within a command.
/// What happens so many `times` does so once for each card that is put in, however often it is reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SlotFault {
    /// The resets at which the answer to reset is wrong (`mute`, `wrong-atr`, `bad-ts`, `bad-tck`, `late-atr`).
    pub at_reset: Resets,
    /// No answer to reset.
    pub mute: bool,
    /// Other bytes in place of the answer to reset, in hex. Where they are one, the card keeps to it; else to its own.
    pub wrong_atr: Option<HexBytes>,
    /// TS is neither 3B nor 3F.
    pub bad_ts: bool,
    /// The last character of the answer to reset is wrong: TCK, where there is one.
    pub bad_tck: bool,
    /// The answer to reset comes at the edge of its time.
    pub late_atr: Option<Edge>,
    /// What comes of PPS.
    pub pps: Option<PpsFault>,
    /// Characters of the card come with a parity error.
    pub parity: Option<Harm>,
    /// Error signals of the card (T=0), each at the last character of what the terminal sent in one go.
    pub error_signal: Option<Harm>,
    /// Blocks of the card have a wrong EDC (T=1).
    pub edc: Option<BlockHarm>,
    /// From here on nothing comes, until a reset.
    pub silence: Option<Place>,
    /// The answer comes at the edge of the waiting time, with no word before it.
    pub late: Option<Late>,
    /// Before the answer more time is asked for: NULL (T=0), S(WTX) (T=1).
    pub storm: Option<Storm>,
    /// A procedure byte that is none (T=0).
    pub procedure: Option<WrongProcedure>,
    /// The card is pulled out, once.
    pub pull: Option<Place>,
    /// The answer to this command has no end: I-blocks with the more-data bit (T=1), 61xx behind each GET RESPONSE (T=0).
    pub endless: Option<u32>,
    /// S(ABORT request) in place of the answer to this command (T=1).
    pub abort: Option<u32>,
    /// S(RESYNCH request) in place of the answer to this command (T=1).
    pub resynch: Option<u32>,
    /// Characters that mean nothing before the answer.
    pub noise: Option<Noise>,
}

/// At which resets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resets {
    /// At every one.
    #[default]
    Every,
    /// At the cold reset only: a warm reset helps.
    Cold,
}

/// Which side of a limit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// Just before it.
    Inside,
    /// Just behind it, and what a terminal gives beyond it.
    Outside,
}

/// What comes of a PPS request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PpsFault {
    /// Nothing.
    Ignored,
    /// An answer without PPS1.
    Refused,
    /// An answer with a wrong PCK.
    Wrong,
}

/// A place in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Place {
    /// The command.
    pub apdu: u32,
    /// After so many characters in it: of the card for `silence`, of both sides for `pull`, which needs one at least.
    #[serde(default)]
    pub character: u32,
}

/// Characters that are harmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Harm {
    /// The command.
    pub apdu: u32,
    /// The character, of those of the side that sends it. Where the command has less, the first one after it.
    pub character: u32,
    /// So many times: the character and what comes of it again. At T=1 one in each of so many blocks.
    #[serde(default = "once")]
    pub times: u32,
}

/// Blocks that are harmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlockHarm {
    /// The first block, of those of the card since its reset, from 1.
    pub block: u32,
    /// So many blocks, one after the other.
    #[serde(default = "once")]
    pub times: u32,
}

/// An answer at the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Late {
    /// The command.
    pub apdu: u32,
    /// On which side of WWT or BWT.
    pub edge: Edge,
}

/// More time is asked for, again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Storm {
    /// The command.
    pub apdu: u32,
    /// How often; without an end where it is not said. One every 100 ms.
    pub count: Option<u32>,
}

/// A procedure byte that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WrongProcedure {
    /// The command. Its first procedure byte is the wrong one, and nothing follows.
    pub apdu: u32,
    /// The byte.
    pub byte: u8,
}

/// Noise on the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Noise {
    /// The command.
    pub apdu: u32,
    /// So many characters, drawn from the settings' seed.
    pub characters: u32,
}

const fn once() -> u32 {
    1
}
