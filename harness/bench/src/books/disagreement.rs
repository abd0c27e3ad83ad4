//! Where the books do not agree.

use std::fmt;

/// A transaction of which the books say different things, or the totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What is wrong.
    pub what: What,
    /// Batch and STAN; nothing for the totals. No batch where it was told only, by a screen.
    pub of: Option<(Option<String>, String)>,
    /// What the terminal says.
    pub terminal: String,
    /// What the host says.
    pub host: String,
    /// What was told; nothing for the totals.
    pub told: Option<String>,
}

/// What is wrong with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// One of the books has it more than once.
    Twice,
    /// It is a sale here and a void there.
    KindDiffers,
    /// Its amount is not the same everywhere.
    AmountDiffers,
    /// A void of one sale here, of another there.
    OriginalDiffers,
    /// In force at the terminal, not at the host.
    OnlyAtTerminal,
    /// Known to the host, and not to the terminal.
    OnlyAtHost,
    /// In force at the terminal, reversed at the host.
    ReversedAtHost,
    /// Reversed at the terminal, in force at the host.
    ReversedAtTerminal,
    /// Voided on one side only.
    VoidedOnOneSide,
    /// Voided without a void, a void without its sale, or with two.
    VoidWithoutSale,
    /// Given up by the terminal, although the host has reversed it.
    OpenButReversed,
    /// The reversal is still to be sent.
    RecoveryNotOver,
    /// The terminal does not know.
    InDoubt,
    /// In force, and nobody was told.
    NeverTold,
    /// Somebody was told, and it is not in force.
    ToldInVain,
    /// The totals are not those of the transactions.
    TotalsDiffer,
}

impl What {
    const fn words(self) -> &'static str {
        match self {
            Self::Twice => "a book has it more than once",
            Self::KindDiffers => "a sale here, a void there",
            Self::AmountDiffers => "the amounts differ",
            Self::OriginalDiffers => "a void of different sales",
            Self::OnlyAtTerminal => "in force at the terminal, not at the host",
            Self::OnlyAtHost => "known to the host, not in the terminal's journal",
            Self::ReversedAtHost => "in force at the terminal, reversed at the host",
            Self::ReversedAtTerminal => "reversed at the terminal, in force at the host",
            Self::VoidedOnOneSide => "voided on one side only",
            Self::VoidWithoutSale => {
                "a voided sale and its one void do not stand side by side in the terminal's journal"
            }
            Self::OpenButReversed => "given up as open by the terminal, reversed at the host",
            Self::RecoveryNotOver => "its reversal is due, so that recovery is not over",
            Self::InDoubt => "in doubt",
            Self::NeverTold => "in force, but nobody was told",
            Self::ToldInVain => "told as approved, but not in force",
            Self::TotalsDiffer => "the totals differ, although the transactions agree",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, of, terminal, host, told } = self;
        match of {
            Some((Some(batch), stan)) => write!(f, "batch {batch}, STAN {stan}: ")?,
            Some((None, stan)) => write!(f, "STAN {stan} of no known batch: ")?,
            None => {}
        }
        write!(f, "{what}; the terminal says {terminal}, the host says {host}")?;
        told.iter().try_for_each(|told| write!(f, ", told was {told}"))
    }
}
