//! What a card knows as long as it has power, and where in a transaction it is.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::Instruction;

/// From a reset to the next, or to the end of the power.
#[derive(Default)]
pub(super) struct Session {
    pub step: Step,
    /// The random number of the GET CHALLENGE right before.
    pub challenge: Option<[u8; 8]>,
    /// How often each command came.
    pub counts: HashMap<Instruction, u32>,
    /// What was selected last by name, and which application of it.
    pub named: Option<(Vec<u8>, usize)>,
}

/// How far it has come. What is asked for before or after its step is refused.
#[derive(Default)]
pub(super) enum Step {
    /// Nothing is selected.
    #[default]
    Reset,
    /// The payment system directory is.
    Directory,
    /// An application is.
    Selected(usize),
    /// GET PROCESSING OPTIONS was answered.
    Initiated(usize, Transaction),
    /// An ARQC was given.
    Online(usize, Transaction),
    /// A TC or an AAC was given.
    Over(usize, Transaction),
}

impl Step {
    /// The application that is selected.
    pub(super) const fn application(&self) -> Option<usize> {
        match self {
            Self::Reset | Self::Directory => None,
            Self::Selected(nth) | Self::Initiated(nth, _) | Self::Online(nth, _) | Self::Over(nth, _) => {
                Some(*nth)
            }
        }
    }
}

/// A transaction under way.
#[derive(Clone, Default)]
pub(super) struct Transaction {
    pub atc: u16,
    /// What the terminal sent for the PDOL.
    pub pdol: Zeroizing<Vec<u8>>,
    /// What it sent for CDOL1.
    pub cdol1: Zeroizing<Vec<u8>>,
    /// The first cryptogram.
    pub cryptogram: [u8; 8],
    pub pin: Outcome,
    pub issuer: Outcome,
    /// It was the issuer who answered, and it does not approve.
    pub issuer_declines: bool,
    /// Whether it has signed.
    pub signed: bool,
    /// A command of the issuer failed before the second GENERATE AC.
    pub script_failed: bool,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Outcome {
    #[default]
    NotDone,
    Passed,
    Failed,
}
