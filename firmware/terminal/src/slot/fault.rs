//! Why a session with a card ended before its time (INTERFACE.md, section 21, E540).

/// What was wrong with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotFault {
    /// It was pulled out.
    Removed,
    /// No answer to reset.
    NoAtr,
    /// No answer to reset that can be used.
    AtrWrong,
    /// No answer to a command, or only requests for more time.
    NoAnswer,
    /// Characters with parity errors, again and again.
    CharactersHarmed,
    /// Blocks that are harmed, again and again.
    BlocksHarmed,
    /// The card has ended it.
    EndedByCard,
    /// More than 258 bytes.
    AnswerTooLong,
}
