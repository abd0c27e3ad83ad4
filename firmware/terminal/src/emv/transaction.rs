//! What the terminal and this transaction bring into the dialogue with a card (INTERFACE.md, section 21, terminal
//! data).

use super::parameters::Date;
use crate::money::amount::Amount;

/// Who the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TerminalData {
    /// 9F1E: the serial's last eight characters.
    pub(crate) serial: [u8; 8],
    /// 9F1C: field 41.
    pub(crate) terminal_id: [u8; 8],
    /// 9F16: field 42.
    pub(crate) merchant_id: [u8; 15],
}

/// What is done with the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// 9C `00`.
    Sale(Amount),
    /// 9C `31`, with an amount of zero.
    Balance,
}

impl Purpose {
    /// 9F02; a balance's is zero.
    pub(crate) fn amount(self) -> Amount {
        match self {
            Self::Sale(amount) => amount,
            Self::Balance => Amount::default(),
        }
    }
}

/// This transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TransactionData {
    /// 9C and 9F02.
    pub(crate) purpose: Purpose,
    /// 9A, with the calendar's year.
    pub(crate) date: Date,
    /// 9F21, HHMMSS, two digits to a byte.
    pub(crate) time: [u8; 3],
    /// 9F41: the request's STAN, 1 to 999999.
    pub(crate) stan: u32,
}

/// The host's word on a request.
#[derive(Clone, Copy)]
pub(crate) struct HostAnswer<'a> {
    /// Field 39 of a decline; nothing of what this terminal takes for an approval: one that is not authentic, or not ours,
    /// is none.
    pub(crate) declined_with: Option<[u8; 2]>,
    /// Field 55, empty where there is none.
    pub(crate) chip_data: &'a [u8],
}

/// Why there is no answer of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The request's first byte never went out: the card may approve offline.
    NothingSent,
    /// The host may have had the request: the card is made to decline.
    MaybeSent,
}
